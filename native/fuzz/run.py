"""Build the program for libFuzzer and let it run over what real modules are made of.

Lives here: the way from modules to a first corpus, and the flags.
Not here: what an input means (load.c).

    python native/fuzz/run.py [--seconds N] [--keep FOLDER] MODULE.wasm …

Needs clang with libFuzzer (Debian: clang-14, libclang-rt-14-dev). Exits with 1 when there is a finding; it stands in FOLDER then.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
NATIVE = FUZZ.parent
sys.path.insert(0, str(NATIVE.parent))  # the script must run before anything is installed

from pywasm_vm.binary.decode import decode_module  # noqa: E402
from pywasm_vm.errors import Malformed  # noqa: E402
from pywasm_vm.structure.module import Functions  # noqa: E402

SOURCES = sorted(path.name for path in NATIVE.glob("*.c") if path.name != "loop.c")

COMPILERS = ("clang", *(f"clang-{version}" for version in range(20, 13, -1)))

SANITIZERS = "-fsanitize=fuzzer,address,undefined"


def build(folder: Path) -> Path:
    """The program, once as it is and with allocations that fail now and then."""
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        raise SystemExit("no clang was found, and the program needs its libFuzzer")
    program = folder / "fuzz-load"
    sources = [str(NATIVE / name) for name in SOURCES]
    flags = ["-g", "-O1", "-std=c11", SANITIZERS, "-fno-sanitize-recover=all", "-DWASM_FAIL_ALLOCATIONS"]
    subprocess.run([compiler, *flags, str(FUZZ / "load.c"), *sources, "-o", str(program)], check=True)
    return program


def write_corpus(folder: Path, modules: Iterable[Path]) -> int:
    """Each function of *modules* as one input, a few hundred of each at most. Gives their number."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in modules:
        try:
            module = decode_module(path.read_bytes())
        except Malformed:
            continue
        assert isinstance(module.funcs, Functions)
        assert module.source is not None
        places = module.funcs.places
        for offset, size in list(zip(places[::2], places[1::2], strict=True))[:300]:
            if size < 2000:
                body = module.source[offset : offset + size]
                choice = b"\x02\x0a\x12\x06"[size % 4]  # all features; three types of the function, and narrow limits
                content = bytes([choice]) + body
                (folder / hashlib.sha256(content).hexdigest()[:20]).write_bytes(content)
    return len(list(folder.iterdir()))


def main(arguments: Sequence[str]) -> int:
    """Give the exit code."""
    parser = argparse.ArgumentParser(description="Fuzz what reads a module in C.")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    parser.add_argument("modules", nargs="*", type=Path)
    options = parser.parse_args(arguments)
    folder: Path = options.keep
    corpus = folder / "corpus"
    print(f"{write_corpus(corpus, options.modules)} inputs to begin with", flush=True)
    limits = [f"-max_total_time={options.seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=4096"]
    program = build(folder).resolve()
    return min(subprocess.run([program, *limits, f"-artifact_prefix={folder}/", corpus], check=False).returncode, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
