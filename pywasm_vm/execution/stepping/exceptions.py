"""Throwing and catching, in the present form and the legacy one.

Lives here: the instructions, and the guards that stand on labels: what a block does with an exception that comes out of it.
Not here: looking for the guard that takes an exception (configuration.py).

A `try_table` puts a guard on its own label that branches to another one. A legacy `try` puts one on its label that goes on in a
handler; while that runs, its label remembers the exception, for `rethrow`. A `delegate` hands on to a label further outside.

spec: exec/instructions, throw_ref and try_table; the legacy exception handling proposal
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pywasm_vm.execution.stepping.configuration import Frame
from pywasm_vm.execution.stepping.control import br, else_, else_operand, end
from pywasm_vm.execution.stepping.registry import Scope, operand, steps
from pywasm_vm.runtime.exceptions import ExnInst, thrown, thrown_again

__all__: list[str] = []


# What stands on labels


@dataclass(frozen=True, slots=True)
class Catches:
    """The guard of a `try_table`.

    A clause: a tag (None for every exception), whether the exception itself is wanted too, a label, counted from outside.
    """

    clauses: Sequence[tuple[int | None, bool, int]]

    def offer(self, frame: Frame, level: int, exn: ExnInst) -> int | None:
        """See `Guard.offer`."""
        for tag, with_exception, label in self.clauses:
            if tag is None or frame.instance.tags[tag] is exn.tag:
                _unwind(frame, level)
                if tag is not None:
                    frame.stack.extend(exn.fields)
                if with_exception:
                    frame.stack.append(exn)
                frame.position = br(frame, label)
                return None
        return level - 1


@dataclass(frozen=True, slots=True)
class Handlers:
    """The guard of a legacy `try`: the tag of each handler (None for every exception), and the position where it begins."""

    clauses: Sequence[tuple[int | None, int]]

    def offer(self, frame: Frame, level: int, exn: ExnInst) -> int | None:
        """See `Guard.offer`."""
        for tag, position in self.clauses:
            if tag is None or frame.instance.tags[tag] is exn.tag:
                arity, continuation, height, _guard = frame.labels[level]
                _unwind(frame, level)
                frame.labels.append((arity, continuation, height, Caught(exn)))
                if tag is not None:
                    frame.stack.extend(exn.fields)
                frame.position = position
                return None
        return level - 1


@dataclass(frozen=True, slots=True)
class Caught:
    """Stands on the label of a legacy `try` while one of its handlers runs. It takes nothing."""

    exn: ExnInst

    def offer(self, frame: Frame, level: int, exn: ExnInst) -> int | None:
        """See `Guard.offer`."""
        return level - 1


@dataclass(frozen=True, slots=True)
class Delegate:
    """The guard of a legacy `try` that ends in `delegate`: the label, counted from outside, where exceptions go on."""

    label: int

    def offer(self, frame: Frame, level: int, exn: ExnInst) -> int | None:
        """See `Guard.offer`."""
        return level - 1 - self.label


def _unwind(frame: Frame, level: int) -> None:
    """Leave all blocks from the one at *level* of the labels inward."""
    height = frame.labels[level][2]
    del frame.labels[level:]
    del frame.stack[height:]


# Throwing


@operand("throw")
def throw_operand(scope: Scope, immediates: Any, _position: int) -> tuple[int, int]:
    """(tag, how many values its exceptions carry)."""
    tag: int = immediates[0]
    return tag, scope.tag_arity(tag)


@steps("throw")
def throw(frame: Frame, operand: tuple[int, int]) -> None:
    tag, arity = operand
    raise thrown(frame.instance.tags[tag], tuple(frame.stack[len(frame.stack) - arity :]))


@steps("throw_ref")
def throw_ref(frame: Frame, _: Any) -> None:
    raise thrown_again(frame.stack.pop())


@steps("rethrow")
def rethrow(frame: Frame, label: int) -> None:
    guard = frame.labels[-1 - label][3]
    assert isinstance(guard, Caught)
    raise thrown_again(guard.exn)


# Catching


@operand("try_table")
def try_table_operand(scope: Scope, immediates: Any, position: int) -> tuple[int, int, int, Catches]:
    """(parameters, results, the position after the end, the guard)."""
    blocktype, catches = immediates
    clauses = [(tag, kind.endswith("_ref"), label) for kind, tag, label in catches]
    return *scope.arities(blocktype), scope.constructs[position].end + 1, Catches(clauses)


@operand("try")
def try_operand(scope: Scope, immediates: Any, position: int) -> tuple[int, int, int, Handlers | Delegate]:
    """(parameters, results, the position after the end, the guard)."""
    construct = scope.constructs[position]
    guard = Handlers(construct.handlers) if construct.delegate is None else Delegate(construct.delegate)
    return *scope.arities(immediates[0]), construct.end + 1, guard


@steps("try_table", "try")
def guarded(frame: Frame, operand: tuple[int, int, int, Any]) -> None:
    """A block with a guard."""
    parameters, arity, continuation, guard = operand
    frame.labels.append((arity, continuation, len(frame.stack) - parameters, guard))


operand("catch", "catch_all")(else_operand)
# The end of the body of a `try`, or of the handler before.
steps("catch", "catch_all")(else_)
steps("delegate")(end)
