"""A cursor over bytes: LEB128, names, bounds, and offsets for errors.

Lives here: everything that knows how a number, a name or a list length is written.
Not here: what the numbers mean.

A cursor never goes past its end, which is that of the section or function it reads. Lengths are compared with the bytes that
are left before anything is made of them, so a small file cannot ask for a large list.

The two LEB128 functions stand alone because the loop over instructions calls them without a cursor. They see a number to its
last byte before they look at the end: like the official suite, they say that a number is wrong before they say that it is cut.

spec: binary/conventions, binary/values
"""

from __future__ import annotations

from pywasm_vm.errors import Malformed

__all__ = ["UNEXPECTED_END", "Reader", "read_signed", "read_unsigned"]

UNEXPECTED_END = "unexpected end of section or function"


def read_unsigned(data: bytes, start: int, end: int, width: int) -> tuple[int, int]:
    """The unsigned LEB128 number of at most *width* bits at *start*, and the position behind it.

    raises: Malformed when it is longer than *width* allows, has unused bits set, or passes *end*.
    spec: binary/values, integers
    """
    position = start
    value = shift = 0
    try:
        while (byte := data[position]) >= 0x80:
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if shift >= width:
                break
        else:
            position += 1
            value |= byte << shift
    except IndexError:
        raise Malformed(UNEXPECTED_END, offset=end) from None
    if value >> width:
        raise Malformed("integer too large", offset=start)
    if byte >= 0x80:
        raise Malformed("integer representation too long", offset=start)
    if position > end:
        raise Malformed(UNEXPECTED_END, offset=end)
    return value, position


def read_signed(data: bytes, start: int, end: int, width: int) -> tuple[int, int]:
    """The signed LEB128 number of at most *width* bits at *start*, and the position behind it.

    raises: Malformed when it is longer than *width* allows, its unused bits are no copies of the sign, or it passes *end*.
    spec: binary/values, integers
    """
    position = start
    value = shift = 0
    try:
        while (byte := data[position]) >= 0x80:
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if shift >= width:
                break
        else:
            position += 1
            value |= byte << shift
            shift += 7
    except IndexError:
        raise Malformed(UNEXPECTED_END, offset=end) from None
    if byte & 0x40:
        value -= 1 << shift
    if shift >= width and not -1 << width - 1 <= value < 1 << width - 1:
        raise Malformed("integer too large", offset=start)
    if byte >= 0x80:
        raise Malformed("integer representation too long", offset=start)
    if position > end:
        raise Malformed(UNEXPECTED_END, offset=end)
    return value, position


class Reader:
    """A place in *data*, and the end that reading must not pass."""

    __slots__ = ("data", "end", "position")

    def __init__(self, data: bytes, position: int, end: int) -> None:
        self.data = data
        self.position = position
        self.end = end

    def byte(self) -> int:
        """The next byte."""
        position = self.position
        if position >= self.end:
            raise Malformed(UNEXPECTED_END, offset=self.end)
        self.position = position + 1
        return self.data[position]

    def u32(self) -> int:
        """An unsigned number of at most 32 bits: indices, counts, sizes."""
        position = self.position
        if position < self.end:
            byte = self.data[position]
            if byte < 0x80:
                self.position = position + 1
                return byte
        value, self.position = read_unsigned(self.data, position, self.end, 32)
        return value

    def u64(self) -> int:
        """An unsigned number of at most 64 bits: limits and offsets."""
        value, self.position = read_unsigned(self.data, self.position, self.end, 64)
        return value

    def signed(self, width: int) -> int:
        """A signed number of at most *width* bits."""
        value, self.position = read_signed(self.data, self.position, self.end, width)
        return value

    def take(self, size: int) -> bytes:
        """The next *size* bytes."""
        position = self.position
        if size > self.end - position:
            raise Malformed(UNEXPECTED_END, offset=self.end)
        self.position = position + size
        return self.data[position : position + size]

    def count(self) -> int:
        """The length of a list. Each element takes a byte at least, so a length beyond the bytes left is refused at once.

        raises: Malformed. As in the official suite, the bytes left are counted from the length itself.
        """
        position = self.position
        if self.end <= position < len(self.data):
            raise self._cut_count()
        count = self.u32()
        if count > self.end - position:
            raise Malformed(f"length out of bounds: {count} in {self.end - position} bytes", offset=position)
        return count

    def _cut_count(self) -> Malformed:
        """What is wrong with a length behind the end: too large for the file, if the bytes that stand there were one."""
        count, _ = read_unsigned(self.data, self.position, len(self.data), 32)
        reason = "length out of bounds" if count > len(self.data) - self.position else UNEXPECTED_END
        return Malformed(reason, offset=self.end)

    def name(self) -> str:
        """A length and that many bytes of UTF-8.

        spec: binary/values, names
        """
        start = self.position
        content = self.take(self.count())
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed(f"malformed UTF-8 encoding: {error.reason}", offset=start) from None
