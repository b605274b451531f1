"""The properties of targets.py, tried with every other test on a few hundred inputs of each sort."""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
import seeds
import targets
from mutations import INTERESTING, MAGIC, change_bytes, change_module, leb

from pywasm_vm.text.tokens import WORDS

SECONDS = 20.0
"""For one input, on a busy machine."""

few = settings(max_examples=500, suppress_health_check=list(HealthCheck))
fewer = settings(few, max_examples=60)


def in_time(door: Callable[[bytes], str], data: bytes) -> str:
    """What *door* says of *data*; it must say it soon."""
    started = time.monotonic()
    said = door(data)
    assert time.monotonic() - started < SECONDS
    return said


@pytest.mark.parametrize("number", range(len(seeds.TEXTS)))
def test_seeds_are_valid_and_come_back(number: int) -> None:
    assert targets.text(seeds.TEXTS[number].encode()) == "valid"
    assert targets.binary(seeds.BINARIES[number]) == "valid"
    assert targets.round_trip(seeds.BINARIES[number]) == "valid"


# Binaries

changed_binaries = st.builds(
    lambda data, seed, times: changed(data, Random(seed), times),
    st.sampled_from(seeds.BINARIES),
    st.integers(0),
    st.integers(1, 6),
)


def changed(data: bytes, chance: Random, times: int) -> bytes:
    for _ in range(times):
        data = change_module(data, chance, change_bytes)
    return data


pieces = st.one_of(st.sampled_from(INTERESTING), st.binary(max_size=4))
contents = st.lists(pieces, max_size=12).map(b"".join)
bodies = st.lists(contents.map(lambda body: b"\0" + body + b"\x0b"), max_size=3).map(
    lambda found: leb(len(found)) + b"".join(leb(len(body)) + body for body in found)
)
sections = st.one_of(
    st.tuples(st.integers(0, 14), contents),
    st.tuples(st.just(1), st.just(b"\3\x60\0\0\x60\1\x7f\1\x7f\x5f\1\x7e\1")),
    st.tuples(st.just(3), st.lists(st.integers(0, 3), max_size=3).map(lambda found: leb(len(found)) + bytes(found))),
    st.tuples(st.just(10), bodies),
)
framed_binaries = st.lists(sections, max_size=6).map(
    lambda found: MAGIC + b"".join(bytes([number]) + leb(len(content)) + content for number, content in sorted(found, key=place))
)


def place(section: tuple[int, bytes]) -> float:
    """Sections in the order they stand, so that not all of them are refused for it."""
    return {13: 5.5, 12: 9.5}.get(section[0], section[0])


@few
@given(changed_binaries)
def test_changed_binary_is_read_or_refused(data: bytes) -> None:
    in_time(targets.binary, data)
    in_time(targets.round_trip, data)


@few
@given(framed_binaries)
def test_random_bytes_in_the_frames_of_a_module_are_read_or_refused(data: bytes) -> None:
    in_time(targets.binary, data)
    in_time(targets.round_trip, data)


@few
@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused(data: bytes) -> None:
    in_time(targets.binary, data)
    in_time(targets.binary, MAGIC + data)


@fewer
@given(changed_binaries)
def test_changed_binary_does_the_same_on_every_tier(data: bytes) -> None:
    in_time(targets.run, data)


# Text

TOKEN = re.compile(r'"[^"]*"|[()]|[^\s()"]+|\s+')

SPELLINGS = (
    "$a",
    "$f",
    "$t",
    "0",
    "1",
    "2",
    "-1",
    "0x7fffffff",
    "1.5",
    "nan:0x1",
    "inf",
    '"a"',
    '""',
    '"\\00"',
    "offset=4",
    "align=1",
)

words = st.one_of(
    st.sampled_from(sorted(WORDS)),
    st.sampled_from(SPELLINGS),
    st.sampled_from(["(", "(", "(", ")", ")", ")", "(;", ";)", "(@a", ";;"]),
    st.sampled_from(["(func", "(type", "(param i32)", "(result i32)", "(i32.const 0)"]),
)

random_texts = st.builds(
    lambda head, found, tail: " ".join([head, *found, tail]),
    st.sampled_from(
        ["", "(module", "(func", "(module (func (local i32)", "(type", "(rec (type", "(memory", "(elem", "(global i32"]
    ),
    st.lists(words, max_size=25),
    st.sampled_from(["", ")", "))", ")))"]),
)

changed_texts = st.builds(
    lambda text, seed, times: changed_text(text, Random(seed), times),
    st.sampled_from(seeds.TEXTS),
    st.integers(0),
    st.integers(1, 6),
)


def changed_text(text: str, chance: Random, times: int) -> str:
    """*text* with tokens left out, doubled, exchanged, or replaced by words of the language."""
    tokens = TOKEN.findall(text)
    for _ in range(times):
        at, other = chance.randrange(len(tokens)), chance.randrange(len(tokens))
        match chance.randrange(5):
            case 0:
                tokens[at] = ""
            case 1:
                tokens[at] += " " + tokens[at]
            case 2:
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 3:
                tokens[at] = chance.choice(SPELLINGS)
            case _:
                tokens[at] = chance.choice(sorted(WORDS))
    return "".join(tokens)


@few
@given(random_texts)
def test_random_words_are_read_or_refused(text: str) -> None:
    in_time(targets.text, text.encode())


@few
@given(changed_texts)
def test_changed_text_is_read_or_refused(text: str) -> None:
    in_time(targets.text, text.encode())


@few
@given(st.text(max_size=200))
def test_random_characters_are_read_or_refused(text: str) -> None:
    in_time(targets.text, text.encode("utf-8", "surrogatepass"))


@few
@given(st.binary(max_size=100))
def test_random_bytes_as_text_are_read_or_refused(data: bytes) -> None:
    in_time(targets.text, data)


# The changes themselves


def test_changes_keep_the_frames_of_a_module() -> None:
    """Else nearly all of them would be refused for a size that no longer fits, and nothing behind it be tried."""
    chance = random.Random(1)
    said = [targets.binary(changed(seeds.BINARIES[chance.randrange(len(seeds.BINARIES))], chance, 1)) for _ in range(400)]

    frames = [words for words in said if words.startswith(("length out of bounds", "section size mismatch", "unexpected end"))]
    assert len(frames) < 130
    assert said.count("valid") > 40
    assert sum(words.startswith("type mismatch") for words in said) > 10
