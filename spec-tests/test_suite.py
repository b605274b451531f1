"""The official test suite under pytest: one test per script and tier.

Run it with `pytest spec-tests`, in parallel with `-n`. Without a suite there is one test per tier, which
is skipped and says why.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from gaps import judge, read_gaps
from pool import Job, run_in_this_process
from run import tiers_here
from suite import NO_SUITE, SuiteScript, find_suite, scripts_in

SUITE = find_suite()
SCRIPTS = scripts_in(SUITE) if SUITE is not None else [pytest.param(None, marks=pytest.mark.skip(reason=NO_SUITE))]
GAPS = read_gaps()

MOST = 10
"""Failures that a test shows."""


@pytest.mark.parametrize("tier", tiers_here())
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name if script else "none")
def test_every_command_does_what_it_should(script: SuiteScript, tier: str) -> None:
    """Every command passes or is a known gap, and no gap has been closed without being taken off the list."""
    verdict = judge(run_in_this_process(Job(tier, script.name, script.path)), GAPS)

    failures = [f"line {outcome.line}: {outcome.form}: {outcome.failure}" for outcome in verdict.unexpected]
    if len(failures) > MOST:
        failures[MOST:] = [f"… and {len(failures) - MOST} more"]
    assert verdict.good, "\n".join([f"{script.name} on tier {tier}", *failures, *verdict.closed])
