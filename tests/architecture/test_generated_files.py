"""Generated files are what the generator would write today."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """The script native/generate.py as a module; it stands in no package."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "native" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_files_are_fresh(generate: ModuleType) -> None:
    assert generate.stale() == [], "run python native/generate.py"


def test_check_names_a_stale_file_and_fails(
    generate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    path = tmp_path / "native" / "generated" / "traps.h"
    path.write_text(path.read_text(encoding="utf-8") + "/* changed by hand */\n", encoding="utf-8")

    code = generate.main(["--check"])

    assert code == 1
    assert "native/generated/traps.h is stale" in capsys.readouterr().err
