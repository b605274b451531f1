"""Fetching, from repositories on this machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from fetch import main

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def repository(folder: Path, *paths: str) -> tuple[str, str]:
    """A repository with *paths* in it: where it is, and its commit."""
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("(module)")
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "scripts"], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    return str(folder), commit


def fetched(tmp_path: Path, *paths: str) -> list[str]:
    """The scripts that arrive when *paths* are in the repository."""
    (tmp_path / "origin").mkdir()
    url, commit = repository(tmp_path / "origin", *paths)
    assert main(["--url", url, "--commit", commit, "--into", str(tmp_path / "suite")]) == 0
    return sorted(path.relative_to(tmp_path / "suite").as_posix() for path in (tmp_path / "suite").rglob("*.*"))


def test_a_collection_keeps_its_folders(tmp_path: Path) -> None:
    assert fetched(tmp_path, "i32.wast", "proposals/threads/atomic.wast", "README.md") == [
        "i32.wast",
        "proposals/threads/atomic.wast",
    ]


def test_the_scripts_of_the_standard_come_to_the_top(tmp_path: Path) -> None:
    paths = [
        "test/core/i32.wast",
        "test/core/simd/simd_const.wast",
        "test/custom/name/name.wast",
        "test/legacy/exceptions/core/throw.wast",
    ]

    assert fetched(tmp_path, *paths) == ["custom/name.wast", "i32.wast", "legacy/throw.wast", "simd_const.wast"]


def test_what_cannot_be_fetched_is_said_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--url", str(tmp_path / "nowhere"), "--into", str(tmp_path / "suite")])

    said = capsys.readouterr().err
    assert code == 1
    assert said.startswith("fetch.py: ")
    assert "could not be fetched" in said
    assert "WASM_TESTSUITE" in said
    assert not (tmp_path / "suite").exists()


def test_a_suite_that_is_there_is_not_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "suite").mkdir()

    assert main(["--into", str(tmp_path / "suite")]) == 1
    assert "is there already" in capsys.readouterr().err
