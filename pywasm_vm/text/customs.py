"""The annotations that stand for custom sections: `(@custom …)` and `(@name …)`.

Lives here: what they may say, where they may stand, and what is said of those that stand anywhere else.
Not here: branch hints, which belong to single instructions (instructions.py).

spec: appendix/custom
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pywasm_vm.errors import Malformed
from pywasm_vm.structure.module import Custom
from pywasm_vm.text.lexer import BRANCH_HINT, Annotation
from pywasm_vm.text.tokens import Tokens, is_string

__all__ = ["SECTIONS", "check_leftovers", "read_customs", "read_name"]

SECTIONS: dict[str, int] = {
    "type": 1, "import": 2, "func": 3, "table": 4, "memory": 5, "tag": 13, "global": 6, "export": 7, "start": 8, "elem": 9,
    "datacount": 12, "code": 10, "data": 11,
}  # fmt: skip
"""The sections in the order they stand in a binary, by the words of annotations; and what `Custom.after` says for each."""

_ORDER = {word: place for place, word in enumerate(SECTIONS)}
_LAST = len(_ORDER) - 1


def read_name(tokens: Tokens, what: str, name: str | None) -> str | None:
    """The name that an annotation in front of the next token gives to something, or else *name*."""
    found = tokens.annotated("name")
    if len(found) > 1:
        raise tokens.source.malformed(f"@name annotation: multiple {what}", found[1].position)
    if not found:
        return name
    content = Tokens(found[0].content)
    try:
        name = content.name()
        content.take("")
    except Malformed as error:
        raise tokens.source.malformed(f"@name annotation: {error.reason}", found[0].position) from None
    return name


def read_customs(tokens: Tokens, places: Sequence[int], present: Mapping[str, bool]) -> tuple[Custom, ...]:
    """The custom sections that annotations in front of the tokens *places* make, in the order they stand in a binary.

    *present* says which sections the binary will have: `Custom.after` names the one that really stands before.
    """
    found: list[tuple[float, Custom]] = []
    for at in places:
        tokens.at = at
        for annotation in tokens.annotated("custom"):
            found.append(_custom(tokens, annotation, present))
    found.sort(key=lambda pair: pair[0])
    return tuple(custom for _, custom in found)


def _custom(tokens: Tokens, annotation: Annotation, present: Mapping[str, bool]) -> tuple[float, Custom]:
    def malformed(reason: str) -> Malformed:
        return tokens.source.malformed(f"@custom annotation: {reason}", annotation.position)

    content = Tokens(annotation.content)
    if not is_string(content.next):
        raise malformed("missing section name")
    try:
        name = content.name()
        place = _LAST + 0.5
        if content.accept("("):
            place = _place(content)
        data = content.strings()
        if content.next:
            raise content.unexpected()
    except Malformed as error:
        reason = error.reason
        raise malformed(reason if not reason.startswith("unknown operator") else "unexpected token") from None
    before = [word for word in SECTIONS if _ORDER[word] < place and present[word]]
    return place, Custom(name, data, SECTIONS[before[-1]] if before else 0, annotation.position)


def _place(content: Tokens) -> float:
    """`before section` or `after section` as a place between sections."""
    word = content.next
    if word not in ("before", "after"):
        raise content.malformed("malformed placement")
    content.at += 1
    section = content.next
    if section in ("first", "last") and (section == "first") == (word == "before"):
        place = 0 if section == "first" else _LAST
    elif section in _ORDER:
        place = _ORDER[section]
    else:
        raise content.malformed("malformed section kind")
    content.at += 1
    content.take(")")
    return place - 0.5 if word == "before" else place + 0.5


def check_leftovers(tokens: Tokens, start: int, stop: int) -> None:
    """Refuse annotations of ours that nobody took between the tokens *start* and *stop*: they stand where they mean nothing."""
    for at, left in tokens.annotations.items():
        if start <= at <= stop and left:
            first = left[0]
            reason = f"misplaced @{first.name} annotation"
            if first.name == BRANCH_HINT:
                reason = f"@{first.name} annotation: not in a function"
            raise tokens.source.malformed(reason, first.position)
