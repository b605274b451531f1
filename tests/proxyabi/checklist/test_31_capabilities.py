"""Check 31: a restricted host function answers 10, a WASI function 76, and a callback is not called (abi: 10.7)."""

from __future__ import annotations

import scripted as s
from conversation import filter_of

from proxyabi.abi.versions import VERSIONS, surface
from proxyabi.hostcalls.stubs import bind_restricted, is_restrictable


def test_every_stub(world):
    for row in surface(VERSIONS[-1]).hostcalls.values():
        if is_restrictable(row):
            answer = bind_restricted(row, world.guest, lambda: world.context, None)(*[0] * len(row.wasm_params))
            assert answer == (None if row.name == "proc_exit" else 10 if row.module == "env" else 76), row


def test_callbacks_that_are_not_listed_count_as_absent(run):
    script: s.Script = {"on_request_headers": (s.log(b"here"),), "on_configure": (s.give(0),)}
    allowed = frozenset({"proxy_log", "proxy_on_request_headers"})
    talk = run(filter_of(script, allowed_capabilities=allowed))
    talk.get()
    assert talk.said == ["here"]
    assert talk.names == ["on_request_headers"]
