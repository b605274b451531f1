"""A room is a vocabulary: words that betray a line in the wrong place."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from source_tree import ROOT, Source, sources

HOST_IO = ("proxyabi/serve/", "proxyabi/cli/")
CLOCKS = (
    *(*HOST_IO, "proxyabi/envoy_headers.py", "proxyabi/services/clock.py", "proxyabi/vms/"),
    *("pywasm_vm/execution/budget.py", "pywasm_vm/progress.py"),
)
CHOOSERS = ("pywasm_vm/execution/registry.py", "proxyabi/vms/__init__.py")
WAITING = "pywasm_vm/embedding/waiting.py"
"""Imports an event loop for programs that have one."""

STRANGERS = (
    "proxyabi/hostcalls/marshal.py",
    "proxyabi/plugin/workers.py",
    "proxyabi/serve/pump.py",
    "proxyabi/vms/null.py",
    WAITING,
    "pywasm_vm/execution/native/machine.py",
)


class Rule(NamedTuple):
    """*pattern* is searched in code without comments and strings, and may stand in the places *allowed* only."""

    what: str
    pattern: str
    allowed: tuple[str, ...]
    why: str


RULES = [
    Rule("opcode prefixes", r"\b0xF[BCDE]\b", ("pywasm_vm/isa/", "pywasm_vm/binary/"), "opcodes are numbers only there"),
    Rule("a test of the tier", r"\bif tier\b|\btier \. name ==|\btier ==", CHOOSERS, "a tier is a value"),
    Rule("a test of the version", r"abi_version ==|\bversion [<>=]=", ("proxyabi/abi/versions.py",), "versions are rows"),
    Rule(
        "sockets",
        r"\bimport (asyncio|socket|ssl)\b|\bfrom (asyncio|socket|ssl) import\b",
        (*HOST_IO, WAITING),
        "the core is told",
    ),
    Rule("the clock", r"\bimport time\b|\bfrom time import\b", CLOCKS, "the core is told the time"),
    Rule("hidden context", r"^global |\bthreading \. local\b|\bimport contextvars\b", (), "the VM object is the context"),
    Rule("ladders over commands", r"\bisinstance \( command\b", (), "commands are performed by registration"),
    Rule(
        "catching everything",
        r"^except (Exception|BaseException)\b|^except :",
        STRANGERS,
        "these borders catch strangers' errors",
    ),
]

SOURCES = [*sources("pywasm_vm"), *sources("proxyabi")]


@pytest.mark.parametrize("rule", RULES, ids=[rule.what for rule in RULES])
def test_words_stand_in_their_room(rule: Rule) -> None:
    wrong = [
        f"{source.path}:{number}: {line}"
        for source in SOURCES
        if not str(source.path).startswith(rule.allowed or ("-",))
        for number, line in source.code_lines()
        if re.search(rule.pattern, line)
    ]

    assert not wrong, f"{rule.what} ({rule.why}):\n" + "\n".join(wrong)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.path))
def test_a_file_opens_with_its_rule_of_residence_and_fits_one_reading(source: Source) -> None:
    docstring = ast.get_docstring(source.tree)

    assert source.text.strip() == "" or docstring, f"{source.path} has no docstring"
    assert source.text.count("\n") <= 650, f"{source.path} has more than 650 lines: does it still hold one idea?"


def test_functions_fit_on_a_screen_and_a_half() -> None:
    wrong = []
    for source in SOURCES:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 100:
                    wrong.append(f"{source.path}:{node.lineno}: {node.name} has {length} lines")

    assert not wrong, "\n".join(wrong)


FORBIDDEN_TEXT = [
    (r"(^|[^A-Za-z0-9_./-])/(work|root|home/\w+)/", "a path of somebody's machine"),
    (r"\b(TODO|FIXME|XXX)\b", "a mark for later without an issue"),
]
TEXT_FILES = {".py", ".md", ".toml", ".c", ".h", ".sh", ".json", ".yaml", ".yml", ".rs", ".go", ".ts"}


@pytest.mark.parametrize(("pattern", "what"), FORBIDDEN_TEXT, ids=[what for _, what in FORBIDDEN_TEXT])
def test_texts_speak_of_the_project_alone(pattern: str, what: str) -> None:
    wrong = []
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT)
        if path.suffix not in TEXT_FILES or inside == Path(__file__).relative_to(ROOT):
            continue
        if any(part.startswith(".") or part in ("node_modules", "target", "build") for part in inside.parts):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if re.search(pattern, line):
                wrong.append(f"{inside}:{number}: {line.strip()[:100]}")

    assert not wrong, f"{what}:\n" + "\n".join(wrong)
