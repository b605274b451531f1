"""What one sees of a guest that stands still.

Lives here: frames, locals, labels and globals as plain values with the names that the module gives.
Not here: moving the guest on (stepper.py).

Values are as the machine holds them: integers unsigned, since only an instruction says whether it reads them signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pywasm_vm.execution.stepping.configuration import Frame
from pywasm_vm.runtime.instances import ModuleInst
from pywasm_vm.runtime.values import BITS, Value
from pywasm_vm.structure.instructions import Instr
from pywasm_vm.structure.module import ExternKind, Module
from pywasm_vm.structure.types import ValType

__all__ = [
    "FrameView",
    "GlobalView",
    "LabelView",
    "Line",
    "LocalView",
    "globals_of",
    "listing",
    "local_types",
    "plain",
    "text_of",
    "view",
]


@dataclass(frozen=True, slots=True)
class LocalView:
    """A local variable, parameters first."""

    index: int
    name: str | None
    """What the name section calls it."""
    type: ValType
    value: Value


@dataclass(frozen=True, slots=True)
class GlobalView:
    """A global variable of the instance."""

    index: int
    name: str | None
    type: ValType
    mutable: bool
    value: Value


@dataclass(frozen=True, slots=True)
class LabelView:
    """A label: what a branch to it does."""

    arity: int
    """How many operands it carries along."""
    height: int
    """How many operands stand below those."""
    offset: int
    """The byte in the module of the instruction at which it goes on."""


@dataclass(frozen=True, slots=True)
class Line:
    """An instruction in a listing. *depth* is how many blocks are around it."""

    offset: int
    depth: int
    text: str


@dataclass(frozen=True, slots=True)
class FrameView:
    """A function that is under way."""

    function: int
    """In the function index space of its module."""
    name: str | None
    instance: str
    """What its instance is called, "" when nobody gave it a name."""
    offset: int
    """The byte in the module where `instruction` stands."""
    instruction: str
    """The next one; below the innermost frame, and after a trap, the one that is under way."""
    locals: tuple[LocalView, ...]
    stack: tuple[Value, ...]
    """The operands, top on the right."""
    labels: tuple[LabelView, ...]
    """The innermost first, so that `labels[0]` is where `br 0` goes; the last is the function's own."""


def view(frame: Frame, *, under_way: bool) -> FrameView:
    """What is to be seen of *frame*; *under_way* says that its instruction was begun."""
    body, module = frame.body, frame.instance.module
    instr = body.code[max(0, frame.position - under_way)]
    names = module.names.locals.get(body.index, {})
    types = local_types(module, body.index)
    return FrameView(
        body.index,
        body.name,
        frame.instance.name,
        instr[2],
        text_of(instr),
        tuple(
            LocalView(x, names.get(x), valtype, plain(value, valtype))
            for x, (valtype, value) in enumerate(zip(types, frame.locals, strict=True))
        ),
        tuple(+value if isinstance(value, bool) else value for value in frame.stack),
        tuple(LabelView(arity, height, body.offset(place)) for arity, place, height, _guard in reversed(frame.labels)),
    )


def plain(value: Value, valtype: ValType) -> Value:
    """*value* for people: a comparison leaves a bool, which is a number here."""
    return +value if valtype in BITS else value


def local_types(module: Module, index: int) -> list[ValType]:
    """The types of all locals of function *index*, which *module* defines, parameters first."""
    func = module.funcs[index - len(module.imported(ExternKind.FUNC))]
    types = list(module.functype(func.type_index).params)
    for count, valtype in func.locals:
        types += [valtype] * count
    return types


def globals_of(instance: ModuleInst) -> tuple[GlobalView, ...]:
    """The globals of *instance*, imported ones first."""
    names = instance.module.names.globals
    return tuple(
        GlobalView(x, names.get(x), item.type.valtype, item.type.mutable, plain(item.value, item.type.valtype))
        for x, item in enumerate(instance.globals)
    )


def listing(code: Sequence[Instr], module: Module) -> tuple[Line, ...]:
    """The instructions of a function, line by line."""
    lines = []
    depth = 0
    immediates: Any
    for instr in code:
        row, immediates, offset = instr
        word = row.mnemonic
        text = text_of(instr)
        if word == "call" and immediates[0] in module.names.functions:
            text += f"  ;; {module.names.functions[immediates[0]]}"
        depth -= word in ("end", "delegate")
        lines.append(Line(offset, max(0, depth - (word in ("else", "catch", "catch_all"))), text))
        depth += word in ("block", "loop", "if", "try", "try_table")
    return tuple(lines)


def text_of(instr: Instr) -> str:
    """*instr* as the text format writes it. The printer comes when somebody looks: most programs never do."""
    from pywasm_vm.text.printer import print_instruction

    return print_instruction(instr)
