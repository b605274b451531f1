"""Running many scripts: processes that take one script after another, with a time limit for each.

Lives here: the processes, what they are told and what they tell, and what becomes of a script whose process is stuck or gone.
Not here: what a script is (script.py) and does (runner.py).

A process tells now and then what it has done, so that little is lost when it must be stopped; commands it never came to count
as failed. A process that has grown large is replaced.
"""

from __future__ import annotations

import gc
import multiprocessing
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from gaps import ScriptResult
from runner import Outcome, run_script
from script import Script
from suite import features_of

import pywasm_vm as wasm

__all__ = ["Job", "largest_process", "run_in_this_process", "run_jobs"]

INTERVAL = 0.3
"""Seconds between two reports of a process."""

PATIENCE = 60.0
"""Seconds that a new process may take until it begins with its first script."""

FAT = 400 << 20
"""Bytes of memory above which a process is replaced when its script is done."""

LONGEST = 300
"""Characters of a failure that are kept."""


@dataclass(frozen=True, slots=True)
class Job:
    """A script on a tier."""

    tier: str
    script: str
    path: Path


@dataclass(slots=True)
class Report:
    """What a process has done since the last one. The last one of a script is *final*."""

    passed: Counter[str] = field(default_factory=Counter)
    failures: list[Outcome] = field(default_factory=list)
    final: bool = False
    seconds: float = 0.0
    memory: int = 0

    def add(self, outcome: Outcome) -> None:
        """One command more is done."""
        if outcome.failure is None:
            self.passed[outcome.form] += 1
        else:
            self.failures.append(Outcome(outcome.form, outcome.line, outcome.failure[:LONGEST]))


def run_in_this_process(job: Job) -> ScriptResult:
    """The result of *job*, without a time limit."""
    script = Script(job.path.read_bytes())
    result = ScriptResult(job.tier, job.script, script.totals)
    report = Report()
    for outcome in _outcomes(job, script):
        report.add(outcome)
    _take(result, report)
    return result


def run_jobs(
    jobs: Sequence[Job], *, processes: int, seconds: float, progress: Callable[[int], None] | None = None
) -> Iterator[ScriptResult]:
    """The results of *jobs* as they come in. Each script may take *seconds*; *progress* hears how many commands more are done."""
    todo, workers = deque(jobs), [_Worker() for _ in range(min(processes, len(jobs)))]
    try:
        busy = [worker for worker in workers if worker.begin(todo)]
        while busy:
            soonest = min(worker.started for worker in busy) + seconds
            ready = wait([worker.connection for worker in busy], max(0.0, soonest - time.monotonic()))
            for worker in busy:
                before = worker.done
                result = worker.listen(seconds, worker.connection in ready)
                if progress is not None:
                    progress(worker.done - before)
                if result is not None:
                    yield result
                    worker.begin(todo)
            busy = [worker for worker in workers if worker.job is not None]
    finally:
        for worker in workers:
            worker.stop()


class _Worker:
    """A process, seen from outside."""

    def __init__(self) -> None:
        self.job: Job | None = None
        self.started = 0.0
        self.done = 0
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, todo: deque[Job]) -> bool:
        """Take the next job, if there is one."""
        self.job = todo.popleft() if todo else None
        if self.job is None:
            return False
        # The process begins at once; we count the commands of the script meanwhile.
        self.started = time.monotonic() + PATIENCE
        self.connection.send(self.job)
        self._result = ScriptResult(self.job.tier, self.job.script, Counter())
        try:
            self._script = Script(self.job.path.read_bytes())
        except wasm.Malformed as error:
            # Not even its commands can be counted: one that failed stands for all.
            self._script = Script(b"")
            self._result.failures.append(Outcome("module", error.line or 1, f"the script cannot be read: {error}"))
        self._result.totals = self._script.totals or Counter(module=len(self._result.failures))
        return True

    def listen(self, seconds: float, ready: bool) -> ScriptResult | None:
        """Take in a report, if there is one, and give the result of the script if this was its end."""
        report = None
        if ready:
            try:
                report = self.connection.recv()
            except (EOFError, OSError):
                return self._give_up("the process died")
        if report is not None:
            # The first report says that the script begins: what a new process does before that is not the script's fault.
            self.started = min(self.started, time.monotonic())
            _take(self._result, report)
            self.done += sum(report.passed.values()) + len(report.failures)
            if report.final:
                if report.memory > FAT:
                    self._replace()
                return self._result
        if time.monotonic() - self.started > seconds:
            return self._give_up(f"it took longer than {seconds:g} seconds")
        return None

    def _give_up(self, trouble: str) -> ScriptResult:
        """Every command that was not reported has failed."""
        result = self._result
        result.trouble, result.seconds = trouble, max(0.0, time.monotonic() - self.started)
        heads = self._script.heads
        reported = sum(result.passed.values()) + len(result.failures)
        result.failures += [Outcome(form, line, f"not done: {trouble}") for form, line in heads[reported:]]
        self.done += len(heads) - reported
        self._replace()
        return result

    def _replace(self) -> None:
        self.stop()
        self._start()

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self.connection.close()


def _take(result: ScriptResult, report: Report) -> None:
    result.passed += report.passed
    result.failures += report.failures
    result.seconds = report.seconds


def _outcomes(job: Job, script: Script) -> Iterator[Outcome]:
    features = features_of(job.script)
    return run_script(script, lambda: wasm.Store(job.tier, features=features))


def _serve(connection: Connection) -> None:
    """What a process does: jobs in, reports out, until nobody is there any more."""
    while True:
        try:
            job: Job = connection.recv()
            connection.send(Report())
            teller = _Teller(connection)
            try:
                script = Script(job.path.read_bytes())
            except wasm.Malformed:
                # Whoever counts the commands sees it, too.
                script = Script(b"")
            for outcome in _outcomes(job, script):
                teller.add(outcome)
            gc.collect()
            teller.end()
        except (EOFError, BrokenPipeError, KeyboardInterrupt):
            return


class _Teller:
    """Tells what has been done, in a thread of its own: a command that never ends keeps nobody from hearing of the others."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._started = time.monotonic()
        self._report = Report()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def add(self, outcome: Outcome) -> None:
        """Tell of *outcome* soon."""
        with self._lock:
            self._report.add(outcome)

    def end(self) -> None:
        """Tell what is left, and that it was all."""
        self._ended.set()
        self._thread.join()
        self._report.final, self._report.memory = True, _peak_memory()
        self._send()

    def _run(self) -> None:
        try:
            while not self._ended.wait(INTERVAL):
                self._send()
        except OSError:
            # Nobody listens any more; the process itself notices at its next step.
            return

    def _send(self) -> None:
        with self._lock:
            report, self._report = self._report, Report()
        report.seconds = time.monotonic() - self._started
        self._connection.send(report)


def _peak_memory(children: bool = False) -> int:
    """The most bytes that this process, or the largest of its children, has held; 0 where nobody counts them."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF).ru_maxrss * 1024


def largest_process() -> int:
    """The most bytes that any process that has run jobs held."""
    return _peak_memory(children=True)
