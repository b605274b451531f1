"""Gets the official test suite for people who do not have it: `python spec-tests/fetch.py`.

Lives here: cloning at a pinned commit, and putting the scripts where run.py looks for them.
Not here: the scripts themselves; they are not part of this repository.

Two arrangements are understood: that of WebAssembly/testsuite, which collects the scripts of the standard and of its proposals,
and that of WebAssembly/spec and the repositories of proposals, where they stand under test/.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

__all__ = ["main"]

URL = "https://github.com/WebAssembly/testsuite"

COMMIT = "e999a1051925895022ab06abc25b23ca300ab0d0"
"""The pinned commit. Another one may hold scripts that nobody here has seen."""

SECONDS = 600
"""For each step of git."""


class FetchFailed(Exception):
    """The suite could not be had; the text says why, and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch what the command line asks for, and return the exit code."""
    parser = argparse.ArgumentParser(prog="fetch.py", description="Get the official WebAssembly test suite.")
    parser.add_argument("--url", default=URL, help=f"the repository ({URL})")
    parser.add_argument("--commit", default=COMMIT, help=f"the commit ({COMMIT})")
    parser.add_argument("--into", metavar="DIR", default=str(Path(__file__).resolve().parent / "testsuite"), help="where to")
    options = parser.parse_args(arguments)
    target = Path(options.into)
    if target.exists():
        print(f"fetch.py: {target} is there already; remove it to fetch again", file=sys.stderr)
        return 1
    try:
        count = fetch(options.url, options.commit, target)
    except FetchFailed as failed:
        print(f"fetch.py: {failed}", file=sys.stderr)
        return 1
    print(f"{count} scripts in {target}, of {options.url} at {options.commit}")
    return 0


def fetch(url: str, commit: str, target: Path) -> int:
    """Put the scripts of *commit* in the repository at *url* into *target*, and say how many there are.

    raises: FetchFailed; then *target* is not there.
    """
    with tempfile.TemporaryDirectory() as temporary:
        clone = Path(temporary) / "clone"
        _git("init", "--quiet", str(clone), url=url)
        # One commit, without its history.
        _git("-C", str(clone), "fetch", "--quiet", "--depth=1", url, commit, url=url)
        _git("-C", str(clone), "checkout", "--quiet", "FETCH_HEAD", url=url)
        arranged = Path(temporary) / "arranged"
        count = _arrange(clone, arranged)
        if not count:
            raise FetchFailed(f"there are no scripts in {url} at {commit}")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(arranged, target)
    return count


def _git(*arguments: str, url: str) -> None:
    try:
        subprocess.run(["git", *arguments], check=True, capture_output=True, text=True, timeout=SECONDS)
    except FileNotFoundError:
        raise FetchFailed("git is not installed, and the suite is fetched with it") from None
    except subprocess.TimeoutExpired:
        raise FetchFailed(f"git got no answer from {url} within {SECONDS} seconds") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines()
        reason = said[-1] if said else f"exit code {error.returncode}"
        remedy = "Without a network, copy a folder of .wast files here and name it with --suite or in WASM_TESTSUITE."
        raise FetchFailed(f"{url} could not be fetched: {reason}. {remedy}") from None


def _arrange(clone: Path, target: Path) -> int:
    """Copy the scripts of *clone* to where run.py expects them, and say how many there are."""
    core = clone / "test" / "core"
    if core.is_dir():
        places = [(core, target), (clone / "test" / "custom", target / "custom"), (clone / "test" / "legacy", target / "legacy")]
        pairs = [(path, to / path.name) for start, to in places for path in sorted(start.rglob("*.wast"))]
    else:
        pairs = [(path, target / path.relative_to(clone)) for path in sorted(clone.rglob("*.wast"))]
    for path, to in pairs:
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
    return len(pairs)


if __name__ == "__main__":
    sys.exit(main())
