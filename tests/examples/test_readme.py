"""The programs that the guides show run as they stand there. A block that begins with an import is a program."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PAGES = ("README.md", "pywasm_vm/README.md", "proxyabi/README.md")


def programs() -> list[tuple[str, str]]:
    """(where, text) of every block of Python in the guides."""
    return [
        (f"{page}:{number}", text)
        for page in PAGES
        for number, text in enumerate(re.findall(r"```python\n((?:import|from) .*?)```", _text(page), re.DOTALL), 1)
    ]


def _text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def _python(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`python WORDS…` in *folder*, which sees the packages of this tree."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("where", "text"), programs(), ids=[where for where, _ in programs()])
def test_a_program_of_the_guides_runs(tmp_path: Path, where: str, text: str) -> None:
    for name in ("filter.wasm", "my_filter.wasm"):
        shutil.copy(ROOT / "tests" / "guests" / "c.wasm", tmp_path / name)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    shutil.copy(ROOT / "examples" / "math.wasm", tmp_path)
    (tmp_path / "program.py").write_text(text, encoding="utf-8")

    done = _python("program.py", folder=tmp_path)

    assert done.returncode == 0, f"{where}:\n{done.stderr}"


def test_the_conversation_that_the_guide_explains_is_the_one_that_its_command_prints() -> None:
    command, *shown = re.findall(r"```\n(.*?)```", _text("docs/a-request-call-by-call.md"), re.DOTALL)
    done = _python("-m", *shlex.split(command), folder=ROOT)
    assert done.returncode == 0, done.stderr

    # The last block shows another request; "…" stands for what the page leaves out.
    explained = [line for block in shown[:-1] for line in block.splitlines()]
    assert len(explained) > 10
    for line in explained:
        printed = re.escape(line.rstrip()).replace("…", ".*")
        assert re.search(f"^{printed}$", done.stdout, re.MULTILINE), line
