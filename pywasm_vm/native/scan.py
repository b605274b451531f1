"""The long lists of a binary, read by the C core in one go.

Lives here: the calls of native/scan.c. A scan answers what it read and the position behind it, or None: without the C core, for
short lists, and when something is wrong or rare. Then Python reads the list entry by entry, and finds the words for it.
Not here: what becomes of what was read (binary/sections.py).
"""

from __future__ import annotations

from array import array
from typing import Any

from pywasm_vm.native.core import core

__all__ = ["scan_bodies", "scan_datas", "scan_numbers", "write_datas"]

_WORTH_IT = 32
"""Shorter lists are read faster than C is called."""
_MOST_BYTES = 1 << 32
"""Places have 32 bits."""


def scan_numbers(data: bytes, position: int, end: int, count: int) -> tuple[array[int], int] | None:
    """Unsigned numbers of 32 bits."""
    native = core()
    if native is None or count < _WORTH_IT:
        return None
    ffi, lib = native
    numbers, behind = array("I", bytes(4 * count)), ffi.new("uint64_t *", position)
    done = lib.wasm_scan_numbers(ffi.from_buffer(data), end, behind, count, ffi.from_buffer("uint32_t[]", numbers))
    return (numbers, behind[0]) if done else None


def scan_bodies(data: bytes, position: int, end: int, count: int, most: int) -> tuple[array[int], int] | None:
    """Offset and size of function bodies, none of them larger than *most*."""
    native = core()
    if native is None or count < _WORTH_IT or len(data) >= _MOST_BYTES:
        return None
    ffi, lib = native
    places, behind = array("I", bytes(8 * count)), ffi.new("uint64_t *", position)
    most = min(most, _MOST_BYTES)
    done = lib.wasm_scan_bodies(ffi.from_buffer(data), end, behind, count, most, ffi.from_buffer("uint32_t[]", places))
    return (places, behind[0]) if done else None


def scan_datas(data: bytes, position: int, end: int, count: int) -> tuple[array[int], int, int] | None:
    """Five words for each data segment, and what was seen of all; see native/api_scan.h. The position stands last."""
    native = core()
    if native is None or count < _WORTH_IT or len(data) >= _MOST_BYTES:
        return None
    ffi, lib = native
    words, behind, seen = array("I", bytes(20 * count)), ffi.new("uint64_t *", position), ffi.new("uint32_t *")
    done = lib.wasm_scan_datas(ffi.from_buffer(data), end, behind, count, ffi.from_buffer("uint32_t[]", words), seen)
    return (words, seen[0], behind[0]) if done else None


def write_datas(data: bytes, words: array[int], memory: Any) -> bool:
    """Write the active ones of the segments that `scan_datas` found into *memory*, or none: False when one does not fit."""
    native = core()
    if native is None:
        return False
    ffi, lib = native
    into = ffi.from_buffer("uint8_t[]", memory, require_writable=True)
    rows = ffi.from_buffer("uint32_t[]", words)
    return bool(lib.wasm_write_datas(ffi.from_buffer(data), rows, len(words) // 5, into, len(memory)))
