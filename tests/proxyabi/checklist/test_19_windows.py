"""Check 19: which map can be read and changed when, and what is answered otherwise (abi: 11.4, 12)."""

from __future__ import annotations

import pytest
import scripted as s

GET = [s.report(str(item), s.header(item, b":x")) for item in range(4)]
SIZE = [s.report(str(item), f"(call $proxy_get_header_map_size (i32.const {item}) (i32.const {s.SLOT}))") for item in range(4)]


@pytest.mark.parametrize(
    ("callback", "get", "size"),
    [
        ("on_request_headers", ["01", "02", "02", "02"], ["00", "02", "02", "02"]),
        ("on_response_headers", ["02", "02", "01", "02"], ["02", "02", "00", "02"]),
        ("on_log", ["01", "01", "01", "01"], ["02", "02", "02", "02"]),
        ("on_done", ["02", "02", "02", "02"], ["02", "02", "02", "02"]),
    ],
)
def test_statuses_by_callback(run, callback, get, size):
    for reads, statuses in ((GET, get), (SIZE, size)):
        talk = run({callback: reads})
        talk.get()
        talk.answer(end=True)
        talk.done()
        assert [line[-2:] for line in talk.said] == statuses


def test_pairs_of_an_absent_map_are_ok_and_none(run):
    pairs = f"(call $proxy_get_header_map_pairs (i32.const 2) (i32.const {s.SLOT}) (i32.const {s.SLOT_2}))"
    talk = run({"on_request_headers": (s.report("pairs", pairs),)})
    talk.get()
    assert talk.said == ["pairs: 00"]
