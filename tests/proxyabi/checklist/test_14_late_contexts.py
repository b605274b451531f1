"""Check 14: a context that is first seen at log time is created then (abi: 9.7)."""

from __future__ import annotations

import scripted as s

from proxyabi.context.events import StreamReset


def test_a_stream_without_headers_is_created_to_be_logged(run):
    talk = run({"on_request_headers": (), "on_log": (s.report("path", s.header(0, b":path")),)})
    talk.open()
    talk.feed(StreamReset(talk.stream))
    assert talk.calls == []
    talk.done()
    assert talk.names == ["on_context_create", "on_log"]
    assert talk.said == ["path: 01"]
