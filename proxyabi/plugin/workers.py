"""Several hosts on several threads: each plugin has a VM in every worker, and all share data, queues and metrics.

Lives here: the threads, whose turn it is, and waking a worker for which another has left something.
Not here: what a host does (host.py), sockets.

Everything of one host happens in its own thread, so a guest never runs in two at once. Plugins of a kind of which there is one
in a process (`PluginKind.single`) live in the first worker alone. A queue has one receiver: the worker that registered it last.

abi: 9.3, 10.1 Objects, 15.5 Shared queues, 18.2 Service
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeAlias

from proxyabi.config import PluginConfig
from proxyabi.context.commands import Command
from proxyabi.errors import ConfigError
from proxyabi.plugin.host import Host
from proxyabi.services.services import Services

__all__ = ["Workers"]

Work: TypeAlias = Callable[[Host], Iterable[Command]]


class Workers:
    """*count* hosts with the same *plugins*, each on a thread of its own.

    *perform* gets (number of the worker, commands) in the worker's thread; without one the commands are dropped. *settings* are
    `Host`'s; with a trace, its sink is called from all threads.
    """

    def __init__(
        self,
        plugins: Sequence[PluginConfig],
        count: int,
        *,
        services: Services | None = None,
        perform: Callable[[int, Iterable[Command]], None] | None = None,
        **settings: Any,
    ) -> None:
        if count < 1:
            raise ConfigError("count", f"{count} workers cannot do anything: at least 1 is needed")
        self.services = services or Services()
        self._perform = perform
        self._inboxes: list[queue.SimpleQueue[Callable[[], None] | None]] = [queue.SimpleQueue() for _ in range(count)]
        self._threads: list[threading.Thread] = []
        self._closed = False
        self.hosts = [
            Host(
                [plugin for plugin in plugins if number == 0 or not plugin.kind.single],
                services=self.services,
                wake=partial(self._wake, number),
                **settings,
            )
            for number in range(count)
        ]
        """One host for each worker. Only its worker may touch it while the workers run."""

    def start(self) -> None:
        """Bring all workers up, one after the other.

        raises: what `Host.start` raises. No worker runs then.
        """
        try:
            for number, inbox in enumerate(self._inboxes):
                thread = threading.Thread(target=_work, args=(inbox,), name=f"worker {number}", daemon=True)
                self._threads.append(thread)
                thread.start()
                self.submit(number, Host.start).result()
        except BaseException:
            self._stop()
            raise

    def submit(self, number: int, work: Work) -> Future[None]:
        """Let worker *number* do *work* with its host, and perform what comes of it.

        raises: RuntimeError after `close`, when nobody would ever do it.
        """
        if self._closed:
            raise RuntimeError("these workers have been closed: nobody is left who could do any work")
        done: Future[None] = Future()

        def task() -> None:
            try:
                commands = work(self.hosts[number])
                if self._perform is not None:
                    self._perform(number, commands)
            except BaseException as error:  # noqa: BLE001 - told to whoever waits for it, in another thread
                done.set_exception(error)
            else:
                done.set_result(None)

        self._inboxes[number].put(task)
        return done

    def close(self) -> None:
        """Shut all hosts down, then end the threads."""
        for number in range(len(self._threads)):
            self.submit(number, Host.close).result()
        self._stop()
        self._closed = True

    def _wake(self, number: int) -> None:
        if not self._closed:
            self.submit(number, Host.poll)

    def _stop(self) -> None:
        for thread, inbox in zip(self._threads, self._inboxes, strict=False):
            inbox.put(None)
            thread.join()
        self._threads.clear()


def _work(inbox: queue.SimpleQueue[Callable[[], None] | None]) -> None:
    while (task := inbox.get()) is not None:
        task()
