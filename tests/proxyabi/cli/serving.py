"""A proxy process for tests of the command line: started, asked, ended, read.

Lives here: `Process`, and a client of one request. Not here: tests.
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[3]
GUESTS = ROOT / "tests" / "guests"


def arguments(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "proxyabi", *map(str, words)]


class Process:
    """`proxyabi WORDS…` running, with its output read along. As a context: up and listening; ended by Ctrl-C if it still runs.

    A *program*, as Python's text, may call `proxyabi.cli.main` itself.
    """

    def __init__(self, *words: str | Path, program: str = "") -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-c", program, *map(str, words)] if program else arguments(*words)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        self.out: list[str] = []
        self.err: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.out)),
            threading.Thread(target=self._read, args=(self.process.stderr, self.err)),
        ]
        for reader in self._readers:
            reader.start()
        self.port = 0

    def _read(self, stream: Any, lines: list[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))
            self._lines.put(line)
        self._lines.put(None)

    def wait_for(self, pattern: str, seconds: float = 60) -> re.Match[str]:
        """The first match of *pattern* in what is written from now on, or was written and not looked at yet."""
        ended = 0
        while ended < 2:
            line = self._lines.get(timeout=seconds)
            ended += line is None
            if line is not None and (match := re.search(pattern, line)):
                return match
        raise AssertionError(f"ended without saying {pattern!r}: {self.out} {self.err}")

    def __enter__(self) -> Process:
        self.port = int(self.wait_for(r"^listening on (?:http|tcp)://127\.0\.0\.1:(\d+)$")[1])
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.interrupt()
        try:
            self.process.wait(30)
        finally:
            self.process.kill()
            for reader in self._readers:
                reader.join()

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Interrupt, wait, and give the exit code; all output is there then."""
        self.__exit__(None, None, None)
        return self.process.returncode

    def ask(
        self, path: str = "/", method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the response to one request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def seen(self, path: str = "/", **headers: str) -> dict[str, Any]:
        """What the echo upstream saw of a GET."""
        status, _, body = self.ask(path, **headers)
        assert status == 200, body
        description: dict[str, Any] = json.loads(body)
        return description


def run(*words: str | Path, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    """`proxyabi WORDS…`, to its end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"}
    return subprocess.run(arguments(*words), capture_output=True, text=True, env=environment, timeout=seconds, check=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
