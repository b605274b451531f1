"""A cursor over tokens, and what to say when the next one is not what is wanted.

Lives here: taking words, strings, names, numbers and identifiers; the words of the language.
Not here: how characters become tokens (lexer.py) and what numbers look like (literals.py).

A word that is no word of the language is an "unknown operator", wherever it stands; all else is an "unexpected token".

spec: text/lexical
"""

from __future__ import annotations

from pywasm_vm.errors import Malformed
from pywasm_vm.isa.table import BY_MNEMONIC, SPELT_LIKE
from pywasm_vm.structure.types import AbsHeapType
from pywasm_vm.text.lexer import Annotation, Lexed
from pywasm_vm.text.literals import NATURAL, NUMBER, LiteralError, name_value, natural, string_value

__all__ = ["ABBREVIATED_REFS", "WORDS", "Tokens", "is_identifier", "is_string", "shown"]

ABBREVIATED_REFS = {
    "nullref": AbsHeapType.NONE,
    "nullfuncref": AbsHeapType.NOFUNC,
    "nullexternref": AbsHeapType.NOEXTERN,
    "nullexnref": AbsHeapType.NOEXN,
} | {
    f"{heap.value}ref": heap
    for heap in AbsHeapType
    if heap not in (AbsHeapType.NONE, AbsHeapType.NOFUNC, AbsHeapType.NOEXTERN, AbsHeapType.NOEXN)
}
"""The words that stand for a nullable reference to a named heap type."""

_FIELDS = (
    "module quote binary definition instance type rec sub final struct array field mut func param result local global table "
    "memory tag import export start elem data item offset declare shared pagesize ref null then do catch_ref catch_all_ref "
    "i8 i16 i32 i64 f32 f64 v128 i8x16 i16x8 i32x4 i64x2 f32x4 f64x2 nan:canonical nan:arithmetic exact descriptor describes"
)
WORDS = (
    frozenset(_FIELDS.split())
    | ABBREVIATED_REFS.keys()
    | {heap.value for heap in AbsHeapType}
    | BY_MNEMONIC.keys() - SPELT_LIKE.keys()
)
"""All words of the language."""


def is_string(token: str) -> bool:
    """Whether *token* is a string."""
    return token[:1] == '"'


def is_identifier(token: str) -> bool:
    """Whether *token* is an identifier."""
    return token[:1] == "$"


def shown(token: str) -> str:
    """*token* as a message shows it: long ones are cut."""
    return token if len(token) <= 60 else token[:57] + "..."


class Tokens:
    """The tokens of a text, and where we are in them: `texts[at]` comes next."""

    __slots__ = ("annotations", "at", "ends", "lexed", "positions", "source", "texts")

    def __init__(self, lexed: Lexed, at: int = 0) -> None:
        self.lexed = lexed
        self.source = lexed.source
        self.texts = lexed.texts
        self.positions = lexed.positions
        self.ends = lexed.ends
        self.annotations = lexed.annotations
        self.at = at

    @property
    def next(self) -> str:
        """The next token; empty at the end."""
        return self.texts[self.at]

    @property
    def position(self) -> int:
        """The character where the next token begins."""
        return self.positions[self.at]

    def malformed(self, reason: str, at: int | None = None) -> Malformed:
        """The error that says *reason* of the token with index *at*, or of the next one."""
        return self.source.malformed(reason, self.positions[self.at if at is None else at])

    def unexpected(self, wanted: str = "", at: int | None = None) -> Malformed:
        """The error for a token that cannot stand where it stands."""
        token = self.texts[self.at if at is None else at]
        if token and token[0] not in '()"$' and not NUMBER.fullmatch(token) and token not in WORDS and not _is_memarg(token):
            return self.malformed(f"unknown operator {shown(token)}", at)
        if token == "$":
            return self.malformed("empty identifier", at)
        found = f"`{shown(token)}`" if token else "the end of the text"
        return self.malformed(f"unexpected token: {found}{f' where {wanted} is wanted' if wanted else ''}", at)

    def opens(self, word: str) -> bool:
        """Whether `(word` comes next."""
        return self.texts[self.at] == "(" and self.texts[self.at + 1] == word

    def take(self, token: str) -> None:
        """Go behind *token*, which must come next."""
        if self.texts[self.at] != token:
            raise self.unexpected(f"`{token}`")
        self.at += 1

    def enter(self, word: str) -> bool:
        """Go behind `(word` if that comes next, and say whether it did."""
        if self.texts[self.at] == "(" and self.texts[self.at + 1] == word:
            self.at += 2
            return True
        return False

    def accept(self, token: str) -> bool:
        """Go behind *token* if that comes next, and say whether it did."""
        if self.texts[self.at] == token:
            self.at += 1
            return True
        return False

    def string(self) -> bytes:
        """The bytes of the string that must come next."""
        token = self.texts[self.at]
        if not is_string(token):
            raise self.unexpected("a string")
        try:
            value = string_value(token)
        except LiteralError as error:
            raise self.malformed(str(error)) from None
        self.at += 1
        return value

    def strings(self) -> bytes:
        """All strings that come next, as one."""
        parts = []
        while is_string(self.texts[self.at]):
            parts.append(self.string())
        return b"".join(parts)

    def name(self) -> str:
        """The string that must come next, as characters."""
        token = self.texts[self.at]
        if not is_string(token):
            raise self.unexpected("a name")
        try:
            value = name_value(token)
        except LiteralError as error:
            raise self.malformed(str(error)) from None
        self.at += 1
        return value

    def natural(self, width: int, wanted: str = "a number") -> int:
        """The unsigned number of *width* bits that must come next."""
        token = self.texts[self.at]
        if not NATURAL.fullmatch(token):
            raise self.unexpected(wanted)
        value = natural(token, width)
        if value is None:
            raise self.malformed(f"i{width} constant out of range: {shown(token)}")
        self.at += 1
        return value

    def has_natural(self) -> bool:
        """Whether an unsigned number comes next."""
        return NATURAL.fullmatch(self.texts[self.at]) is not None

    def identifier(self) -> str | None:
        """The identifier if one comes next, without the dollar sign; `$"a b"` is the identifier of these three characters."""
        token = self.texts[self.at]
        if token[:1] != "$":
            return None
        name = self.identifier_at(self.at)
        self.at += 1
        return name

    def identifier_at(self, at: int) -> str:
        """The characters of the identifier with index *at*."""
        token = self.texts[at]
        if token[1:2] != '"':
            name = token[1:]
        else:
            try:
                name = name_value(token[1:])
            except LiteralError as error:
                raise self.malformed(str(error), at) from None
        if not name:
            raise self.malformed("empty identifier", at)
        return name

    def annotated(self, name: str) -> list[Annotation]:
        """The annotations called *name* in front of the next token. They are taken: nobody will see them again."""
        here = self.annotations.get(self.at)
        if not here:
            return []
        found = [annotation for annotation in here if annotation.name == name]
        left = [annotation for annotation in here if annotation.name != name]
        if left:
            self.annotations[self.at] = left
        else:
            del self.annotations[self.at]
        return found


def _is_memarg(token: str) -> bool:
    word, equals, number = token.partition("=")
    return bool(equals) and word in ("offset", "align") and NATURAL.fullmatch(number) is not None
