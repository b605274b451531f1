"""What a plugin is kept from: functions, callbacks, headers, the client's address, other people's environment."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import scripted as s
from conversation import Conversation, assemble, filter_of

from proxyabi import GuestError, HeaderMap, PluginConfig, Services, StreamInfo
from proxyabi.context.commands import ForwardRequestHeaders
from proxyabi.context.events import RequestHeaders
from proxyabi.errors import VmState
from proxyabi.services.clock import StoppedClock

SECRET = ((b"authorization", b"Bearer x"), (b"cookie", b"a=b"), (b"x-forwarded-for", b"10.0.0.1"), (b"x-id", b"7"))


class TestCapabilities:
    SCRIPT: ClassVar[s.Script] = {
        "on_request_headers": (s.report("get", s.header(0, b"x-id")), s.report("add", s.add(0, b"x-new", b"1"))),
        "on_log": (s.log(b"logged"),),
    }

    def test_without_a_list_everything_is_allowed(self, quick_engine: str) -> None:
        talk = Conversation(quick_engine, self.SCRIPT)
        talk.get(b"/", *SECRET)
        talk.done()
        assert talk.said == ["get: 00", "add: 00", "logged"]

    def test_what_is_not_listed_answers_10_and_is_not_called(self, quick_engine: str) -> None:
        allowed = {"proxy_log", "proxy_on_request_headers", "proxy_get_header_map_value", "proxy_on_context_create"}
        talk = Conversation(quick_engine, filter_of(self.SCRIPT, allowed_capabilities=allowed))
        talk.get(b"/", *SECRET)
        talk.done()
        assert talk.said == ["get: 00", "add: 10"]
        assert talk.names == ["on_context_create", "on_request_headers"]
        assert any("restricted proxy-wasm capability: proxy_add_header_map_value" in line for line in talk.lines)

    def test_wasi_goes_by_its_own_names(self, quick_engine: str) -> None:
        text = s.module({"on_configure": ("(drop (call $proxy_log (i32.const 2) (i32.const 0) (call $sync (i32.const 1))))",)})
        wasi = '(import "wasi_unstable" "fd_sync" (func $sync (param i32) (result i32)))'
        code = assemble(text.replace("(module", "(module " + wasi, 1))
        for allowed, length in (({"proxy_log", "proxy_on_configure"}, 76), ({"proxy_log", "proxy_on_configure", "fd_sync"}, 0)):
            talk = Conversation(quick_engine, PluginConfig(code, allowed_capabilities=allowed))
            assert len(next(r for r in talk.records if "log" in r)["message"].encode()) >= length // 76
            assert [r["result"] for r in talk.records if r.get("name") == "fd_sync"] == [length]

    def test_plugins_with_different_lists_do_not_share_a_vm(self) -> None:
        code = filter_of(self.SCRIPT).code
        talk = Conversation("python", PluginConfig(code), PluginConfig(code, allowed_capabilities=frozenset({"proxy_log"})))
        assert talk.host.plugins[0].root.vm is not talk.host.plugins[1].root.vm

    def test_the_type_of_a_callback_that_is_not_looked_up_does_not_matter(self) -> None:
        text = '(module (func (export "proxy_abi_version_0_2_1")) (func (export "proxy_on_tick"))'
        code = assemble(text + '(func (export "malloc") (param i32) (result i32) (i32.const 0)))')
        with pytest.raises(GuestError, match="bad function signature"):
            Conversation("python", PluginConfig(code))
        Conversation("python", PluginConfig(code, allowed_capabilities=frozenset({"proxy_log"})))


class TestHiding:
    SCRIPT: ClassVar[s.Script] = {
        "on_request_headers": (
            s.report("read", s.header(0, b"authorization")),
            s.report("change", s.replace(0, b"authorization", b"mine")),
            s.report("remove", s.remove(0, b"cookie")),
            s.report("property", s.get_property(b"request\0headers\0cookie")),
            s.report("address", s.get_property(b"source\0address")),
            s.report("port", s.get_property(b"source\0port")),
            s.report("visible", s.header(0, b"x-id")),
        ),
        "on_log": (s.report("log", s.header(0, b"authorization")), s.report("address", s.get_property(b"source\0address"))),
    }

    def talk(self, engine: str, hide: set[str]) -> tuple[Conversation, Any]:
        talk = Conversation(engine, filter_of(self.SCRIPT, hide=hide))
        stream = talk.stream = talk.host.open_stream(StreamInfo(source_address="10.0.0.1:4711", source_port=4711))
        pairs = [(b":authority", b"a"), (b":path", b"/"), (b":method", b"GET"), (b":scheme", b"http"), *SECRET]
        commands = talk.feed(RequestHeaders(stream, HeaderMap(pairs), end_of_stream=True))
        talk.done()
        return talk, commands

    def test_by_default_nothing_is_hidden(self, quick_engine: str) -> None:
        talk, commands = self.talk(quick_engine, set())
        assert [line[-2:] for line in talk.said] == ["00", "00", "00", "01", *["00"] * 5]
        assert commands[0].headers.get(b"authorization") == b"mine"

    def test_hidden_values_are_neither_read_nor_counted_nor_changed(self, quick_engine: str) -> None:
        talk, commands = self.talk(quick_engine, {"Authorization", "cookie", "client-address"})
        assert talk.said == [
            "read: 01",
            "change: 00",
            "remove: 00",
            "property: 01",
            "address: 01",
            "port: 01",
            "visible: 00",
            "log: 01",
            "address: 01",
        ]
        (forward,) = (command for command in commands if isinstance(command, ForwardRequestHeaders))
        assert [forward.headers.get(name) for name, _ in SECRET] == [value for _, value in SECRET]
        create, headers = talk.calls[:2]
        assert (create.split("(")[0], headers.split("(")[1]) == ("on_context_create", "2, 5, 1) = 0")
        assert any("a change of the header authorization" in line and "[debug]" in line for line in talk.lines)


def test_the_environment_of_this_process_is_forwarded_by_name() -> None:
    services = Services(clock=StoppedClock(), host_environment={"HOME": "/root", "SECRET": "x"})
    config = filter_of({}, environment={"OWN": "1"}, host_env_keys=("HOME", "UNSET"))
    talk = Conversation("python", config, services=services)
    assert talk.host.plugins[0].root.vm.environment == {"HOME": "/root", "OWN": "1"}


class TestImports:
    MISSING = '(import "env" "nobody" (func $nobody (param i64) (result i32))) (import "env" "proxy_log2" (func))'

    def code(self, steps: str = "") -> bytes:
        return assemble(s.module({"on_request_headers": (steps,)}).replace("(module", "(module " + self.MISSING, 1))

    def test_all_missing_imports_are_told_at_once_with_the_way_out(self) -> None:
        with pytest.raises(GuestError) as refused:
            Conversation("python", PluginConfig(self.code()))
        assert all(word in str(refused.value) for word in ("env.nobody", "env.proxy_log2", "--stub-imports"))
        assert refused.value.state is VmState.UNABLE_TO_INITIALIZE_CODE

    def test_stubs_let_the_module_run_and_trap_when_called(self, quick_engine: str) -> None:
        idle = Conversation(quick_engine, PluginConfig(self.code(), stub_imports=True))
        idle.get()
        assert idle.host.plugins[0].state is VmState.OK
        assert sum("is a stub" in line for line in idle.lines) == 2
        caller = Conversation(quick_engine, PluginConfig(self.code("(drop (call $nobody (i64.const 1)))"), stub_imports=True))
        caller.get()
        assert caller.host.plugins[0].state is VmState.RUNTIME_ERROR
        assert "env.nobody was called" in str(caller.host.plugins[0].failure)

    def test_a_module_of_the_open_draft_runs_when_drafts_are_taken(self, quick_engine: str) -> None:
        code = assemble(s.module({"on_request_headers": (s.log(b"here"),)}, version="0_x_x"))
        with pytest.raises(GuestError, match="--drafts"):
            Conversation(quick_engine, PluginConfig(code))
        talk = Conversation(quick_engine, PluginConfig(code, drafts=True))
        talk.get()
        assert talk.said == ["here"]
        assert talk.host.plugins[0].version == "0.2.1"

    def test_a_private_version_is_named(self) -> None:
        code = assemble(s.module({}, version="0_2_100"))
        with pytest.raises(GuestError, match="Higress"):
            Conversation("python", PluginConfig(code))
