"""The filters in tests/guests together use all of the ABI, and the recordings show that they really do.

Lives here: what the filters import and export, what was called in the recordings of a real Envoy, and how much was recorded.
Not here: that our host does the same (test_transcripts.py, test_steps.py), and what each filter is for (tests/guests/README.md).

The guests that do as they are told, misbehave, or cannot be loaded are tools of the tests: they count for nothing here.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "envoy"))
from known_differences import CLOCKWORK, NEVER_CALLED_BY_ENVOY

from proxyabi.abi.versions import VERSIONS, AbiVersion, surface
from pywasm_vm import Module

TESTS = Path(__file__).parents[1]
GUESTS, TRANSCRIPTS = TESTS / "guests", TESTS / "transcripts"
MANIFEST: dict[str, Any] = tomllib.loads((GUESTS / "guests.toml").read_text(encoding="utf-8"))
TOOLS = ("script", "hostile", "broken")
SDK_FILTERS = {name: guest for name, guest in MANIFEST.items() if name not in (*TOOLS, "filters")}
BINARIES = {**SDK_FILTERS, **{f"filters/{name}": guest for name, guest in MANIFEST["filters"].items()}}
"""Every binary with filters, by its path without the ending."""

CROSSING = re.compile(r"(?P<depth> *)(?P<mark>[<>]) (?P<name>\w+)\(")
MARKER = "proxy_abi_version_"

SCENARIOS_WANTED, EXCHANGES_WANTED, FILTERS_WANTED, PAIRS_WANTED = 60, 400, 20, 140

Json = dict[str, Any]


@cache
def module(binary: str) -> Module:
    return Module.decode((GUESTS / f"{binary}.wasm").read_bytes(), validate="never")


@cache
def recordings() -> tuple[Json, ...]:
    """Everything recorded of real Envoys: scenarios of exchanges, and walkthroughs."""
    return tuple(json.loads(path.read_text(encoding="utf-8")) for path in sorted(TRANSCRIPTS.rglob("*.json")))


def guests_of(recording: Json) -> set[str]:
    """The binaries that took part."""
    return {recording["guest"], *recording.get("second", ())[:1]}


def lines_of(recording: Json) -> Iterator[str]:
    """Every line of its crossings."""
    for part in (recording, *recording.get("exchanges", ()), *recording.get("steps", ())):
        for key in ("start", "calls", "end"):
            yield from part.get(key, ())


@cache
def crossings() -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """(callbacks that Envoy called, pairs of a callback and a host function called in it), in recordings of filters alone."""
    callbacks: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    for recording in recordings():
        if not guests_of(recording) <= BINARIES.keys():
            continue
        outer = ""
        for line in lines_of(recording):
            found = CROSSING.match(line)
            if found is None:
                continue
            if found["mark"] == ">":
                callbacks.add(found["name"])
                outer = outer if found["depth"] else found["name"]
            else:
                pairs.add((outer, found["name"]))
    return frozenset(callbacks), frozenset(pairs)


def answered_by_the_tour() -> set[str]:
    """The functions of WASI whose results the filter `wasi_tour` gave its client, once under either module's name."""
    [recording] = [told for told in recordings() if told.get("name") == "wasi_tour"]
    named = [{line.split()[0] for line in told["client"]["body"].splitlines()} for told in recording["exchanges"]]
    return set.intersection(*named)


def test_there_are_at_least_twenty_filters_in_four_languages() -> None:
    small = [name for guest in MANIFEST["filters"].values() for name in guest["filters"]]

    assert len({*small, *SDK_FILTERS}) >= FILTERS_WANTED
    assert len(small) == len(set(small))
    assert {guest["language"] for guest in BINARIES.values()} == {"C", "Rust", "Go", "AssemblyScript"}


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_filters_import_every_host_function(version: AbiVersion) -> None:
    imported = {(entry.module, entry.name) for binary in BINARIES for entry in module(binary).imports}

    assert set(surface(version).hostcalls) - imported == set()


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_filters_export_every_callback(version: AbiVersion) -> None:
    exported = {entry.name for binary in BINARIES for entry in module(binary).exports}

    assert set(surface(version).callbacks) - exported == set()


def test_filters_are_of_every_version() -> None:
    marked = {entry.name for binary in BINARIES for entry in module(binary).exports if entry.name.startswith(MARKER)}

    assert marked == {version.marker for version in VERSIONS}


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_every_host_function_was_called_in_envoy(version: AbiVersion) -> None:
    """The clock is left out of the recordings' lines, but not of what its caller told the client."""
    called = {name for _, name in crossings()[1]} | (answered_by_the_tour() & CLOCKWORK.keys())

    assert {name for _, name in surface(version).hostcalls} - called == set()


def test_every_function_of_wasi_was_called_in_envoy_under_both_names() -> None:
    """But for `proc_exit`, which gives nothing that could be told; the lines have it."""
    wasi = {name for module, name in surface(VERSIONS[-1]).hostcalls if module != "env"}

    assert wasi - answered_by_the_tour() == {"proc_exit"}


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_envoy_called_every_callback(version: AbiVersion) -> None:
    assert set(surface(version).callbacks) - crossings()[0] == NEVER_CALLED_BY_ENVOY.keys() & surface(version).callbacks.keys()


def test_every_callback_that_envoy_called_has_called_it_back() -> None:
    """But for those that are over before a filter has anything to say."""
    silent = {"_initialize", "_start", "main", "__main_void", "malloc", "proxy_on_memory_allocate"}
    callbacks, pairs = crossings()

    assert callbacks - silent - {outer for outer, _ in pairs} == set()


def test_what_filters_did_in_which_callback_is_wide() -> None:
    """Every pair is in the table of the universal guest (test_universal_guest.py); these are the ones that filters made."""
    env = {name for version in VERSIONS for module, name in surface(version).hostcalls if module == "env"}

    assert len({pair for pair in crossings()[1] if pair[1] in env}) >= PAIRS_WANTED


def test_at_least_sixty_scenarios_with_four_hundred_exchanges_were_recorded() -> None:
    exchanges = [len(recording["exchanges"]) for recording in recordings() if recording.get("exchanges")]

    assert len(exchanges) >= SCENARIOS_WANTED
    assert sum(exchanges) >= EXCHANGES_WANTED


def test_every_filter_took_part_in_a_recording() -> None:
    took_part = {guest for recording in recordings() for guest in guests_of(recording)}
    words = {(recording["guest"], recording["configuration"].partition(" ")[0]) for recording in recordings()}

    assert BINARIES.keys() - took_part == set()
    assert {("filters/rust", name) for name in MANIFEST["filters"]["rust"]["filters"]} - words == set()


def test_recordings_are_small_enough_to_be_kept() -> None:
    assert sum(path.stat().st_size for path in TRANSCRIPTS.rglob("*.json")) < 15_000_000
