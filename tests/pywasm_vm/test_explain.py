"""Everything there is to know of one instruction."""

from __future__ import annotations

from pathlib import Path

import pytest

from pywasm_vm.explain import explain, similar
from pywasm_vm.isa.opcode import Opcode
from pywasm_vm.isa.table import ALL

ROOT = Path(__file__).parents[2]


def facts(mnemonic: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in explain(mnemonic).splitlines():
        label, _, text = line.partition(":")
        found.setdefault(label, []).append(text.strip())
    return found


def test_page_says_what_the_row_says() -> None:
    page = facts("i32.load8_s")

    assert page["opcode"] == ["0x2c"]
    assert page["type"] == ["[addr] -> [i32]"]
    assert page["immediate"] == ["MEMARG, MemArg"]
    assert page["access"][0].startswith("1 byte,")
    assert page["feature"] == ["WebAssembly 1.0"]
    assert page["spec"][0].endswith("valid/instructions.html#valid-load-pack")


def test_prefixed_opcodes_features_and_constants() -> None:
    page = facts("struct.new")

    assert page["opcode"] == ["0xfb 0"]
    assert page["feature"] == ["gc"]
    assert page["type"] == ["more than words can say: it depends on the immediates"]
    assert facts("i32.add")["constant"] == ["may stand in constant expressions, since extended-const"]


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.mnemonic)
def test_places_are_there(row: Opcode) -> None:
    """Each place is a file and a line in it; that of the row holds the mnemonic."""
    page = facts(row.mnemonic)

    for label in ("row", "decoded", "encoded", "printed", "stepping tier"):
        if page[label][0].startswith("from the row"):
            assert label == "stepping tier"
            continue
        name, _, line = page[label][0].partition(":")
        text = (ROOT / name).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        assert f'"{row.mnemonic}"' in text if label == "row" else text.strip()
    assert page["parsed"]
    assert page["validated"]


def test_unknown_words_bring_their_likes() -> None:
    with pytest.raises(KeyError):
        explain("i32.foo")
    assert similar("i32.dd")[0] == "i32.add"
    assert similar("I32.ADD") == ["i32.add"]
    assert "memory.copy" in similar("memory.co")
    assert similar("") == []
