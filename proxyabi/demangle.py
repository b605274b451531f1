"""Names of functions as their authors wrote them: Rust's (legacy and v0) and C++'s (Itanium ABI), out of what linkers see.

Lives here: `demangle`. What cannot be read wholly stays as it is, so a back-trace never shows half a name.
Not here: finding names (the module's `name` section) and printing back-traces (plugin.vm).

Of C++ the names are read, with template arguments and the types in them; parameters of functions are left out, as a back-trace
reads better without them. Rust's hashes are left out too.
"""

from __future__ import annotations

import re
from functools import cache

__all__ = ["demangle"]

LONGEST = 4096
DEEPEST = 64

_HASH = re.compile(r"h[0-9a-f]{16}")
_ESCAPES = {"SP": "@", "BP": "*", "RF": "&", "LT": "<", "GT": ">", "LP": "(", "RP": ")", "C": ","}


class _CannotReadError(Exception):
    """The name follows other rules than those known here."""


@cache
def demangle(name: str) -> str:
    """*name* as it was written in the source, or *name* itself when it is not mangled."""
    if len(name) > LONGEST:
        return name
    try:
        if name.startswith("_R"):
            return _RustV0(name[2:]).symbol()
        if name.startswith("_ZN"):
            legacy = _rust_legacy(name[3:])
            if legacy is not None:
                return legacy
        if name.startswith("_Z"):
            reader = _Itanium(name[2:])
            text = reader.symbol()
            reader.parameters()
            return text or name
    except (_CannotReadError, IndexError, ValueError, RecursionError, KeyError, OverflowError):
        return name
    return name


class _Text:
    """A text that is read from left to right. *at* is the next character's place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def peek(self, count: int = 1) -> str:
        return self.text[self.at : self.at + count]

    def eat(self, wanted: str) -> bool:
        if self.text.startswith(wanted, self.at):
            self.at += len(wanted)
            return True
        return False

    def expect(self, wanted: str) -> None:
        if not self.eat(wanted):
            raise _CannotReadError

    def next(self) -> str:
        self.at += 1
        return self.text[self.at - 1]

    def take(self, count: int) -> str:
        if self.at + count > len(self.text):
            raise _CannotReadError
        self.at += count
        return self.text[self.at - count : self.at]

    def decimal(self) -> int:
        start = self.at
        while self.peek().isdecimal() and self.peek().isascii():
            self.at += 1
        return int(self.text[start : self.at])

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST * 8:
            raise _CannotReadError


def _rust_legacy(text: str) -> str | None:
    """The path of a name of Rust's older scheme, told by the hash at its end; None for a name of C++."""
    reader, parts = _Text(text), []
    while reader.peek().isdecimal():
        parts.append(reader.take(reader.decimal()))
    if not reader.eat("E") or not parts or not _HASH.fullmatch(parts[-1]):
        return None
    return "::".join(_unescaped(part) for part in parts[:-1])


def _unescaped(part: str) -> str:
    def written(match: re.Match[str]) -> str:
        code = match[1]
        return chr(int(code[1:], 16)) if code[0] == "u" else _ESCAPES[code]

    part = re.sub(r"\$(u[0-9a-f]+|SP|BP|RF|LT|GT|LP|RP|C)\$", written, part.removeprefix("_") if part[:2] == "_$" else part)
    return part.replace("..", "::")


_RUST_TYPES = dict(
    zip(
        "abcdefhijlmnopstuvxyz",
        "i8 bool char f64 str f32 u8 isize usize i32 u32 i128 u128 _ i16 u16 () ... i64 u64 !".split(),  # noqa: SIM905
        strict=True,
    )
)


