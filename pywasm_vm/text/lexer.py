"""Characters to tokens: words, strings, parentheses; comments and annotations fall away.

Lives here: `tokenize`, and the few annotations that mean something to us, kept beside the token they stand in front of.
Not here: what a token means (literals.py) and what may follow what (tokens.py, parse.py).

A token is its text and the position of its first character. The first character tells its sort: a parenthesis, `"` a string, `$`
an identifier, else a word or a number. Comments and annotations nest as deep as they like; depth is counted, never recursed.

spec: text/lexical
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property

from pywasm_vm.errors import Malformed
from pywasm_vm.text.literals import LiteralError, name_value

__all__ = ["BRANCH_HINT", "Annotation", "Lexed", "Source", "source_of", "tokenize"]

BRANCH_HINT = "metadata.code.branch_hint"

KEPT = frozenset({"custom", "name", BRANCH_HINT})
"""The annotations that say something to us. All others are passed over, as the specification allows."""

_ID = r"[!#-'*+\-./0-9:<-Z\\^-z|~]++"
_STRING = r'"[^"\\\x00-\x1f\x7f]*+(?:\\[^\x00-\x1f\x7f][^"\\\x00-\x1f\x7f]*+)*+"'

# Early releases of CPython 3.11 let `++` behind a group keep what its last, failed round has begun: so this counts to three.
_TOKEN = re.compile(
    rf"""(?:[\ \t\r\n]++|;;[^\r\n]*+)*+           # white space and line comments
    (?: ({_ID})(?!")                              # 1: a word, a number, an identifier
      | \((?![;@])()                              # 2: an opening parenthesis
      | \)()                                      # 3: a closing one
      | ((?:{_ID}|{_STRING}){{1,3}})                # 4: anything with a string in it, or so much that it is no token
      | \(;()                                     # 5: a block comment begins
      | \(@()                                     # 6: an annotation begins
      | \Z()                                      # 7: the end
      | [,;\[\]{{}}]()                            # 8: a mark that only annotations may hold
      | ()                                        # 9: none of these
    )""",
    re.VERBOSE,
)
WORD, OPEN, CLOSE, QUOTED, COMMENT, ANNOTATION, END, MARK, ILLEGAL = range(1, 10)

_ONE_STRING = re.compile(rf"\$?{_STRING}")
_COMMENT_MARK = re.compile(r"\(;|;\)")
_ANNOTATION_ID = re.compile(rf"{_ID}|{_STRING}")
_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True)
class Source:
    """A text, and where its lines begin."""

    text: str

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def place(self, position: int) -> tuple[int, int]:
        """Line and column of a character, counted from 1."""
        line = bisect_right(self._lines, position)
        return line, position - self._lines[line - 1] + 1

    def malformed(self, reason: str, position: int) -> Malformed:
        """The error that says *reason* of the character at *position*."""
        line, column = self.place(position)
        return Malformed(reason, line=line, column=column)


@dataclass(slots=True)
class Lexed:
    """The tokens of a text, closed by an empty one. *ends* gives for an opening parenthesis the index of its closing one."""

    source: Source
    texts: list[str] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    annotations: dict[int, list[Annotation]] = field(default_factory=dict)
    """Kept annotations, by the index of the token behind them."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """`(@name …)` with the tokens inside."""

    name: str
    position: int
    content: Lexed


def source_of(text: str | bytes) -> Source:
    """The text as characters.

    raises: Malformed when bytes are no UTF-8.
    """
    try:
        if isinstance(text, str):
            if not text.isascii():
                text.encode("utf-8")
            return Source(text)
        return Source(bytes(text).decode("utf-8"))
    except UnicodeDecodeError as error:
        before = Source(bytes(text[: error.start]).decode("utf-8", "replace"))  # type: ignore[arg-type]
        raise before.malformed(f"malformed UTF-8 encoding: {error.reason}", len(before.text)) from None
    except UnicodeEncodeError as error:
        raise Source(str(text)).malformed(f"malformed UTF-8 encoding: {error.reason}", error.start) from None


def tokenize(source: Source) -> Lexed:
    """The tokens of *source*.

    raises: Malformed where characters make no token, and where parentheses do not match.
    """
    lexed = Lexed(source)
    texts, positions, ends = lexed.texts, lexed.positions, lexed.ends
    text, match = source.text, _TOKEN.match
    opened: list[int] = []
    at = 0
    while True:
        found = match(text, at)
        if found is None:
            raise source.malformed("illegal character", at)
        kind, at = found.lastindex, found.end()
        if kind == WORD:
            texts.append(found[1])
            positions.append(found.start(1))
            ends.append(0)
        elif kind == OPEN:
            opened.append(len(texts))
            texts.append("(")
            positions.append(at - 1)
            ends.append(0)
        elif kind == CLOSE:
            if not opened:
                raise source.malformed("unexpected token: this parenthesis closes nothing", at - 1)
            ends[opened.pop()] = len(texts)
            texts.append(")")
            positions.append(at - 1)
            ends.append(0)
        elif kind == QUOTED:
            start = found.start(QUOTED)
            _check_quoted(source, found[QUOTED], start)
            texts.append(found[QUOTED])
            positions.append(start)
            ends.append(0)
        elif kind == COMMENT:
            at = _behind_comment(source, at)
        elif kind == ANNOTATION:
            at = _behind_annotation(lexed, at)
        elif kind == END:
            break
        elif kind == MARK:
            raise source.malformed(f"unknown operator {text[at - 1]}", at - 1)
        else:
            raise _illegal(source, at, texts, positions)
    if opened:
        raise source.malformed("unexpected token: this parenthesis is never closed", positions[opened[-1]])
    texts.append("")
    positions.append(len(text))
    ends.append(0)
    return lexed


def _check_quoted(source: Source, token: str, position: int) -> None:
    """Refuse a string that has something glued to it."""
    if '"' in token and not _ONE_STRING.fullmatch(token):
        raise source.malformed(f"unknown operator {token:.60}", position)


def _illegal(source: Source, at: int, texts: list[str], positions: list[int]) -> Malformed:
    """Why no token begins at *at*."""
    character = source.text[at]
    if character == '"':
        if texts and texts[-1] == "$" and positions[-1] == at - 1:
            return source.malformed("empty identifier", at - 1)
        return _broken_string(source, at)
    return source.malformed(f"illegal character {character!r}", at)


def _broken_string(source: Source, at: int) -> Malformed:
    """What is wrong with the string that begins at *at*."""
    inside = re.compile(r'"[^"\\\x00-\x1f\x7f]*+(?:\\[^\x00-\x1f\x7f][^"\\\x00-\x1f\x7f]*+)*+').match(source.text, at)
    end = inside.end() if inside is not None else at
    if end < len(source.text) and source.text[end] not in '\r\n\\"':
        return source.malformed(f"illegal control character {source.text[end]!r} in a string", end)
    return source.malformed("unclosed string", at)


def _behind_comment(source: Source, at: int) -> int:
    """The position behind the block comment whose inside begins at *at*."""
    start, depth = at - 2, 1
    while depth:
        mark = _COMMENT_MARK.search(source.text, at)
        if mark is None:
            raise source.malformed("unclosed comment", start)
        depth += 1 if mark[0] == "(;" else -1
        at = mark.end()
    return at


def _behind_annotation(lexed: Lexed, at: int) -> int:
    """The position behind the annotation whose name begins at *at*; what it says is kept when it is one of ours."""
    source, start = lexed.source, at - 2
    found = _ANNOTATION_ID.match(source.text, at)
    name = found[0] if found is not None else ""
    if name.startswith('"'):
        try:
            name = name_value(name)
        except LiteralError as error:
            raise source.malformed(str(error), at) from None
    if found is None or not name:
        raise source.malformed("empty annotation id", start)
    content = Lexed(source)
    at = _annotation_content(source, start, found.end(), content if name in KEPT else None)
    if name in KEPT:
        lexed.annotations.setdefault(len(lexed.texts), []).append(Annotation(name, start, content))
    return at


def _annotation_content(source: Source, start: int, at: int, content: Lexed | None) -> int:
    """Go from *at* to behind the parenthesis that closes the annotation; collect the tokens in *content*."""
    opened: list[int] = [0]
    count = 0
    while opened:
        found = _TOKEN.match(source.text, at)
        kind = found.lastindex if found is not None else ILLEGAL
        at = found.end() if found is not None else at
        if kind == COMMENT:
            at = _behind_comment(source, at)
            continue
        if kind == END:
            raise source.malformed("unclosed annotation", start)
        if kind == ILLEGAL:
            raise _illegal(source, at, [], [])
        token, position = ("(" if kind in (OPEN, ANNOTATION) else source.text[at - 1]), at - 1
        if found is not None and kind in (WORD, QUOTED):
            token, position = found[kind], found.start(kind)
        if kind in (OPEN, ANNOTATION):
            opened.append(count)
        elif kind == CLOSE and content is not None and len(opened) > 1:
            content.ends[opened.pop()] = count
        elif kind == CLOSE:
            opened.pop()
        if content is not None:
            _check_quoted(source, token, position)
            content.texts.append(token if opened else "")
            content.positions.append(position)
            content.ends.append(0)
            count += 1
    return at
