"""Telling people, and programs, what became of the suite.

Lives here: the progress bar, the summary that fits a screen, the JSON.
Not here: any verdict (gaps.py).
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from gaps import ScriptResult, Verdict

__all__ = ["Progress", "as_json", "miscounted", "summary"]

WIDTH = 30
"""Characters of a bar."""

MOST = 12
"""Mistakes of one sort that the summary shows."""


class Progress:
    """A bar on a terminal; nothing anywhere else."""

    def __init__(self, commands: int, stream: TextIO = sys.stderr) -> None:
        self._commands = commands
        self._stream = stream
        self._shown = stream.isatty()
        self._done = 0
        self._last = 0.0
        self._started = time.monotonic()

    def advance(self, commands: int) -> None:
        """So many commands more are done."""
        self._done += commands
        now = time.monotonic()
        if self._shown and now - self._last > 0.1:
            self._last = now
            bar = _bar(self._done, self._commands)
            self._stream.write(f"\r{bar} {self._done:,} of {self._commands:,} commands, {now - self._started:.0f} s ")
            self._stream.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._stream.write("\r\033[K")


def _bar(part: int, whole: int) -> str:
    filled = WIDTH * part // whole if whole else WIDTH
    return "█" * filled + "░" * (WIDTH - filled)


def summary(tier: str, verdicts: Sequence[Verdict], *, verbose: bool = False) -> str:
    """What became of the suite on *tier*: a table, the gaps, and what is not as expected."""
    results = [verdict.result for verdict in verdicts]
    passed, total = _sum(r.passed for r in results), _sum(r.totals for r in results)
    lines = [f"tier {tier}: {_bar(passed.total(), total.total())} {passed.total():,} of {total.total():,} commands pass", ""]
    lines += _table(results)
    reasons: Counter[str] = Counter()
    scripts: defaultdict[str, int] = defaultdict(int)
    for verdict in verdicts:
        reasons += verdict.explained
        for reason in verdict.explained:
            scripts[reason] += 1
    if reasons:
        lines += ["", f"known gaps: {reasons.total():,} commands"]
        lines += [f"  {count:7,}  {reason} ({scripts[reason]} scripts)" for reason, count in reasons.most_common()]
    most = None if verbose else MOST
    lines += _listed(
        "failures that nobody expected",
        [f"{v.result.script}:{o.line}: {o.form}: {o.failure}" for v in verdicts for o in v.unexpected],
        most,
    )
    lines += _listed("gaps that are none any more", [sentence for v in verdicts for sentence in v.closed], most)
    lines += _listed("scripts that did not come to their end", [f"{r.script}: {r.trouble}" for r in results if r.trouble], most)
    if verbose:
        slowest = sorted(results, key=lambda r: -r.seconds)[:MOST]
        lines += _listed("the slowest scripts", [f"{r.seconds:6.1f} s  {r.script}" for r in slowest], most)
    return "\n".join(lines)


def _table(results: Sequence[ScriptResult]) -> list[str]:
    """Passed and total for each form of command and each part of the suite."""
    parts = sorted({_part(r) for r in results})
    forms = sorted(_sum(r.totals for r in results))
    columns = [*parts, "all"] if len(parts) > 1 else parts
    of = {part: [r for r in results if part in (_part(r), "all") or part == "all"] for part in columns}
    lines = [f"  {'':24}" + "".join(f"{part:>18}" for part in columns)]
    for form in [*forms, "all commands"]:
        cells = []
        for part in columns:
            total = _count((r.totals for r in of[part]), form)
            passed = _count((r.passed for r in of[part]), form)
            cells.append(f"{passed:,} / {total:,}" if total else "")
        lines.append(f"  {form:24}" + "".join(f"{cell:>18}" for cell in cells))
    return lines


def _part(result: ScriptResult) -> str:
    return result.script.split("/")[0] if "/" in result.script else "core"


def _count(counters: Iterable[Counter[str]], form: str) -> int:
    return sum(c.total() if form == "all commands" else c[form] for c in counters)


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total += counter
    return total


def _listed(title: str, sentences: Sequence[str], most: int | None) -> list[str]:
    if not sentences:
        return []
    shown = list(sentences if most is None else sentences[:most])
    if len(shown) < len(sentences):
        shown.append(f"… and {len(sentences) - len(shown):,} more; --verbose shows them")
    return ["", f"{title}: {len(sentences):,}", *(f"  {sentence}" for sentence in shown)]


def as_json(tier: str, results: Iterable[ScriptResult]) -> dict[str, Any]:
    """Total, passed and failed per file and form."""
    return {
        "tier": tier,
        "files": {
            result.script: {
                form: {
                    "total": total,
                    "passed": result.passed[form],
                    "failed": total - result.passed[form],
                }
                for form, total in sorted(result.totals.items())
            }
            for result in sorted(results, key=lambda result: result.script)
        },
    }


def miscounted(results: Iterable[ScriptResult], counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Sentences about scripts in which we see fewer commands than *counts* says."""
    by_script = {result.script: result for result in results}
    return [
        f"{script}: {by_script[script].totals[form]} commands {form}, and the suite counts {count}"
        for script, forms in counts.items()
        for form, count in forms.items()
        if script in by_script and by_script[script].totals[form] < count
    ]
