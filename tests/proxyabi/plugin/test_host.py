"""Plugins, streams and events of one worker; no plugin disturbs another."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from conversation import Conversation, filter_of, request, response
from scripted import LOOP, REQUEST_HEADERS, TRAP, add, drop, get_property, log, nth, show

from proxyabi import ConfigError, Host, PluginConfig, Services, StreamInfo
from proxyabi.abi.types import LogLevel
from proxyabi.context.commands import ForwardRequestHeaders, ForwardResponseHeaders
from proxyabi.context.events import RequestHeaders, ResponseHeaders, StreamDone
from proxyabi.services.clock import StoppedClock
from proxyabi.services.log import Log
from proxyabi.testing.harness import Harness
from proxyabi.vms import NullPlugin, NullVm

GUESTS = Path(__file__).parents[2] / "guests"


def test_a_host_without_plugins_passes_everything():
    host = Host([])

    assert host.start() == []
    stream_id = host.open_stream(StreamInfo())
    assert host.feed(RequestHeaders(stream_id, request(), end_of_stream=True)) == [
        ForwardRequestHeaders(stream_id, request(), end_of_stream=True)
    ]
    assert host.feed(ResponseHeaders(stream_id, response(), end_of_stream=True)) == [
        ForwardResponseHeaders(stream_id, response(), end_of_stream=True)
    ]
    assert host.feed(StreamDone(stream_id)) == []
    assert host.close() == []


def test_a_host_that_has_not_been_started_opens_no_stream_and_takes_events_alone():
    host = Host([filter_of({})])
    with pytest.raises(RuntimeError, match="call start"):
        host.open_stream(StreamInfo())
    host.start()
    host.open_stream(StreamInfo())
    with pytest.raises(TypeError, match="None is no event"):
        host.feed(None)  # type: ignore[arg-type]
    host.close()


def test_a_host_tells_what_its_plugins_are(engine):
    talk = Conversation(engine, filter_of({"on_tick": []}, name="mine"), filter_of({"on_tick": []}, code_path="dir/other.wasm"))

    mine, other = talk.host.plugins
    assert (mine.name, mine.version, mine.failure, mine.context_id) == ("mine", "0.2.1", None, 1)
    assert mine.tier == engine
    assert other.name == "dir/other.wasm"


def test_a_tier_that_is_not_there_is_a_mistake_of_the_configuration():
    with pytest.raises(ConfigError, match="unknown tier 'fast'"):
        Host([PluginConfig(b"")], tier="fast").start()


def test_a_host_starts_once(engine):
    talk = Conversation(engine, {"on_tick": []})

    with pytest.raises(ConfigError, match="started already"):
        talk.host.start()


def test_a_plugin_that_loops_costs_its_time_once_and_others_go_on(engine):
    """The first stream waits for the deadline, all later ones get 503 at once; another plugin's streams never notice."""
    looping = Conversation(engine, filter_of({"on_request_headers": [LOOP]}, name="looping", callback_seconds=0.2))
    fine = Conversation(engine, {"on_request_headers": [drop(add(REQUEST_HEADERS, b"x-fine", b"1"))]})

    for number in range(1, 4):
        (reply,) = looping.get()
        assert reply == ForwardResponseHeaders(number, response(status=b"503"), end_of_stream=True)
        assert fine.get() == [ForwardRequestHeaders(number, request(b"/", (b"x-fine", b"1")), end_of_stream=True)]
        looping.done()

    assert looping.names.count("on_request_headers") == 1
    assert looping.host.contexts_left == 0


def test_many_streams_are_open_at_once_and_end_in_any_order(engine):
    talk = Conversation(engine, {"on_request_headers": [], "on_log": [], "on_delete": []})
    for _ in range(20):
        talk.post()

    assert talk.host.contexts_left == 20
    for talk.stream in (*range(20, 0, -2), *range(1, 20, 2)):
        talk.done()
    assert talk.host.contexts_left == 0


