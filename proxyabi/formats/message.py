"""Reading the members of a message: by name, by type, nothing unknown, nothing ignored.

Lives here: `Message`, a mapping that is emptied member by member; what is left over at the end is refused, with the nearest name
as a suggestion. Not here: which members there are (the files of the formats).

Names may be in snake_case or in camelCase, as protobuf's JSON has it. Members that the format has and we do not act on fall in
two groups: those that change nothing here are told of, those that would change something are refused.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import re
from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import TypeVar

from proxyabi.errors import ConfigError
from proxyabi.formats.document import Mark, Node

__all__ = ["Message", "Notes", "snake"]

E = TypeVar("E", bound=IntEnum)
_DIGITS = re.compile(r"[0-9]{1,20}")
_DURATION = re.compile(r"(-?[0-9]+(?:\.[0-9]{1,9})?)s")


def snake(name: str) -> str:
    """*name* in snake_case."""
    return re.sub(r"(?<=[a-z0-9])([A-Z]+)", lambda match: "_" + match[1].lower(), name)


class Notes:
    """What a file says that has no effect here, to be told once."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, mark: Mark, text: str) -> None:
        """Note something at a place."""
        self.lines.append(f"{mark}: {text}")


class Message:
    """The members of a mapping. Each getter takes its member out; `close` refuses what is left."""

    def __init__(self, node: Node, what: str, notes: Notes) -> None:
        if not isinstance(node.value, dict):
            raise node.fail(f"{what} has to be a mapping, not {node.kind}")
        self.node = node
        self.what = what
        self.notes = notes
        self._members: dict[str, tuple[str, Node]] = {}
        self._asked: set[str] = set()
        for name, value in node.value.items():
            plain = name if name.startswith("@") else snake(name)
            if plain in self._members:
                raise ConfigError(str(self.place(name)), f"{name} and {self._members[plain][0]} are the same field")
            self._members[plain] = (name, value)

    def place(self, name: str) -> Mark:
        """Where a member stands."""
        return (self.node.keys or {}).get(name, self.node.mark)

    def take(self, name: str) -> Node | None:
        """The member of that name, None when it is absent or null."""
        self._asked.add(name)
        found = self._members.pop(name, None)
        return None if found is None or found[1].value is None else found[1]

    def has(self, name: str) -> bool:
        """Whether there is such a member still."""
        return name in self._members and self._members[name][1].value is not None

    def need(self, name: str) -> Node:
        """The member of that name, which has to be there."""
        found = self.take(name)
        if found is None:
            raise self.node.fail(f"{self.what} needs {name}")
        return found

    def text(self, name: str, default: str = "") -> str:
        """A member that is text."""
        node = self.take(name)
        if node is None:
            return default
        if not isinstance(node.value, str):
            raise node.fail(f"{name} has to be text, not {node.kind}; put it in quotes")
        return node.value

    def flag(self, name: str, default: bool = False) -> bool:
        """A member that is true or false; also as `{value: …}`."""
        node = self.take(name)
        if node is None:
            return default
        inner = node.value.get("value") if isinstance(node.value, dict) and set(node.value) == {"value"} else None
        value = inner.value if inner is not None else node.value
        if not isinstance(value, bool):
            raise node.fail(f"{name} has to be true or false, not {node.kind}")
        return value

    def number(self, name: str, default: int | None = None) -> int | None:
        """A member that is a whole number."""
        node = self.take(name)
        if node is None:
            return default
        value = int(node.value) if isinstance(node.value, str) and _DIGITS.fullmatch(node.value) else node.value
        if not isinstance(value, int) or isinstance(value, bool):
            raise node.fail(f"{name} has to be a whole number, not {node.kind}")
        return value

    def seconds(self, name: str) -> float | None:
        """A member that is a duration, such as "1.5s"."""
        node = self.take(name)
        if node is None:
            return None
        found = _DURATION.fullmatch(node.value) if isinstance(node.value, str) else None
        if found is None:
            raise node.fail(f'{name} has to be a duration such as "1.5s"')
        return float(found[1])

    def choice(self, name: str, members: type[E], default: E) -> E:
        """A member that is the name or the number of an enumeration's value."""
        node = self.take(name)
        if node is None:
            return default
        for member in members:
            if node.value in (member.name, int(member)) and not isinstance(node.value, bool):
                return member
        known = [member.name for member in members]
        raise node.fail(f"{name}: {node.value!r} is none of {', '.join(known)}{near(str(node.value), known)}")

    def data(self, name: str) -> bytes | None:
        """A member that is base64."""
        node = self.take(name)
        if node is None:
            return None
        try:
            return base64.b64decode(str(node.value), validate=True)
        except (binascii.Error, ValueError) as error:
            raise node.fail(f"{name} has to be base64: {error}") from error

    def items(self, name: str) -> list[Node]:
        """A member that is a list."""
        node = self.take(name)
        if node is None:
            return []
        if not isinstance(node.value, list):
            raise node.fail(f"{name} has to be a list, not {node.kind}")
        return node.value

    def texts(self, name: str) -> list[str]:
        """A member that is a list of texts."""
        found = []
        for node in self.items(name):
            if not isinstance(node.value, str):
                raise node.fail(f"{name} has to be a list of texts; this is {node.kind}")
            found.append(node.value)
        return found

    def table(self, name: str) -> dict[str, Node]:
        """A member that is a mapping of names of the file's own choice."""
        node = self.take(name)
        if node is None:
            return {}
        if not isinstance(node.value, dict):
            raise node.fail(f"{name} has to be a mapping, not {node.kind}")
        return node.value

    def message(self, name: str) -> Message | None:
        """A member that is a message."""
        node = self.take(name)
        return None if node is None else Message(node, name, self.notes)

    def messages(self, name: str) -> list[Message]:
        """A member that is a list of messages."""
        return [Message(node, f"an element of {name}", self.notes) for node in self.items(name)]

    def without_effect(self, names: Iterable[str], why: str = "has no effect here") -> None:
        """Members that are right and that nothing here depends on: take them out and tell of them."""
        for name in names:
            self._asked.add(name)
            if name in self._members:
                written, node = self._members.pop(name)
                if node.value not in (None, {}, []):
                    self.notes.add(self.place(written), f"{self.what}.{written} {why}")

    def refuse(self, names: Iterable[str], why: str | Callable[[str], str] = "is not supported here") -> None:
        """Members that the format has and that would change what happens: refuse them by name."""
        for name in names:
            self._asked.add(name)
            if name in self._members:
                written, node = self._members[name]
                if node.value not in (None, {}, [], False):
                    text = why(written) if callable(why) else why
                    raise ConfigError(str(self.place(written)), f"{self.what}.{written} {text}")
                del self._members[name]

    def close(self) -> None:
        """Refuse what nobody has asked for."""
        for name, (written, _) in self._members.items():
            raise ConfigError(str(self.place(written)), f"{self.what} has no field {written}{near(name, self._asked)}")


def near(name: str, known: Iterable[str]) -> str:
    """What may have been meant by *name*, as the end of a sentence; "" when nothing comes near."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f". Did you mean {found[0]}?" if found else ""
