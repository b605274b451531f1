"""The program as people start it: processes, time limits, exit codes, JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

ROOT = Path(__file__).resolve().parents[2]

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]

GOOD = '(module (func (export "f") (result i32) (i32.const 1)))\n(assert_return (invoke "f") (i32.const 1))'
BAD = '(module (func (export "f") (result i32) (i32.const 1)))\n(assert_return (invoke "f") (i32.const 2))'
ENDLESS = '(module (func (export "f") (loop (br 0))))\n(invoke "f")\n(invoke "f")'


@pytest.fixture
def run(tmp_path: Path, tier: str) -> Run:
    """Runs a suite of the scripts given by keyword."""

    def start(*options: str, **scripts: str) -> subprocess.CompletedProcess[str]:
        for name, text in scripts.items():
            (tmp_path / f"{name}.wast").write_text(text)
        command = [sys.executable, str(ROOT / "spec-tests" / "run.py"), "--suite", str(tmp_path), "--tier", tier, *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)

    return start


def test_a_suite_that_passes_ends_with_0(run: Run) -> None:
    done = run("--only", "*.wast", "-j", "2", good=GOOD, also=GOOD)

    assert done.returncode == 0
    assert "4 of 4 commands pass" in done.stdout
    assert done.stderr == ""


def test_an_unexpected_failure_ends_with_1_and_is_shown(run: Run) -> None:
    done = run("--only", "*.wast", good=GOOD, bad=BAD)

    assert done.returncode == 1
    assert "bad.wast:2: assert_return: gives 1; expected is i32 0x2" in done.stdout


def test_the_json_gives_numbers_per_file_and_form(run: Run, tmp_path: Path, tier: str) -> None:
    run("--json", str(tmp_path / "out.json"), good=GOOD, bad=BAD)

    module = {"total": 1, "passed": 1, "failed": 0}
    assert json.loads((tmp_path / "out.json").read_text()) == {
        "tier": tier,
        "files": {
            "bad.wast": {"assert_return": {"total": 1, "passed": 0, "failed": 1}, "module": module},
            "good.wast": {"assert_return": {"total": 1, "passed": 1, "failed": 0}, "module": module},
        },
    }


def test_a_script_that_takes_too_long_is_stopped_and_the_others_go_on(run: Run) -> None:
    done = run("--only", "*.wast", "--timeout", "2", "-j", "1", endless=ENDLESS, good=GOOD)

    assert done.returncode == 1
    assert "endless.wast:2: invoke: not done: it took longer than 2 seconds" in done.stdout
    assert "endless.wast:3: invoke: not done: it took longer than 2 seconds" in done.stdout
    assert "3 of 5 commands pass" in done.stdout


def test_a_script_that_cannot_be_read_is_a_failure(run: Run) -> None:
    done = run("--only", "*.wast", broken="(module", good=GOOD)

    assert done.returncode == 1
    assert "broken.wast:1: module: the script cannot be read: unexpected token" in done.stdout


def test_fewer_commands_than_the_suite_counts_is_a_failure(run: Run, tmp_path: Path) -> None:
    (tmp_path / "COUNTS.json").write_text('{"good.wast": {"assert_return": 2, "module": 1}}')
    done = run("--only", "*.wast", good=GOOD)

    assert done.returncode == 1
    assert "good.wast: 1 commands assert_return, and the suite counts 2" in done.stdout


def test_without_a_suite_it_says_where_to_get_one(run: Run) -> None:
    done = run()

    assert done.returncode == 2
    assert "there is no test suite at" in done.stderr


def test_a_tier_that_is_not_here_is_refused_with_the_reason(run: Run) -> None:
    done = run("--tier", "dream", good=GOOD)

    assert done.returncode == 2
    assert "unknown tier 'dream'" in done.stderr
