"""A module out of its text: `parse_module`.

Lives here: the doors, the survey that gives every identifier its index, and the order of the work.
Not here: what stands in a field (fields.py), and the commands of test scripts, which parse their modules with `parse_module_at`.

Two walks over the fields. The survey looks at the beginning of each one and binds identifiers, because they may be used before
they are bound; it jumps over everything else. Then types are read, and then the fields in order, with every index known.

spec: text/modules
"""

from __future__ import annotations

from collections.abc import Sequence

from pywasm_vm.errors import Malformed
from pywasm_vm.features import Feature, Features
from pywasm_vm.limits import Limits
from pywasm_vm.structure.module import Module
from pywasm_vm.text.customs import check_leftovers, read_customs, read_name
from pywasm_vm.text.fields import Fields
from pywasm_vm.text.lexer import Source, source_of, tokenize
from pywasm_vm.text.scopes import ModuleScope
from pywasm_vm.text.tokens import Tokens, is_string
from pywasm_vm.text.types import TypeReader

__all__ = ["line_and_column", "parse_module", "parse_module_at", "tokens_of"]

EVERYTHING: Features = frozenset(Feature)

_DEFINITIONS = {"func": "function", "table": "table", "memory": "memory", "global": "global", "tag": "tag"}
"""The fields that define something, and what they are called when an import stands behind them."""


def tokens_of(text: str | bytes, limits: Limits = Limits()) -> Tokens:  # noqa: B008
    """The tokens of a whole text, with the cursor in front of the first.

    raises: Malformed.
    """
    if len(text) > limits.module_bytes:
        raise Malformed(f"module too large: {len(text)} characters, and the limit is {limits.module_bytes}", line=1, column=1)
    return Tokens(tokenize(source_of(text)))


def parse_module(text: str | bytes, limits: Limits = Limits(), features: Features = EVERYTHING) -> Module:  # noqa: B008
    """The module that *text* writes down: `(module …)`, or its fields alone.

    Equal to what the decoder gives for the same module as bytes. Offsets are positions of characters in *text*. *features*
    matters only where a proposal changed what a number may be: the sizes of memories and tables.

    raises: Malformed, with line and column.
    spec: text/modules
    """
    tokens = tokens_of(text, limits)
    stop = len(tokens.texts) - 1
    if tokens.opens("module"):
        stop = tokens.ends[0]
        if tokens.texts[stop + 1]:
            raise tokens.unexpected("the end", stop + 1)
        return parse_module_at(tokens, limits, features)
    return _parse_fields(tokens, stop, None, limits, features)


def parse_module_at(tokens: Tokens, limits: Limits = Limits(), features: Features = EVERYTHING) -> Module:  # noqa: B008
    """The module whose `(module` comes next; the cursor goes behind its closing parenthesis.

    raises: Malformed.
    """
    stop = tokens.ends[tokens.at]
    if not tokens.enter("module"):
        raise tokens.unexpected("`(module`")
    name = tokens.identifier()
    module = _parse_fields(tokens, stop, name, limits, features)
    tokens.at = stop + 1
    return module


def line_and_column(text: str | bytes, position: int) -> tuple[int, int]:
    """Where the character *position*, an offset out of a parsed module, stands in *text*; both count from 1."""
    source: Source = source_of(text)
    return source.place(position)


def _parse_fields(tokens: Tokens, stop: int, name: str | None, limits: Limits, features: Features) -> Module:
    start = tokens.at
    name = read_name(tokens, "module", name)
    scope = ModuleScope()
    types = TypeReader(tokens, scope, features)
    places = _places(tokens, stop)
    for at in places:
        _survey(tokens, at, scope)
    _check_imports_stand_first(tokens, places)
    for at in places:
        if tokens.texts[at + 1] in ("type", "rec"):
            tokens.at = at + 2
            types.define()
            tokens.take(")")
    fields = Fields(tokens, types, scope, limits)
    for at in places:
        tokens.at = at
        fields.read()
    module = fields.module(name, read_customs(tokens, [*places, stop], fields.present()))
    check_leftovers(tokens, start, stop)
    return module


def _places(tokens: Tokens, stop: int) -> list[int]:
    """The indices of the parentheses that open the fields."""
    at, places = tokens.at, []
    while at < stop:
        if tokens.texts[at] != "(":
            raise tokens.unexpected("a field of a module", at)
        places.append(at)
        at = tokens.ends[at] + 1
    return places


def _survey(tokens: Tokens, at: int, scope: ModuleScope) -> None:
    """Bind what the field that opens at *at* defines. Whatever looks wrong is left for the second walk to say."""
    texts = tokens.texts
    word = texts[at + 1]
    if word == "type":
        scope.types.bind(tokens, at + 2)
    elif word == "rec":
        for member in _children(tokens, at, at + 2):
            scope.types.bind(tokens, member + 2)
    elif word == "elem":
        scope.elems.bind(tokens, at + 2)
    elif word == "data":
        scope.datas.bind(tokens, at + 2)
    elif word in _DEFINITIONS:
        scope.of_kind(word).bind(tokens, at + 2)
        inline = [texts[child + 1] for child in _children(tokens, at, at + 2)] if word in ("table", "memory") else []
        scope.elems.count += word == "table" and "elem" in inline
        scope.datas.count += word == "memory" and "data" in inline
    elif word == "import" and is_string(texts[at + 2]) and is_string(texts[at + 3]) and texts[at + 4] == "(":
        kind = texts[at + 5]
        if kind in _DEFINITIONS:
            scope.of_kind(kind).bind(tokens, at + 6)


def _children(tokens: Tokens, at: int, first: int) -> list[int]:
    """The parentheses that open directly within the one at *at*, from the token *first* on."""
    stop, found = tokens.ends[at], []
    while first < stop:
        if tokens.texts[first] == "(":
            found.append(first)
            first = tokens.ends[first]
        first += 1
    return found


def _check_imports_stand_first(tokens: Tokens, places: Sequence[int]) -> None:
    defined = ""
    for at in places:
        word = tokens.texts[at + 1]
        imports = word == "import" or (word in _DEFINITIONS and _is_inline_import(tokens, at))
        if imports and defined:
            raise tokens.malformed(f"import after {_DEFINITIONS[defined]}", at)
        if word in _DEFINITIONS and not imports and not defined:
            defined = word


def _is_inline_import(tokens: Tokens, at: int) -> bool:
    """Whether the definition that opens at *at* says `(import …)`; only exports may stand before that."""
    first = at + 3 if tokens.texts[at + 2][:1] == "$" else at + 2
    while tokens.texts[first] == "(" and tokens.texts[first + 1] == "export":
        first = tokens.ends[first] + 1
    return tokens.texts[first] == "(" and tokens.texts[first + 1] == "import"
