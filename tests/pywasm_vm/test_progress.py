"""The bar on the terminal: when it is there, and that it leaves nothing."""

from __future__ import annotations

import builtins
import io
from collections.abc import Callable
from typing import Any

import pytest

from pywasm_vm import progress
from pywasm_vm.progress import progress_bar


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar is there at once."""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)


@pytest.fixture
def no_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if `rich` were not installed."""
    usual: Callable[..., Any] = builtins.__import__

    def refuse(name: str, *args: Any, **options: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == "rich":
            raise ImportError(name)
        return usual(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)


def test_nobody_is_told_without_a_terminal() -> None:
    with progress_bar("working", io.StringIO()) as told:
        assert told is None


def test_quick_work_shows_nothing() -> None:
    terminal = Terminal()

    with progress_bar("working", terminal) as told:
        assert told is not None
        for done in range(1, 101):
            told(done, 100)

    assert terminal.getvalue() == ""


@pytest.mark.usefixtures("impatient", "no_rich")
def test_a_plain_bar_says_how_far_it_is_and_goes_away() -> None:
    terminal = Terminal()

    with progress_bar("working", terminal) as told:
        assert told is not None
        told(1, 4)
        told(2, 4)

    lines = terminal.getvalue().split("\r")
    assert lines[1] == f"working [{'#' * 10:<40}] 1 of 4"
    assert lines[2] == f"working [{'#' * 20:<40}] 2 of 4"
    assert lines[-1] == "\033[K"


@pytest.mark.usefixtures("impatient")
def test_rich_draws_it_when_it_is_there() -> None:
    pytest.importorskip("rich")
    terminal = Terminal()

    with progress_bar("working", terminal) as told:
        assert told is not None
        told(1, 4)

    assert "working" in terminal.getvalue()
    assert "1/4" in terminal.getvalue()


@pytest.mark.usefixtures("impatient", "no_rich")
def test_a_bar_goes_away_when_the_work_fails() -> None:
    terminal = Terminal()

    with pytest.raises(ValueError, match="broken"), progress_bar("working", terminal) as told:
        assert told is not None
        told(1, 4)
        raise ValueError("broken")

    assert terminal.getvalue().endswith("\r\033[K")