def test_the_duration_of_a_stream_is_known_when_it_is_logged(engine):
    clock = StoppedClock()
    talk = Conversation(
        engine,
        {
            "on_request_headers": [show("before", get_property(b"request\0duration"))],
            "on_log": [show("after", get_property(b"request\0duration"))],
        },
        services=Services(clock=clock),
    )
    talk.get()
    clock.advance(1.5)
    talk.done()

    assert talk.said[:2] == ["before: 01", "after: 00"]


def test_a_failed_plugin_is_told_in_reports(engine):
    talk = Conversation(engine, {"on_request_headers": [nth(2, TRAP)]})
    talk.get()
    assert talk.host.plugins[0].failure is None

    talk.get()

    assert "proxy_on_request_headers" in str(talk.host.plugins[0].failure)


class Greeter(NullPlugin):
    """A plugin in Python."""

    def proxy_on_request_headers(self, context_id, num_headers, end_of_stream):
        self.add_header(REQUEST_HEADERS, "x-python", self.plugin_configuration)

    def proxy_on_configure(self, context_id, size):
        self.plugin_configuration = self.get_buffer(7)
        return True


class Stubborn(NullPlugin):
    """A plugin that raises."""

    def proxy_on_response_headers(self, context_id, num_headers, end_of_stream):
        raise ValueError("I will not")


def test_plugins_in_python_stand_in_for_modules():
    classes = {"greeter": Greeter, "stubborn": Stubborn}
    plugins = [PluginConfig(b"null", name="greeter", configuration=b"hello"), PluginConfig(b"null", name="stubborn", vm_id="2")]
    talk = Conversation(lambda config: NullVm(classes[config.name]), *plugins)

    assert talk.get() == [ForwardRequestHeaders(1, request(b"/", (b"x-python", b"hello")), end_of_stream=True)]
    (reply,) = talk.answer(end=True)
    assert reply == ForwardResponseHeaders(1, response(status=b"503"), end_of_stream=True)
    talk.done()
    assert "I will not" in str(talk.host.plugins[1].failure)
    assert talk.host.plugins[0].failure is None
    assert talk.host.contexts_left == 0


def test_records_of_a_trace_are_plain_data(engine):
    talk = Conversation(engine, {"on_request_headers": [log(b"a"), TRAP]})

    talk.get()

    assert json.loads(json.dumps(talk.records)) == talk.records
    record = next(record for record in talk.records if record.get("name") == "proxy_on_request_headers")
    assert record["args"] == [2, 4, 1]
    assert record["result"] is None
    assert "unreachable" in record["reason"]


# Whole exchanges with a real guest, in C.


def harness(engine, guest: str, configuration: bytes, **settings) -> Harness:
    code = (GUESTS / f"{guest}.wasm").read_bytes()
    limits = {"callback_seconds": 0.5, "memory_bytes": 16 << 20}
    return Harness([PluginConfig(code, name="guest", configuration=configuration, **limits)], tier=engine, **settings)


def test_a_c_filter_hides_words_in_bodies(engine):
    box = harness(engine, "c", b"body")

    exchange = box.request("POST", "/", body=[b"the sec", b"ret word"])

    assert exchange.upstream is not None
    assert exchange.upstream.body == b"the ****** word"
    assert box.host.contexts_left == 0
    box.close()


def test_a_c_filter_waits_for_a_tick(engine):
    exchange = harness(engine, "c", b"tick").request()

    assert exchange.upstream is not None
    assert exchange.upstream.headers.get(b"x-ticked") == b"1"


@pytest.mark.parametrize(
    "configuration",
    [b"wild", b"allocator", b"astray", b"after", b"twice", b"recall", b"deep proxy_on_request_headers", b"eat proxy_on_log"],
)
def test_a_hostile_filter_hurts_nobody_but_itself(engine, configuration):
    """Pointers outside memory, an allocator that lies, two answers, recursion without end, all the memory there is."""
    box = harness(engine, "hostile", configuration, services=Services(log=Log(LogLevel.CRITICAL)))

    for _ in range(2):
        exchange = box.request("POST", "/", body=b"x")
        assert exchange.client is not None or exchange.stalled

    assert box.host.contexts_left == 0
    box.close()
