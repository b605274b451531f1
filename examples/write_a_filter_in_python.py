"""A filter as a Python class, against the same ABI as one in Rust or Go: for trying an idea, and for tests.

python examples/write_a_filter_in_python.py
"""

from proxyabi import PluginConfig
from proxyabi.abi.types import MapType
from proxyabi.testing.harness import Harness
from proxyabi.vms import NullPlugin, load_vm


class AskForAKey(NullPlugin):
    """Lets requests with the right `x-key` pass, without it, and answers all others with 401."""

    def proxy_on_configure(self, plugin_context_id: int, size: int) -> bool:
        self.key = self.configuration()
        return bool(self.key)

    def proxy_on_request_headers(self, stream_context_id: int, num_headers: int, end_of_stream: int) -> None:
        if self.get_header(MapType.HTTP_REQUEST_HEADERS, "x-key") != self.key:
            self.send_local_response(401, "a key, please\n")
        else:
            self.remove_header(MapType.HTTP_REQUEST_HEADERS, "x-key")


config = PluginConfig(b"null", name="ask", configuration=b"swordfish")
harness = Harness([config], tier=lambda config: load_vm("null", null_plugin=AskForAKey))

for headers in ([], [(b"x-key", b"swordfish")]):
    exchange = harness.request(headers=headers)
    if exchange.client is not None:
        print(exchange.client.status, "passed" if exchange.upstream else exchange.client.body.decode().strip())
