"""The command `pywasm-vm`."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from pywasm_vm import progress
from pywasm_vm.cli import main
from pywasm_vm.execution.registry import load_tier

ROOT = Path(__file__).parents[2]

TEXT = """(module $demo
  (memory (export "m") 1)
  (func $add (export "add") (param $a i32) (param $b i32) (result i32)
    (i32.add (local.get $a) (local.get $b)))
  (func $two (export "two") (param f64) (result f64 i64)
    local.get 0
    i64.const -3)
  (func $boom (export "boom")
    (drop (i32.div_u (i32.const 1) (i32.const 0)))))
"""


@pytest.fixture
def wat(tmp_path: Path) -> Path:
    path = tmp_path / "demo.wat"
    path.write_text(TEXT)
    return path


@pytest.fixture
def wasm(wat: Path) -> Path:
    assert main(["wat2wasm", "--names", str(wat)]) == 0
    return wat.with_suffix(".wasm")


def test_version_says_what_is_installed_and_what_runs_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code in (None, 0)
    assert capsys.readouterr().out == f"pywasm-vm, version {version('proxyabi')}, tier {load_tier('auto').name}\n"


def test_run_calls_a_function_with_arguments_of_its_types(wat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(wat), "--invoke", "add", "2", "-0x5"]) == 0
    assert main(["run", str(wat), "--invoke", "two", "0x1.8p0"]) == 0

    assert capsys.readouterr().out == "-3\n1.5\n-3\n"


def test_run_without_a_function_starts_the_module_or_says_what_there_is(
    wat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = tmp_path / "command.wat"
    command.write_text('(func (export "_start") unreachable)')

    assert main(["run", str(wat)]) == 0
    assert "it exports: add, two, boom" in capsys.readouterr().err
    assert main(["run", str(command)]) == 1
    assert "trap: unreachable" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "the module exports no function 'nothing'; it exports: add, two, boom"),
        (["add", "1"], "add takes 2 arguments, its type is [i32 i32] -> [i32]; 1 are given"),
        (["add", "1", "x"], "'x' is no i32"),
        (["two", "1.x"], "'1.x' is no f64"),
        ([], "--invoke needs the name"),
    ],
)
def test_run_says_what_is_wrong_with_a_call(
    wat: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(wat), "--invoke", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_an_uncaught_exception_comes_with_its_values_and_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "throws.wat"
    file.write_text('(module (tag $t (param i32))\n (func $f (export "f") (throw $t (i32.const -7))))')

    assert main(["run", str(file), "--invoke", "f"]) == 1

    error = capsys.readouterr().err
    assert error == "pywasm-vm: uncaught exception with the values -7\n  in function 0 (f) at 2:25\n"


def test_trap_comes_with_its_places(wat: Path, wasm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(wat), "--invoke", "boom"]) == 1
    assert main(["run", str(wasm), "--invoke", "boom"]) == 1

    text, binary = capsys.readouterr().err.split("pywasm-vm: ")[1:]
    assert text == "trap: integer divide by zero\n  in function 2 (boom) at 9:12\n"
    assert binary.startswith("trap: integer divide by zero\n  in function 2 (boom) at 0x")


def test_fuel_is_a_limit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "loop.wat"
    path.write_text('(func (export "f") (loop (br 0)))')

    assert main(["run", "--fuel", "1000", str(path), "--invoke", "f"]) == 1
    assert "out of fuel" in capsys.readouterr().err


def test_validate_says_valid_or_why_not(wat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.wat"
    wrong.write_text("(func (result i32)\n  i64.const 1)")

    assert main(["validate", str(wat)]) == 0
    assert capsys.readouterr().out == f"{wat}: valid\n"
    assert main(["validate", str(wrong)]) == 1
    assert "type mismatch" in (message := capsys.readouterr().err)
    assert "(in function 0, at line 2, column 14)" in message


def test_validate_refuses_what_a_version_does_not_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "new.wat"
    path.write_text("(func (param i32) (result i32) (i32.extend8_s (local.get 0)))")

    assert main(["validate", "--features", "2.0", str(path)]) == 0
    assert main(["validate", "--features", "1.0", str(path)]) == 1
    assert "sign-extension" in capsys.readouterr().err


def test_there_and_back(wat: Path, wasm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "first.wat", tmp_path / "second.wasm"

    assert main(["wasm2wat", str(wasm), "-o", str(first)]) == 0
    assert main(["wat2wasm", str(first), "--names", "-o", str(second)]) == 0

    assert second.read_bytes() == wasm.read_bytes()
    assert "(func $add (;0;) (type 0) (param $a i32) (param $b i32) (result i32)" in first.read_text()
    assert main(["wat2wasm", str(wat), "-o", str(second)]) == 0
    assert len(second.read_bytes()) < len(wasm.read_bytes()), "names are left out unless they are asked for"


MANY = "(module " + f'(func (export "f{0}") (drop (i32.const {0}))) ' + "(func) " * 600 + ")"


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (["validate"], "checking functions"),
        (["run"], "checking functions"),
        (["wasm2wat", "-o", "{out}"], "printing functions"),
        (["dis"], "listing functions"),
    ],
)
def test_long_work_shows_how_far_it_is(
    command: list[str], what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a second of patience none of this would show a bar."""
    path = tmp_path / "many.wat"
    path.write_text(MANY)
    assert main(["wat2wasm", str(path)]) == 0
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    name, *options = [word.format(out=tmp_path / "out.wat") for word in command]

    assert main([name, str(path.with_suffix(".wasm")), *options]) == 0

    assert what in capsys.readouterr().err


