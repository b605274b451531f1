"""What becomes of streams after a trap: 503, or no filter, or a new VM, as the policy says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import scripted as s
from conversation import Conversation, filter_of

from proxyabi import Services
from proxyabi.config import FailurePolicy
from proxyabi.context.commands import Command, ForwardRequestHeaders, ForwardResponseHeaders, SetTickPeriod
from proxyabi.context.events import HttpCallResponse
from proxyabi.context.header_map import HeaderMap
from proxyabi.errors import VmState
from proxyabi.services.clock import StoppedClock

SCRIPT: s.Script = {
    "on_configure": (s.tick(1000),),
    "on_tick": (),
    "on_request_headers": (s.nth(2, s.call_check()), s.nth(3, s.TRAP), s.log(b"served")),
    "on_http_call_response": (s.log(b"answered"),),
}


def statuses(commands: list[Command]) -> list[bytes]:
    return [c.headers.get(b":status") or b"" for c in commands if isinstance(c, ForwardResponseHeaders)]


class Failing:
    """A plugin that traps at its third request, the clock, and the chance."""

    def __init__(self, policy: FailurePolicy, chance: bytes = bytes(4), **settings: object) -> None:
        self.clock = StoppedClock()
        services = Services(clock=self.clock, random=lambda size: chance[:size])
        self.talk = Conversation("python", filter_of(SCRIPT, failure_policy=policy, **settings), services=services)
        self.plugin = self.talk.host.plugins[0]

    def request(self) -> tuple[list[Command], int]:
        commands = self.talk.get()
        stream = self.talk.stream
        return commands, stream

    def fail(self) -> list[Command]:
        for _ in range(3):
            commands, _ = self.request()
            self.talk.done()
        assert self.plugin.state is VmState.RUNTIME_ERROR
        return commands


@pytest.mark.parametrize("policy", [FailurePolicy.UNSPECIFIED, FailurePolicy.FAIL_CLOSED])
def test_closed_means_503_for_ever(policy: FailurePolicy) -> None:
    failing = Failing(policy)
    assert statuses(failing.fail()) == [b"503"]
    failing.clock.advance(100)
    assert statuses(failing.request()[0]) == [b"503"]


def test_open_lets_later_streams_pass_but_not_the_one_that_trapped() -> None:
    failing = Failing(FailurePolicy.FAIL_OPEN)
    assert statuses(failing.fail()) == [b"503"]
    commands, _ = failing.request()
    assert isinstance(commands[0], ForwardRequestHeaders)


def test_reload_waits_for_the_interval_and_then_serves_again() -> None:
    failing = Failing(FailurePolicy.FAIL_RELOAD)
    failing.fail()
    failing.clock.advance(0.5)
    assert statuses(failing.request()[0]) == [b"503"]
    assert failing.plugin.reloads.held_back == 1
    failing.clock.advance(0.5)
    commands, _ = failing.request()
    assert any(isinstance(command, ForwardRequestHeaders) for command in commands)
    assert failing.plugin.reloads.succeeded == 1
    assert failing.plugin.state is VmState.OK
    assert failing.plugin.report()["vm_reload_success"] == 1


def test_chance_makes_the_interval_up_to_half_as_long_again() -> None:
    failing = Failing(FailurePolicy.FAIL_RELOAD, chance=b"\xff" * 4)
    failing.fail()
    failing.clock.advance(1.4)
    assert statuses(failing.request()[0]) == [b"503"]
    failing.clock.advance(0.1)
    assert statuses(failing.request()[0]) == []


def test_the_interval_is_a_setting() -> None:
    failing = Failing(FailurePolicy.FAIL_RELOAD, reload_seconds=30.0)
    failing.fail()
    failing.clock.advance(29)
    assert statuses(failing.request()[0]) == [b"503"]


def test_what_the_dead_vm_had_begun_ends_with_it() -> None:
    failing = Failing(FailurePolicy.FAIL_RELOAD)
    failing.fail()
    failing.clock.advance(2)
    commands, _ = failing.request()
    periods = [command.seconds for command in commands if isinstance(command, SetTickPeriod)]
    assert periods == [0, 1.0]
    failing.talk.feed(HttpCallResponse(0, 4, HeaderMap([(b":status", b"200")]), b"", HeaderMap()))
    assert "answered" not in failing.talk.said


def test_plugins_that_share_a_vm_come_into_the_new_one_as_the_stream_comes_to_them() -> None:
    clock = StoppedClock()
    both = [filter_of(SCRIPT, name=name, failure_policy=FailurePolicy.FAIL_RELOAD) for name in ("one", "two")]
    talk = Conversation("python", *both, services=Services(clock=clock, random=bytes))
    assert [plugin.context_id for plugin in talk.host.plugins] == [1, 2]
    talk.get()
    talk.done()
    talk.get()
    assert talk.host.plugins[0].state is VmState.RUNTIME_ERROR
    clock.advance(2)
    talk.open()

    assert [plugin.context_id for plugin in talk.host.plugins] == [1, 3]  # 2 is the stream's first context


def test_no_context_is_left_behind() -> None:
    failing = Failing(FailurePolicy.FAIL_RELOAD)
    first = failing.talk.open()
    failing.fail()
    failing.clock.advance(2)
    failing.request()
    failing.talk.done()
    assert failing.talk.host.contexts_left == 1
    failing.talk.stream = first
    failing.talk.done()
    assert failing.talk.host.contexts_left == 0


def test_a_reload_that_fails_is_counted_and_tried_again_later() -> None:
    failing = Failing(FailurePolicy.FAIL_RELOAD)
    failing.fail()
    real = failing.talk.host._outside.make_vm
    object.__setattr__(failing.talk.host._outside, "make_vm", broken)
    failing.clock.advance(2)
    assert statuses(failing.request()[0]) == [b"503"]
    assert failing.plugin.reloads.failed == 1
    object.__setattr__(failing.talk.host._outside, "make_vm", real)
    assert statuses(failing.request()[0]) == [b"503"]
    failing.clock.advance(2)
    assert statuses(failing.request()[0]) == []


def broken(_: object) -> object:
    from proxyabi import GuestError

    raise GuestError("no memory left for another VM")
