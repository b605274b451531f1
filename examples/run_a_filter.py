"""Run a real filter on a request, without a network, and look at what it did.

python examples/run_a_filter.py
"""

from pathlib import Path

from proxyabi import PluginConfig
from proxyabi.testing.harness import Harness

GUESTS = Path(__file__).parents[1] / "tests" / "guests"

plugin = PluginConfig((GUESTS / "rust.wasm").read_bytes(), name="rust", configuration=b"local")
harness = Harness([plugin])

for path in ("/public", "/denied/area"):
    exchange = harness.request(path=path)
    if exchange.client is not None:
        where = "by the upstream" if exchange.upstream else "by the filter"
        print(f"{path} is answered {where}: {exchange.client.status}")

harness.close()
print("contexts left:", harness.host.contexts_left)
