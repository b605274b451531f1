"""Streams through random filters take the way they take in a real Envoy, callback by callback."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from walks import Play

RECORDED = json.loads(Path(__file__).with_name("walks.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", [int(number) for number in RECORDED])
def test_a_walk_is_that_of_envoy(tier, number):
    play = Play(tier, number)

    assert play.outcome() == RECORDED[str(number)]
    play.talk.done()
    assert play.talk.host.contexts_left == 0
