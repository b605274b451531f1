"""What C makes of a module: every lack of memory is told, and parts that contradict one another are refused."""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

cffi = pytest.importorskip("cffi", reason="the package `cffi` is not installed, which the C core needs")

sys.path.insert(0, str(Path(__file__).parents[1] / "pywasm_vm" / "validation"))
from mutants import EVERYTHING  # noqa: E402

from pywasm_vm.binary.decode import decode_module  # noqa: E402
from pywasm_vm.limits import Limits  # noqa: E402
from pywasm_vm.native.tables import NativeModule  # noqa: E402
from pywasm_vm.validation.module import check_module  # noqa: E402

NATIVE = Path(__file__).parents[2] / "native"
GUESTS = Path(__file__).parents[1] / "guests"

SOURCES = ["module.c", "rows.c", *sorted(path.name for path in NATIVE.glob("validate*.c"))]
BORDERS = ["api_module.h", "api_validate.h"]

PASSED, NO_MEMORY = 0, 1


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """(ffi, lib) of a build whose requests for memory fail once `wasm_allocations_left` has been counted down."""
    if not any(map(shutil.which, ("cc", "gcc", "clang"))):
        pytest.skip("no C compiler was found")
    folder = tmp_path_factory.mktemp("native")
    ffi = cffi.FFI()
    ffi.cdef("extern int64_t wasm_allocations_left;\n" + "".join((NATIVE / name).read_text() for name in BORDERS))
    includes = "".join(f'#include "{name}"\n' for name in BORDERS)
    ffi.set_source(
        "_failing",
        f"#include <stdint.h>\n{includes}int64_t wasm_allocations_left = INT64_MAX, wasm_allocations_failing = INT64_MAX;\n"
        "int64_t wasm_allocations_kept;",
        sources=[str(NATIVE / name) for name in SOURCES],
        include_dirs=[str(NATIVE)],
        define_macros=[("WASM_FAIL_ALLOCATIONS", None)],
        extra_compile_args=["-O1"],
    )
    ffi.compile(tmpdir=str(folder))
    sys.path.insert(0, str(folder))
    try:
        from _failing import ffi as built  # type: ignore[import-not-found]
        from _failing import lib
    finally:
        sys.path.remove(str(folder))
    return built, lib


def test_every_lack_of_memory_is_told(failing: tuple[Any, Any]) -> None:
    """The first request fails, then the second, and so on until nothing asks for more."""
    lib = failing[1]
    module = decode_module((GUESTS / "rust.wasm").read_bytes())
    valid = check_module(module, EVERYTHING, bodies="lazy")
    ids = [deftype.number for deftype in valid.deftypes]
    answers = []
    for left in range(10_000):
        lib.wasm_allocations_left = left
        try:
            native = NativeModule(
                failing, module, type_ids=ids, declared=valid.declared_functions, features=EVERYTHING, limits=Limits()
            )
            answer, _ = native.judge(0, len(module.funcs))
        except MemoryError:
            answer = NO_MEMORY
        finally:
            lib.wasm_allocations_left = 2**62
        answers.append(answer)
        if answer == PASSED:
            break

    assert answers[-1] == PASSED
    assert set(answers[:-1]) == {NO_MEMORY}
    assert len(answers) > 15


def test_parts_that_contradict_one_another_are_refused(failing: tuple[Any, Any]) -> None:
    """Python never hands such parts over; if it did, C must not read behind the end of anything."""
    ffi, lib = failing
    chance = random.Random(1)
    words = [ffi.new("uint32_t[]", [chance.choice((0, 1, 2, 3, 7, 0xFFFFFFFF)) for _ in range(64)]) for _ in range(200)]
    ids, source, made = ffi.new("uint64_t[]", 8), ffi.new("uint8_t[]", 16), ffi.new("wasm_module **")
    refused = 0
    for _ in range(2000):
        parts = ffi.new("wasm_module_parts *")
        parts.source, parts.source_size, parts.type_ids = source, 16, ids
        for name in ("types", "storage", "functions", "bodies", "tables", "memories", "globals", "tags", "elems"):
            setattr(parts, name, chance.choice(words))
        parts.declared = source
        for name in ("type", "storage", "function", "body", "table", "memory", "global", "tag", "elem"):
            setattr(parts, f"{name}_count", chance.randrange(8))
        status = lib.wasm_module_new(parts, made)
        refused += status != PASSED
        lib.wasm_module_free(made[0])

    assert 0 < refused <= 2000
