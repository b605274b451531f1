"""Running a script: one method for each command.

Lives here: the instances a script has made and named, and what each command must bring about.
Not here: which tier runs the code (the store knows), what values fit (compare.py), and how commands are written (script.py).

A command that fails says why, and the next one runs. A module that cannot be made leaves nothing behind under its name, so that
later commands do not take an older one for it.

source: the README of the reference interpreter, "Scripts"
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compare import fits, shown
from script import INLINE, Command, Definition, Get, InstanceOf, Invoke, Registration, Script, Thread, Wait
from spectest import spectest

import pywasm_vm as wasm

__all__ = ["CommandFailed", "Outcome", "Runner", "run_script"]

LATEST = ""
"""The key of the module and instance that a command means when it names none."""

PATIENCE = 60.0
"""Seconds that `wait` gives to a thread."""


class CommandFailed(Exception):
    """The command did not do what it should; the text says what it did."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one command: *failure* is None when it passed."""

    form: str
    line: int
    failure: str | None = None


class Runner:
    """The state of one script in a store of its own."""

    def __init__(self, new_store: Callable[[], wasm.Store]) -> None:
        self._new_store = new_store
        self._store = new_store()
        self._features = self._store.features
        self._offered: dict[str, Mapping[str, Any] | wasm.Instance] = {"spectest": spectest(self._store)}
        self._modules: dict[str, wasm.Module] = {}
        self._instances: dict[str, wasm.Instance] = {}
        self._threads: dict[str, _Running] = {}

    def execute(self, command: Command) -> None:
        """Do *command*.

        raises: CommandFailed; what a command raises that must not fail.
        """
        _METHODS[command.form](self, command)

    def module(self, command: Command) -> None:
        """Define a module, make an instance, or both."""
        subject = command.subject
        if isinstance(subject, InstanceOf):
            self._forget(self._instances, subject.name)
            self._bind(self._instances, subject.name, self._instantiate(self._defined(subject.module)))
            return
        definition = _expect(subject, Definition)
        self._forget(self._modules, definition.name)
        if definition.instantiated:
            self._forget(self._instances, definition.name)
        module = self._define(definition)
        self._bind(self._modules, definition.name, module)
        if definition.instantiated:
            self._bind(self._instances, definition.name, self._instantiate(module))

    def register(self, command: Command) -> None:
        """Offer the exports of an instance under a name."""
        registration = _expect(command.subject, Registration)
        self._offered[registration.name] = self._instance(registration.instance)

    def action(self, command: Command) -> None:
        """Call something, or read it, whatever it gives."""
        self._act(command)

    def assert_return(self, command: Command) -> None:
        """An action gives these results."""
        results = self._act(command)
        if not fits(results, command.results):
            wanted = ", ".join(map(str, command.results)) or "nothing"
            raise CommandFailed(f"gives {shown(results)}; expected is {wanted}")

    def assert_trap(self, command: Command) -> None:
        """An action, or the instantiation of a module, traps."""
        self._assert_error(command, self._act_or_instantiate, wasm.Trap)

    def assert_exhaustion(self, command: Command) -> None:
        """An action uses up what it may."""
        self._assert_error(command, self._act, wasm.Exhausted)

    def assert_exception(self, command: Command) -> None:
        """An action throws an exception that nobody catches."""
        self._assert_error(command, self._act, wasm.WasmException)

    def assert_malformed(self, command: Command) -> None:
        """Bytes or text are no module."""
        self._assert_error(command, self._define_subject, wasm.Malformed)

    def assert_invalid(self, command: Command) -> None:
        """The types of a module do not fit."""
        self._assert_error(command, self._define_subject, wasm.Invalid)

    def assert_unlinkable(self, command: Command) -> None:
        """The imports of a module are not there, or are something else."""
        self._assert_error(command, self._act_or_instantiate, wasm.Unlinkable)

    def thread(self, command: Command) -> None:
        """Run commands beside those that follow. They have a store of their own and see the instances that are shared."""
        thread = _expect(command.subject, Thread)
        shared = {name: self._instance(name) for name in thread.shared}
        self._threads[thread.name] = _Running(self._new_store, shared, thread)

    def wait(self, command: Command) -> None:
        """A thread has ended, and all its commands passed."""
        name = _expect(command.subject, Wait).thread
        if name not in self._threads:
            raise CommandFailed(f"there is no thread ${name}")
        self._threads.pop(name).join()

    def share(self, instances: Mapping[str, wasm.Instance]) -> None:
        """Know *instances*, which another runner has made."""
        self._instances.update(instances)

    # What commands are made of

    def _define(self, definition: Definition) -> wasm.Module:
        if definition.binary:
            return wasm.Module.decode(_expect(definition.content, bytes), features=self._features)
        return wasm.Module.parse(definition.content, features=self._features)

    def _define_subject(self, command: Command) -> object:
        return self._define(_expect(command.subject, Definition))

    def _instantiate(self, module: wasm.Module) -> wasm.Instance:
        return self._store.instantiate(module, self._offered)

    def _act_or_instantiate(self, command: Command) -> object:
        if isinstance(command.subject, Definition):
            return self._instantiate(self._define(command.subject))
        if isinstance(command.subject, InstanceOf):
            return self._instantiate(self._defined(command.subject.module))
        return self._act(command)

    def _act(self, command: Command) -> list[object]:
        """Do the action of *command* and give its results, as many as there are."""
        action = command.subject
        if isinstance(action, Get):
            variable = self._export(action.instance, action.export)
            if not isinstance(variable, wasm.Global):
                raise CommandFailed(f"the export {action.export!r} is no global")
            return [variable.value]
        invoke = _expect(action, Invoke)
        function = self._export(invoke.instance, invoke.export)
        if not isinstance(function, wasm.Func):
            raise CommandFailed(f"the export {invoke.export!r} is no function")
        result = function(*invoke.arguments)
        count = len(function.type.results)
        return [] if count == 0 else [result] if count == 1 else list(result)

    def _export(self, instance: str | None, name: str) -> object:
        exports = self._instance(instance).exports
        if name not in exports:
            raise CommandFailed(f"there is no export {name!r}")
        return exports[name]

    def _assert_error(self, command: Command, do: Callable[[Command], object], wanted: type[wasm.WasmError]) -> None:
        """*do* must raise exactly *wanted*, with a message that begins as it should."""
        try:
            given = do(command)
        except wasm.WasmError as error:
            if type(error) is not wanted:
                raise
            if not str(error).startswith(command.message or ""):
                raise CommandFailed(f"says {str(error)!r}; expected is {command.message!r}") from error
        else:
            outcome = f"gives {shown(given)}" if isinstance(given, list) else "goes well"
            raise CommandFailed(f"{outcome}; expected is {wanted.__name__}: {command.message or 'anything'}")

    def _instance(self, name: str | None) -> wasm.Instance:
        instance: wasm.Instance = _known(self._instances, name, "instance")
        return instance

    def _defined(self, name: str | None) -> wasm.Module:
        module: wasm.Module = _known(self._modules, name, "module")
        return module

    def _bind(self, known: dict[str, Any], name: str | None, value: object) -> None:
        known[LATEST] = value
        if name is not None:
            known[name] = value

    def _forget(self, known: dict[str, Any], name: str | None) -> None:
        known.pop(LATEST, None)
        if name is not None:
            known.pop(name, None)


