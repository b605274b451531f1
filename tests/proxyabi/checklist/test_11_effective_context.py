"""Check 11: the effective context lasts for one guest call, and falls back when it is gone (abi: 9.4)."""

from __future__ import annotations

import scripted as s

from proxyabi.context.events import Tick


def test_it_is_forgotten_when_the_call_ends(run):
    talk = run(
        {
            "on_configure": (s.tick(1000),),
            "on_tick": (s.nth(1, s.stream()), s.report("path", s.header(0, b":path"))),
            "on_request_headers": (s.give(1),),
        }
    )
    talk.get()
    talk.feed(Tick(0))
    talk.feed(Tick(0))
    assert talk.said == ["path: 00", "path: 02"]


def test_a_context_that_ended_cannot_be_named(run):
    talk = run(
        {
            "on_configure": (s.tick(1000),),
            "on_tick": (s.report("dead", s.context(2)), s.report("vm", s.context(0)), s.report("root", s.context(1))),
        }
    )
    talk.get()
    talk.done()
    talk.feed(Tick(0))
    assert talk.said == ["dead: 02", "vm: 00", "root: 00"]


def test_host_functions_fall_back_to_the_running_context(run):
    talk = run({"on_log": (s.drop(s.context(2)), s.report("own", s.header(0, b":path")))})
    talk.get()
    talk.done()
    assert talk.said == ["own: 00"]
