"""Many keep-alive connections through `proxyabi serve` for a while: no error, no mix-up, nothing left behind.

Lives here: the load, the checks and the figures. Not here: single exchanges (tests/proxyabi/serve).

    python benchmarks/soak.py [FILTER.wasm] [--seconds 10] [--connections 50] [--tier python]

Every request carries an id of its own; the echo upstream describes the request it saw, and the response must describe this one.
The exit code is 0 only when every response was right and the proxy says that no context is left.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEADER_FILTER = ROOT / "proxyabi" / "demo" / "demo.wasm"


@dataclass
class Tally:
    """What the connections have seen. Latencies in seconds."""

    responses: int = 0
    errors: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)


async def connection(port: int, number: int, until: float, tally: Tally, expected: bytes) -> None:
    """One keep-alive connection: ask, check, ask again."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        turn = 0
        while time.monotonic() < until:
            turn += 1
            name = b"%d-%d" % (number, turn)
            begun = time.monotonic()
            writer.write(b"GET /soak HTTP/1.1\r\nHost: soak\r\nX-Id: %s\r\n\r\n" % name)
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
            tally.latencies.append(time.monotonic() - begun)
            if not head.startswith(b"HTTP/1.1 200 ") or b'["x-id", "%s"]' % name not in body or expected not in body:
                tally.errors.append(f"connection {number}, request {turn}: {head[:60]!r}")
            tally.responses += 1
    except (OSError, asyncio.IncompleteReadError) as error:
        tally.errors.append(f"connection {number}: {type(error).__name__}: {error}")
    finally:
        writer.close()


async def soak(options: argparse.Namespace) -> int:
    """Start the proxy, load it, stop it, and say how it went."""
    words = ["serve", options.filter, "--listen", "127.0.0.1:0", "--tier", options.tier, "--log-level", "warn"]
    proxy = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "proxyabi", *words, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert proxy.stdout is not None
    line = (await proxy.stdout.readline()).decode()
    if not line:
        print((await proxy.communicate())[1].decode(), file=sys.stderr)
        return 1
    tally = Tally()
    begun = time.monotonic()
    until = begun + options.seconds
    port = int(line.rsplit(":", 1)[1])
    expected = options.expect.encode()
    await asyncio.gather(*(connection(port, number, until, tally, expected) for number in range(options.connections)))
    took = time.monotonic() - begun
    proxy.send_signal(signal.SIGINT)
    outcome = (await proxy.communicate())[1].decode().strip().splitlines()[-1]
    return report(tally, took, options.connections, outcome, proxy.returncode)


def report(tally: Tally, took: float, connections: int, outcome: str, code: int | None) -> int:
    """Print the figures; 0 when everything was right."""
    latencies = sorted(tally.latencies)
    print(f"{tally.responses} responses over {connections} connections in {took:.1f} s: {tally.responses / took:.0f} a second")
    if latencies:
        middle, late = latencies[len(latencies) // 2], latencies[len(latencies) * 99 // 100]
        print(f"latency: median {middle * 1000:.1f} ms, 99th percentile {late * 1000:.1f} ms")
    print(outcome)
    for error in tally.errors[:10]:
        print(error, file=sys.stderr)
    good = tally.responses > 0 and not tally.errors and code == 0 and outcome.endswith(" 0 contexts left")
    print("all right" if good else f"NOT RIGHT: {len(tally.errors)} errors, exit code {code}")
    return 0 if good else 1


def main() -> int:
    """Read the command line and soak."""
    parser = argparse.ArgumentParser(description="Load `proxyabi serve` and check every response.")
    parser.add_argument("filter", nargs="?", default=str(HEADER_FILTER), help="default: the demo filter, which adds headers")
    parser.add_argument("--expect", default='["x-greeting", ', help="what the upstream must have seen in every request")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--tier", default="auto")
    return asyncio.run(soak(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
