"""Host functions that are awaited, and the calls in which they may be.

Lives here: `call_async`, and what makes an `async def` function one that guests can call.
Not here: other host functions (host.py).

A guest cannot be suspended as a coroutine is: on some tiers its frames are frames of Python. So a call with `await` runs on a
thread of its own, and a coroutine of the host runs on the event loop, while that thread waits for it.

spec: none; appendix/embedding, func_invoke with a host that takes its time
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from inspect import iscoroutinefunction
from threading import Lock, Thread, local
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from concurrent.futures import Future

__all__ = ["awaited", "call_async"]

P = ParamSpec("P")
R = TypeVar("R")


class _Call:
    """One call with `await`: its event loop, and what it waits for at present."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = Lock()
        self._pending: Future[Any] | None = None
        self._is_over = False

    def result_of(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """On the thread of the guest: what *coroutine* gives, which runs on the event loop.

        raises: CancelledError, when nobody wants the result of the call any more.
        """
        # Imported where there is an event loop: a program without one does not need the package.
        from asyncio import CancelledError, run_coroutine_threadsafe

        with self._lock:
            if self._is_over:
                coroutine.close()
                raise CancelledError
            pending = self._pending = run_coroutine_threadsafe(coroutine, self._loop)
        return pending.result()

    def give_up(self) -> None:
        """On the thread of the event loop: nobody wants the result."""
        with self._lock:
            self._is_over = True
            if self._pending is not None:
                self._pending.cancel()


class _Here(local):
    call: _Call | None = None


_here = _Here()
"""The call that this thread makes."""


async def call_async(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """What *function* gives, which is exported or runs a guest in another way, while host functions may be `async def`.

    Other tasks go on meanwhile. The store is in use until the call is over: whoever calls into it from elsewhere gets
    `ConcurrentUse`. When the task is cancelled, so is the coroutine that the guest waits for; a guest that computes goes on until
    it calls the next one, or to its deadline.

    raises: what *function* raises.
    """
    from asyncio import CancelledError, get_running_loop

    loop = get_running_loop()
    call, done = _Call(loop), loop.create_future()

    def tell(result: R | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)

    def work() -> None:
        _here.call = call
        result, failure = None, None
        try:
            result = function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to whoever awaits
            failure = RuntimeError("the guest raised StopIteration") if isinstance(error, StopIteration) else error
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, result, failure)

    Thread(target=work, name="guest", daemon=True).start()
    try:
        answer: R = await done
    except CancelledError:
        call.give_up()
        raise
    return answer


def awaited(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """*function* as guests can call it, for the import *name*: one that is `async def` is waited for."""
    if not (iscoroutinefunction(function) or iscoroutinefunction(getattr(function, "__call__", None))):  # noqa: B004
        return function

    @wraps(function)
    def wait(*args: Any) -> Any:
        if _here.call is None:
            raise TypeError(
                f"the host function {name} is `async def`, and nobody awaits this call: "
                "use `await pywasm_vm.call_async(function, …)`"
            )
        return _here.call.result_of(function(*args))

    return wait
