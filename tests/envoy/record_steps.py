"""Ask a real Envoy step by step, and write what happened to tests/transcripts/steps/NAME.json.

    python tests/envoy/record_steps.py [--only NAME]... [--list]

Lives here: the world around Envoy, its configuration for every kind of plugin, and the file. Not here: what is asked
(walkthroughs.py). Needs the extras `envoy` and `grpc`; the test suite only reads what this writes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import h2.connection

sys.path.insert(0, str(Path(__file__).parent))
import record
from bootstrap import TYPE, address, cluster, text
from crossings import from_envoy
from grpc_server import GrpcServer, metadata_frame, pairs
from peers import Server
from scenarios import Answer, Scenario
from walkthroughs import Walkthrough, all_walkthroughs

TRANSCRIPTS = record.TRANSCRIPTS / "steps"
EXTENSIONS = {
    "http": ("envoy.filters.http.wasm", "envoy.extensions.filters.http.wasm.v3.Wasm"),
    "tcp": ("envoy.filters.network.wasm", "envoy.extensions.filters.network.wasm.v3.Wasm"),
    "log": ("envoy.access_loggers.wasm", "envoy.extensions.access_loggers.wasm.v3.WasmAccessLog"),
    "tcp-log": ("envoy.access_loggers.wasm", "envoy.extensions.access_loggers.wasm.v3.WasmAccessLog"),
    "service": ("envoy.bootstrap.wasm", "envoy.extensions.wasm.v3.WasmService"),
    "stats": ("envoy.stat_sinks.wasm", "envoy.extensions.stat_sinks.wasm.v3.Wasm"),
}

Json = dict[str, Any]


def extension(kind: str, plugin: Json) -> Json:
    """A plugin as an extension of Envoy's configuration."""
    name, message = EXTENSIONS[kind]
    singleton = {"singleton": True} if kind == "service" else {}
    return {"name": name, "typed_config": {"@type": TYPE + message, "config": plugin, **singleton}}


def plugins(walk: Walkthrough) -> list[tuple[str, Json]]:
    """(kind, configuration) of every plugin."""
    found = []
    for kind, configuration, vm_id in ((walk.kind, walk.configuration, "vm1"), *walk.others):
        code = {"local": {"filename": str(record.GUESTS / f"{walk.guest}.wasm")}}
        vm = {"vm_id": vm_id, "runtime": "envoy.wasm.runtime.v8", "code": code}
        plugin = {"name": "test_plugin", "root_id": "", "configuration": text(configuration), "vm_config": vm}
        found.append((kind, plugin | ({"fail_open": True} if walk.fail_open else {})))
    return found