class _Running:
    """A thread of a script."""

    def __init__(self, new_store: Callable[[], wasm.Store], shared: Mapping[str, wasm.Instance], thread: Thread) -> None:
        self._failures: list[str] = []
        self._commands = thread.commands
        self._runner = Runner(new_store)
        self._runner.share(shared)
        self._thread = threading.Thread(target=self._run, name=f"script thread ${thread.name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for command in self._commands:
            outcome = _outcome(command.form, command.line, lambda command=command: self._runner.execute(command))  # type: ignore[misc]
            if outcome.failure is not None:
                self._failures.append(f"line {outcome.line}: {outcome.failure}")

    def join(self) -> None:
        """Wait for its end.

        raises: CommandFailed.
        """
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            raise CommandFailed(f"the thread still runs after {PATIENCE:g} seconds")
        if self._failures:
            raise CommandFailed("; ".join(self._failures))


def run_script(script: Script, new_store: Callable[[], wasm.Store]) -> Iterator[Outcome]:
    """What becomes of each command of *script*, in order."""
    runner: Runner | None = None
    for index, (form, line) in enumerate(script.heads):

        def step(index: int = index) -> None:
            nonlocal runner
            if runner is None:
                runner = Runner(new_store)
            runner.execute(script.command(index))

        yield _outcome(form, line, step)


def _outcome(form: str, line: int, step: Callable[[], None]) -> Outcome:
    """Do *step* and say what became of it. This is where every error ends: one command must not stop the others."""
    try:
        step()
    except CommandFailed as failed:
        return Outcome(form, line, str(failed))
    except Exception as error:  # noqa: BLE001 - see above
        return Outcome(form, line, f"{type(error).__name__}: {error}")
    return Outcome(form, line)


def _known(known: Mapping[str, Any], name: str | None, what: str) -> Any:
    found = known.get(name or LATEST)
    if found is None:
        raise CommandFailed(f"there is no {what}" + (f" ${name}" if name else ""))
    return found


def _expect(value: Any, kind: type[Any]) -> Any:
    if not isinstance(value, kind):
        raise CommandFailed(f"this command takes a {kind.__name__}, not a {type(value).__name__}")
    return value


_METHODS: dict[str, Callable[[Runner, Command], None]] = {
    "module": Runner.module,
    INLINE: Runner.module,
    "register": Runner.register,
    "invoke": Runner.action,
    "get": Runner.action,
    "assert_return": Runner.assert_return,
    "assert_trap": Runner.assert_trap,
    "assert_exhaustion": Runner.assert_exhaustion,
    "assert_exception": Runner.assert_exception,
    "assert_malformed": Runner.assert_malformed,
    "assert_malformed_custom": Runner.assert_malformed,
    "assert_invalid": Runner.assert_invalid,
    "assert_invalid_custom": Runner.assert_invalid,
    "assert_unlinkable": Runner.assert_unlinkable,
    "thread": Runner.thread,
    "wait": Runner.wait,
}
