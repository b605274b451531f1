"""Check 23: fail open, fail closed, reload with back-off (abi: 10.4)."""

from __future__ import annotations

import pytest
import scripted as s
from conversation import filter_of

from proxyabi import Services
from proxyabi.config import FailurePolicy
from proxyabi.context.commands import ForwardRequestHeaders
from proxyabi.services.clock import StoppedClock


@pytest.mark.parametrize(
    ("policy", "after_half_a_second", "after_two"),
    [
        (FailurePolicy.FAIL_CLOSED, False, False),
        (FailurePolicy.FAIL_OPEN, True, True),
        (FailurePolicy.FAIL_RELOAD, False, True),
    ],
)
def test_whether_later_streams_pass(run, policy, after_half_a_second, after_two):
    clock = StoppedClock()
    plugin = filter_of({"on_request_headers": (s.nth(2, s.TRAP),)}, failure_policy=policy)
    talk = run(plugin, services=Services(clock=clock, random=bytes))

    def passes() -> bool:
        commands = talk.get()
        talk.done()
        return isinstance(commands[0], ForwardRequestHeaders)

    assert passes()
    assert not passes(), "the stream that traps gets 503, whatever the policy"
    clock.advance(0.5)
    assert passes() is after_half_a_second
    clock.advance(1.5)
    assert passes() is after_two
