"""What a module says of its index spaces."""

from __future__ import annotations

from collections.abc import Callable

from pywasm_vm.binary.decode import decode_module
from pywasm_vm.execution.python.facts import Facts
from pywasm_vm.structure.types import F64, I32, I64, Limits, MemType


def test_index_spaces_begin_with_imports(wat: Callable[[str], bytes]) -> None:
    facts = Facts(
        decode_module(
            wat("""(module
            (import "env" "g" (global i64)) (import "env" "f" (func (param f64)))
            (import "env" "m" (memory 1))
            (global i32 (i32.const 0)) (global (export "shown") i32 (i32.const 0)) (global (mut i32) (i32.const 0))
            (memory 1)
            (func (param i32) (result i32) (local i64 i64 f64) (local.get 0)))""")
        ),
        False,
    )

    assert facts.imported_funcs == 1
    assert facts.functype(facts.func_types[0]).params == (F64,)
    assert facts.functype(facts.func_types[1]).results == (I32,)
    assert facts.local_types(1) == [I32, I64, I64, F64]
    assert [item.valtype for item in facts.globals] == [I64, I32, I32, I32]
    assert facts.private_globals == {1, 3}
    assert facts.memories == [MemType(Limits(1))] * 2
    assert facts.memory_mask(1) == 0xFFFFFFFF
