//! The HTTP filters.

use std::time::{Duration, UNIX_EPOCH};

use proxy_wasm::traits::{Context, HttpContext};
use proxy_wasm::types::Action;

pub fn create(filter: &str, argument: &str, id: u32) -> Box<dyn HttpContext> {
    match filter {
        "request_id" => Box::new(RequestId { id }),
        "json_guard" => Box::new(JsonGuard { forbidden: argument.to_string(), json: false }),
        "authorize" => Box::<Authorize>::default(),
        "attributes" => Box::new(Attributes),
        _ => Box::new(Cache { key: None, body: Vec::new() }),
    }
}

/// Gives each request an id, unless it has one, and writes it into the response and its trailers.
struct RequestId {
    id: u32,
}

impl Context for RequestId {}

impl HttpContext for RequestId {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let id = match self.get_http_request_header("x-request-id") {
            Some(id) => id,
            None => {
                let made = format!("guest-{:06}", self.id);
                self.set_http_request_header("x-request-id", Some(&made));
                made
            }
        };
        if self.get_current_time() <= UNIX_EPOCH {
            log::error!("the clock stands still");
        }
        self.set_property(vec!["guest", "id"], Some(id.as_bytes()));
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        if let Some(id) = self.get_property(vec!["guest", "id"]) {
            self.set_http_response_header_bytes("x-request-id", Some(&id));
        }
        let mut headers = self.get_http_response_headers_bytes();
        headers.retain(|(name, _)| !name.starts_with("x-internal"));
        let kept = headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        self.set_http_response_headers_bytes(kept);
        Action::Continue
    }

    fn on_http_response_trailers(&mut self, _count: usize) -> Action {
        self.add_http_response_trailer("x-request-id", &format!("{}", self.id));
        Action::Continue
    }
}

/// Buffers bodies of type JSON, refuses those whose braces do not match or that hold the forbidden word, and adds a member.
struct JsonGuard {
    forbidden: String,
    json: bool,
}

impl JsonGuard {
    fn balanced(text: &str) -> bool {
        let (mut depth, mut quoted, mut escaped) = (0i32, false, false);
        for letter in text.chars() {
            match letter {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                '{' | '[' if !quoted => depth += 1,
                '}' | ']' if !quoted => depth -= 1,
                _ => {}
            }
            if depth < 0 {
                return false;
            }
        }
        depth == 0 && !quoted
    }

    fn is_json(value: Option<String>) -> bool {
        value.is_some_and(|value| value.starts_with("application/json"))
    }
}

impl Context for JsonGuard {}