class _RustV0(_Text):
    """Rust's scheme of 2019 (RFC 2603)."""

    def symbol(self) -> str:
        if self.peek().isdecimal():
            raise _CannotReadError
        path = self.path()
        if self.at < len(self.text) and self.peek() not in (".", "$"):
            self.path()
        return path

    def base62(self) -> int:
        if self.eat("_"):
            return 0
        value = 0
        while not self.eat("_"):
            value = value * 62 + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".index(self.next())
        return value + 1

    def disambiguator(self) -> int:
        return self.base62() + 1 if self.eat("s") else 0

    def identifier(self) -> tuple[str, int]:
        number = self.disambiguator()
        punycode = self.eat("u")
        size = self.decimal()
        self.eat("_")
        text = self.take(size)
        if punycode:
            head, _, tail = text.rpartition("_")
            text = f"{head}-{tail}".lstrip("-").encode().decode("punycode") if tail else text
        return text, number

    def back(self, read: str) -> str:
        """What was read at an earlier place."""
        start = self.at - 1
        place = self.base62()
        if place >= start:
            raise _CannotReadError
        self.deeper()
        here, self.at = self.at, place
        text: str = getattr(self, read)()
        self.at = here
        return text

    def path(self) -> str:
        self.deeper()
        tag = self.next()
        if tag == "C":
            return self.identifier()[0]
        if tag == "M":
            self.disambiguator()
            self.path()
            return f"<{self.type()}>"
        if tag in "XY":
            if tag == "X":
                self.disambiguator()
                self.path()
            return f"<{self.type()} as {self.path()}>"
        if tag == "N":
            space = self.next()
            outer = self.path()
            name, number = self.identifier()
            if space.isupper():
                kind = {"C": "closure", "S": "shim"}.get(space, space)
                return f"{outer}::{{{kind}{':' + name if name else ''}#{number}}}"
            return f"{outer}::{name}" if name else outer
        if tag == "I":
            outer = self.path()
            given = self.until_end(self.generic)
            return f"{outer}::<{', '.join(given)}>"
        if tag == "B":
            return self.back("path")
        raise _CannotReadError

    def until_end(self, read: object) -> list[str]:
        found = []
        while not self.eat("E"):
            found.append(read())  # type: ignore[operator]
        return found

    def generic(self) -> str:
        if self.eat("L"):
            return "'_" if self.base62() == 0 else "'a"
        return self.const() if self.eat("K") else self.type()

    def type(self) -> str:
        self.deeper()
        tag = self.peek()
        if tag in _RUST_TYPES:
            self.at += 1
            return _RUST_TYPES[tag]
        if tag in "CMXYNI":
            return self.path().replace("::<", "<")
        self.at += 1
        if tag == "B":
            return self.back("type")
        if tag == "A":
            return f"[{self.type()}; {self.const()}]"
        if tag == "S":
            return f"[{self.type()}]"
        if tag == "T":
            items = self.until_end(self.type)
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        if tag in "RQ":
            if self.eat("L"):
                self.base62()
            return ("&" if tag == "R" else "&mut ") + self.type()
        if tag in "PO":
            return ("*const " if tag == "P" else "*mut ") + self.type()
        if tag == "F":
            return self.function()
        if tag == "D":
            return self.dynamic()
        raise _CannotReadError

    def function(self) -> str:
        if self.eat("G"):
            self.base62()
        unsafe = "unsafe " if self.eat("U") else ""
        abi = ""
        if self.eat("K"):
            abi = 'extern "C" ' if self.eat("C") else f'extern "{self.identifier()[0]}" '
        given = ", ".join(self.until_end(self.type))
        result = self.type()
        return f"{unsafe}{abi}fn({given})" + ("" if result == "()" else f" -> {result}")

    def dynamic(self) -> str:
        if self.eat("G"):
            self.base62()
        traits = []
        while not self.eat("E"):
            trait = self.path().replace("::<", "<")
            while self.eat("p"):
                bound = f"{self.identifier()[0]} = {self.type()}"
                trait = f"{trait[:-1]}, {bound}>" if trait.endswith(">") else f"{trait}<{bound}>"
            traits.append(trait)
        self.expect("L")
        self.base62()
        return "dyn " + " + ".join(traits)

    def const(self) -> str:
        if self.eat("B"):
            return self.back("const")
        kind = self.next()
        if kind == "p":
            return "_"
        start = self.at
        while not self.eat("_"):
            self.next()
        digits = self.text[start : self.at - 1]
        sign, digits = ("-", digits[1:]) if digits[:1] == "n" else ("", digits)
        value = int(digits or "0", 16)
        if kind == "b":
            return "true" if value else "false"
        return repr(chr(value)) if kind == "c" else f"{sign}{value}"


