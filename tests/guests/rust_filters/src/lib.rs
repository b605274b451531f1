//! Small filters on the crate `proxy-wasm` in one module, chosen by the first word of the plugin's configuration.
//!
//! `request_id`, `json_guard`, `authorize`, `attributes`, `cache`, `tcp_inspect`; ../README.md tells what each does.

mod filters;
mod tcp;

use proxy_wasm::traits::{Context, HttpContext, RootContext, StreamContext};
use proxy_wasm::types::{ContextType, LogLevel};

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Info);
    proxy_wasm::set_root_context(|_| Box::new(Plugin { filter: String::new(), argument: String::new() }));
}}

const FILTERS: [&str; 6] = ["request_id", "json_guard", "authorize", "attributes", "cache", "tcp_inspect"];

struct Plugin {
    filter: String,
    argument: String,
}

impl Context for Plugin {}

impl RootContext for Plugin {
    fn on_vm_start(&mut self, size: usize) -> bool {
        size == 0 || self.get_vm_configuration().is_some()
    }

    fn on_configure(&mut self, _size: usize) -> bool {
        let bytes = self.get_plugin_configuration().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (word, argument) = text.split_once(' ').unwrap_or((&text, ""));
        if !FILTERS.contains(&word) {
            log::error!("there is no filter {word:?}");
            return false;
        }
        self.filter = word.to_string();
        self.argument = argument.to_string();
        true
    }

    fn create_http_context(&self, context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(filters::create(&self.filter, &self.argument, context_id))
    }

    fn create_stream_context(&self, _context_id: u32) -> Option<Box<dyn StreamContext>> {
        Some(Box::new(tcp::Inspector::default()))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(if self.filter == "tcp_inspect" { ContextType::StreamContext } else { ContextType::HttpContext })
    }
}
