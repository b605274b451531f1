"""The language of test scripts: `.wast` files as commands.

Lives here: modules in their forms, actions, assertions, the values they give and the patterns they expect.
Not here: what a command does (runner.py), what a value must be to fit (compare.py), and the text of modules, which stays text
until somebody runs the command.

A script is split into its commands at once; each command is read when it is its turn. So a mistake in one of them does not hide
the others, and every command is counted whatever happens to it.

source: the README of the reference interpreter, "Scripts"
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from compare import AnyOf, FloatBits, HostObject, IntBits, Lanes, NanClass, Null, Pattern, RefOf, SameObject, float_of

from pywasm_vm.text.lexer import source_of, tokenize
from pywasm_vm.text.literals import INTEGER, NUMBER, float_bits, integer
from pywasm_vm.text.tokens import Tokens

__all__ = ["Action", "Command", "Definition", "Get", "InstanceOf", "Invoke", "Registration", "Script", "Thread", "Value", "Wait"]

INLINE = "inline module"
"""What a command is called that consists of the fields of one module, without `(module`."""

Value: TypeAlias = int | float | bytes | HostObject | None
"""An argument, as exports take it."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A module as it is written down: text, or bytes. *quoted* text comes out of strings."""

    name: str | None
    content: str | bytes
    binary: bool = False
    instantiated: bool = True
    """False for `(module definition …)`, which is only kept."""


@dataclass(frozen=True, slots=True)
class InstanceOf:
    """`(module instance $name $module)`: one more instance of a module that was defined before."""

    name: str | None
    module: str | None


@dataclass(frozen=True, slots=True)
class Invoke:
    """A call of an export."""

    instance: str | None
    export: str
    arguments: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Get:
    """The value of an exported global."""

    instance: str | None
    export: str


Action: TypeAlias = Invoke | Get


@dataclass(frozen=True, slots=True)
class Registration:
    """`(register "name" $instance)`: imports may name it from now on."""

    name: str
    instance: str | None


