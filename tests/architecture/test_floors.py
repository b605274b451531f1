"""A room imports from the floors below it, never from above, never sideways, and modules form no circle."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from source_tree import our_modules, sources

FLOORS: dict[str, list[set[str]]] = {
    "pywasm_vm": [
        {"errors", "features", "limits"},
        {"isa", "numerics"},
        {"structure"},
        {"native"},
        {"binary", "text", "validation"},
        {"runtime"},
        {"execution"},
        {"embedding", "observe"},
        {"__init__"},
        {"explain", "progress"},
        {"cli"},
        {"__main__"},
    ],
    "proxyabi": [
        {"errors", "demangle"},
        {"abi"},
        {"config"},
        {"formats"},
        {"services", "wire"},
        {"trace"},
        {"context"},
        {"hostcalls", "vms"},
        {"plugin"},
        {"__init__"},
        {"envoy_headers", "upstream"},
        {"serve", "testing"},
        {"cli"},
        {"__main__"},
    ],
}

VM_USERS = {"vms", "plugin", "cli"}
"""The rooms of the host that may know the VM, and then only its public names."""


def floor(package: str, room: str) -> int:
    for number, rooms in enumerate(FLOORS[package]):
        if room in rooms:
            return number
    raise AssertionError(f"{package}/{room} stands on no floor: give it one in {Path(__file__).name}")


def imports_between_rooms(package: str) -> list[tuple[str, str, str]]:
    """(file, its room, a room it imports) for all files of the package."""
    found = []
    for source in sources(package):
        for name in source.imports():
            parts = name.split(".")
            if parts[0] == package and len(parts) > 1 and any(package + "." + parts[1] == m for m in our_modules(package)):
                found.append((str(source.path), source.room, parts[1]))
            elif name == package:
                found.append((str(source.path), source.room, "__init__"))
    return found


@pytest.mark.parametrize("package", FLOORS)
def test_no_room_imports_upward_or_sideways(package: str) -> None:
    wrong = [
        f"{path}: {importer} must not know {imported}"
        for path, importer, imported in imports_between_rooms(package)
        if importer != imported and floor(package, imported) >= floor(package, importer)
    ]

    assert not wrong, "\n".join(sorted(set(wrong)))


@pytest.mark.parametrize("package", FLOORS)
def test_every_room_is_used_or_is_a_door(package: str) -> None:
    """A name in FLOORS without a file is a plan, and plans do not stand in the code."""
    there = {source.room for source in sources(package)}

    assert {room for rooms in FLOORS[package] for room in rooms} - there == set()


@pytest.mark.parametrize("package", FLOORS)
def test_modules_form_no_circle(package: str) -> None:
    modules = our_modules(package)
    graph = {
        source.module: {name for name in source.imports() if name in modules and name != source.module}
        for source in sources(package)
    }
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            pytest.fail(" imports ".join((*path[path.index(module) :], module)))
        if module not in done:
            for imported in graph[module]:
                # A package's face imports its members; a member that imports a sibling passes through the face by Python's rules
                # only, not by ours.
                if not module.startswith(imported + "."):
                    visit(imported, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_the_vm_does_not_know_the_host() -> None:
    wrong = [str(s.path) for s in sources("pywasm_vm") if any(name.split(".")[0] == "proxyabi" for name in s.imports())]

    assert wrong == []


def test_the_host_knows_the_vm_only_by_its_public_names() -> None:
    wrong = []
    for source in sources("proxyabi"):
        for name in source.imports():
            parts = name.split(".")
            if parts[0] == "pywasm_vm" and (
                source.room not in VM_USERS or ".".join(parts[:2]) in our_modules("pywasm_vm") - {"pywasm_vm"}
            ):
                wrong.append(f"{source.path} imports {name}")

    assert wrong == []
