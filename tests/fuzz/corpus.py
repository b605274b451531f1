"""Seeds for the fuzzers out of the official test suite: every module that a script defines, as bytes and as text.

Lives here: `python tests/fuzz/corpus.py SUITE FOLDER` writes FOLDER/binary, FOLDER/text and the dictionaries beside them.
Not here: running anything. What is written belongs to the suite, so it stays out of the repository.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "spec-tests"), str(Path(__file__).parent)]

from mutations import INTERESTING  # noqa: E402
from script import Definition, Script  # noqa: E402

from pywasm_vm.binary.encode import encode_module  # noqa: E402
from pywasm_vm.errors import Malformed, WasmError  # noqa: E402
from pywasm_vm.text.module_printer import print_module  # noqa: E402
from pywasm_vm.text.parse import parse_module  # noqa: E402
from pywasm_vm.text.tokens import WORDS  # noqa: E402

LARGEST = 3_000
"""Bytes of a seed: small ones are run more often, and nothing here is about size."""


def main(suite: str, folder: str) -> None:
    """Write the seeds of *suite* to *folder*."""
    seeds: dict[str, set[bytes]] = {"binary": set(), "text": set()}
    for path in sorted(Path(suite).rglob("*.wast")):
        script = Script(path.read_bytes())
        for number in range(len(script.heads)):
            try:
                subject = script.command(number).subject
            except WasmError:
                continue
            if isinstance(subject, Definition):
                _add(seeds, subject)
    for kind, contents in seeds.items():
        where = Path(folder) / kind
        where.mkdir(parents=True, exist_ok=True)
        for content in contents:
            if len(content) <= LARGEST:
                (where / sha256(content).hexdigest()[:16]).write_bytes(content)
        print(f"{len(list(where.iterdir()))} seeds in {where}")
    (Path(folder) / "binary.dict").write_text(_dictionary(INTERESTING), encoding="utf-8")
    (Path(folder) / "text.dict").write_text(_dictionary(word.encode() for word in sorted(WORDS)), encoding="utf-8")


def _add(seeds: dict[str, set[bytes]], definition: Definition) -> None:
    content = definition.content
    if definition.binary:
        seeds["binary"].add(bytes(content))
        return
    seeds["text"].add(content if isinstance(content, bytes) else str(content).encode())
    try:
        module = parse_module(content)
        seeds["text"].add(print_module(module).encode())
        seeds["binary"] |= {encode_module(module), encode_module(module, names=True)}
    except (Malformed, ValueError):
        return


def _dictionary(words: object) -> str:
    return "".join('"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in words)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
