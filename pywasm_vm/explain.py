"""Everything the project knows of one instruction: what its row says, and where each reader of the table handles it.

Lives here: `explain`, and the search for similar words when there is no such instruction.
Not here: the command that prints it (cli.py). Places are found in the functions that the readers have registered, so they cannot
go stale.

spec: appendix/index-instructions
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pywasm_vm.isa import control, memory, numeric, reference, vector
from pywasm_vm.isa.opcode import Opcode, stack_words
from pywasm_vm.isa.table import BY_MNEMONIC, SPELT_LIKE

__all__ = ["explain", "similar"]

_ROOT = Path(__file__).parents[1]
_FAMILIES = (control, memory, numeric, reference, vector)
_RULES = ("control", "memory", "reference")
_SPECIFICATION = "https://webassembly.github.io/spec/core"


def similar(word: str) -> list[str]:
    """Instructions whose names look like *word*, the likeliest first."""
    within = sorted(mnemonic for mnemonic in BY_MNEMONIC if word and word in mnemonic)
    same = [word.lower()] if word.lower() in BY_MNEMONIC else []
    return list(dict.fromkeys(same + difflib.get_close_matches(word, BY_MNEMONIC, n=5) + within))[:8]


def explain(mnemonic: str) -> str:
    """A page about the instruction called *mnemonic*.

    raises: KeyError when there is none.
    """
    return "".join(f"{label + ':':<15}{text}\n" for label, text in _facts(BY_MNEMONIC[mnemonic]))


def _facts(row: Opcode) -> Iterator[tuple[str, str]]:
    yield "instruction", row.mnemonic
    yield "opcode", " ".join(f"{byte:#04x}" if at == 0 else str(byte) for at, byte in enumerate(row.code))
    yield "type", _type(row)
    for kind in row.immediates:
        yield "immediate", f"{kind.name}, {kind.value}"
    yield "effect", f"{row.effect.name.lower()}: {_effect(row)}"
    if row.width:
        yield "access", f"{row.width} byte{'s' * (row.width != 1)}, and an alignment of at most that"
    if row.const:
        since = f", since {row.const_since.value}" if row.const_since else ""
        yield "constant", f"may stand in constant expressions{since}"
    yield "feature", row.since.value if row.since else "WebAssembly 1.0"
    for room in ("valid", "exec"):
        yield "spec", f"{_SPECIFICATION}/{room}/instructions.html#{room}-{row.spec.replace('.', '-')}"
    yield "row", _row_place(row)
    yield from _readers(row)


def _type(row: Opcode) -> str:
    if row.stack is None:
        return "more than words can say: it depends on the immediates"
    pops, pushes = stack_words(row.stack)
    return f"[{' '.join(pops)}] -> [{' '.join(pushes)}]"


_EFFECTS = {
    "PURE": "depends on its operands alone",
    "TRAPS": "depends on its operands alone, and may trap",
    "READS": "reads memory, a table or a global",
    "WRITES": "changes memory, a table, a global or a local",
    "CONTROL": "leaves the straight line",
}


def _effect(row: Opcode) -> str:
    return _EFFECTS[row.effect.name]


def _row_place(row: Opcode) -> str:
    for family in _FAMILIES:
        if row in family.ROWS:
            path = Path(str(family.__file__))
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if f'"{row.mnemonic}"' in line:
                    return f"{path.relative_to(_ROOT)}:{number}"
    return "in no family"


def _readers(row: Opcode) -> Iterator[tuple[str, str]]:
    """Label and place, for each reader of the table."""
    from pywasm_vm.binary.encode import WRITERS
    from pywasm_vm.binary.instructions import READERS
    from pywasm_vm.execution.python.emit import HANDLERS
    from pywasm_vm.execution.stepping.registry import STEPS
    from pywasm_vm.text.immediates import IMMEDIATES, TWO_ROWS
    from pywasm_vm.text.printer import PRINTERS
    from pywasm_vm.validation.instructions import RULES

    for name in _RULES:
        importlib.import_module(f"pywasm_vm.validation.{name}")
    for tier in ("python", "stepping"):
        importlib.import_module(f"pywasm_vm.execution.{tier}.tier")
    word = SPELT_LIKE.get(row.mnemonic, row.mnemonic)
    parser: Callable[..., Any] | None = TWO_ROWS[word] if word in TWO_ROWS else IMMEDIATES[word][1]
    yield "decoded", _place(READERS[row])
    yield "encoded", _place(WRITERS[row][1])
    yield "parsed", _place(parser) if parser is not None else "its word is all there is"
    yield "printed", _place(PRINTERS[row])
    yield "validated", _place(RULES[row]) if row in RULES else "from the row: its type is made of words"
    if row in HANDLERS:
        yield "python tier", _place(HANDLERS[row])
    if row.py:
        yield "as Python", row.py
    if row in STEPS:
        derived = STEPS[row].__code__.co_filename == f"<{row.mnemonic}>"
        yield "stepping tier", "from the row: its expression, or numerics" if derived else _place(STEPS[row])


def _place(function: Callable[..., Any]) -> str:
    code = function.__code__
    return f"{Path(code.co_filename).relative_to(_ROOT)}:{code.co_firstlineno}"
