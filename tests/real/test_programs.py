"""Programs that other people compiled give the same output on every tier as on wasmtime.

Lives here: the programs and as much of their surroundings as they ask for.
Not here: SDK filters, which play Envoy's recordings (tests/proxyabi/test_transcripts.py).
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

import pywasm_vm as wasm
from proxyabi.vms import load_vm
from pywasm_vm import VmInterface

FOLDER = "PYWASM_REAL_PROGRAMS"
BAD_FILE, NO_ENTRY = 8, 44
"""Errors of WASI and of Linux's system calls in Emscripten."""


class Exit(Exception):
    """The program calls `proc_exit`."""


def program(name: str) -> bytes:
    folder = os.environ.get(FOLDER)
    path = Path(folder or ".") / name
    if folder is None or not path.exists():
        pytest.skip(f"{FOLDER} names no folder with {name}; README.md here says where it comes from")
    return path.read_bytes()


def signature(functype: wasm.FuncType) -> str:
    return f"{' '.join(map(str, functype.params))} -> {' '.join(map(str, functype.results))}"


def loaded(vm: VmInterface, code: bytes, known: dict[str, Callable[..., object]], unknown: Callable[..., object]) -> VmInterface:
    """*code* with the functions *known* by their names, and *unknown* as all others that it imports."""
    for needed in wasm.Module.decode(code).imports:
        if isinstance(needed.type, wasm.FuncType):
            vm.register_callback(needed.module, needed.name, signature(needed.type), known.get(needed.name, unknown))
    vm.load(code)
    vm.link()
    return vm


def call(vm: VmInterface, name: str, *arguments: int) -> int:
    function = vm.get_function(name)
    assert function is not None, name
    result = function(*arguments)
    return result if isinstance(result, int) else 0


def gathered(vm: VmInterface, vectors: int, count: int) -> bytes:
    """What an array of *count* addresses and sizes at *vectors* stands for."""
    numbers = struct.unpack(f"<{2 * count}I", vm.get_memory(vectors, 8 * count))
    return b"".join(vm.get_memory(numbers[x], numbers[x + 1]) for x in range(0, 2 * count, 2))


def icepll(tier: str, *words: str) -> tuple[str, int]:
    """What the command prints, and its exit code."""
    vm = load_vm(tier)
    said: list[bytes] = []
    arguments = [word.encode() + b"\0" for word in ("icepll", *words)]

    def fd_write(fd: int, vectors: int, count: int, written: int) -> int:
        data = gathered(vm, vectors, count)
        said.append(data)
        vm.set_memory(written, struct.pack("<I", len(data)))
        return 0

    def args_sizes_get(count: int, size: int) -> int:
        vm.set_memory(count, struct.pack("<I", len(arguments)))
        vm.set_memory(size, struct.pack("<I", len(b"".join(arguments))))
        return 0

    def args_get(places: int, text: int) -> int:
        vm.set_memory(text, b"".join(arguments))
        starts = [text + len(b"".join(arguments[:number])) for number in range(len(arguments))]
        vm.set_memory(places, struct.pack(f"<{len(starts)}I", *starts))
        return 0

    def fd_fdstat_get(fd: int, place: int) -> int:
        vm.set_memory(place, struct.pack("<BBxxxxxxQQ", 2, 0, 2**64 - 1, 0))
        return 0

    def proc_exit(code: int) -> None:
        raise Exit(code)

    known = {"fd_write": fd_write, "args_sizes_get": args_sizes_get, "args_get": args_get, "fd_fdstat_get": fd_fdstat_get}
    loaded(vm, program("icepll.wasm"), {**known, "proc_exit": proc_exit}, lambda *_: BAD_FILE)
    try:
        vm.start()
    except Exit as end:
        return b"".join(said).decode(), end.args[0]
    return b"".join(said).decode(), 0


class Sqlite:
    """A database in the memory of a guest."""

    def __init__(self, tier: str) -> None:
        self.vm = loaded(load_vm(tier), program("sqlite3.wasm"), {"emscripten_date_now": lambda: 0.0}, lambda *_: NO_ENTRY)
        call(self.vm, "__wasm_call_ctors")
        place = call(self.vm, "malloc", 8)
        assert call(self.vm, "sqlite3_open_v2", self.text(":memory:"), place, 6, 0) == 0
        (self.database,) = struct.unpack("<I", self.vm.get_memory(place, 4))

    def text(self, text: str) -> int:
        """The address of a copy of *text* that nobody frees."""
        data = text.encode() + b"\0"
        place = call(self.vm, "malloc", len(data))
        self.vm.set_memory(place, data)
        return place

    def string(self, place: int) -> str:
        data = b""
        while b"\0" not in data:
            data += self.vm.get_memory(place + len(data), 1)
        return data[:-1].decode()

    def ask(self, query: str) -> list[list[str]]:
        """The rows, each column as text."""
        place = call(self.vm, "malloc", 8)
        code = call(self.vm, "sqlite3_prepare_v2", self.database, self.text(query), 2**32 - 1, place, 0)
        assert code == 0, self.string(call(self.vm, "sqlite3_errmsg", self.database))
        (statement,) = struct.unpack("<I", self.vm.get_memory(place, 4))
        rows = []
        while (code := call(self.vm, "sqlite3_step", statement)) == 100:
            columns = range(call(self.vm, "sqlite3_column_count", statement))
            rows.append([self.string(call(self.vm, "sqlite3_column_text", statement, number)) for number in columns])
        assert code == 101, self.string(call(self.vm, "sqlite3_errmsg", self.database))
        call(self.vm, "sqlite3_finalize", statement)
        return rows


def questions(tier: str) -> str:
    database = Sqlite(tier)
    database.ask("create table seas (name text primary key, depth real, visits integer)")
    database.ask(
        "with recursive n(i) as (values(1) union all select i + 1 from n where i < 500) "
        "insert into seas select printf('sea %04d', i * 7919 % 1000), i * 1.5 / 7, i % 13 from n"
    )
    return json.dumps(
        [
            database.ask("select count(*), sum(visits), round(avg(depth), 6) from seas"),
            database.ask(
                "select visits, group_concat(name, ', ') from (select * from seas order by name) where visits < 3 group by 1"
            ),
            database.ask("select upper(name), depth from seas where name like '%9%' order by depth desc limit 5"),
            database.ask("explain query plan select * from seas where name = 'sea 0001'"),
        ]
    )


@pytest.fixture(scope="session")
def wanted() -> dict[str, object]:
    """What wasmtime makes of the programs."""
    pytest.importorskip("wasmtime")
    return {"icepll": icepll("wasmtime", "-i", "12", "-o", "60"), "sqlite": questions("wasmtime")}


def test_a_command_prints_what_it_prints_on_wasmtime(tier: str, wanted: dict[str, object]) -> None:
    out, code = icepll(tier, "-i", "12", "-o", "60")

    assert "F_PLLOUT:   60.000 MHz (achieved)" in out
    assert (out, code) == wanted["icepll"]


def test_a_database_answers_as_on_wasmtime(tier: str, wanted: dict[str, object]) -> None:
    assert questions(tier) == wanted["sqlite"]