_CPP_TYPES = {
    "v": "void",
    "w": "wchar_t",
    "b": "bool",
    "c": "char",
    "a": "signed char",
    "h": "unsigned char",
    "s": "short",
    "t": "unsigned short",
    "i": "int",
    "j": "unsigned int",
    "l": "long",
    "m": "unsigned long",
    "x": "long long",
    "y": "unsigned long long",
    "n": "__int128",
    "o": "unsigned __int128",
    "f": "float",
    "d": "double",
    "e": "long double",
    "z": "...",
    "Dn": "std::nullptr_t",
    "Di": "char32_t",
    "Ds": "char16_t",
    "Du": "char8_t",
    "Da": "auto",
}
_CPP_STD = {
    "St": "std",
    "Sa": "std::allocator",
    "Sb": "std::basic_string",
    "Ss": "std::string",
    "Si": "std::istream",
    "So": "std::ostream",
    "Sd": "std::iostream",
}
_CPP_OPERATORS = {
    "nw": " new",
    "na": " new[]",
    "dl": " delete",
    "da": " delete[]",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "gt": ">",
    "le": "<=",
    "ge": ">=",
    "pl": "+",
    "mi": "-",
    "ml": "*",
    "dv": "/",
    "rm": "%",
    "aS": "=",
    "pL": "+=",
    "mI": "-=",
    "cl": "()",
    "ix": "[]",
    "pt": "->",
    "de": "*",
    "ad": "&",
    "nt": "!",
    "ls": "<<",
    "rs": ">>",
    "aa": "&&",
    "oo": "||",
    "pp": "++",
    "mm": "--",
    "co": "~",
    "an": "&",
    "or": "|",
    "eo": "^",
    "ss": "<=>",
    "ng": "-",
    "ps": "+",
    "cm": ",",
}
_CPP_SPECIAL = {"TV": "vtable for ", "TI": "typeinfo for ", "TS": "typeinfo name for ", "GV": "guard variable for "}


