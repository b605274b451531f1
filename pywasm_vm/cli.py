"""The command `pywasm-vm`: run, check, convert and look at modules.

Lives here: the arguments of each command, what it prints, and how an error becomes one paragraph and an exit code.
Not here: the work. Every command is a few calls of the rooms below, which are imported when the command runs.

Exit codes: 0 done, 1 the thing asked for failed, 2 wrong usage, 130 ended by Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pywasm_vm.errors import Invalid, Malformed, Trap, WasmError, WasmException
from pywasm_vm.execution.registry import NAMES
from pywasm_vm.features import RUNNABLE, WASM_1_0, WASM_2_0, WASM_3_0, Feature, Features
from pywasm_vm.progress import progress_bar

if TYPE_CHECKING:
    from pywasm_vm.structure.module import Module as Syntax
    from pywasm_vm.structure.types import FuncType, ValType

__all__ = ["main"]

FEATURES: dict[str, Features] = {
    "runnable": RUNNABLE,
    "1.0": WASM_1_0,
    "2.0": WASM_2_0,
    "3.0": WASM_3_0,
    "all": frozenset(Feature),
}

MAGIC = b"\0asm"

INTERRUPTED = 130
"""What shells say of a program that Ctrl-C has ended."""


class CommandError(Exception):
    """What was asked for failed. The message is for people."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line *arguments*, or those of the process; gives the exit code."""
    parsed = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = parsed.command
    try:
        command(parsed)
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python must not complain when it closes what is left.
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        print("pywasm-vm: interrupted", file=sys.stderr)
        return INTERRUPTED
    except (WasmError, OSError, CommandError) as error:
        print(f"pywasm-vm: {_said(error, parsed)}", file=sys.stderr)
        return 1
    return 0


def _said(error: Exception, arguments: argparse.Namespace) -> str:
    """The paragraph for *error*, with the file that it is about."""
    if isinstance(error, Malformed | Invalid):
        return f"{arguments.file}: {error}"
    if isinstance(error, OSError):
        where = error.filename or "the output"
        return f"{where}: {error.strerror or error}. Check the path, its permissions and the room on the disk."
    return str(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pywasm-vm", description="Run, check, convert and look at WebAssembly modules.")
    parser.add_argument("--version", action=_Version, nargs=0, help="say which version this is, and which tier runs by itself")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, function: Callable[[argparse.Namespace], None], summary: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=summary, description=summary)
        added.set_defaults(command=function)
        return added

    def file_of(added: argparse.ArgumentParser, what: str) -> None:
        added.add_argument("file", metavar="FILE", help=f"{what}; - is standard input")

    run = command("run", _run, "Instantiate a module and call one of its functions.")
    run.add_argument(
        "--tier",
        choices=NAMES,
        default="auto",
        metavar="TIER",
        help="what runs it: auto, native, python or stepping (default: %(default)s)",
    )
    run.add_argument("--fuel", type=_fuel, default=None, help="stop after this many instructions")
    file_of(run, "a module, binary or text")
    run.add_argument(
        "--invoke",
        nargs=argparse.REMAINDER,
        metavar="NAME ARGS",
        help="the exported function, and its arguments; without it `_start` is called, if it is there. Stands last",
    )
    validate = command("validate", _validate, "Say whether a module is valid, and if not, what is wrong and where.")
    file_of(validate, "a module, binary or text")
    validate.add_argument("--features", choices=FEATURES, default="runnable", help="what it may use (default: %(default)s)")

    to_text = command("wasm2wat", _wasm2wat, "Print a binary module in the text format.")
    file_of(to_text, "a module")
    to_text.add_argument("-o", "--output", metavar="FILE", default="-", help="where to write it (default: standard output)")

    to_binary = command("wat2wasm", _wat2wasm, "Assemble a module in the text format.")
    file_of(to_binary, "a module in the text format")
    to_binary.add_argument("-o", "--output", metavar="FILE", help="where to write it (default: FILE with the suffix .wasm)")
    to_binary.add_argument("--names", action="store_true", help="keep identifiers, in a name section")

    dis = command("dis", _dis, "List the instructions of functions, each with its place in the file.")
    file_of(dis, "a module, binary or text")
    dis.add_argument("--function", metavar="N|NAME", help="only this one, by its index, its name or the name it is exported by")

    explain = command("explain", _explain, "Say all there is to know of one instruction.")
    explain.add_argument("instruction", metavar="INSTRUCTION", help="its word in the text format, for example i32.add")
    return parser


