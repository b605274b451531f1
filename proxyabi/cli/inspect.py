"""`proxyabi inspect`: what a filter is made of, and whether a host would load it.

Lives here: gathering the facts of one module, and their two forms (text, `--json`).
Not here: the rules by which a host refuses (plugin/preflight.py) and the traces of toolchains (plugin/origin.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

import pywasm_vm as wasm
from proxyabi.abi.versions import surface
from proxyabi.cli.filters import read_file
from proxyabi.errors import GuestError
from proxyabi.formats.load import SUFFIXES, load
from proxyabi.plugin.origin import find_origin
from proxyabi.plugin.preflight import ALLOCATORS, Findings, examine, signature_of, wrong_import

__all__ = ["command"]

STARTS = ("_initialize", "main", "__main_void", "_start")


@click.command(epilog="Exit codes: 0 a host would load it, 1 it would not or it cannot be read, 2 wrong usage.")
@click.argument("filter_path", metavar="FILTER.wasm")
@click.option(
    "--functions",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    metavar="N",
    help="How many of the largest functions to list.",
)
@click.option("--json", "as_data", is_flag=True, help="Print one JSON object; for a configuration file a list of them.")
@click.option("--stub-imports", is_flag=True, help="Do not count imports that nobody has, as run and serve do then.")
@click.option("--drafts", is_flag=True, help="Take a filter of the open draft (proxy_abi_version_0_x_x) for one of 0.2.1.")
def command(filter_path: str, functions: int, as_data: bool, stub_imports: bool, drafts: bool) -> None:
    """Show what FILTER.wasm is made of, and what Envoy would refuse about it.

    FILTER.wasm may also be a configuration file (.yaml, .yml, .json): every filter that it describes is shown.
    """
    if filter_path.endswith(SUFFIXES):
        config = load(filter_path)
        modules = [(plugin.code_path, plugin.code) for plugin in config.plugins]
        for note in config.notes:
            click.echo(f"proxyabi: {note}", err=True)
    else:
        modules = [(filter_path, read_file(filter_path, "the filter"))]
    shown = [_inspect(path, data, functions, stubs=stub_imports, drafts=drafts) for path, data in modules]
    if as_data:
        click.echo(json.dumps(shown if filter_path.endswith(SUFFIXES) else shown[0], indent=2, ensure_ascii=False))
    else:
        for facts in shown:
            for line in _lines(facts):
                click.echo(line)
    if any(facts["problems"] for facts in shown):
        raise click.exceptions.Exit(1)


def _inspect(path: str, data: bytes, functions: int, *, stubs: bool, drafts: bool) -> dict[str, Any]:
    module, refused = _decode(path, data)
    facts = _facts(path, data, module, examine(module, drafts=drafts, stubs=stubs), functions)
    if refused:
        facts["problems"].append(f"the code is refused: {refused}")
    return facts


def _decode(path: str, data: bytes) -> tuple[wasm.Module, str]:
    """The module, and why its code would be refused, "" when it would not."""
    try:
        return wasm.Module.decode(data), ""
    except (wasm.Invalid, wasm.Malformed) as error:
        refused = str(error)
    try:
        return wasm.Module.decode(data, validate="never"), refused
    except wasm.Malformed as error:
        raise GuestError(f"{path} is no WebAssembly module: {error}") from error


def _facts(path: str, data: bytes, module: wasm.Module, findings: Findings, functions: int) -> dict[str, Any]:
    exported = [export for export in module.exports if export.kind is wasm.ExternKind.FUNC]
    known = surface(findings.version).callbacks if findings.version else {}
    origin = find_origin(data, module.producers)
    callbacks = [
        {"name": export.name, "type": signature_of(export.type)}
        for export in exported
        if export.name in known and not _served(export.name)
    ]
    return {
        "file": Path(path).name,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "abi_version": str(findings.version) if findings.version else None,
        "markers": list(findings.markers),
        "language": origin.language or None,
        "sdk": origin.sdk or None,
        "tools": list(origin.tools),
        "start": [name for name in STARTS if any(export.name == name for export in exported)],
        "start_section": module.syntax.start is not None,
        "allocator": next((name for name in ALLOCATORS if any(export.name == name for export in exported)), None),
        "callbacks": callbacks,
        "imports": [_import(item, findings) for item in module.imports],
        "other_exports": [export.name for export in module.exports if export.name not in known and not _served(export.name)],
        "sections": [asdict(section) for section in wasm.outline(data)],
        "function_count": len(module.syntax.funcs),
        "largest_functions": _largest(module, functions),
        "problems": list(findings.problems),
    }


def _served(name: str) -> bool:
    """Whether the name of an export has a line of its own elsewhere."""
    return name in STARTS or name in ALLOCATORS or name.startswith("proxy_abi_version_")


def _import(item: wasm.ImportType, findings: Findings) -> dict[str, Any]:
    """An import, with the reason when no host would resolve it."""
    return {
        "module": item.module,
        "name": item.name,
        "kind": item.kind.value,
        "type": signature_of(item.type) if item.kind is wasm.ExternKind.FUNC else None,
        "problem": wrong_import(item, surface(findings.version)) if findings.version else None,
    }


def _largest(module: wasm.Module, count: int) -> list[dict[str, Any]]:
    """The *count* functions with the longest bodies, the longest first."""
    first = sum(item.kind is wasm.ExternKind.FUNC for item in module.imports)
    order = sorted(range(len(module.syntax.funcs)), key=lambda i: module.syntax.funcs[i].size, reverse=True)[:count]
    exported = {e.index: e.name for e in module.syntax.exports if e.kind is wasm.ExternKind.FUNC}
    names = module.names.functions
    return [
        {
            "index": first + i,
            "name": names.get(first + i) or exported.get(first + i),
            "bytes": module.syntax.funcs[i].size,
        }
        for i in order
    ]


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    yield click.style(facts["file"], bold=True) + f"  {facts['bytes']:,} bytes  sha256 {facts['sha256'][:16]}…"
    yield ""
    yield _row("ABI version", facts["abi_version"] or click.style("none", fg="red"))
    if len(facts["markers"]) > 1:
        yield _row("markers", ", ".join(facts["markers"]) + " (the first one counts)")
    yield _row("language", facts["language"] or "the module does not tell")
    yield _row("SDK", facts["sdk"] or "the module does not tell")
    if facts["tools"]:
        yield _row("built by", ", ".join(facts["tools"]))
    start = [*(["start section"] if facts["start_section"] else []), *facts["start"]]
    yield _row("starts by", ", ".join(start) or "nothing: no start function")
    yield _row("allocator", facts["allocator"] or click.style("none", fg="red"))
    yield ""
    yield _title(f"callbacks ({len(facts['callbacks'])})")
    yield from (f"  {callback['name']:<42} {callback['type']}" for callback in facts["callbacks"])
    yield ""
    yield _title(f"imports ({len(facts['imports'])})")
    wide = max((len(f"{item['module']}.{item['name']}") for item in facts["imports"]), default=0)
    for item in facts["imports"]:
        mark = click.style("✗", fg="red") if item["problem"] else click.style("✓", fg="green")
        label = f"{item['module']}.{item['name']}"
        yield f"  {mark} {label:<{wide}}  {item['type'] or item['kind']}"
    yield ""
    if facts["other_exports"]:
        yield _title(f"other exports ({len(facts['other_exports'])})")
        yield "  " + ", ".join(facts["other_exports"][:40]) + (" …" if len(facts["other_exports"]) > 40 else "")
        yield ""
    yield _title("sections")
    yield from (f"  {section['size']:>12,}  {section['name']}" for section in facts["sections"])
    yield ""
    yield _title(f"largest of {facts['function_count']:,} functions")
    yield from (
        f"  {item['bytes']:>12,}  {item['index']:>6}  {item['name'] or '(no name)'}" for item in facts["largest_functions"]
    )
    yield ""
    if facts["problems"]:
        yield click.style("Envoy would refuse this module:", fg="red", bold=True)
        yield from (f"  - {problem}" for problem in facts["problems"])
    else:
        yield click.style("Nothing that a host would refuse.", fg="green")


def _row(name: str, value: str) -> str:
    return f"  {name:<12} {value}"


def _title(text: str) -> str:
    return click.style(text, underline=True)
