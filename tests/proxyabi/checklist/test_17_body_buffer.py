"""Check 17: the body shows all that came only after StopIterationAndBuffer (abi: 11.3)."""

from __future__ import annotations

import pytest
import scripted as s


@pytest.mark.parametrize(("value", "seen"), [(0, ["ab", "cd"]), (1, ["ab", "abcd"]), (2, ["ab", "cd"]), (3, ["ab", "cd"])])
def test_what_the_second_callback_sees(run, value, seen):
    talk = run({"on_request_body": (s.show("body", s.body(0)), s.give(value))})
    talk.post()
    talk.body(b"ab")
    talk.body(b"cd")
    assert [line for line in talk.said if line != "body: 00"] == seen
    assert [call.split(", ")[1] for call in talk.calls if "body" in call] == [str(len(text)) for text in seen]
