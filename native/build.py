"""Build the C core: the extension module `pywasm_vm._native`.

Lives here: what it is made of, and the flags. `setup.py` reads `builder`; run as a script this file builds into the source tree.
Not here: anything that knows what the C code does.

Every `native/*.c` is compiled, and every `native/api_*.h` is the border: plain declarations that cffi reads as they stand and C
includes, so that the two sides cannot drift apart. The extension uses Python's stable interface only, so one build serves
CPython 3.11 and all later ones.

    python native/build.py               compile what has changed, and put the extension beside the package's sources
    python native/build.py --sanitize    one with the address and undefined-behaviour sanitizers, in build/native-sanitized
    python native/build.py --failing     one whose requests for memory fail when a test says so, in build/native-failing
    python native/build.py --stressed    with the sanitizers, and objects are collected whenever one is made; in build/native-stressed

PYWASM_VM_NATIVE=PATH takes the extension at that path (pywasm_vm/native/core.py). Of the last three `.ci/sanitize` makes use.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
import sys
from pathlib import Path
from sysconfig import get_config_var

from cffi import FFI

NATIVE = Path(__file__).resolve().parent
ROOT = NATIVE.parent

NAME = "pywasm_vm._native"

SOURCES = sorted(path.name for path in NATIVE.glob("*.c"))
HEADERS = sorted(path for pattern in ("*.h", "*.inc") for path in NATIVE.rglob(pattern))
BORDERS = sorted(path.name for path in NATIVE.glob("api_*.h"))

FLAGS = [] if sys.platform == "win32" else ["-std=c11", "-O2", "-ffp-contract=off", "-Wall", "-Wextra"]
"""They stand behind those of Python's own build, so -O2 holds even where that says -O0. A product and a sum are two roundings:
machines that could do both in one must not."""

CLANG_GOTO = ["-DWASM_CLANG_GOTO", "-mllvm", "-disable-early-taildup", "-mllvm", "-tail-dup-placement=0"]
"""For clang, so that it copies the jump from handler to handler late, when that is cheap: 45 s instead of many minutes. A clang
that does not know these words compiles the loop as a switch, in 15 s; that loop takes half as long again."""

LIBRARIES = [] if sys.platform == "win32" else ["m"]

SANITIZE = [
    "-O1",
    "-DWASM_SWITCH",
    "-DWASM_FAIL_ALLOCATIONS",
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=undefined",
    "-g",
    "-fno-omit-frame-pointer",
]
"""As a switch: the sanitizers take very long with thousands of addresses of labels."""

KINDS = {
    "sanitized": SANITIZE,
    "stressed": [*SANITIZE, "-DWASM_STRESS"],
    "failing": ["-O1", "-DWASM_SWITCH", "-DWASM_FAIL_ALLOCATIONS"],
}
"""Builds for tests, and what their flags are besides `FLAGS`."""


def compiler_flags() -> list[str]:
    """`FLAGS` and, for a clang that knows them, `CLANG_GOTO`."""
    command = shlex.split(os.environ.get("CC") or get_config_var("CC") or "cc")
    try:
        version = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
        if "clang" not in version:
            return FLAGS
        trial = [*command, *CLANG_GOTO, "-x", "c", "-c", os.devnull, "-o", os.devnull]
        return FLAGS if subprocess.run(trial, capture_output=True, check=False).returncode else FLAGS + CLANG_GOTO
    except (OSError, subprocess.CalledProcessError):
        return FLAGS


def border_word() -> int:
    """A number for the border as these headers have it: two sides with different ones do not understand each other."""
    text = "\n".join((NATIVE / name).read_text(encoding="utf-8") for name in BORDERS)
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def make_builder() -> FFI:
    """The description of the extension, with paths relative to the repository, as setuptools wants them."""
    ffi = FFI()
    ffi.cdef("\n".join((NATIVE / name).read_text(encoding="utf-8") for name in BORDERS) + "\n#define WASM_BORDER ...\n")
    ffi.set_source(
        NAME,
        f"#define WASM_BORDER {border_word():#x}u\n#include <stdint.h>\n#include <stddef.h>\n"
        + "".join(f'#include "{name}"\n' for name in BORDERS),
        sources=[f"native/{name}" for name in SOURCES],
        include_dirs=["native"],
        depends=[str(path.relative_to(ROOT)) for path in HEADERS],
        libraries=LIBRARIES,
        extra_compile_args=compiler_flags(),
        py_limited_api=True,
    )
    return ffi


builder = make_builder()


def build_here(kind: str = "") -> Path:
    """Compile each source that is newer than its object, link, and answer the extension's path: in the source tree, or of a *kind*
    for tests in a folder of its own."""
    from setuptools._distutils.ccompiler import new_compiler
    from setuptools._distutils.sysconfig import customize_compiler, get_python_inc

    os.chdir(ROOT)
    flags = KINDS[kind] if kind else []
    work = Path("build") / (f"native-{kind}" if kind else "native")
    work.mkdir(parents=True, exist_ok=True)
    wrapper = work / "_native.c"
    builder.emit_c_code(str(wrapper))  # leaves the file alone when nothing has changed
    compiler = new_compiler()
    customize_compiler(compiler)
    compiler.set_include_dirs(["native", get_python_inc()])
    newest_header = max(path.stat().st_mtime for path in HEADERS)
    objects, given = [], compiler_flags()
    for source in (*(Path("native") / name for name in SOURCES), wrapper):
        (target,) = compiler.object_filenames([str(source)], output_dir=str(work))
        if not _is_fresh(Path(target), max(source.stat().st_mtime, newest_header)):
            compiler.compile([str(source)], output_dir=str(work), extra_postargs=[*given, *flags])
        objects.append(target)
    name = "_native.pyd" if sys.platform == "win32" else "_native.abi3.so"
    extension = (work if kind else Path("pywasm_vm")) / name
    compiler.link_shared_object(objects, str(extension), libraries=LIBRARIES, extra_postargs=flags)
    return extension


def _is_fresh(target: Path, newest: float) -> bool:
    return target.is_file() and target.stat().st_mtime > newest


OPTIONS = {"--sanitize": "sanitized", "--stressed": "stressed", "--failing": "failing"}


def main(arguments: list[str]) -> int:
    """Build into the source tree, or one for tests. Gives the exit code."""
    if len(arguments) > 1 or any(argument not in OPTIONS for argument in arguments):
        sys.stderr.write(f"usage: python native/build.py [{' | '.join(OPTIONS)}]\n")
        return 2
    extension = build_here(*(OPTIONS[argument] for argument in arguments))
    sys.stdout.write(f"{extension} is ready\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
