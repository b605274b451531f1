"""The versions of the ABI: their markers, and what each lets a guest import and export.

Lives here: the only comparisons of versions, and the only place that knows the markers' names.
Not here: rows (hostcalls.py, callbacks.py, wasi.py).

A version is a filter over the rows.

abi: 1 Versions
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from proxyabi.abi.callbacks import CALLBACKS
from proxyabi.abi.hostcalls import HOSTCALLS
from proxyabi.abi.signature import Row, Version
from proxyabi.abi.wasi import EMSCRIPTEN, WASI

__all__ = ["DRAFT_MARKER", "VERSIONS", "AbiVersion", "Surface", "detect", "markers", "surface"]

DRAFT_MARKER = "proxy_abi_version_0_x_x"
"""Exported by modules of the open draft, which differs from 0.2.1 in this name alone. Envoy refuses it."""


@dataclass(frozen=True, slots=True)
class AbiVersion:
    """One version of the ABI."""

    number: Version
    marker: str

    def __str__(self) -> str:
        return ".".join(map(str, self.number))


VERSIONS: tuple[AbiVersion, ...] = (
    AbiVersion((0, 1, 0), "proxy_abi_version_0_1_0"),
    AbiVersion((0, 2, 0), "proxy_abi_version_0_2_0"),
    AbiVersion((0, 2, 1), "proxy_abi_version_0_2_1"),
)

_BY_MARKER = {version.marker: version for version in VERSIONS}


def markers(exported: Iterable[str]) -> list[str]:
    """All markers among the names of exported functions, in their order; a module may carry several."""
    return [name for name in exported if name in _BY_MARKER or name == DRAFT_MARKER]


def detect(exported: Iterable[str], *, drafts: bool = False) -> AbiVersion | None:
    """The version of the first marker among the names of exported functions, in the order of the export section.

    None when there is none. With *drafts* the draft's marker stands for 0.2.1.

    abi: 1.2 Detection
    """
    for name in exported:
        if name in _BY_MARKER:
            return _BY_MARKER[name]
        if drafts and name == DRAFT_MARKER:
            return VERSIONS[-1]
    return None


@dataclass(frozen=True, slots=True)
class Surface:
    """What a guest of one version may import, by (module, name), and export, by name."""

    version: AbiVersion
    hostcalls: Mapping[tuple[str, str], Row]
    callbacks: Mapping[str, Row]


@cache
def surface(version: AbiVersion) -> Surface:
    """What a guest of *version* may import and export.

    abi: 1.3, 7, 8
    """
    number = version.number
    return Surface(
        version,
        {(row.module, row.name): row for row in (*HOSTCALLS, *EMSCRIPTEN, *WASI) if row.since <= number <= row.until},
        {row.name: row for row in CALLBACKS if row.since <= number <= row.until},
    )
