"""Check 12: what was put off runs once the guest has returned, in order, before the proxy goes on (abi: 9.5)."""

from __future__ import annotations

import scripted as s

from proxyabi.context.commands import ForwardResponseHeaders, ResetStream


def test_a_local_response_comes_after_the_callback(run):
    talk = run(
        {"on_request_headers": (s.local(403), s.log(b"still here")), "on_response_headers": (s.log(b"the answer passes"),)}
    )
    (answer,) = talk.get()
    assert talk.said == ["still here", "the answer passes"]
    assert isinstance(answer, ForwardResponseHeaders)


def test_a_stream_that_was_closed_first_is_not_answered(run):
    talk = run({"on_request_headers": (s.close(0), s.local(403), s.log(b"still here"))})
    assert [type(command) for command in talk.get()] == [ResetStream]
    assert talk.said == ["still here"]
