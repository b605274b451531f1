"""Check 22: a failed VM is never called again; its streams get 503 or a reset (abi: 10.5)."""

from __future__ import annotations

import pytest
import scripted as s

from proxyabi.context.commands import ForwardResponseHeaders, ResetStream


@pytest.mark.parametrize("callback", ["on_context_create", "on_request_headers"])
def test_a_trap_in_the_request_is_a_503(run, callback):
    talk = run(
        {
            callback: (s.of_stream(2, s.TRAP),) if callback == "on_context_create" else (s.TRAP,),
            "on_log": (),
            "on_done": (),
            "on_delete": (),
        }
    )
    commands = talk.get()
    assert [c.headers.get(b":status") for c in commands if isinstance(c, ForwardResponseHeaders)] == [b"503"]
    calls = len(talk.calls)
    talk.done()
    talk.get()
    assert len(talk.calls) == calls


def test_a_trap_in_the_response_is_a_503_and_once_headers_are_out_a_reset(run):
    talk = run({"on_response_headers": (s.TRAP,)})
    talk.get()
    assert talk.answer(end=True)[-1].headers.get(b":status") == b"503"
    late = run({"on_response_body": (s.TRAP,)})
    late.get()
    late.answer()
    assert [type(command) for command in late.answer_body(b"x", end=True)] == [ResetStream]
