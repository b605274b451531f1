"""Check 16: a local response makes the return value void (abi: 11.2)."""

from __future__ import annotations

import pytest
import scripted as s

from proxyabi.context.commands import ForwardRequestHeaders


@pytest.mark.parametrize("value", [0, 1, 2, 3, 4])
def test_the_request_does_not_go_on(run, value):
    talk = run({"on_request_headers": (s.local(403, b"no"), s.give(value))})
    commands = talk.get()
    assert not any(isinstance(command, ForwardRequestHeaders) for command in commands)
    assert commands[0].headers.get(b":status") == b"403"


@pytest.mark.parametrize("callback", ["on_request_body", "on_request_trailers"])
def test_nor_does_a_body_or_trailers(run, callback):
    talk = run({callback: (s.local(403),)})
    talk.post()
    commands = talk.body(b"x") if callback == "on_request_body" else talk.trailers((b"x", b"1"))
    assert [type(command).__name__ for command in commands] == ["AbandonUpstream", "ForwardResponseHeaders"]
