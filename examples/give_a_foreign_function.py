"""A function of your own that filters can call by its name, beside those of Envoy.

python examples/give_a_foreign_function.py
"""

from proxyabi import Fail, PluginConfig, Status, foreign_function
from proxyabi.testing.harness import Harness
from proxyabi.vms import HostcallRefused, NullPlugin, load_vm

PRICES = {b"apple": 3, b"pear": 4}


@foreign_function("price_of")
def price_of(context, arguments: bytes) -> bytes:
    """The price of a fruit. *context* is the stream the filter works for: its properties, its log, its plugin."""
    if arguments not in PRICES:
        raise Fail(Status.NOT_FOUND, f"nobody sells {arguments.decode()}")
    return b"%d" % PRICES[arguments]


class TellPrices(NullPlugin):
    """Answers /FRUIT with its price. A filter in Rust or Go calls `proxy_call_foreign_function` just so."""

    def proxy_on_request_headers(self, stream_context_id: int, num_headers: int, end_of_stream: int) -> None:
        fruit = (self.get_property("request", "path") or b"").removeprefix(b"/")
        try:
            self.send_local_response(200, self.call_foreign_function("price_of", fruit))
        except HostcallRefused as refusal:
            self.send_local_response(404, f"no price: {refusal.status.name}")


harness = Harness([PluginConfig(b"null", name="prices")], tier=lambda config: load_vm("null", null_plugin=TellPrices))

for path in ("/apple", "/stone"):
    answer = harness.request(path=path).client
    if answer is not None:
        print(path, answer.status, answer.body.decode())
