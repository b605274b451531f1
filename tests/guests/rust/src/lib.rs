//! A filter on the crate `proxy-wasm` with the behaviours all our guests share: headers, body, local and call.
//!
//! The plugin configuration is a word, or a word and an argument ("call no_such_cluster"); ../README.md has the table.

use std::time::Duration;

use proxy_wasm::traits::{Context, HttpContext, RootContext};
use proxy_wasm::types::{Action, ContextType, LogLevel};

const LANGUAGE: &str = "rust";
const SECRET: &[u8] = b"secret";

proxy_wasm::main! {{
    proxy_wasm::set_log_level(LogLevel::Trace);
    proxy_wasm::set_root_context(|_| Box::new(Plugin { behaviour: Behaviour::Headers }));
}}

#[derive(Clone)]
enum Behaviour {
    Headers,
    Body,
    Local,
    Call(String),
}

impl Behaviour {
    /// Read the configuration's text. Nothing at all means `headers`.
    fn parse(text: &str) -> Option<Self> {
        let (word, argument) = text.split_once(' ').unwrap_or((text, "web_service"));
        match word {
            "" | "headers" => Some(Self::Headers),
            "body" => Some(Self::Body),
            "local" => Some(Self::Local),
            "call" => Some(Self::Call(argument.to_string())),
            _ => None,
        }
    }
}

struct Plugin {
    behaviour: Behaviour,
}

impl Context for Plugin {}

impl RootContext for Plugin {
    fn on_configure(&mut self, _size: usize) -> bool {
        let bytes = self.get_plugin_configuration().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        match Behaviour::parse(&text) {
            Some(behaviour) => self.behaviour = behaviour,
            None => {
                log::error!("unknown behaviour: {text}");
                return false;
            }
        }
        true
    }

    fn create_http_context(&self, _context_id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Stream { behaviour: self.behaviour.clone() }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}

struct Stream {
    behaviour: Behaviour,
}

impl Stream {
    /// Ask the cluster whether this request may go on; a refused call is answered at once.
    fn ask(&mut self, cluster: &str) -> Action {
        let id = self.get_http_request_header("x-call-id").unwrap_or_default();
        let headers = vec![
            (":method", "GET"),
            (":path", "/check"),
            (":authority", "web_service"),
            ("x-call-id", id.as_str()),
        ];
        if self.dispatch_http_call(cluster, headers, None, vec![], Duration::from_secs(2)).is_err() {
            self.send_http_response(503, vec![], Some(b"cannot call"));
        }
        Action::Pause
    }
}

/// Write stars over every "secret" in *body*.
fn hide(mut body: Vec<u8>) -> Vec<u8> {
    let places = body.len().saturating_sub(SECRET.len() - 1);
    for start in 0..places {
        if &body[start..start + SECRET.len()] == SECRET {
            body[start..start + SECRET.len()].fill(b'*');
        }
    }
    body
}

impl Context for Stream {
    fn on_http_call_response(&mut self, _token: u32, _headers: usize, _body_size: usize, _trailers: usize) {
        let status = self.get_http_call_response_header(":status").unwrap_or_default();
        if status != "200" {
            log::warn!("check answered {status}");
            self.send_http_response(503, vec![], Some(b"check failed"));
            return;
        }
        self.add_http_request_header("x-call-status", &status);
        self.resume_http_request();
    }
}

impl HttpContext for Stream {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        match self.behaviour.clone() {
            Behaviour::Headers => {
                for (name, value) in self.get_http_request_headers() {
                    log::info!("request header {name}: {value}");
                }
                self.add_http_request_header("x-filter", LANGUAGE);
                self.set_http_request_header("x-remove", None);
            }
            Behaviour::Body => self.set_http_request_header("content-length", None),
            Behaviour::Local => {
                let path = self.get_http_request_header(":path").unwrap_or_default();
                if path.starts_with("/denied") {
                    let body = format!("denied by {LANGUAGE}");
                    self.send_http_response(403, vec![("x-denied", "1")], Some(body.as_bytes()));
                    return Action::Pause;
                }
            }
            Behaviour::Call(cluster) => return self.ask(&cluster),
        }
        Action::Continue
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        if !matches!(self.behaviour, Behaviour::Body) {
            return Action::Continue;
        }
        if !end_of_stream {
            return Action::Pause;
        }
        if let Some(body) = self.get_http_request_body(0, size) {
            self.set_http_request_body(0, size, &hide(body));
        }
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        match self.behaviour {
            Behaviour::Headers => self.add_http_response_header("x-filter-response", LANGUAGE),
            Behaviour::Body => self.set_http_response_header("content-length", None),
            _ => {}
        }
        Action::Continue
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        if !matches!(self.behaviour, Behaviour::Body) {
            return Action::Continue;
        }
        if !end_of_stream {
            return Action::Pause;
        }
        if let Some(body) = self.get_http_response_body(0, size) {
            self.set_http_response_body(0, size, &hide(body));
        }
        Action::Continue
    }
}
