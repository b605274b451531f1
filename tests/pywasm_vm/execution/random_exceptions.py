"""Random valid programs that throw, catch and leave by calls.

Lives here: what random_programs.py lacks for that. With *legacy* they catch in the legacy form.
Not here: the comparison (test_random_exceptions.py).

Exceptions go to any label that carries what they carry, so handlers stand anywhere: in loops, among the cases of tables, around
other handlers, in other functions.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from random_programs import TYPES, Program

__all__ = ["ThrowingProgram"]

TAGS = {"": "$none", "i32": "$i32e", "i64": "$i64e", "f64": "$f64e"}
"""The tag of exceptions that carry one value of that type, or nothing."""


class ThrowingProgram(Program):
    """One random module, as in `Program`. It also exports its tags."""

    def __init__(self, seed: int, *, legacy: bool = False) -> None:
        self.legacy = legacy
        super().__init__(seed)

    def _module(self) -> str:
        text = super()._module().removeprefix("(module ")
        tags = "".join(f'(tag {name} (export "{name[1:]}") (param {kind}))' for kind, name in TAGS.items())
        # Types first, so that the tags do not change their numbers.
        types = "".join(
            f"(type $t{i} (func (param {' '.join(params)}) (result {result})))" for i, (params, result) in enumerate(self.types)
        )
        declared = f"(elem declare func {' '.join(f'$f{i}' for i in range(len(self.types)))})"
        last = "" if self.legacy else "(global $exn (mut exnref) (ref.null exn))"
        return f"(module {types} {tags} {last} {declared} {text.removeprefix(types)}"

    def _makers(self, kind: str) -> list[Callable[[str, int], str]]:
        own = [self._legacy_try, self._legacy_try] if self.legacy else [self._try_table, self._catch_reference]
        return [*super()._makers(kind), *own, *own, self._thrown]

    def statement(self, depth: int) -> str:
        """See `Program.statement`."""
        choice = self.random.random()
        if choice < 0.12:
            return f"(if {self.value('i32', depth - 1)} (then {self._within('', lambda: self._throw(depth))}))"
        if choice < 0.2:
            return f"(if {self.value('i32', depth - 1)} (then {self._within('', lambda: self._leave_by_call(depth))}))"
        if choice < 0.3:
            kind = self.random.choice(TYPES)
            maker = self._legacy_try if self.legacy else self.random.choice([self._try_table, self._catch_reference])
            return f"(local.set {self.local(kind)} {maker(kind, max(depth, 1))})"
        if choice < 0.33 and self.legacy:
            return self._delegated(depth)
        return super().statement(depth)

    def _throw(self, depth: int) -> str:
        if self.legacy and self.random.random() < 0.3:
            handlers = [at for at, name in enumerate(reversed(self.labels)) if name.startswith("handler ")]
            if handlers:
                return f"(rethrow {self.random.choice(handlers)})"
        kind = self.random.choice(list(TAGS))
        return f"(throw {TAGS[kind]} {self.value(kind, depth - 1) if kind else ''})"

    def _thrown(self, kind: str, depth: int) -> str:
        """A value, unless an exception comes first."""
        return f"(block (result {kind}) {self._within(kind, lambda: self.statement(depth))} {self.constant(kind)})"

    def _leave_by_call(self, depth: int) -> str:
        fitting = [index for index in range(self.callable) if self.types[index][1] == self.result]
        if not fitting:
            return "nop"
        index = self.random.choice(fitting)
        arguments = " ".join(self.value(parameter, depth - 1) for parameter in self.types[index][0])
        choice = self.random.random()
        if choice < 0.5:
            return f"(return_call $f{index} {arguments})"
        if choice < 0.8:
            return f"(return_call_indirect (type $t{index}) {arguments} (i32.const {index}))"
        return f"(return_call_ref $t{index} {arguments} (ref.func $f{index}))"

    # In the present form

    def _clauses(self) -> str:
        """Clauses that branch to labels which are there."""
        found = []
        for _ in range(self.random.randint(0, 3)):
            kind = self.random.choice(list(TAGS))
            labels = [at for at, carried in enumerate(reversed(self.labels)) if carried == kind]
            if labels:
                word = "catch_all" if not kind and self.random.random() < 0.3 else f"catch {TAGS[kind]}"
                found.append(f"({word} {self.random.choice(labels)})")
        return " ".join(found)

    def _try_table(self, kind: str, depth: int) -> str:
        clauses = self._clauses()
        body = self._within(kind, lambda: f"{self.statements(depth)} {self.value(kind, depth)}")
        return f"(try_table (result {kind}) {clauses} {body})"

    def _catch_reference(self, kind: str, depth: int) -> str:
        """The exception itself is caught, and thrown again now and then."""
        self.labels += [kind, "exnref"]
        tag = self.random.choice(["$none", None, None])
        own = "(catch_all_ref 0)" if tag is None else f"(catch_ref {tag} 0)"
        clauses = f"{self._clauses()} {own}"
        body = self._within(kind, lambda: f"{self.statements(depth)} {self.value(kind, depth)}")
        self.labels.pop()
        again = f"(if {self.value('i32', depth - 1)} (then (throw_ref (global.get $exn))))"
        rest = f"{self.statements(depth - 1)} {again} {self.value(kind, depth)}"
        self.labels.pop()
        return (
            f"(block (result {kind}) (block (result exnref) (br 1 (try_table (result {kind}) {clauses} {body})))"
            f" (global.set $exn) {rest})"
        )

    # In the legacy form

    def _legacy_try(self, kind: str, depth: int) -> str:
        body = self._within(kind, lambda: f"{self.statements(depth)} {self.value(kind, depth)}")
        arms = []
        for carried in self.random.sample(list(TAGS), self.random.randint(0, 3)):
            used = f"(local.set {self.local(carried)})" if carried else ""
            inside = self._within(f"handler {kind}", lambda: f"{self.statements(depth - 1)} {self.value(kind, depth - 1)}")
            arms.append(f"(catch {TAGS[carried]} {used} {inside})")
        if not arms or self.random.random() < 0.4:
            inside = self._within(f"handler {kind}", lambda: f"{self.statements(depth - 1)} {self.value(kind, depth - 1)}")
            arms.append(f"(catch_all {inside})")
        return f"(try (result {kind}) (do {body}) {' '.join(arms)})"

    def _delegated(self, depth: int) -> str:
        label = self.random.randint(0, len(self.labels))
        return f"(try (do {self._within('', lambda: self.statements(depth))}) (delegate {label}))"
