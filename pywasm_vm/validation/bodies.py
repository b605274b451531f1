"""Function bodies: when they are judged, and by whom.

Lives here: all at once or each when somebody asks; the C core, where it is there; the function that a refusal names.
Not here: the rules (functions.py and the families; native/validate.c), and what C knows of a module (native/tables.py).

C only says which body it does not accept. That one is then looked at by the validator in Python, which knows the reason, so every
message exists once. The two must agree: a body that only one of them accepts is a mistake of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from itertools import islice
from typing import Final

from pywasm_vm.errors import Crash, Invalid
from pywasm_vm.native.core import core
from pywasm_vm.native.tables import MOST_BYTES, NativeModule
from pywasm_vm.structure.instructions import Expr, Instr
from pywasm_vm.structure.module import Func, Module
from pywasm_vm.structure.types import ValType
from pywasm_vm.validation.context import Context, Signature
from pywasm_vm.validation.functions import check_body
from pywasm_vm.validation.locals import Locals
from pywasm_vm.validation.stacks import ABYSS, BOTTOM, FLOOR, Stacks
from pywasm_vm.validation.types import check_valtype

__all__ = ["Bodies"]

_STEP: Final = 256
"""Progress is told after so many functions."""
_AT_ONCE: Final = 4096
"""C judges so many without a pause. In a pause Python sees whether somebody pressed Ctrl-C."""

_PASSED, _NO_MEMORY, _REFUSED, _NOT_KNOWN = range(4)
"""What C answers."""


class Bodies:
    """The bodies of a module whose sections have been checked, and which of them have passed."""

    def __init__(self, c: Context, module: Module, imported_functions: int) -> None:
        self._context = c
        self._module = module
        self._imported = imported_functions
        self._passed: set[int] = set()
        self._all_passed = False

    @cached_property
    def native(self) -> NativeModule | None:
        """The module as C knows it. None without the C core, for modules out of a text, and for those too large for its words.

        raises: MemoryError.
        """
        native, c = core(), self._context
        source = self._module.source
        if native is None or source is None or len(source) >= MOST_BYTES:
            return None
        ids = [deftype.number for deftype in c.deftypes]
        return NativeModule(native, self._module, type_ids=ids, declared=c.refs, features=c.features, limits=c.limits)

    def check(self, index: int) -> None:
        """Check function *index* of the function index space, unless it has passed already. An import has no body.

        raises: Invalid; Malformed, where the bytes are decoded while they are checked; IndexError; MemoryError.
        """
        if self._all_passed or index in self._passed or index < self._imported:
            return
        if index >= self._imported + len(self._module.funcs):
            raise IndexError(f"the module has no function {index}")
        self._check_run(index - self._imported, 1)
        self._passed.add(index)

    def check_all(self, progress: Callable[[int, int], None] | None) -> None:
        """Check every function. *progress* is told how many have passed, and of how many, now and then and at the end.

        raises: what `check` raises.
        """
        total = len(self._module.funcs)
        step = _STEP if progress is not None else _AT_ONCE
        for first in range(0, total, step):
            if progress is not None and first:
                progress(first, total)
            self._check_run(first, min(step, total - first))
        self._all_passed = True
        if progress is not None:
            progress(total, total)

    def _check_run(self, first: int, count: int) -> None:
        """Check *count* functions, the first of them by its place among those that are not imported."""
        native = self.native
        if native is None:
            for position in range(first, first + count):
                self.check_in_python(self._module.funcs[position], position)
            return
        end = first + count
        while first < end:
            answer, first = native.judge(first, end - first)
            if answer == _PASSED:
                return
            if answer == _NO_MEMORY:
                raise MemoryError("no memory is left to check a function body")
            self.check_in_python(self._module.funcs[first], first)
            if answer == _REFUSED:
                raise Crash(f"the C core refuses function {self._imported + first}, which is valid")
            first += 1

    def operands_before(self, position: int, count: int) -> list[list[ValType]]:
        """The types of the operands after *count* instructions of the function at *position* among the module's own: for each
        block that is open, the outermost first. Nothing that cannot be reached is asked for.
        """
        func = self._module.funcs[position]
        signature = self._context.calls[self._imported + position]
        locals_ = _locals(self._context, func, signature)
        stacks = Stacks(self._context, locals_)
        with suppress(_Reached):
            check_body(self._context, _first_of(func.body, count), locals_, signature.results, stacks)
        blocks: list[list[ValType]] = []
        for operand in stacks.operands[BOTTOM:]:
            if operand is FLOOR or operand is ABYSS:
                blocks.append([])
            else:
                blocks[-1].append(operand)
        return blocks

    def check_in_python(self, func: Func, position: int) -> None:
        """Check *func* as the function at *position* among the module's own, without the C core and whether it has passed or not.

        raises: Invalid, Malformed.
        """
        c, index = self._context, self._imported + position
        try:
            check_body(c, func.body, _locals(c, func, c.calls[index]), c.calls[index].results)
        except Invalid as invalid:
            offset = func.offset if invalid.offset is None else invalid.offset
            name = self._module.names.functions.get(index)
            raise Invalid(invalid.reason, offset=offset, function=index, name=name) from None


class _Reached(Exception):
    """As much of a body as somebody wanted has been walked over."""


def _first_of(body: Expr, count: int) -> Iterator[Instr]:
    yield from islice(body, count)
    raise _Reached


def _locals(c: Context, func: Func, signature: Signature) -> Locals:
    if func.size > c.limits.function_body_bytes:
        raise Invalid(f"function body too large: {func.size} of at most {c.limits.function_body_bytes} bytes")
    for _, t in func.locals:
        check_valtype(c, t)
    return Locals(signature.params, func.locals, size=func.size, limit=c.limits.locals)
