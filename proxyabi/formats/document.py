"""YAML and JSON with the place of every value, for messages that name file, line and column.

Lives here: from text to a tree of `Node`s. Not here: what the members mean (message.py and the files of the formats).

JSON is read as YAML, which it is but for tabs between tokens and pairs of surrogates; both are seen to here.
Numbers, truth values and null are those of YAML 1.2, so `on`, `yes` and dates are texts, as for Envoy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from proxyabi.errors import ConfigError

__all__ = ["Mark", "Node", "Value", "read_documents", "read_text"]

DEEPEST = 100

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}

Value: TypeAlias = "str | int | float | bool | list[Node] | dict[str, Node] | None"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file. Lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands; in mappings *keys* tells where each name stands."""

    value: Value
    mark: Mark
    keys: dict[str, Mark] | None = None

    def plain(self) -> Any:
        """The value without places, for JSON."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value

    def fail(self, reason: str) -> ConfigError:
        """An error that names this place."""
        return ConfigError(str(self.mark), reason)

    @property
    def kind(self) -> str:
        """What it is, in words."""
        names = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
        return names.get(type(self.value), "nothing")


def read_documents(path: str) -> list[Node]:
    """The documents of the file at *path*, empty ones left out.

    raises: ConfigError, when it cannot be read or is no YAML or JSON.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(path, f"cannot be read: {error.strerror or error}. Check the path and its permissions.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(path, f"is no UTF-8 text: byte {error.start} begins no character") from error
    return read_text(text, path)


def read_text(text: str, file: str) -> list[Node]:
    """The documents of *text*; *file* is what messages call it."""
    try:
        import yaml
    except ImportError as error:
        raise ConfigError(file, 'reading configuration files needs PyYAML: pip install "proxyabi[config]"') from error
    if text.lstrip()[:1] in ("{", "["):
        text = text.replace("\t", " ")
    try:
        composed = list(yaml.compose_all(text, yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = file if mark is None else str(Mark(file, mark.line + 1, mark.column + 1))
        raise ConfigError(place, f"no YAML or JSON: {error.problem or error.context}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(file, f"no YAML or JSON: {error}") from error
    reader = _Reader(file)
    return [node for document in composed if (node := reader.read(document)).value is not None]


class _Reader:
    """Makes our nodes of PyYAML's; each once, so that aliases cost nothing."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._made: dict[int, Node] = {}
        self._open: set[int] = set()

    def read(self, node: Any) -> Node:
        mark = Mark(self._file, node.start_mark.line + 1, node.start_mark.column + 1)
        known = self._made.get(id(node))
        if known is not None:
            return known
        if id(node) in self._open or len(self._open) > DEEPEST:
            raise ConfigError(str(mark), "this value contains itself, or is nested too deeply")
        self._open.add(id(node))
        made = self._made[id(node)] = self._make(node, mark)
        self._open.discard(id(node))
        return made

    def _make(self, node: Any, mark: Mark) -> Node:
        if node.id == "sequence":
            return Node([self.read(item) for item in node.value], mark)
        if node.id == "scalar":
            return Node(_scalar(node), mark)
        members: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        for key, value in node.value:
            place = Mark(self._file, key.start_mark.line + 1, key.start_mark.column + 1)
            if key.id != "scalar":
                raise ConfigError(str(place), "the name of a member has to be text")
            name = _joined(key.value)
            if name in members:
                raise ConfigError(str(place), f"{name} stands here a second time; it stands at line {keys[name].line} already")
            members[name], keys[name] = self.read(value), place
        return Node(members, mark, keys)


def _scalar(node: Any) -> str | int | float | bool | None:
    text = node.value
    if node.style in ('"', "'", "|", ">") or node.tag == "tag:yaml.org,2002:binary":
        return _joined(text)
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text, 16) if text.startswith("0x") else int(text)
    return float(text) if _FLOAT.fullmatch(text) else _joined(text)


def _joined(text: str) -> str:
    """*text* with pairs of surrogates, as JSON escapes them, made the characters they stand for."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
