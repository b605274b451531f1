"""The names that emitted code may use.

Lives here: the helpers that every namespace holds, and the shapes of the names that depend on an index.
Not here: filling them in for one instance (tier.py).

    f12      a function, by its index            g3       a global variable that nobody else sees, as a Python global
    G3       any other global: a `GlobalInst`    mem0     the bytes of a memory       m0  its `MemInst`
    t0       the elements of a table             T0       its `TableInst`
    e0, d0   element and data segments           E0       a tag: its `TagInst`          Y7   the defined type at index 7
    C7       the class of the structs or arrays of the type at index 7, None until code that names it is there
    heap     what many elements are made and changed with
    mI0      the bytes of a memory as numbers; the letters are those of `struct`

Inside a function: l5 is a local, r5 the same written twice in 64 bits, s2 the operand at height 2, t what is needed twice, c the
function to call, b0 the bytes of memory 0, br the branch that is on its way out, r what a tail call gave. Of loop over states
number 1: pc1 the state, h1 the state that gets exceptions, q1 the last one. Of exceptions: caught as Python has it, x as the
guest has it, x9 the one that the legacy `try` at position 9 holds, by the number of the guard that one is on its way to.

spec: none; this is the tier's own
"""

from __future__ import annotations

import math
import struct
from typing import Any, NoReturn

from pywasm_vm.errors import Trap, TrapKind, WasmException
from pywasm_vm.numerics import floats, ints, lanes_float, lanes_int, lanes_width
from pywasm_vm.runtime import atomics
from pywasm_vm.runtime.aggregates import small_integers
from pywasm_vm.runtime.casts import NAMED, cast_failure, is_described, is_exact_function, is_function
from pywasm_vm.runtime.exceptions import thrown, thrown_again
from pywasm_vm.runtime.instances import require_type
from pywasm_vm.runtime.values import Ref

__all__ = ["HELPERS"]


def _unpack_from(code: str) -> Any:
    return struct.Struct("<" + code).unpack_from


def _pack_into(code: str) -> Any:
    return struct.Struct("<" + code).pack_into


_pack_u32 = _pack_into("I")
_unpack_u32 = _unpack_from("I")


def load_f32_nan(memory: bytearray, address: int) -> float:
    """The f32 NaN at *address*, with all its bits."""
    return floats.f32_reinterpret_i32(_unpack_u32(memory, address)[0])


def store_f32_nan(memory: bytearray, address: int, value: float) -> None:
    """Write the f32 NaN *value* with all its bits."""
    _pack_u32(memory, address, floats.i32_reinterpret_f32(value))


def _load_extended(narrow: str, wide: str) -> Any:
    """What reads 8 bytes as *narrow* lanes and gives the bytes of as many *wide* ones."""
    unpack, pack = struct.Struct(narrow).unpack_from, struct.Struct(wide).pack

    def load_extended(memory: bytearray, address: int) -> bytes:
        return pack(*unpack(memory, address))

    return load_extended


def unreachable() -> NoReturn:
    """raises: Trap, unreachable."""
    raise Trap(TrapKind.UNREACHABLE)


def null_descriptor() -> NoReturn:
    """raises: Trap, null descriptor reference."""
    raise Trap(TrapKind.NULL_DESCRIPTOR_REFERENCE)


def descriptor_cast_failure(ref: Ref, wanted: str) -> NoReturn:
    """raises: Trap, descriptor cast failure."""
    cast_failure(ref, wanted, TrapKind.DESCRIPTOR_CAST_FAILURE)


def null_reference() -> NoReturn:
    """raises: Trap, null reference."""
    raise Trap(TrapKind.NULL_REFERENCE)


HELPERS: dict[str, Any] = {
    **{name: getattr(ints, name) for name in ints.__all__},
    **{name: getattr(floats, name) for name in floats.__all__},
    **lanes_int.FUNCTIONS,
    **lanes_width.FUNCTIONS,
    **lanes_float.FUNCTIONS,
    **atomics.FUNCTIONS,
    **atomics.WAITS,
    **{f"u{8 * size}": _unpack_from(code) for code, size in (("H", 2), ("I", 4), ("Q", 8))},
    **{f"i{8 * size}": _unpack_from(code) for code, size in (("h", 2), ("i", 4))},
    **{f"p{8 * size}": _pack_into(code) for code, size in (("H", 2), ("I", 4), ("Q", 8))},
    "u128": _unpack_from("16s"),
    "p128": _pack_into("16s"),
    "vector": int.from_bytes,
    "load8x8_s": _load_extended("<8b", "<8h"),
    "load8x8_u": _load_extended("<8B", "<8H"),
    "load16x4_s": _load_extended("<4h", "<4i"),
    "load16x4_u": _load_extended("<4H", "<4I"),
    "load32x2_s": _load_extended("<2i", "<2q"),
    "load32x2_u": _load_extended("<2I", "<2Q"),
    "PADDING": lanes_width.PADDING[16:],
    "uf32": _unpack_from("f"),
    "uf64": _unpack_from("d"),
    "pf32": _pack_into("f"),
    "pf64": _pack_into("d"),
    "load_f32_nan": load_f32_nan,
    "store_f32_nan": store_f32_nan,
    "null_descriptor": null_descriptor,
    "null_reference": null_reference,
    "unreachable": unreachable,
    "thrown": thrown,
    "thrown_again": thrown_again,
    "WasmException": WasmException,
    "require_type": require_type,
    "cast_failure": cast_failure,
    "descriptor_cast_failure": descriptor_cast_failure,
    "is_described": is_described,
    "is_exact_function": is_exact_function,
    "is_function": is_function,
    "type_of": type,
    "i31s": small_integers,
    **{f"{heap.value}_class": named for heap, named in NAMED.items() if named not in (None, object)},
    "sqrt": math.sqrt,
    "INF": math.inf,
}
"""The names every namespace begins with. None of them looks like a name with an index."""
