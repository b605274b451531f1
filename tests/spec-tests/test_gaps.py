"""Verdicts in the light of known gaps."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from gaps import Gap, GapsBroken, ScriptResult, judge, misspelt, read_gaps
from runner import Outcome


def result(*failed_lines: int) -> ScriptResult:
    """A script whose commands on *failed_lines* failed."""
    failures = [Outcome("assert_return", line, "gives 1") for line in failed_lines]
    return ScriptResult("python", "a.wast", Counter(assert_return=10), Counter(assert_return=10 - len(failures)), failures)


def test_a_failure_that_no_gap_explains_is_unexpected() -> None:
    verdict = judge(result(3), [Gap("needs x", "b.wast"), Gap("needs x", "a.wast", frozenset({"native"}))])

    assert [outcome.line for outcome in verdict.unexpected] == [3]
    assert not verdict.good


def test_a_gap_of_a_script_explains_all_its_failures() -> None:
    verdict = judge(result(3, 4), [Gap("needs x", "a.wast")])

    assert verdict.good
    assert verdict.explained == {"needs x": 2}


def test_a_gap_of_some_lines_explains_these_only() -> None:
    verdict = judge(result(3, 4), [Gap("needs x", "a.wast", lines=frozenset({3}))])

    assert [outcome.line for outcome in verdict.unexpected] == [4]


def test_a_gap_that_names_the_line_comes_before_one_of_the_whole_script() -> None:
    verdict = judge(result(3, 4), [Gap("needs x", "a.wast"), Gap("needs y", "a.wast", lines=frozenset({4}))])

    assert verdict.explained == {"needs x": 1, "needs y": 1}


def test_a_script_that_passes_whole_is_no_gap_any_more() -> None:
    verdict = judge(result(), [Gap("needs x", "a.wast")])

    assert verdict.closed == ["a.wast passes whole, and is listed as a gap: needs x"]
    assert not verdict.good


def test_a_line_that_passes_is_no_gap_any_more() -> None:
    verdict = judge(result(3), [Gap("needs x", "a.wast", lines=frozenset({3, 7}))])

    assert not verdict.unexpected
    assert verdict.closed == ["a.wast: lines [7] are listed as a gap and do not fail: needs x"]


def test_the_list_is_read(tmp_path: Path) -> None:
    path = tmp_path / "gaps.toml"
    path.write_text(
        '[[gap]]\nreason = "needs x"\nscripts = ["a.wast", "b.wast"]\n'
        '[[gap]]\nreason = "needs y"\nscripts = ["c.wast"]\nlines = [1, 2]\ntiers = ["python"]\n'
    )

    assert read_gaps(path) == [
        Gap("needs x", "a.wast"),
        Gap("needs x", "b.wast"),
        Gap("needs y", "c.wast", frozenset({"python"}), frozenset({1, 2})),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[[gap]",
        '[[gap]]\nreason = "needs x"',
        '[[gap]]\nscripts = ["a.wast"]',
        '[[gap]]\nreason = "needs x"\nscript = "a.wast"',
        '[[gap]]\nreason = "needs x"\nscripts = ["a.wast", "b.wast"]\nlines = [1]',
    ],
)
def test_a_broken_list_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gaps.toml"
    path.write_text(text)

    with pytest.raises(GapsBroken, match=r"gaps\.toml"):
        read_gaps(path)


def test_gaps_of_scripts_that_are_not_there_are_found() -> None:
    assert misspelt([Gap("needs x", "a.wast"), Gap("needs x", "c.wast")], ["a.wast", "b.wast"]) == [
        "c.wast is listed as a gap (needs x), and the suite has no such script"
    ]
