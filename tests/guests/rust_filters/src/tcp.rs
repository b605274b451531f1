//! `tcp_inspect`: looks at the first bytes of a connection, refuses what is not its protocol, and counts both directions.

use proxy_wasm::traits::{Context, StreamContext};
use proxy_wasm::types::{Action, PeerType};

#[derive(Default)]
pub struct Inspector {
    seen: usize,
    sent: usize,
    accepted: bool,
}

impl Context for Inspector {
    fn on_done(&mut self) -> bool {
        log::info!("{} bytes up, {} bytes down", self.seen, self.sent);
        true
    }
}

impl StreamContext for Inspector {
    fn on_new_connection(&mut self) -> Action {
        Action::Continue
    }

    fn on_downstream_data(&mut self, size: usize, end_of_stream: bool) -> Action {
        if self.accepted {
            self.seen += size;
            return Action::Continue;
        }
        if size < 5 && !end_of_stream {
            return Action::Pause;
        }
        let data = self.get_downstream_data(0, 5).unwrap_or_default();
        if data == b"HELLO" {
            self.accepted = true;
            self.seen += size;
            self.set_downstream_data(0, 5, b"hello");
        } else {
            log::warn!("not our protocol: {:?}", String::from_utf8_lossy(&data));
            self.close_downstream();
        }
        Action::Continue
    }

    fn on_upstream_data(&mut self, size: usize, end_of_stream: bool) -> Action {
        self.sent += size;
        if end_of_stream {
            self.set_upstream_data(size, 0, b"\nbye\n");
        }
        Action::Continue
    }

    fn on_downstream_close(&mut self, peer: PeerType) {
        log::info!("closed by {peer:?}");
    }

    fn on_upstream_close(&mut self, _peer: PeerType) {
        log::info!("the server has ended");
    }
}
