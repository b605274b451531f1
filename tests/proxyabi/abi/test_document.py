"""The reference page is what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxyabi.abi import document


def test_the_page_is_fresh() -> None:
    assert document.PAGE.read_text(encoding="utf-8") == document.page(), "run python -m proxyabi.abi.document"


def test_a_stale_page_is_noticed_and_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "PAGE", tmp_path / "reference" / "abi.md")

    assert document.main(["--check"]) == 1
    assert document.main([]) == 0
    assert document.main(["--check"]) == 0
