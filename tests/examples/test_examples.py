"""The programs under examples/ run and say what they promise; what they load is what their text says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

SAYS = {
    "call_a_function.py": [
        "func    add     [i32 i32] -> [i32]",
        "2 + 3 = 5",
        "-7 / 2 = (-3, -1) (quotient and remainder)",
        "0 + 1 + … + 9 = 45",
        "the guest stopped itself: integer divide by zero",
    ],
    "give_a_foreign_function.py": ["/apple 200 3", "/stone 404 no price: NOT_FOUND"],
    "give_a_host_function.py": [
        "not yet: unknown import: env.random: no such import is offered",
        "the guest says: hello from the guest",
        "it threw a 4",
    ],
    "limit_a_guest.py": [
        "spin: out of fuel",
        "spin: out of time: the call took longer than 0.2 seconds",
        "fall: call stack exhausted",
        "eat: it got 49 pages and was refused the next ones",
    ],
    "run_a_filter.py": [
        "/public is answered by the upstream: 200",
        "/denied/area is answered by the filter: 403",
        "contexts left: 0",
    ],
    "step_through_a_function.py": [
        "i32.add      stack (2, 3)",
        "add gives (5,)",
        "about to read 9, the sum is 0",
        "about to read 7, the sum is 17",
        "sum gives (24,)",
    ],
    "threads_share_a_memory.py": [
        "4 threads have counted to 8000",
        "the waiter is told: 0",
        "the impatient one: out of time: the call took longer than 0.2 seconds",
    ],
    "write_a_filter_in_python.py": ["401 a key, please", "200 passed"],
}


def test_every_example_is_tried() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_an_example_runs_and_says_what_it_promises(name: str) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / name], capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        env={"PYTHONPATH": str(EXAMPLES.parent), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip

    assert done.stderr == ""
    assert done.returncode == 0
    for line in SAYS[name]:
        assert line in done.stdout


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.wat")), ids=lambda path: path.name)
def test_a_shipped_module_is_what_its_text_says(path: Path, wat: Callable[[str], bytes]) -> None:
    assert wat(path.read_text(encoding="utf-8")) == path.with_suffix(".wasm").read_bytes()
