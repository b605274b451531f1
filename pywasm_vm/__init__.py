"""A WebAssembly virtual machine written from scratch in Python.

These are the public names; everything else may move. The guide is README.md in this folder.

>>> import pywasm_vm as wasm
>>> module = wasm.Module.decode(bytes.fromhex(
...     "0061736d 01000000"                  # the header: these bytes are a module of version 1
...     "01 07 01 60 02 7f 7f 01 7f"         # a type: two i32 give one
...     "03 02 01 00  07 07 01 03 616464 00 00"  # a function of that type, exported as "add"
...     "0a 09 01 07 00 20 00 20 01 6a 0b"   # its body: local.get 0, local.get 1, i32.add, end
... ))
>>> instance = wasm.Store().instantiate(module)
>>> instance.exports.add(2, 3)
5
"""

from __future__ import annotations

from pywasm_vm.binary.outline import Section, outline
from pywasm_vm.embedding.api import Caller, Exports, Extern, Func, Global, Instance, Memory, Store, Table, Tag
from pywasm_vm.embedding.crossing import host_entry, vm_function
from pywasm_vm.embedding.host import (
    F32,
    F64,
    I32,
    I64,
    U32,
    U64,
    Callback,
    Callbacks,
    HostFunction,
    host_function,
    near_matches,
    parse_signature,
)
from pywasm_vm.embedding.interface import Stage, VmFunction, VmInterface, start_guest
from pywasm_vm.embedding.linker import Linker
from pywasm_vm.embedding.module import ExportType, ImportType, Module, Validation
from pywasm_vm.embedding.references import ArrayRef, StructRef
from pywasm_vm.embedding.vm import Vm
from pywasm_vm.embedding.waiting import call_async
from pywasm_vm.errors import (
    ConcurrentUse,
    Crash,
    Exhausted,
    HostError,
    Invalid,
    Malformed,
    OutOfBounds,
    TierUnavailable,
    Trap,
    TrapKind,
    Unlinkable,
    WasmError,
    WasmException,
)
from pywasm_vm.execution.registry import NAMES as TIER_NAMES
from pywasm_vm.execution.registry import load_tier
from pywasm_vm.features import RUNNABLE, WASM_1_0, WASM_2_0, WASM_3_0, Feature, Features
from pywasm_vm.limits import PAGE_SIZE, Limits
from pywasm_vm.observe.native import NativeStepper as _NativeStepper  # noqa: F401 - what `Stepper` is for the tier `native`
from pywasm_vm.observe.stepper import Go, Stepper, Stop
from pywasm_vm.observe.views import FrameView, GlobalView, LabelView, LocalView
from pywasm_vm.runtime.aggregates import I31
from pywasm_vm.structure.module import Custom, ExternKind, Names
from pywasm_vm.structure.types import (
    ArrayType,
    FieldType,
    FuncType,
    GlobalType,
    MemType,
    PackType,
    RefType,
    StructType,
    TableType,
    ValType,
)

__all__ = [
    "F32",
    "F64",
    "I31",
    "I32",
    "I64",
    "PAGE_SIZE",
    "RUNNABLE",
    "TIER_NAMES",
    "U32",
    "U64",
    "WASM_1_0",
    "WASM_2_0",
    "WASM_3_0",
    "ArrayRef",
    "ArrayType",
    "Callback",
    "Callbacks",
    "Caller",
    "ConcurrentUse",
    "Crash",
    "Custom",
    "Exhausted",
    "ExportType",
    "Exports",
    "Extern",
    "ExternKind",
    "Feature",
    "Features",
    "FieldType",
    "FrameView",
    "Func",
    "FuncType",
    "Global",
    "GlobalType",
    "GlobalView",
    "Go",
    "HostError",
    "HostFunction",
    "ImportType",
    "Instance",
    "Invalid",
    "LabelView",
    "Limits",
    "Linker",
    "LocalView",
    "Malformed",
    "MemType",
    "Memory",
    "Module",
    "Names",
    "OutOfBounds",
    "PackType",
    "RefType",
    "Section",
    "Stage",
    "Stepper",
    "Stop",
    "Store",
    "StructRef",
    "StructType",
    "Table",
    "TableType",
    "Tag",
    "TierUnavailable",
    "Trap",
    "TrapKind",
    "Unlinkable",
    "ValType",
    "Validation",
    "Vm",
    "VmFunction",
    "VmInterface",
    "WasmError",
    "WasmException",
    "call_async",
    "host_entry",
    "host_function",
    "load_tier",
    "near_matches",
    "outline",
    "parse_signature",
    "start_guest",
    "vm_function",
]
