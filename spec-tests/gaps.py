"""What is known not to work yet, and the verdict on a script in that light.

Lives here: reading known_gaps.toml, and which failures it explains.
Not here: running scripts (runner.py) and telling people about them (report.py).

A gap that is no longer one is a mistake, too: whoever closes it takes it off the list, so the list can only shrink.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runner import Outcome

__all__ = ["KNOWN_GAPS", "Gap", "GapsBroken", "ScriptResult", "Verdict", "judge", "misspelt", "read_gaps"]

KNOWN_GAPS = Path(__file__).resolve().parent / "known_gaps.toml"


class GapsBroken(ValueError):
    """The list of gaps cannot be read; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Commands that are expected to fail: all failures of a script, or those on some lines.

    *script* is a name within the suite; *tiers* is empty for a gap of every tier.
    """

    reason: str
    script: str
    tiers: frozenset[str] = frozenset()
    lines: frozenset[int] = frozenset()

    def concerns(self, tier: str, script: str) -> bool:
        """Whether it speaks of *script* on *tier*."""
        return self.script == script and (not self.tiers or tier in self.tiers)


@dataclass(slots=True)
class ScriptResult:
    """What became of a script on a tier. *trouble* says why it did not come to its end."""

    tier: str
    script: str
    totals: Counter[str]
    passed: Counter[str] = field(default_factory=Counter)
    failures: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0
    trouble: str | None = None


@dataclass(slots=True)
class Verdict:
    """A result in the light of the known gaps."""

    result: ScriptResult
    unexpected: list[Outcome] = field(default_factory=list)
    """Failures that no gap explains."""
    closed: list[str] = field(default_factory=list)
    """Gaps that are none any more, a sentence each."""
    explained: Counter[str] = field(default_factory=Counter)
    """Failures by the reason of their gap."""

    @property
    def good(self) -> bool:
        """Whether all is as expected."""
        return not self.unexpected and not self.closed


def read_gaps(path: Path = KNOWN_GAPS) -> list[Gap]:
    """The gaps in the file at *path*.

    raises: GapsBroken.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("gap", [])
    except tomllib.TOMLDecodeError as error:
        raise GapsBroken(f"{path}: {error}") from None
    gaps = []
    for number, entry in enumerate(entries, 1):
        unknown = entry.keys() - {"reason", "scripts", "tiers", "lines"}
        scripts, lines = entry.get("scripts", []), entry.get("lines", [])
        if unknown or not entry.get("reason") or not scripts:
            raise GapsBroken(f"{path}, gap {number}: it needs a reason and scripts, and may have tiers and lines; not {unknown}")
        if lines and len(scripts) != 1:
            raise GapsBroken(f"{path}, gap {number}: lines belong to one script, not to {len(scripts)}")
        tiers = frozenset(entry.get("tiers", []))
        gaps += [Gap(entry["reason"], script, tiers, frozenset(lines)) for script in scripts]
    return gaps


def judge(result: ScriptResult, gaps: Iterable[Gap]) -> Verdict:
    """*result* in the light of *gaps*. Lines are held against a gap that names them before one of the whole script."""
    verdict = Verdict(result)
    concerned = sorted((gap for gap in gaps if gap.concerns(result.tier, result.script)), key=lambda gap: not gap.lines)
    failed_lines = {outcome.line for outcome in result.failures}
    for outcome in result.failures:
        reason = _reason(concerned, outcome)
        if reason is None:
            verdict.unexpected.append(outcome)
        else:
            verdict.explained[reason] += 1
    for gap in concerned:
        if not gap.lines and not failed_lines:
            verdict.closed.append(f"{result.script} passes whole, and is listed as a gap: {gap.reason}")
        passing = sorted(gap.lines - failed_lines)
        if passing:
            verdict.closed.append(f"{result.script}: lines {passing} are listed as a gap and do not fail: {gap.reason}")
    return verdict


def _reason(gaps: Sequence[Gap], outcome: Outcome) -> str | None:
    return next((gap.reason for gap in gaps if not gap.lines or outcome.line in gap.lines), None)


def misspelt(gaps: Iterable[Gap], scripts: Iterable[str]) -> list[str]:
    """Sentences about gaps of scripts that the suite does not have."""
    known = set(scripts)
    return [
        f"{gap.script} is listed as a gap ({gap.reason}), and the suite has no such script"
        for gap in gaps
        if gap.script not in known
    ]
