"""The page docs/reference/abi.md, written from the tables.

Lives here: the page's text, and the command that writes it or checks that it is fresh.
Not here: anything the page says that the tables do not.

    python -m proxyabi.abi.document            write the page
    python -m proxyabi.abi.document --check    fail when the page is not what the tables say
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from pathlib import Path

from proxyabi.abi import types
from proxyabi.abi.access import BUFFER_ACCESS, MAP_ACCESS, Access
from proxyabi.abi.callbacks import CALLBACKS
from proxyabi.abi.hostcalls import HOSTCALLS
from proxyabi.abi.signature import KINDS, LATEST, OLDEST, Param, Row, Version
from proxyabi.abi.types import Mode
from proxyabi.abi.versions import VERSIONS
from proxyabi.abi.wasi import EMSCRIPTEN, WASI, WASI_MODULES

__all__ = ["PAGE", "main", "page"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "abi.md"

HEAD = """\
# The Proxy-Wasm ABI, as this host has it

This page is written by `python -m proxyabi.abi.document` from the tables in `proxyabi/abi/`; change those, not this page.

A function is `name(parameters) -> results`; each parameter has a kind. The last table says what each kind is in Wasm. Where a
function is not in every version the versions are given.
"""

MODES = {Mode.RUNNING: "", Mode.STARTING: "start", Mode.ALLOCATING: "start, allocator"}


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_versions(), *_hostcalls(), *_wasi(), *_callbacks(), *_access(), *_enumerations(), *_kinds()])


def _versions() -> Iterator[str]:
    yield "## Versions\n"
    yield from _table(("Version", "Exported marker"), ((str(version), f"`{version.marker}`") for version in VERSIONS))
    yield "The first marker in the order of the export section decides. A module without one is refused.\n"


def _hostcalls() -> Iterator[str]:
    yield "## Host functions, module `env`\n"
    yield (
        "All answer with a status. The last column says during what else than callbacks a guest may call them: its start "
        "functions, its allocator. Any other call traps with `restricted_callback`.\n"
    )
    rows = ((_notation(row), _in_versions(row), f"`{row.signature}`", MODES[row.allowed]) for row in HOSTCALLS)
    yield from _table(("Function", "Versions", "Wasm type", "Also during"), rows)
    yield "Helpers for modules built with Emscripten, in every version:\n"
    yield from _table(("Function", "Wasm type"), ((_notation(row), f"`{row.signature}`") for row in EMSCRIPTEN))


def _wasi() -> Iterator[str]:
    yield "## WASI\n"
    yield (
        f"Under the module names {' and '.join(f'`{name}`' for name in WASI_MODULES)}, in every version. Most functions always "
        "give the same answer, for there are two files to write to (1 logs at info, 2 at error) and nothing else.\n"
    )
    rows = (
        (_notation(row), f"`{row.signature}`", _answer(row), MODES[row.allowed]) for row in WASI if row.module == WASI_MODULES[0]
    )
    yield from _table(("Function", "Wasm type", "Always answers", "Also during"), rows)


def _callbacks() -> Iterator[str]:
    yield "## Functions of the guest\n"
    yield "All optional, but for one of the two allocators. One that is exported with another type is refused.\n"
    rows = ((_notation(row), _in_versions(row), f"`{row.signature}`") for row in CALLBACKS)
    yield from _table(("Function", "Versions", "Wasm type"), rows)


def _access() -> Iterator[str]:
    yield "## What can be reached when\n"
    yield (
        "*Held*: also while the stream is paused from that callback. Outside its window a map gives BAD_ARGUMENT for one value "
        "(NOT_FOUND in `proxy_on_log`) and OK, empty, for all pairs; a body is empty; other buffers are NOT_FOUND.\n"
    )
    for title, rows in (("Map", MAP_ACCESS.values()), ("Buffer", BUFFER_ACCESS.values())):
        yield from _table((title, "Read in", "Changed in", "Held"), (_window(row) for row in rows))


def _window(row: Access) -> Sequence[str]:
    read = "any time" if row.always else _names(row.read_in)
    return f"{int(row.item)} {row.item.name}", read, _names(row.changed_in), "yes" if row.held else ""


def _enumerations() -> Iterator[str]:
    yield "## Enumerations\n"
    members = [getattr(types, name) for name in types.__all__ if name != Mode.__name__]
    yield from _table(("Enumeration", "Values"), ((members.__name__, _values(members)) for members in members))


def _values(members: type[IntEnum]) -> str:
    return ", ".join(f"{int(member)} {member.name}" for member in members)


def _kinds() -> Iterator[str]:
    yield "## Kinds of parameters\n"
    yield from _table(
        ("Kind", "A handler sees", "As a parameter", "As a result", "Answer to a wrong value"),
        (
            (
                f"`{kind.name}`",
                kind.python,
                " ".join(kind.params),
                _slots(kind.slots) if kind.slots else kind.value,
                "" if kind.fails is None else str(getattr(kind.fails, "name", kind.fails)),
            )
            for kind in KINDS.values()
        ),
    )


def _slots(count: int) -> str:
    return "an address to write to" if count == 1 else "two addresses"


def _notation(row: Row) -> str:
    results = f" -> {_params(row.results)}" if row.results else ""
    return f"`{row.name}({_params(row.params)}){results}`"


def _params(params: Sequence[Param]) -> str:
    return ", ".join(f"{param.name}: {param.kind.name}" for param in params)


def _answer(row: Row) -> str:
    if row.says is None:
        return ""
    name = getattr(row.says, "name", str(row.says))
    return f"{row.says:d} {name}" + (f": {row.why}" if row.why else "")


def _in_versions(row: Row) -> str:
    if row.since == OLDEST and row.until == LATEST:
        return ""
    since, until = _dotted(row.since), _dotted(row.until)
    if row.since == row.until:
        return since
    return f"from {since}" if row.until == LATEST else f"to {until}"


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"
    yield ""


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with `--check` say whether it is fresh. 0 when all is well."""
    text = page()
    if "--check" in arguments:
        if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
            return 0
        print(f"{PAGE} is not what the tables say: run python -m proxyabi.abi.document", file=sys.stderr)
        return 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
