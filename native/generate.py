"""Write the files that are made of the instruction table and the list of traps.

Lives here: the shapes of the files in `generated/` (features, opcodes, rows, traps) and of `docs/reference/instructions.md`.
Not here: the facts, which are rows in pywasm_vm/isa and names in pywasm_vm/errors.py.

The files are checked in. `--check` writes nothing, names the stale ones and exits with 1.
"""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the script must run before anything is installed

from pywasm_vm.errors import TrapKind  # noqa: E402
from pywasm_vm.features import WASM_1_0, WASM_2_0, WASM_3_0, Feature  # noqa: E402
from pywasm_vm.isa.opcode import Imm, Opcode, stack_words  # noqa: E402
from pywasm_vm.isa.table import ALL, NUMBER, PREFIXED, SINGLE  # noqa: E402

HEADER = "/* Written by native/generate.py from {source}. Change that, then run it again. */\n"

SPECIFICATION = "https://webassembly.github.io/spec/core"

VERSIONS = ((WASM_1_0, "1.0"), (WASM_2_0, "2.0"), (WASM_3_0, "3.0"))


def opcodes_h() -> str:
    """The rows as an X-macro list. A reader defines ROW, names the list, and undefines ROW."""
    lines = [
        HEADER.format(source="pywasm_vm/isa"),
        '/* ROW(number, name, mnemonic, prefix or -1, opcode, stack type; "" where words cannot say it) */',
        f"#define WASM_OPCODE_COUNT {len(ALL)}",
        "",
        "#define WASM_OPCODES(ROW) \\",
    ]
    for row in ALL:
        prefix, code = (f"0x{row.code[0]:02X}", row.code[1]) if len(row.code) == 2 else ("-1", row.code[0])
        lines.append(f'    ROW({NUMBER[row]}, {row.name}, "{row.mnemonic}", {prefix}, 0x{code:02X}, "{row.stack or ""}") \\')
    return "\n".join(lines)[: -len(" \\")] + "\n"


VECTOR_PREFIX = 0xFD

WORDS = {
    "addr": 1,
    "i32": 0x7F,
    "i64": 0x7E,
    "f32": 0x7D,
    "f64": 0x7C,
    "v128": 0x7B,
    "eqref": 0x6D,
    "i31ref": 0x6C,
    "arrayref": 0x6A,
}
"""The words of stack types as bytes of the binary format; native/rows.h tells more."""


def rows_h() -> str:
    """What C must know of each row to read and check it, and the ways from opcodes to rows. Included by native/rows.c alone."""
    lines = [HEADER.format(source="pywasm_vm/isa"), "const wasm_row wasm_rows[WASM_OPCODE_COUNT] = {"]
    lines.extend(f"    {_c_row(row)}, /* {row.mnemonic} */" for row in ALL)
    lines.append("};\n")
    single = [NUMBER[row] if row is not None else -1 for row in SINGLE]
    lines.append(f"const int16_t wasm_single[256] = {_c_list(single)};\n")
    for prefix, rows in PREFIXED.items():
        numbers = [NUMBER[rows[code]] if code in rows else -1 for code in range(max(rows) + 1)]
        lines.append(f"static const int16_t behind_{prefix:02x}[] = {_c_list(numbers)};\n")
    lines.append("static const struct {\n    uint8_t prefix;\n    uint32_t count;\n    const int16_t *numbers;\n} prefixes[] = {")
    lines.extend(f"    {{0x{prefix:02X}, {max(rows) + 1}, behind_{prefix:02x}}}," for prefix, rows in PREFIXED.items())
    lines.append("};")
    return "\n".join(lines) + "\n"


def _c_row(row: Opcode) -> str:
    """The initialiser of a wasm_row."""
    pops, pushes = stack_words(row.stack) if row.stack is not None else ((), ())
    feature = "WASM_NO_FEATURE" if row.since is None else list(Feature).index(row.since)
    numbers = (
        int(row.stack is not None), feature, max(row.width.bit_length() - 1, 0), int(".atomic." in row.mnemonic), _lanes(row),
        len(pops), len(pushes), len(row.immediates),
    )  # fmt: skip
    lists = [
        ", ".join(hex(WORDS[word]) for word in pops) or "0",
        ", ".join(hex(WORDS[word]) for word in pushes) or "0",
        ", ".join(f"WASM_IMM_{kind.name}" for kind in row.immediates) or "0",
    ]
    return "{" + ", ".join(map(str, numbers)) + "".join(f", {{{values}}}" for values in lists) + "}"


def _lanes(row: Opcode) -> int:
    """Lanes that a lane immediate of *row* may count: of its shape, or of 16 bytes over its width; 0 where there is none."""
    if Imm.LANE not in row.immediates:
        return 0
    return 16 // row.width if row.width else int(row.mnemonic.partition(".")[0].partition("x")[2])


def _c_list(numbers: list[int]) -> str:
    lines = [", ".join(map(str, numbers[start : start + 24])) for start in range(0, len(numbers), 24)]
    return "{\n    " + ",\n    ".join(lines) + ",\n}"