def test_a_broken_module_leaves_no_text_behind(tmp_path: Path) -> None:
    path = tmp_path / "broken.wasm"
    # A function whose body holds a byte that is no instruction.
    path.write_bytes(b"\0asm\1\0\0\0" + bytes.fromhex("01040160 0000 03020100 0a050103 00ff0b"))
    out = tmp_path / "out.wat"

    assert main(["wasm2wat", str(path), "-o", str(out)]) == 1

    assert not out.exists()


def test_standard_input_and_output(
    wat: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"(module)")))

    assert main(["wat2wasm", "-"]) == 0

    assert capsysbinary.readouterr().out == b"\0asm\1\0\0\0"


def test_dis_shows_places_in_text_and_binary(wat: Path, wasm: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dis", str(wat), "--function", "add"]) == 0
    text = capsys.readouterr().out
    assert main(["dis", str(wasm), "--function", "$add"]) == 0
    binary = capsys.readouterr().out
    assert main(["dis", str(wasm), "--function", "0"]) == 0
    assert capsys.readouterr().out == binary
    assert main(["dis", str(wasm)]) == 0
    everything = capsys.readouterr().out

    assert text.splitlines() == [
        "func $add (;0;) (type 0) (param $a i32) (param $b i32) (result i32)",
        "      4:15  local.get $a",
        "      4:30  local.get $b",
        "       4:6  i32.add",
    ]
    offsets = [int(line.split()[0], 16) for line in binary.splitlines()[1:]]
    assert [wasm.read_bytes()[offset] for offset in offsets] == [0x20, 0x20, 0x6A]
    assert everything.startswith(binary)
    assert everything.count("func $") == 3


@pytest.mark.parametrize("name", ["nothing", "7"])
def test_dis_of_a_function_that_is_not_there(name: str, wat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dis", str(wat), "--function", name]) == 1
    assert name in capsys.readouterr().err


def test_explain_or_guess(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "i32.add"]) == 0
    assert "[i32 i32] -> [i32]" in capsys.readouterr().out
    assert main(["explain", "i32.ad"]) == 1
    assert "Did you mean i32.and, i32.add," in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"(func", b"\0asm\1\0\0", b"\xff"])
def test_file_that_is_no_module_is_one_paragraph_and_exit_code_1(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    for command in ("run", "validate", "wasm2wat", "dis"):
        assert main([command, str(path)]) == 1
        assert capsys.readouterr().err.startswith("pywasm-vm: ")


def test_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "/nothing/here.wasm"]) == 1
    assert "/nothing/here.wasm" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["run"], ["validate", "--features", "9", "x"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 2


def test_python_runs_it_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pywasm_vm", "validate", "-"],
        input=b"(module)",
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"-: valid\n", b"")


def test_importing_the_package_does_not_bring_the_text_format() -> None:
    code = "import sys, pywasm_vm; print([name for name in sys.modules if name.startswith(('pywasm_vm.text', 'pywasm_vm.cli'))])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)

    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["add", "1", "99999999999"],
            "of type [i32 i32] -> [i32]: 99999999999 does not fit in i32: expected -2**31 to 2**32 - 1",
        ),
        (["add", "-2147483649", "1"], "-2147483649 does not fit in i32"),
    ],
)
def test_a_number_that_is_too_large_for_its_parameter_is_refused_in_a_sentence(
    wat: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(wat), "--invoke", *arguments]) == 1
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(("option", "value"), [("--tier", "fast"), ("--fuel", "-1"), ("--fuel", "much")])
def test_a_tier_nobody_knows_and_less_fuel_than_none_are_wrong_usage(
    wat: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", option, value, str(wat), "--invoke", "add", "1", "2"])
    assert ended.value.code == 2
    assert option in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"(module)", b"\0as", b"\x1f\x8b\x08"])
def test_what_is_called_a_binary_is_read_as_one(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "not.wasm"
    file.write_bytes(content)
    for command in ("validate", "run", "dis", "wasm2wat"):
        assert main([command, str(file)]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith(f"pywasm-vm: {file}: ")
        assert "unexpected end" in said.err or "magic header not detected" in said.err


def test_a_text_is_not_assembled_over_itself_and_a_binary_not_at_all(
    wasm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.wasm"
    text.write_text("(module)")
    assert main(["wat2wasm", str(text)]) == 1
    assert "say with -o" in capsys.readouterr().err
    assert text.read_text() == "(module)"
    assert main(["wat2wasm", str(wasm), "-o", str(tmp_path / "again.wasm")]) == 1
    assert "this is a binary already" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_or_written_is_named(wat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["validate", f"{tmp_path}/none.wasm"], ["run", str(tmp_path)], ["wat2wasm", str(wat), "-o", str(tmp_path)]):
        assert main(arguments) == 1
        error = capsys.readouterr().err
        assert error.startswith(f"pywasm-vm: {arguments[-1]}: ")
        assert "Errno" not in error


def test_ctrl_c_ends_a_command_with_a_word_and_leaves_no_half_file(
    wasm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lines(module: object, progress: object) -> Iterator[str]:
        yield "(module"
        raise KeyboardInterrupt

    monkeypatch.setattr("pywasm_vm.text.module_printer.module_lines", lines)
    half = tmp_path / "half.wat"
    assert main(["wasm2wat", str(wasm), "-o", str(half)]) == 130
    assert capsys.readouterr().err == "pywasm-vm: interrupted\n"
    assert not half.exists()
