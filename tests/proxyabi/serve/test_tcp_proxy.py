"""The TCP proxy over real sockets: a filter between a client and a server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from proxyabi import Host, PluginConfig, Services
from proxyabi.abi.kinds import NETWORK_FILTER
from proxyabi.abi.types import LogLevel
from proxyabi.serve.places import Address
from proxyabi.serve.tcp_proxy import TcpProxy
from proxyabi.services.log import Log

GUEST = (Path(__file__).parents[2] / "guests" / "script.wasm").read_bytes()
LOUD = "on_downstream_data: set_buffer 2 99999 0 !\non_upstream_data: set_buffer 3 0 0 >"

Talk = Callable[["World"], Awaitable[None]]


class World:
    """A server that keeps what it hears, the proxy in front of it, and a client."""

    def __init__(self, configuration: str) -> None:
        self.lines: list[str] = []
        plugin = PluginConfig(GUEST, name="f", configuration=configuration.encode(), kind=NETWORK_FILTER)
        self.host = Host(
            [plugin],
            tier="python",
            services=Services(log=Log(LogLevel.INFO, sink=self.lines.append)),
        )
        self.heard = bytearray()
        self.ended = asyncio.Event()
        self.complaints: list[str] = []

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self.server.sockets[0].getsockname()[1]
        self.proxy = TcpProxy(self.host, Address("127.0.0.1", port), report=self.complaints.append)
        self.address = await self.proxy.start(Address("127.0.0.1", 0), self.host.start())

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self.address.host, self.address.port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            self.heard += data
            writer.write(data)
        writer.write(b"bye")
        writer.close()
        self.ended.set()


def run(configuration: str, talk: Talk) -> World:
    async def main() -> World:
        world = World(configuration)
        await world.start()
        async with asyncio.timeout(20):
            await talk(world)
            assert await world.proxy.stop(5)
        world.server.close()
        return world

    world = asyncio.run(main())
    assert world.host.contexts_left == 0
    return world


def test_bytes_pass_the_filter_both_ways_and_half_closed_ends_stay_open() -> None:
    async def talk(world: World) -> None:
        reader, writer = await world.connect()
        writer.write(b"hello")
        assert await reader.readexactly(7) == b">hello!"
        writer.write_eof()
        # The end of each side is data too, of no bytes: the filter adds to it as well.
        assert await reader.read() in (b">!>bye>", b">!bye>")

    world = run(LOUD, talk)

    assert bytes(world.heard) == b"hello!!"


def test_many_bytes_arrive_whole() -> None:
    body = bytes(range(256)) * 8192

    async def talk(world: World) -> None:
        reader, writer = await world.connect()

        async def send() -> None:
            writer.write(body)
            await writer.drain()
            writer.write_eof()

        sending = asyncio.create_task(send())
        assert await reader.read(-1) == body + b"bye"
        await sending

    world = run("", talk)

    assert bytes(world.heard) == body


def test_a_filter_closes_the_connection() -> None:
    async def talk(world: World) -> None:
        reader, writer = await world.connect()
        writer.write(b"hello")
        assert await reader.read() == b""

    world = run("on_downstream_data: close 2", talk)

    assert world.heard == b""


def test_a_client_that_vanishes_leaves_nothing_behind() -> None:
    async def talk(world: World) -> None:
        _, writer = await world.connect()
        writer.write(b"hello")
        while not world.heard:
            await asyncio.sleep(0.005)
        writer.transport.abort()
        while world.proxy.busy:
            await asyncio.sleep(0.005)

    run("", talk)


def test_no_server_closes_the_client_and_says_why() -> None:
    async def talk(world: World) -> None:
        world.server.close()
        await world.server.wait_closed()
        reader, _ = await world.connect()
        assert await reader.read() == b""

    world = run("", talk)

    assert "cannot be connected" in world.complaints[0]
    assert world.proxy.statistics.upstream_failures == 1


def test_an_end_that_comes_with_the_last_bytes_is_told_with_them() -> None:
    async def talk(world: World) -> None:
        reader, writer = await world.connect()
        writer.write(b"hello")
        writer.write_eof()
        await reader.read()

    world = run(LOUD, talk)

    assert bytes(world.heard) == b"hello!"


def test_a_server_that_cannot_be_connected_is_known_all_the_same() -> None:
    async def talk(world: World) -> None:
        world.server.close()
        await world.server.wait_closed()
        reader, _ = await world.connect()
        assert await reader.read() == b""

    names = ("xds%00cluster_name", "upstream%00transport_failure_reason", "upstream%00request_attempt_count", "response%00flags")
    world = run("on_log: " + "; ".join(f"get_property {name}" for name in names), talk)

    seen = [line.partition("get_property: ")[2] for line in world.lines if "get_property: " in line]
    assert [value.rstrip("\0") for value in seen] == [
        "0 upstream",
        "0 delayed connect error: Connection refused",
        "0 \1",
        "0  \\x80",
    ]


def test_a_held_answer_is_lost_when_the_server_neither_sends_nor_hears_any_more() -> None:
    async def talk(world: World) -> None:
        reader, writer = await world.connect()
        writer.write_eof()
        assert await reader.read() == b""

    world = run("on_upstream_data: return 1\non_downstream_connection_close: get_buffer 3 0 9", talk)

    assert world.ended.is_set()
