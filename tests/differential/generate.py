"""Random modules from seeds, out of two generators of other people.

Lives here: `binaryen` (the program wasm-opt, which Debian has) and `smith` (the crate wasm-smith, built by cargo from the folder
beside this file). Each takes a range of seeds and a folder, and leaves SEED.wasm there.
Not here: running what they make (engines.py).

The same seed gives the same module with the same version of a generator only; so the modules that the tests run stand in the
folder `modules`.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from random import Random

from pywasm_vm.binary.encode import encode_module
from pywasm_vm.text.parse import parse_module

__all__ = ["GENERATORS", "PROFILES", "GeneratorMissing"]

HERE = Path(__file__).resolve().parent

SHAPE = """
    (memory (export "memory") 1 4)
    (global (export "a") (mut i32) (i32.const 0)) (global (export "b") (mut i64) (i64.const 0))
    (global (export "c") (mut f32) (f32.const 0)) (global (export "d") (mut f64) (f64.const 0))
    (func (export "f0") (param i32 i32) (result i32) unreachable) (func (export "f1") (param i64 i32) (result i64) unreachable)
    (func (export "f2") (param f32 f64) (result f64) unreachable) (func (export "f3") (param f64 i32) (result f32) unreachable)
    (func (export "f4") (param i32 i64 f32 f64) (result i32 i64 f32 f64) unreachable) (func (export "f5") unreachable)
"""
"""What every module of wasm-smith exports: numbers in, numbers out, and enough to see what was done inside."""

PROFILES = ("scalar", "plain", "tail", "exceptions", "gc", "full", "relaxed", "threads", "pages", "simd")
"""What a module of wasm-smith may use: the second version of the standard without vectors, with them, and upwards from there."""

_BINARYEN = ["sign-ext", "mutable-globals", "nontrapping-float-to-int", "bulk-memory", "multivalue", "extended-const"]

BINARYEN = {
    "plain": _BINARYEN,
    "tail": [*_BINARYEN, "tail-call"],
    "threads": [*_BINARYEN, "tail-call", "threads"],
    "simd": [*_BINARYEN, "tail-call", "simd"],
}
"""The features that wasm-opt is told of, by profile. Modules of `simd` import a function with a vector, which the package
wasmtime cannot offer. Its references and all that is newer are, in the version of Debian, those of old proposals."""


class GeneratorMissing(Exception):
    """The program that makes modules is not here; the text says what would bring it."""


def binaryen(first: int, count: int, folder: Path, profile: str, endless: bool) -> None:
    """Let wasm-opt translate random bytes into modules. They all end.

    raises: GeneratorMissing.
    """
    program = shutil.which("wasm-opt")
    if program is None:
        raise GeneratorMissing("wasm-opt is not here: install the package binaryen")
    features = [f"--enable-{feature}" for feature in BINARYEN.get(profile, BINARYEN["tail"])]
    seed_file = folder / "seed"
    for seed in range(first, first + count):
        random = Random(seed)
        seed_file.write_bytes(random.randbytes(random.randrange(100, 3_000)))
        made = folder / f"{seed}.wasm"
        command = [program, str(seed_file), "-ttf", "--denan", *features, "-o", str(made)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    seed_file.unlink()


def smith(first: int, count: int, folder: Path, profile: str, endless: bool) -> None:
    """Let wasm-smith make modules with the exports of SHAPE. *endless*: half of them may never end by themselves.

    raises: GeneratorMissing.
    """
    cargo = shutil.which("cargo")
    if cargo is None:
        raise GeneratorMissing("cargo is not here: install Rust, from rustup.rs")
    target = HERE / "smith" / "target"
    subprocess.run([cargo, "build", "--release", "--quiet", "--target-dir", str(target)], cwd=HERE / "smith", check=True)
    shape = folder / "shape"
    shape.write_bytes(encode_module(parse_module(SHAPE)))
    program = target / "release" / "smith"
    words = [str(first), str(count), str(folder), str(shape), profile, *(["endless"] if endless else [])]
    subprocess.run([str(program), *words], check=True)
    shape.unlink()


GENERATORS: dict[str, Callable[[int, int, Path, str, bool], None]] = {"binaryen": binaryen, "smith": smith}