def bootstrap(walk: Walkthrough, ports: dict[str, int]) -> Json:
    """Everything Envoy is told."""
    chosen = plugins(walk)

    def of(kind: str) -> list[Json]:
        return [extension(kind, plugin) for found, plugin in chosen if found == kind]

    to = "grpc_service" if walk.http2 else "web_service"
    manager = {
        "@type": TYPE + "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "ingress",
        "generate_request_id": False,
        "access_log": of("log"),
        "http2_protocol_options": {"allow_metadata": walk.http2},
        "route_config": {
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": to}}]}]
        },
        "http_filters": [
            *of("http"),
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": TYPE + "envoy.extensions.filters.http.router.v3.Router"},
            },
        ],
    }
    listeners = [
        {
            "name": "http",
            "address": address(ports["listener"]),
            "filter_chains": [{"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}],
        }
    ]
    for name, port in (("upstream", "tcp"), ("down", "tcp_down")):
        proxy = {
            "@type": TYPE + "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
            "stat_prefix": "t",
            "cluster": name,
            "access_log": of("tcp-log"),
        }
        listeners.append(
            {
                "name": name,
                "address": address(ports[port]),
                "filter_chains": [{"filters": [*of("tcp"), {"name": "envoy.filters.network.tcp_proxy", "typed_config": proxy}]}],
            }
        )
    h2 = cluster("grpc_service", ports["grpc_service"], 0)
    h2["typed_extension_protocol_options"]["envoy.extensions.upstreams.http.v3.HttpProtocolOptions"] = {
        "@type": TYPE + "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {"http2_protocol_options": {"allow_metadata": walk.http2}},
    }
    down = json.loads(json.dumps(h2)) | {"name": "down", "load_assignment": cluster("down", ports["down"], 0)["load_assignment"]}
    result: Json = {
        "admin": {"address": address(ports["admin"])},
        "static_resources": {
            "listeners": listeners,
            "clusters": [cluster("web_service", ports["web_service"], 0), cluster("upstream", ports["upstream"], 0), h2, down],
        },
        "bootstrap_extensions": of("service"),
        "stats_sinks": of("stats"),
    }
    if walk.kind == "stats":
        result["stats_flush_interval"] = "0.3s"
        result["stats_config"] = {"stats_matcher": {"inclusion_list": {"patterns": [{"prefix": "wasmcustom"}]}}}
    return result


class Wire:
    """One end of a connection, and what has come out of it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.received = bytearray()
        self.ended = ""
        self._task = asyncio.create_task(self._read(reader))

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while data := await reader.read(65536):
                self.received += data
            self.ended = "end"
        except ConnectionError:
            self.ended = "reset"

    def taken(self, first_line: bool) -> Json:
        """What has come since the last time, or, of HTTP, the status alone."""
        data = self.received.split(b"\r\n")[0] if first_line else self.received
        told = {"data": data.decode("latin-1"), "ended": self.ended}
        self.received.clear()
        return told


class World:
    """Envoy, and everybody who talks to it."""

    def __init__(self, walk: Walkthrough, folder: Path) -> None:
        self.walk = walk
        self.web, self.grpc = Server(), GrpcServer()
        self.client: Wire | None = None
        self.h2 = h2.connection.H2Connection()
        self.upstream: Wire | None = None
        self.folder = folder
        self.shown: list[Json] = []

    async def start(self) -> None:
        await self.web.start()
        await self.grpc.start()
        upstream = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        servers = {"web_service": self.web, "grpc_service": self.grpc}
        self.envoy = record.Envoy(Scenario(self.walk.name, "", "", ()), {}, self.folder)
        self.envoy.ports |= {name: server.port for name, server in servers.items()}
        self.envoy.ports |= {"upstream": upstream.sockets[0].getsockname()[1]}
        self.envoy.ports |= {"tcp": record.free_port(), "tcp_down": record.free_port()}
        record.bootstrap = lambda scenario, folder, ports: bootstrap(self.walk, ports)
        if not await self.envoy.start():
            raise RuntimeError(f"{self.walk.name}: Envoy did not start")

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.upstream = Wire(reader, writer)

    async def perform(self, step: tuple[Any, ...]) -> Json:
        """Do a step, wait until nothing happens any more, and tell what has."""
        told: Json = {"step": [part.hex() if isinstance(part, bytes) else part for part in step]}
        for part in step[1:] if step[0] == "together" else (step,):
            await self._act(part)
        lines = await self.envoy.new_lines()
        told["calls"] = list(from_envoy(lines))
        told["complaints"] = record.complaints(lines)
        for side, wire in (("client", self.client), ("upstream", self.upstream)):
            if wire is not None and not self.walk.http2:
                told[side] = wire.taken(first_line=bool(self.walk.kind not in ("tcp", "tcp-log")))
        seen = [call.shown() for call in self.grpc.calls]
        if seen != self.shown:
            told["grpc"] = self.shown = seen
        if self.envoy.process.returncode is not None:
            told["crashed"] = True
        return told

    async def _act(self, step: tuple[Any, ...]) -> None:
        name = step[0]
        if name == "get":
            await self._get(step[1])
        elif name in ("connect", "connect-down"):
            port = self.envoy.ports["tcp" if name == "connect" else "tcp_down"]
            self.client = Wire(*await asyncio.open_connection("127.0.0.1", port))
        elif name == "wait":
            await asyncio.sleep(step[1])
        elif name.startswith("grpc-"):
            self.grpc.perform(step)
        elif name.startswith("h2-"):
            await self._h2(name, *step[1:])
        else:
            wire = self.client if name.startswith("client") else self.upstream
            if wire is not None:
                action(wire.writer, name, step)

    async def _h2(self, name: str, value: str = "") -> None:
        """What a client does that speaks HTTP/2. A new request has a new connection."""
        if name == "h2-request":
            self.client = Wire(*await asyncio.open_connection("127.0.0.1", self.envoy.ports["listener"]))
            self.h2 = h2.connection.H2Connection()
            self.h2.initiate_connection()
            head = f":method=POST,:path={value},:scheme=http,:authority=example.test"
            self.h2.send_headers(1, pairs(head))
        assert self.client is not None
        if name == "h2-metadata":
            self.client.writer.write(metadata_frame(1, pairs(value)))
        elif name == "h2-data":
            self.h2.send_data(1, value.encode())
        elif name == "h2-end":
            self.h2.end_stream(1)
        self.client.writer.write(self.h2.data_to_send())

    async def _get(self, path: str) -> None:
        self.web.answers[:] = [Answer(body=("fine",)) for _ in range(3)]
        self.client = Wire(*await asyncio.open_connection("127.0.0.1", self.envoy.ports["listener"]))
        self.client.writer.write(f"GET {path} HTTP/1.1\r\nhost: example.test\r\n\r\n".encode())
        for _ in range(12):
            await asyncio.sleep(0.05)
            if self.client.received:
                return


def action(writer: asyncio.StreamWriter, name: str, step: tuple[Any, ...]) -> None:
    """What one end of a connection does."""
    if name in ("client", "upstream"):
        writer.write(step[1].encode())
    elif name.endswith("-ends"):
        writer.write_eof()
    elif name.endswith("-vanishes"):
        writer.transport.abort()
    else:
        writer.close()


async def record_walk(walk: Walkthrough) -> Json:
    with tempfile.TemporaryDirectory() as folder:
        world = World(walk, Path(folder))
        try:
            await world.start()
            lines = await world.envoy.new_lines()
            steps = []
            for step in walk.steps:
                steps.append(await world.perform(step))
                if steps[-1].get("crashed"):
                    break
        finally:
            await world.envoy.stop()
        ending = await world.envoy.new_lines()
    settings = {key: value for key, value in asdict(walk).items() if key != "steps"}
    return {
        **settings,
        "envoy": "1.40.0",
        "start": list(from_envoy(lines)) if walk.kind in ("service", "stats") else [],
        "steps": steps,
        "end": list(from_envoy(ending))[:60],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Record, step by step, what a real Envoy does.")
    parser.add_argument("--only", action="append", metavar="NAME", help="a walkthrough, or the beginning of several's names")
    parser.add_argument("--missing", action="store_true", help="those that have no recording yet")
    parser.add_argument("--list", action="store_true", help="print the names and do nothing")
    options = parser.parse_args()
    chosen = [w for w in all_walkthroughs() if not options.only or any(w.name.startswith(name) for name in options.only)]
    if options.missing:
        chosen = [walk for walk in chosen if not (TRANSCRIPTS / f"{walk.name}.json").exists()]
    if options.list:
        print("\n".join(walk.name for walk in chosen))
        return
    TRANSCRIPTS.mkdir(parents=True, exist_ok=True)
    for walk in chosen:
        try:
            told = asyncio.run(record_walk(walk))
        except (RuntimeError, TimeoutError, ConnectionError) as error:
            print(f"{walk.name}: {error}", flush=True)
            continue
        (TRANSCRIPTS / f"{walk.name}.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"{walk.name}: {sum(len(step['calls']) for step in told['steps'])} lines", flush=True)


if __name__ == "__main__":
    main()
