"""What is run: small programs out of folders with a MANIFEST.json, each with its arguments and the results it must give.

Lives here: reading manifests, and finding the folder of kernels.
Not here: who runs them (engines.py) and what is made of the times (run.py).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MIX", "Program", "Work", "kernel_folder", "programs"]

MIX = Path(__file__).resolve().parent / "mix"
"""The program that does a bit of everything, which comes with this folder."""


@dataclass(frozen=True)
class Work:
    """One argument: what it gives, as an unsigned 64-bit number, and about how many instructions it takes."""

    argument: int
    expected: int
    instructions: int


@dataclass(frozen=True)
class Program:
    """A module with one export, `run`, from i32 to i64."""

    name: str
    path: Path
    source: Path
    """The C it was built from."""
    features: frozenset[str]
    """What it needs beyond the first version of WebAssembly."""
    works: dict[str, Work]
    """By their use: "bench" takes a fast engine about a second, "small" a slow one."""

    @property
    def code(self) -> bytes:
        """The module."""
        return self.path.read_bytes()


def kernel_folder() -> Path:
    """Where the kernels are by default: PYWASM_BENCH_KERNELS, or `shared/bench-kernels` beside the project."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "bench-kernels"
    return Path(os.environ.get("PYWASM_BENCH_KERNELS", beside))


def programs(folder: Path) -> list[Program]:
    """The programs of the manifest in *folder*, in its order.

    raises: FileNotFoundError when there is no manifest.
    """
    manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))
    return [
        Program(
            kernel["name"],
            folder / kernel["file"],
            folder / kernel["source"],
            frozenset(kernel["features"]),
            {case["use"]: Work(case["arg"], int(case["expected"]) % 2**64, case["instructions"]) for case in kernel["cases"]},
        )
        for kernel in manifest["kernels"]
    ]
