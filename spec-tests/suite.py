"""The scripts on the disk: where they are, in which order, and what each of them may use.

Lives here: finding the suite, the features per directory, the list of scripts.
Not here: reading them (script.py), running them (runner.py, run.py).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pywasm_vm import WASM_2_0, WASM_3_0, Feature, Features

__all__ = ["NO_SUITE", "SuiteScript", "features_of", "find_suite", "scripts_in"]

HERE = Path(__file__).resolve().parent

PLACES = (HERE / "testsuite", HERE.parent.parent / "shared" / "spec-testsuite")
"""Where the suite is looked for when nobody says where it is."""

NO_SUITE = (
    "the official test suite is not here: name its folder with --suite or in the environment variable WASM_TESTSUITE, "
    "or get it with `python spec-tests/fetch.py`"
)

_FEATURES: dict[str, Features] = {
    "legacy": WASM_3_0 | {Feature.LEGACY_EXCEPTIONS},
    # The proposal was written beside the second version of the standard, and its scripts want one table and one memory.
    "proposals/threads": (WASM_2_0 - {Feature.REFERENCE_TYPES, Feature.SIMD}) | {Feature.THREADS},
    "proposals/custom-page-sizes": WASM_3_0 | {Feature.CUSTOM_PAGE_SIZES},
    "proposals/wide-arithmetic": WASM_3_0 | {Feature.WIDE_ARITHMETIC},
    "proposals/custom-descriptors": WASM_3_0 | {Feature.CUSTOM_DESCRIPTORS},
}
"""What the scripts of a directory, and of those in it, may use; all others may use what the standard has."""


@dataclass(frozen=True, slots=True)
class SuiteScript:
    """A script of the suite. *name* is its path within the suite, with slashes."""

    name: str
    path: Path

    @property
    def group(self) -> str:
        """Which part of the suite it belongs to."""
        return self.name.split("/")[0] if "/" in self.name else "core"


def find_suite(given: str | None = None) -> Path | None:
    """The folder of the suite: *given*, or what the environment says, or the first place that has one."""
    named = given or os.environ.get("WASM_TESTSUITE")
    places = (Path(named),) if named else PLACES
    return next((place for place in places if any(place.glob("*.wast"))), None)


def scripts_in(suite: Path, only: str | None = None) -> list[SuiteScript]:
    """The scripts of *suite* whose names match the pattern *only*, by name.

    A pattern without a slash is held against the last part of the name.
    """
    found = (SuiteScript(path.relative_to(suite).as_posix(), path) for path in suite.rglob("*.wast"))
    chosen = (script for script in found if only is None or PurePosixPath(script.name).match(only))
    return sorted(chosen, key=lambda script: script.name)


def features_of(name: str) -> Features:
    """What the script *name* may use."""
    directories = (str(parent) for parent in PurePosixPath(name).parents)
    return next((_FEATURES[directory] for directory in directories if directory in _FEATURES), WASM_3_0)