class _Version(argparse.Action):
    """Says what is asked for and ends. What it needs is imported then and not before."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        from pywasm_vm.execution.registry import load_tier

        try:
            number = version("proxyabi")
        except PackageNotFoundError:
            number = "unknown, as this copy is not installed"
        print(f"pywasm-vm, version {number}, tier {load_tier('auto').name}")
        parser.exit()


def _fuel(text: str) -> int:
    fuel = int(text)
    if fuel < 0:
        raise argparse.ArgumentTypeError(f"{text} is less than none")
    return fuel


# Files


def _read(path: str) -> bytes:
    return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()


def _write(path: str, data: bytes) -> None:
    if path == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        Path(path).write_bytes(data)


def _write_lines(path: str, lines: Iterable[str]) -> None:
    """Write *lines* as they come: the text of a large module is larger than anybody wants to hold."""
    if path == "-":
        sys.stdout.flush()
        _write_to(sys.stdout.buffer, lines)
    else:
        target = Path(path)
        try:
            with target.open("wb") as file:
                _write_to(file, lines)
        except (WasmError, KeyboardInterrupt):
            # The text of a broken module, or of one that Ctrl-C cut, ends in the middle, and is of no use to anybody.
            if target.is_file():
                target.unlink()
            raise


def _write_to(stream: BinaryIO, lines: Iterable[str]) -> None:
    for line in lines:
        stream.write(line.encode("utf-8") + b"\n")
    stream.flush()


def _is_binary(path: str, data: bytes) -> bool:
    """Whether *data*, of the file at *path*, is to be read as a binary. Nothing at all is a module in the text format alone."""
    return data.startswith(MAGIC) or path.endswith(".wasm")


def _syntax(path: str, data: bytes) -> Syntax:
    """The module in *data*, of the file at *path*, which may be binary or text."""
    if _is_binary(path, data):
        from pywasm_vm.binary.decode import decode_module

        return decode_module(data)
    from pywasm_vm.text.parse import parse_module

    return parse_module(data)


def _module(path: str, data: bytes, features: Features) -> Any:
    from pywasm_vm.embedding.module import Module

    read = Module.decode if _is_binary(path, data) else Module.parse
    with progress_bar("checking functions") as progress:
        return read(data, features=features, progress=progress)


# Commands


def _run(arguments: argparse.Namespace) -> None:
    data = _read(arguments.file)
    try:
        _run_module(data, arguments)
    except Trap as trap:
        raise CommandError(_back_trace(f"trap: {trap}", trap.frames, data)) from trap
    except WasmException as error:
        raise CommandError(_back_trace(str(error), error.frames, data)) from error


def _back_trace(what: str, frames: Iterable[tuple[int, str | None, int | None]], data: bytes) -> str:
    lines = [what]
    placed = _places(data)
    for index, name, offset in frames:
        place = f" at {placed(offset)}" if offset is not None else ""
        lines.append(f"  in function {index}{f' ({name})' if name else ''}{place}")
    return "\n".join(lines)


def _places(data: bytes) -> Callable[[int], str]:
    """How a place in a file is written: the byte of a binary, line and column of a text."""
    if data.startswith(MAGIC):
        return lambda offset: f"{offset:#010x}"
    from pywasm_vm.text.lexer import source_of

    place = source_of(data).place
    return lambda offset: "{}:{}".format(*place(offset))


def _run_module(data: bytes, arguments: argparse.Namespace) -> None:
    from pywasm_vm.embedding.api import Func, Store

    module = _module(arguments.file, data, RUNNABLE)
    instance = Store(tier=arguments.tier, fuel=arguments.fuel).instantiate(module, {})
    invoke = arguments.invoke
    if invoke == []:
        raise CommandError("--invoke needs the name of an exported function")
    functions = [name for name in instance.exports if isinstance(instance.exports[name], Func)]
    if invoke is None:
        if "_start" in functions:
            instance.exports["_start"]()
        elif functions:
            print(f"the module runs by itself no more than this; it exports: {', '.join(functions)}", file=sys.stderr)
        return
    name, *texts = invoke
    if name not in functions:
        raise CommandError(f"the module exports no function {name!r}; it exports: {', '.join(functions) or 'none at all'}")
    function = instance.exports[name]
    results = function(*_values(name, function.type, texts))
    for result in results if isinstance(results, tuple) else () if results is None and not function.type.results else (results,):
        print(result)


def _values(name: str, functype: FuncType, texts: Sequence[str]) -> list[Any]:
    """The arguments of a call, read by the types of its parameters."""
    if len(texts) != len(functype.params):
        raise CommandError(f"{name} takes {len(functype.params)} arguments, its type is {functype}; {len(texts)} are given")
    try:
        return [_value(text, valtype) for text, valtype in zip(texts, functype.params, strict=True)]
    except CommandError as error:
        raise CommandError(f"{name}, of type {functype}: {error}") from None


def _value(text: str, valtype: ValType) -> Any:
    try:
        if valtype.word in ("i32", "i64"):
            bits = int(valtype.word[1:])
            if not -(1 << bits - 1) <= (number := int(text, 0)) < 1 << bits:
                raise CommandError(f"{text} does not fit in {valtype!r}: expected -2**{bits - 1} to 2**{bits} - 1")
            return number
        if valtype.word in ("f32", "f64"):
            return float.fromhex(text) if "x" in text.lower() else float(text)
    except (ValueError, OverflowError):
        raise CommandError(f"{text!r} is no {valtype!r}") from None
    if text == "null":
        return None
    raise CommandError(f"a {valtype!r} can only be given as null, not as {text!r}")


def _validate(arguments: argparse.Namespace) -> None:
    _module(arguments.file, _read(arguments.file), FEATURES[arguments.features])
    print(f"{arguments.file}: valid")


def _wasm2wat(arguments: argparse.Namespace) -> None:
    from pywasm_vm.text.module_printer import module_lines

    module = _syntax(arguments.file, _read(arguments.file))
    with progress_bar("printing functions") as progress:
        _write_lines(arguments.output, module_lines(module, progress))


def _wat2wasm(arguments: argparse.Namespace) -> None:
    from pywasm_vm.binary.encode import encode_module
    from pywasm_vm.text.parse import parse_module

    output = arguments.output
    if output is None:
        output = "-" if arguments.file == "-" else str(Path(arguments.file).with_suffix(".wasm"))
        if output != "-" and Path(output) == Path(arguments.file):
            raise CommandError(f"{output} would be written over itself: say with -o where the binary goes")
    text = _read(arguments.file)
    if text.startswith(MAGIC):
        raise CommandError(f"{arguments.file}: this is a binary already, not text; wasm2wat makes a text of it")
    _write(output, encode_module(parse_module(text), names=arguments.names))


def _dis(arguments: argparse.Namespace) -> None:
    from pywasm_vm.structure.module import ExternKind
    from pywasm_vm.text.module_printer import print_function

    data = _read(arguments.file)
    module = _syntax(arguments.file, data)
    imported = len(module.imported(ExternKind.FUNC))
    wanted = range(imported, imported + len(module.funcs))
    if arguments.function is not None:
        index = _function_index(module, arguments.function)
        if index not in wanted:
            raise CommandError(
                f"the module defines no function {arguments.function}; its own are {imported} to {wanted.stop - 1}"
            )
        wanted = range(index, index + 1)
    placed = _places(data)
    # A terminal that shows the instructions needs no bar.
    with nullcontext() if sys.stdout.isatty() else progress_bar("listing functions") as progress:
        for done, index in enumerate(wanted):
            for number, (offset, text) in enumerate(print_function(module, index)):
                print(text if number == 0 else f"  {placed(offset):>8}  {text}")
            if progress is not None:
                progress(done + 1, len(wanted))


def _function_index(module: Syntax, wanted: str) -> int:
    """The function that *wanted* names: by index, by name, or by export."""
    if wanted.isdecimal():
        return int(wanted)
    name = wanted.removeprefix("$")
    for index, known in module.names.functions.items():
        if known == name:
            return index
    for export in module.exports:
        if export.kind == "func" and export.name == wanted:
            return export.index
    raise CommandError(f"the module has no function called {wanted}")


def _explain(arguments: argparse.Namespace) -> None:
    from pywasm_vm.explain import explain, similar

    try:
        sys.stdout.write(explain(arguments.instruction))
    except KeyError:
        likely = similar(arguments.instruction)
        hint = f" Did you mean {', '.join(likely)}?" if likely else ""
        raise CommandError(f"there is no instruction {arguments.instruction!r}.{hint}") from None