def vectors_h() -> str:
    """The vector instructions that work on slots alone, each with the number behind its prefix: the rows of vector.c's table."""
    lines = [HEADER.format(source="pywasm_vm/isa")]
    for row in ALL:
        if row.code[0] == VECTOR_PREFIX and not {Imm.MEMARG, Imm.V128} & set(row.immediates):
            lines.append(f"VECTOR({row.code[1]}, {row.name})")
    return "\n".join(lines) + "\n"


def vector_loads_h() -> str:
    """The vector loads that do more than move 16 bytes: the rows of the table of vector_memory.c."""
    lines = [HEADER.format(source="pywasm_vm/isa")]
    for row in ALL:
        if row.mnemonic.startswith("v128.load") and row.mnemonic != "v128.load":
            lines.append(f"VECTOR_LOAD({row.code[1]}, {row.name})")
    return "\n".join(lines) + "\n"


def traps_h() -> str:
    """The kinds of traps, numbered from 1 in the order of the enumeration; 0 says that there was none."""
    lines = [
        HEADER.format(source="pywasm_vm/errors.py"),
        "/* TRAP(number, name, wording) */",
        f"#define WASM_TRAP_COUNT {len(TrapKind)}",
        "",
        "#define WASM_TRAPS(TRAP) \\",
    ]
    lines.extend(f'    TRAP({number}, {kind.name}, "{kind.value}") \\' for number, kind in enumerate(TrapKind, 1))
    return "\n".join(lines)[: -len(" \\")] + "\n"


def features_h() -> str:
    """The features as bits, in the order of the enumeration."""
    lines = [HEADER.format(source="pywasm_vm/features.py")]
    lines.extend(f"#define WASM_FEATURE_{feature.name} (UINT64_C(1) << {place})" for place, feature in enumerate(Feature))
    return "\n".join(lines) + "\n"


def instructions_md() -> str:
    """The index of instructions: a line for each row."""
    head = f"""# Index of instructions

Every instruction that `pywasm_vm` has a row for: {len(ALL)} of them, in the order of their opcodes. Numbers behind a prefix are
decimal. `addr` is the address type of the memory or table that the instruction names; a stack type of *(rule)* depends on the
immediates, on the context or on what is unreachable. *since* is the version of the standard, or the proposal. The link leads to
the rule of execution; the rule of validation has the same anchor with `valid` for `exec`.

A row says that an instruction is known, not that this release runs it: see `RUNNABLE` in `pywasm_vm/features.py`.

<!-- Written by native/generate.py from pywasm_vm/isa. Change that, then run it again. -->

| instruction | opcode | stack | immediates | since | specification |
|---|---|---|---|---|---|
"""
    return head + "".join(_index_line(row) for row in ALL)


def _index_line(row: Opcode) -> str:
    code = f"`0x{row.code[0]:02X}`" if len(row.code) == 1 else f"`0x{row.code[0]:02X}` {row.code[1]}"
    stack = f"`{row.stack}`" if row.stack else "*(rule)*"
    immediates = " ".join(kind.name.lower() for kind in row.immediates)
    return f"| `{row.mnemonic}` | {code} | {stack} | {immediates} | {_since(row)} | {_link(row)} |\n"


def _since(row: Opcode) -> str:
    if row.since is None:
        return "1.0"
    for features, version in VERSIONS:
        if row.since in features:
            return f"{version} ({row.since.value})"
    return row.since.value


def _link(row: Opcode) -> str:
    """A link to the rule of execution; a proposal that is no part of the standard has none."""
    if row.since is not None and row.since not in WASM_3_0:
        return ""
    anchor = re.sub(r"[^a-z0-9]+", "-", row.spec.lower())
    return f"[{row.spec}]({SPECIFICATION}/exec/instructions.html#exec-{anchor})"


def border_py() -> str:
    """What the headers of the border were when the Python side was last made to fit them; as `border_word` in build.py."""
    headers = sorted((ROOT / "native").glob("api_*.h"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in headers)
    word = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
    return (
        '"""The border with C that this code was written for. Written by native/generate.py from native/api_*.h."""\n\n'
        f'__all__ = ["BORDER"]\n\nBORDER = {word}\n'
    )


def generated() -> dict[Path, str]:
    """Every generated file, by its path in the repository, with what should stand in it."""
    return {
        Path("native/generated/features.h"): features_h(),
        Path("native/generated/opcodes.h"): opcodes_h(),
        Path("native/generated/rows.h"): rows_h(),
        Path("native/generated/vectors.h"): vectors_h(),
        Path("native/generated/vector_loads.h"): vector_loads_h(),
        Path("native/generated/traps.h"): traps_h(),
        Path("pywasm_vm/native/border.py"): border_py(),
        Path("docs/reference/instructions.md"): instructions_md(),
    }


def stale() -> list[Path]:
    """The generated files that are missing, or hold something else than they should."""
    return [
        path
        for path, text in generated().items()
        if not (ROOT / path).is_file() or (ROOT / path).read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    """Write the stale files, or with --check only name them. Gives the exit code."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python native/generate.py [--check]\n")
        return 2
    found = stale()
    if arguments == ["--check"]:
        for path in found:
            sys.stderr.write(f"{path} is stale: run python native/generate.py\n")
        return 1 if found else 0
    texts = generated()
    for path in found:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(texts[path], encoding="utf-8")
        sys.stdout.write(f"{path} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