class _Itanium(_Text):
    """The C++ ABI's scheme, as far as names of functions and their template arguments go."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.known: list[str] = []
        """What later places of the name refer to."""
        self.template: list[str] = []

    def symbol(self) -> str:
        special = _CPP_SPECIAL.get(self.peek(2))
        if special is not None:
            self.at += 2
            return special + (self.type() if special[0] in "tv" else self.name())
        if self.peek(2) in ("Th", "Tv"):
            self.take(2)
            self.offset()
            return "thunk to " + self.name()
        return self.name()

    def parameters(self) -> None:
        """Read what stands behind the name; a suffix of the compiler's, such as `.isra.0`, ends it."""
        while self.at < len(self.text) and self.peek() != ".":
            self.type()

    def offset(self) -> None:
        self.eat("n")
        self.decimal()
        self.expect("_")

    def remember(self, text: str) -> str:
        self.known.append(text)
        return text

    def name(self) -> str:
        self.deeper()
        if self.eat("N"):
            return self.nested()
        if self.eat("Z"):
            outer = self.name()
            while not self.eat("E"):
                self.type()
            return outer + "::" + ("string literal" if self.eat("s") else self.name())
        if self.peek() == "S" and self.peek(2) != "St":
            text = self.substitution()
        else:
            text = ("std::" if self.eat("St") else "") + self.unqualified("")
            if self.peek() == "I":
                self.remember(text)
        return text + self.arguments() if self.peek() == "I" else text

    def nested(self) -> str:
        while self.peek() in ("r", "V", "K"):
            self.next()
        if self.peek() in ("R", "O"):
            self.next()
        text, last = "", ""
        while not self.eat("E"):
            if self.peek() == "S" and self.peek(2) != "St":
                text = self.substitution()
                last = text.rpartition("::")[2]
                continue
            if self.peek() == "I":
                text += self.arguments()
            elif self.eat("St"):
                text = "std"
                continue
            elif self.peek() == "T":
                text = self.parameter()
            else:
                part = self.unqualified(last)
                text, last = (f"{text}::{part}" if text else part), part
            if self.peek() != "E":
                self.remember(text)
        return text

    def unqualified(self, outer: str) -> str:
        self.eat("L")
        tag = self.peek(2)
        if self.peek().isdecimal():
            text = self.take(self.decimal())
            text = "(anonymous namespace)" if text.startswith("_GLOBAL__N") else text
        elif tag[:1] == "C" and tag[1:] in "12345":
            self.at += 2
            text = outer
        elif tag[:1] == "D" and tag[1:] in "012345":
            self.at += 2
            text = "~" + outer
        elif tag == "Ul":
            self.at += 2
            while not self.eat("E"):
                self.type()
            text = "{lambda#" + self.count() + "}"
        elif tag == "Ut":
            self.at += 2
            text = "{unnamed type#" + self.count() + "}"
        elif tag == "cv":
            self.at += 2
            text = "operator " + self.type()
        else:
            text = "operator" + _CPP_OPERATORS[tag]
            self.at += 2
        while self.eat("B"):
            self.take(self.decimal())
        return text

    def count(self) -> str:
        number = 1 if self.peek() == "_" else self.decimal() + 2
        self.expect("_")
        return str(number)

    def arguments(self) -> str:
        self.expect("I")
        found: list[str] = []
        while not self.eat("E"):
            found += self.argument()
        self.template = found
        return f"<{', '.join(found)}>"

    def argument(self) -> list[str]:
        if self.eat("J"):
            pack: list[str] = []
            while not self.eat("E"):
                pack += self.argument()
            return pack
        if self.eat("L"):
            return [self.literal()]
        if self.peek() == "X":
            raise _CannotReadError
        return [self.type()]

    def literal(self) -> str:
        if self.eat("_Z"):
            text = _Itanium(self.text[self.at :])
            text.known = self.known
            name = text.symbol()
            self.at += text.at
            while not self.eat("E"):
                self.type()
            return name
        kind = self.type()
        start = self.at
        while not self.eat("E"):
            self.next()
        value = self.text[start : self.at - 1].replace("n", "-")
        if kind == "bool":
            return "true" if value == "1" else "false"
        return value if kind == "int" else f"({kind}){value}"

    def parameter(self) -> str:
        self.expect("T")
        place = 0 if self.peek() == "_" else self.decimal() + 1
        self.expect("_")
        return self.template[place]

    def substitution(self) -> str:
        std = _CPP_STD.get(self.peek(2))
        if std is not None:
            self.at += 2
            return std
        self.expect("S")
        start = self.at
        while not self.eat("_"):
            self.next()
        digits = self.text[start : self.at - 1]
        return self.known[int(digits, 36) + 1 if digits else 0]

    def type(self) -> str:
        self.deeper()
        two = self.peek(2)
        if two in _CPP_TYPES or (two[:1] in _CPP_TYPES and two[:1] != "D"):
            code = two if two in _CPP_TYPES else two[:1]
            self.at += len(code)
            return _CPP_TYPES[code]
        tag = two[:1]
        if tag in ("P", "R", "O", "K", "V"):
            self.next()
            inner = self.type()
            written = {"P": f"{inner}*", "R": f"{inner}&", "O": f"{inner}&&", "K": f"{inner} const", "V": f"{inner} volatile"}
            return self.remember(written[tag])
        if tag == "F":
            self.next()
            self.eat("Y")
            parts = []
            while not self.eat("E"):
                parts.append(self.type())
            given = [part for part in parts[1:] if part != "void"]
            return self.remember(f"{parts[0]} ({', '.join(given)})")
        if tag == "A":
            self.next()
            size = str(self.decimal()) if self.peek() != "_" else ""
            self.expect("_")
            return self.remember(f"{self.type()} [{size}]")
        if two == "Dp":
            self.at += 2
            return self.type()
        if tag == "T":
            text = self.remember(self.parameter())
            return self.remember(text + self.arguments()) if self.peek() == "I" else text
        if tag == "S" and two != "St":
            text = self.substitution()
            return self.remember(text + self.arguments()) if self.peek() == "I" else text
        if tag == "N" or tag == "Z" or two == "St" or tag.isdecimal():
            return self.remember(self.name())
        raise _CannotReadError
