"""Check 15: what each return value means, unknown ones too, and that 1 stops everything by default (abi: 3.3, 11.2)."""

from __future__ import annotations

import pytest
import scripted as s
from conversation import filter_of

from proxyabi.context.commands import ForwardRequestBody, ForwardRequestHeaders


@pytest.mark.parametrize(("value", "passes"), [(0, True), (1, False), (2, True), (3, False), (4, False), (5, False), (-1, False)])
def test_of_headers(run, value, passes):
    talk = run({"on_request_headers": (s.give(value),)})
    assert [type(command) for command in talk.get()] == [ForwardRequestHeaders] * passes


@pytest.mark.parametrize(("value", "passes"), [(0, True), (1, False), (2, False), (3, False), (4, False), (-1, False)])
def test_of_data(run, value, passes):
    talk = run({"on_request_body": (s.give(value),)})
    talk.post()
    assert [type(command) for command in talk.body(b"x")] == [ForwardRequestBody] * passes


@pytest.mark.parametrize("value", [1, 2, -1])
def test_of_trailers_everything_but_0_stops(run, value):
    talk = run({"on_request_trailers": (s.give(value),)})
    talk.post()
    assert talk.trailers((b"x", b"1")) == []


def test_1_holds_the_body_too_unless_it_is_allowed_not_to(run):
    script: s.Script = {"on_request_headers": (s.give(1),), "on_request_body": ()}
    for allowed, names in ((False, []), (True, ["on_request_body"])):
        talk = run(filter_of(script, allow_on_headers_stop_iteration=allowed))
        talk.post()
        before = len(talk.names)
        talk.body(b"x")
        assert talk.names[before:] == names
