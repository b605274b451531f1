"""The source tree as the architecture tests see it: files, their imports and their words.

Lives here: reading our own sources. Not here: any rule; those are the tests beside this file.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Source:
    """One of our Python files. *path* is relative to the repository."""

    path: Path

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def package(self) -> str:
        return self.path.parts[0]

    @property
    def room(self) -> str:
        """The first name below the package: a folder, or a file without its suffix."""
        return Path(self.path.parts[1]).stem

    @property
    def module(self) -> str:
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def imports(self) -> Iterator[str]:
        """The full names of the modules it imports, wherever in the file: a circle for the type checker is a circle."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield self._absolute(node)
                yield from (f"{self._absolute(node)}.{alias.name}" for alias in node.names)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = (*self.path.with_suffix("").parts,)
        base = parts[: len(parts) - node.level]
        return ".".join((*base, node.module) if node.module else base)

    def code_lines(self) -> Iterator[tuple[int, str]]:
        """(line number, text) without comments and without strings, so that prose does not count as code."""
        lines: dict[int, list[str]] = {}
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type in (tokenize.NAME, tokenize.OP, tokenize.NUMBER):
                lines.setdefault(token.start[0], []).append(token.string)
        for number, words in sorted(lines.items()):
            yield number, " ".join(words)


def sources(package: str) -> list[Source]:
    """All Python files of *package*, in order."""
    return [Source(path.relative_to(ROOT)) for path in sorted((ROOT / package).rglob("*.py"))]


def our_modules(package: str) -> set[str]:
    """The full names of all modules and packages of *package*."""
    return {source.module for source in sources(package)}