impl HttpContext for JsonGuard {
    fn on_http_request_headers(&mut self, _count: usize, end_of_stream: bool) -> Action {
        self.json = Self::is_json(self.get_http_request_header("content-type"));
        if self.json && !end_of_stream {
            self.remove_http_request_header("content-length");
        }
        Action::Continue
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        if !self.json {
            return Action::Continue;
        }
        if !end_of_stream {
            return Action::Pause;
        }
        let Some(body) = self.get_http_request_body(0, size) else { return Action::Continue };
        let text = String::from_utf8_lossy(&body).into_owned();
        if !Self::balanced(&text) {
            self.send_http_response(400, vec![("content-type", "application/json")], Some(br#"{"error":"not JSON"}"#));
            return Action::Pause;
        }
        if !self.forbidden.is_empty() && text.contains(&self.forbidden) {
            self.send_http_response(403, vec![("x-reason", "forbidden")], None);
            return Action::Pause;
        }
        if text.starts_with('{') {
            self.set_http_request_body(0, 1, br#"{"checked":true,"#);
        }
        Action::Continue
    }

    fn on_http_request_trailers(&mut self, count: usize) -> Action {
        let trailers = self.get_http_request_trailers();
        log::info!("{count} trailers: {trailers:?}");
        self.set_http_request_trailers(vec![("x-checked", "late")]);
        Action::Continue
    }
}

/// Sends method, path and body of a request to a cluster and does what it answers; the body waits meanwhile.
///
/// Envoy gives a request's headers to its headers callback alone (and to calls that come while they are held), so they are kept.
#[derive(Default)]
struct Authorize {
    method: String,
    path: String,
    body: Vec<u8>,
    at_once: bool,
}

impl Authorize {
    fn ask(&mut self) -> Action {
        let headers = vec![
            (":method", "POST"),
            (":path", "/authorize"),
            (":authority", "auth.test"),
            ("x-original-method", self.method.as_str()),
            ("x-original-path", self.path.as_str()),
        ];
        let trailers = if self.body.is_empty() { vec![] } else { vec![("x-whole", "yes")] };
        match self.dispatch_http_call("web_service", headers, Some(&self.body), trailers, Duration::from_millis(1500)) {
            Ok(_) => Action::Pause,
            Err(status) => {
                log::error!("cannot ask: {status:?}");
                Action::Continue
            }
        }
    }
}

impl Context for Authorize {
    fn on_http_call_response(&mut self, _token: u32, headers: usize, size: usize, trailers: usize) {
        let status = self.get_http_call_response_header(":status").unwrap_or_default();
        let body = self.get_http_call_response_body(0, size).unwrap_or_default();
        let signed = if trailers > 0 { self.get_http_call_response_trailer("x-end") } else { None };
        log::info!("{headers} headers, {size} bytes, {trailers} trailers, signed {signed:?}");
        match status.as_str() {
            "200" => {
                if self.at_once {
                    self.set_http_request_header("x-authorized", Some("yes"));
                }
                self.resume_http_request();
            }
            "401" | "403" => {
                let challenge = self.get_http_call_response_header("www-authenticate").unwrap_or_else(|| "none".to_string());
                self.send_http_response(403, vec![("x-challenge", challenge.as_str())], Some(&body));
            }
            "418" => self.reset_http_request(),
            _ => self.send_grpc_response(proxy_wasm::types::GrpcStatusCode::Unavailable, Some("authorizer"), vec![("x-try", b"again")]),
        }
    }
}

impl HttpContext for Authorize {
    fn on_http_request_headers(&mut self, _count: usize, end_of_stream: bool) -> Action {
        self.path = self.get_http_request_header(":path").unwrap_or_default();
        self.method = self.get_http_request_header(":method").unwrap_or_default();
        self.at_once = end_of_stream;
        if end_of_stream { self.ask() } else { Action::Continue }
    }

    fn on_http_request_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        if !end_of_stream {
            return Action::Pause;
        }
        self.body = self.get_http_request_body(0, size).unwrap_or_default();
        self.ask()
    }

    fn on_http_request_trailers(&mut self, _count: usize) -> Action {
        self.ask()
    }
}

/// Logs attributes of every family in each phase: what is there, and what is not there yet.
struct Attributes;

const PATHS: [&[&str]; 31] = [
    &["request", "path"],
    &["request", "url_path"],
    &["request", "host"],
    &["request", "scheme"],
    &["request", "method"],
    &["request", "query"],
    &["request", "referer"],
    &["request", "useragent"],
    &["request", "id"],
    &["request", "protocol"],
    &["request", "headers", "x-a"],
    &["request", "size"],
    &["response", "code"],
    &["response", "code_details"],
    &["response", "flags"],
    &["response", "grpc_status"],
    &["response", "headers", "x-b"],
    &["response", "trailers", "x-end"],
    &["response", "size"],
    &["connection", "mtls"],
    &["connection", "requested_server_name"],
    &["connection", "tls_version"],
    &["connection", "termination_details"],
    &["upstream", "transport_failure_reason"],
    &["upstream", "tls_version"],
    &["plugin_name"],
    &["plugin_root_id"],
    &["plugin_vm_id"],
    &["xds", "cluster_name"],
    &["xds", "route_name"],
    &["no", "such", "thing"],
];

impl Attributes {
    fn dump(&self, phase: &str) {
        for path in PATHS {
            match self.get_property(path.to_vec()) {
                Some(value) => log::info!("{phase} {}: {:?}", path.join("."), value),
                None => log::info!("{phase} {}: none", path.join(".")),
            }
        }
    }
}

impl Context for Attributes {
    fn on_done(&mut self) -> bool {
        self.dump("done");
        true
    }
}

impl HttpContext for Attributes {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        self.dump("request");
        Action::Continue
    }

    fn on_http_request_body(&mut self, _size: usize, end_of_stream: bool) -> Action {
        if end_of_stream {
            self.dump("body");
        }
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        self.dump("response");
        Action::Continue
    }

    fn on_http_response_body(&mut self, _size: usize, end_of_stream: bool) -> Action {
        if end_of_stream {
            self.dump("answer");
        }
        Action::Continue
    }

    fn on_http_response_trailers(&mut self, _count: usize) -> Action {
        self.dump("trailers");
        Action::Continue
    }

    fn on_log(&mut self) {
        self.dump("log");
    }
}

/// Keeps whole answers to GET in shared data, by path, and gives them again with an age; any other method drops the entry.
struct Cache {
    key: Option<String>,
    body: Vec<u8>,
}

impl Context for Cache {}

impl HttpContext for Cache {
    fn on_http_request_headers(&mut self, _count: usize, _end_of_stream: bool) -> Action {
        let path = self.get_http_request_header(":path").unwrap_or_default();
        let key = format!("cache:{path}");
        if self.get_http_request_header(":method").as_deref() != Some("GET") {
            match self.get_shared_data(&key) {
                (Some(_), cas) => log::info!("dropped: {:?}", self.set_shared_data(&key, None, cas)),
                (None, cas) => log::info!("nothing to drop, {}", cas.is_some()),
            }
            return Action::Continue;
        }
        if let (Some(body), Some(_)) = self.get_shared_data(&key) {
            self.send_http_response(200, vec![("x-cache", "hit"), ("content-type", "text/plain")], Some(&body));
            return Action::Pause;
        }
        self.key = Some(key);
        Action::Continue
    }

    fn on_http_response_headers(&mut self, _count: usize, end_of_stream: bool) -> Action {
        if self.get_http_response_header(":status").as_deref() != Some("200") || end_of_stream {
            self.key = None;
        }
        if self.key.is_some() {
            self.add_http_response_header("x-cache", "miss");
        }
        Action::Continue
    }

    fn on_http_response_body(&mut self, size: usize, end_of_stream: bool) -> Action {
        let Some(key) = &self.key else { return Action::Continue };
        if let Some(mut piece) = self.get_http_response_body(0, size) {
            self.body.append(&mut piece);
        }
        if end_of_stream {
            let kept = self.set_shared_data(key, Some(&self.body), None);
            log::info!("kept {} bytes: {kept:?}", self.body.len());
        }
        Action::Continue
    }
}