@dataclass(frozen=True, slots=True)
class Thread:
    """Commands that run beside those that follow, with some instances that both see."""

    name: str
    shared: tuple[str, ...]
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Until a thread has ended."""

    thread: str


Subject: TypeAlias = Definition | InstanceOf | Invoke | Get | Registration | Thread | Wait


@dataclass(frozen=True, slots=True)
class Command:
    """One command. *form* is its first word, *line* where it begins."""

    form: str
    line: int
    subject: Subject
    results: tuple[Pattern, ...] = ()
    """What `assert_return` expects."""
    message: str | None = None
    """What the error of any other assertion begins with."""


class Script:
    """A script, split into its commands.

    raises: Malformed, where characters make no tokens.
    """

    def __init__(self, content: bytes) -> None:
        self._tokens = Tokens(tokenize(source_of(content)))
        self._starts = _top_level(self._tokens)
        self._inline = bool(self._starts) and self._tokens.texts[self._starts[0] + 1] not in _COMMANDS

    @property
    def heads(self) -> list[tuple[str, int]]:
        """Form and line of each command."""
        places = self._starts[:1] if self._inline else self._starts
        form = {at: INLINE if self._inline else self._tokens.texts[at + 1] for at in places}
        return [(form[at], _line(self._tokens, at)) for at in places]

    @property
    def totals(self) -> Counter[str]:
        """How many commands there are of each form."""
        return Counter(form for form, _ in self.heads)

    def __len__(self) -> int:
        return 1 if self._inline else len(self._starts)

    def command(self, index: int) -> Command:
        """Read command *index*.

        raises: Malformed, when it is none.
        """
        if self._inline:
            text = self._tokens.source.text
            return Command(INLINE, _line(self._tokens, self._starts[0]), Definition(None, text))
        self._tokens.at = self._starts[index]
        return _command(self._tokens)

    def __iter__(self) -> Iterator[Command]:
        return (self.command(index) for index in range(len(self)))


def _top_level(tokens: Tokens) -> list[int]:
    at, found = 0, []
    while tokens.texts[at]:
        if tokens.texts[at] != "(":
            raise tokens.unexpected("a command", at)
        found.append(at)
        at = tokens.ends[at] + 1
    return found


def _line(tokens: Tokens, at: int) -> int:
    return tokens.source.place(tokens.positions[at])[0]


# Commands


def _command(tokens: Tokens) -> Command:
    """The command whose parenthesis comes next; the cursor goes behind it."""
    line, stop = _line(tokens, tokens.at), tokens.ends[tokens.at]
    form = tokens.texts[tokens.at + 1]
    if form in ("module", "invoke", "get"):
        subject = _module(tokens) if form == "module" else _action(tokens)
        command = Command(form, line, subject)
    elif form in _COMMANDS:
        tokens.at += 2
        command = _COMMANDS[form](tokens, form, line, stop)
        tokens.take(")")
    else:
        raise tokens.malformed(f"unknown command {form}")
    if tokens.at != stop + 1:
        raise tokens.unexpected("the end of the command")
    return command


def _module(tokens: Tokens) -> Definition | InstanceOf:
    """`(module …)` in any of its forms."""
    start, stop = tokens.at, tokens.ends[tokens.at]
    tokens.at += 2
    if tokens.accept("instance"):
        names = [tokens.identifier(), tokens.identifier()]
        tokens.take(")")
        return InstanceOf(names[0], names[1])
    only_defined = tokens.accept("definition")
    name_at = tokens.at
    name = tokens.identifier()
    if tokens.next in ("binary", "quote"):
        binary = tokens.next == "binary"
        tokens.at += 1
        content: str | bytes = tokens.strings()
        tokens.take(")")
        return Definition(name, content, binary, not only_defined)
    source, positions = tokens.source.text, tokens.positions
    content = source[positions[start] : positions[stop] + 1]
    if only_defined:
        content = "(module " + source[positions[name_at] : positions[stop] + 1]
    tokens.at = stop + 1
    return Definition(name, content, False, not only_defined)


def _action(tokens: Tokens) -> Action:
    """`(invoke …)` or `(get …)`."""
    tokens.take("(")
    word = tokens.next
    if word not in ("invoke", "get"):
        raise tokens.unexpected("an action")
    tokens.at += 1
    instance, export = tokens.identifier(), tokens.name()
    arguments = []
    while word == "invoke" and tokens.next == "(":
        arguments.append(_argument(tokens))
    tokens.take(")")
    return Invoke(instance, export, tuple(arguments)) if word == "invoke" else Get(instance, export)


def _register(tokens: Tokens, form: str, line: int, stop: int) -> Command:
    return Command(form, line, Registration(tokens.name(), tokens.identifier()))


def _assert_return(tokens: Tokens, form: str, line: int, stop: int) -> Command:
    action, results = _action(tokens), []
    while tokens.at < stop:
        results.append(_result(tokens))
    return Command(form, line, action, tuple(results))


def _assert_exception(tokens: Tokens, form: str, line: int, stop: int) -> Command:
    return Command(form, line, _action(tokens))


def _assert_failure(tokens: Tokens, form: str, line: int, stop: int) -> Command:
    """Any assertion that something goes wrong, with the words that the error begins with."""
    subject = _module(tokens) if tokens.opens("module") else _action(tokens)
    return Command(form, line, subject, message=tokens.name())


def _thread(tokens: Tokens, form: str, line: int, stop: int) -> Command:
    name, shared, commands = _needed_identifier(tokens), [], []
    while tokens.enter("shared"):
        tokens.take("(")
        tokens.take("module")
        shared.append(_needed_identifier(tokens))
        tokens.take(")")
        tokens.take(")")
    while tokens.at < stop:
        commands.append(_command(tokens))
    return Command(form, line, Thread(name, tuple(shared), tuple(commands)))


def _wait(tokens: Tokens, form: str, line: int, stop: int) -> Command:
    return Command(form, line, Wait(_needed_identifier(tokens)))


def _needed_identifier(tokens: Tokens) -> str:
    name = tokens.identifier()
    if name is None:
        raise tokens.unexpected("an identifier")
    return name


def _plain(tokens: Tokens, form: str, line: int, stop: int) -> Command:
    """Stands for the three forms that `_command` reads itself: they may stand inside assertions, too."""
    raise tokens.unexpected("a command")


_COMMANDS: dict[str, Callable[[Tokens, str, int, int], Command]] = {
    "module": _plain,
    "invoke": _plain,
    "get": _plain,
    "register": _register,
    "assert_return": _assert_return,
    "assert_exception": _assert_exception,
    "assert_trap": _assert_failure,
    "assert_exhaustion": _assert_failure,
    "assert_malformed": _assert_failure,
    "assert_invalid": _assert_failure,
    "assert_malformed_custom": _assert_failure,
    "assert_invalid_custom": _assert_failure,
    "assert_unlinkable": _assert_failure,
    "thread": _thread,
    "wait": _wait,
}


# Values and patterns

_SHAPES = {"i8x16": (16, 8), "i16x8": (8, 16), "i32x4": (4, 32), "i64x2": (2, 64), "f32x4": (4, 32), "f64x2": (2, 64)}
"""Lanes and their width."""


def _argument(tokens: Tokens) -> Value:
    """`(i32.const 1)`, `(ref.extern 1)`, `(ref.null func)` …"""
    at = tokens.at
    pattern = _result(tokens)
    if isinstance(pattern, IntBits):
        return pattern.bits
    if isinstance(pattern, FloatBits):
        return float_of(pattern.bits, pattern.width)
    if isinstance(pattern, Lanes) and not any(isinstance(lane, NanClass) for lane in pattern.lanes):
        size = 16 // len(pattern.lanes)
        return b"".join(lane.bits.to_bytes(size, "little") for lane in pattern.lanes if not isinstance(lane, NanClass))
    if isinstance(pattern, Null):
        return None
    if isinstance(pattern, SameObject):
        return pattern.host
    raise tokens.unexpected("an argument", at + 1)


def _result(tokens: Tokens) -> Pattern:
    """A value, or anything that stands for several."""
    tokens.take("(")
    word = tokens.next
    tokens.at += 1
    if word == "either":
        alternatives = []
        while tokens.next == "(":
            alternatives.append(_result(tokens))
        pattern: Pattern = AnyOf(tuple(alternatives))
    elif word in ("i32.const", "i64.const", "f32.const", "f64.const"):
        pattern = _number(tokens, word[0], int(word[1:3]))
    elif word == "v128.const":
        shape = tokens.next
        if shape not in _SHAPES:
            raise tokens.unexpected("a shape")
        tokens.at += 1
        count, width = _SHAPES[shape]
        pattern = Lanes(tuple(_number(tokens, shape[0], width) for _ in range(count)))
    elif word.startswith("ref."):
        pattern = _reference(tokens, word)
    else:
        raise tokens.unexpected("a value", tokens.at - 1)
    tokens.take(")")
    return pattern


def _number(tokens: Tokens, letter: str, width: int) -> IntBits | FloatBits | NanClass:
    """The integer or float of *width* bits that must come next."""
    token = tokens.next
    if letter == "i":
        bits = integer(token, width) if INTEGER.fullmatch(token) else None
    elif token in ("nan:canonical", "nan:arithmetic"):
        tokens.at += 1
        return NanClass(width, token == "nan:canonical")
    else:
        bits = float_bits(token, width) if NUMBER.fullmatch(token) else None
    if bits is None:
        raise tokens.unexpected("a number")
    tokens.at += 1
    return IntBits(width, bits) if letter == "i" else FloatBits(width, bits)


_HEAPS = frozenset({"func", "extern", "any", "eq", "i31", "struct", "array", "exn"})


def _reference(tokens: Tokens, word: str) -> Pattern:
    """What stands behind `(ref.…`: a null, an object of the host, or any reference of a sort."""
    heap = word.removeprefix("ref.")
    if heap == "null":
        if tokens.next != ")":
            tokens.at += 1
        return Null()
    if heap in ("extern", "host") and tokens.next != ")":
        return SameObject(HostObject(tokens.natural(32)))
    if heap not in _HEAPS:
        raise tokens.unexpected("a reference", tokens.at - 1)
    return RefOf(heap)
