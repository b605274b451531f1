"""Changed modules that are still framed like modules.

Lives here: taking a binary apart into its sections and function bodies, changing one of them, and putting it together again with
sizes that agree. A change of a single byte would else be stopped at the first size that no longer fits, and everything behind
the frames would stay untried.
Not here: what is done with the result (targets.py) and which bytes are put in (whoever calls).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

__all__ = ["INTERESTING", "MAGIC", "Mutator", "change_bytes", "change_module", "leb"]

Mutator = Callable[[bytes, Random], bytes]

MAGIC = b"\0asm\1\0\0\0"
CODE = 10

INTERESTING = (
    b"\x00", b"\x01", b"\x0b", b"\x40", b"\x7f", b"\x80", b"\xff", b"\x80\x80\x04", b"\xff\xff\xff\xff\x0f",
    b"\x80\x80\x80\x80\x10", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x60\x00\x00", b"\x5f\x00", b"\x50\x00",
    b"\x4e\x02", b"\x4d\x01", b"\x4c\x00", b"\x63\x00", b"\x64\x62\x00", b"\x41\x00", b"\x42\x00", b"\xd0\x70", b"\xd2\x00",
    b"\x02\x40", b"\x03\x7f", b"\x04\x40", b"\x05", b"\x06\x40", b"\x07\x00", b"\x19", b"\x18\x00", b"\x1f\x40\x00",
    b"\x0c\x00", b"\x0d\x00", b"\x0e\x00\x00", b"\x0f", b"\x10\x00", b"\x11\x00\x00", b"\x12\x00", b"\x14\x00", b"\x1a",
    b"\x1b", b"\x20\x00", b"\x21\x00", b"\x23\x00", b"\x28\x02\x00", b"\x6a", b"\xfb\x00\x00", b"\xfb\x20\x00",
    b"\xfb\x22\x00", b"\xfb\x23\x00", b"\xfb\x14\x6e", b"\xfb\x18\x03\x00\x6e\x6b", b"\xfc\x08\x00\x00", b"\xfc\x0a\x00\x00",
    b"\xfd\x0c" + bytes(16), b"\xfd\x0d" + bytes(range(16)), b"\xfe\x10\x02\x00",
)  # fmt: skip
"""Bytes that mean something: numbers at an edge, types, instructions."""


def change_module(data: bytes, random: Random, change: Mutator) -> bytes:
    """*data* with one of its sections, or one of its function bodies, changed by *change*; sizes are made to fit."""
    sections = _sections(data)
    if not sections or random.random() < 0.05:
        return change(data, random)
    codes = [at for at, (number, _) in enumerate(sections) if number == CODE]
    at = codes[0] if codes and random.random() < 0.6 else random.randrange(len(sections))
    number, content = sections[at]
    way = random.random()
    if way < 0.05:
        del sections[at]
    elif way < 0.1:
        sections.insert(random.randrange(len(sections) + 1), sections[at])
    elif number == CODE and random.random() < 0.9:
        sections[at] = number, _change_body(content, random, change)
    else:
        sections[at] = number, change(content, random)
    return MAGIC + b"".join(bytes([number]) + leb(len(content)) + content for number, content in sections)


def change_bytes(data: bytes, random: Random) -> bytes:
    """*data* with a byte flipped, a piece left out, doubled, moved, or replaced by bytes that mean something."""
    at, size = random.randrange(len(data) + 1), random.choice((1, 1, 1, 2, 4, 16))
    piece = data[at : at + size]
    match random.randrange(6):
        case 0 if piece:
            changed = bytes([piece[0] ^ 1 << random.randrange(8)]) + piece[1:]
        case 1:
            changed = b""
        case 2:
            changed = piece * random.choice((2, 3, 100))
        case 3:
            other = random.randrange(len(data) + 1)
            changed = data[other : other + size] + piece
        case 4:
            changed = random.choice(INTERESTING)
        case _:
            changed = random.choice(INTERESTING) + piece
    return data[:at] + changed + data[at + size :]


def _change_body(content: bytes, random: Random, change: Mutator) -> bytes:
    bodies = _bodies(content)
    if not bodies:
        return change(content, random)
    at = random.randrange(len(bodies))
    bodies[at] = change(bodies[at], random)
    return leb(len(bodies)) + b"".join(leb(len(body)) + body for body in bodies)


def _sections(data: bytes) -> list[tuple[int, bytes]]:
    """Number and content of each section, as far as the frames hold."""
    sections, at = [], len(MAGIC)
    while data.startswith(MAGIC) and at < len(data):
        size, start = _number(data, at + 1)
        if size is None or start + size > len(data):
            break
        sections.append((data[at], data[start : start + size]))
        at = start + size
    return sections


def _bodies(content: bytes) -> list[bytes]:
    count, at = _number(content, 0)
    bodies = []
    for _ in range(count or 0):
        size, start = _number(content, at)
        if size is None or start + size > len(content):
            break
        bodies.append(content[start : start + size])
        at = start + size
    return bodies


def _number(data: bytes, at: int) -> tuple[int | None, int]:
    value = 0
    for shift in range(0, 35, 7):
        if at >= len(data):
            return None, at
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
    return None, at


def leb(value: int) -> bytes:
    """*value* as an unsigned number."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
