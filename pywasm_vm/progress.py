"""A bar on the terminal for work that takes a while.

Lives here: when a bar is shown and what it looks like.
Not here: the work, which tells how far it has come through the function that it is given.

A bar is there for people: when the standard error stream is a terminal, and the work has taken longer than a second. It leaves
nothing behind. The package `rich`, of the extra `cli`, draws it with the time that is left; without it, it is a plain line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Protocol, TextIO, TypeAlias

__all__ = ["PATIENCE", "Progress", "progress_bar"]

Progress: TypeAlias = Callable[[int, int], None]
"""Told now and then how much is done, and of how much."""

PATIENCE = 1.0
"""Seconds of work without a bar."""

WIDTH = 40


@contextmanager
def progress_bar(what: str, stream: TextIO | None = None) -> Iterator[Progress | None]:
    """What the work inside tells of itself to, so that a bar shows it as *what*; None when nobody would see it."""
    stream = stream or sys.stderr
    if not stream.isatty():
        yield None
        return
    bar = _Patient(what, stream)
    try:
        yield bar.advance
    finally:
        bar.close()


class _Bar(Protocol):
    def show(self, done: int, of: int) -> None:
        """Draw it anew."""

    def close(self) -> None:
        """Take it away."""


class _Patient:
    """A bar that appears when the work turns out to be long."""

    def __init__(self, what: str, stream: TextIO) -> None:
        self._what = what
        self._stream = stream
        self._begun = monotonic()
        self._bar: _Bar | None = None

    def advance(self, done: int, of: int) -> None:
        """See `Progress`."""
        if self._bar is None:
            if monotonic() - self._begun < PATIENCE or done >= of:
                return
            self._bar = _new_bar(self._what, self._stream)
        self._bar.show(done, of)

    def close(self) -> None:
        """Take the bar away, if it has appeared."""
        if self._bar is not None:
            self._bar.close()


def _new_bar(what: str, stream: TextIO) -> _Bar:
    try:
        import rich  # noqa: F401 - is it there?
    except ImportError:
        return _PlainBar(what, stream)
    return _RichBar(what, stream)


class _PlainBar:
    def __init__(self, what: str, stream: TextIO) -> None:
        self._what = what
        self._stream = stream

    def show(self, done: int, of: int) -> None:
        self._stream.write(f"\r{self._what} [{'#' * (WIDTH * done // of):<{WIDTH}}] {done} of {of}")
        self._stream.flush()

    def close(self) -> None:
        self._stream.write("\r\033[K")
        self._stream.flush()


class _RichBar:
    def __init__(self, what: str, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = RichProgress(*columns, console=Console(file=stream), transient=True)
        self._task = self._progress.add_task(what, total=None)
        self._progress.start()

    def show(self, done: int, of: int) -> None:
        self._progress.update(self._task, completed=done, total=of)

    def close(self) -> None:
        self._progress.stop()
