"""Host functions that are awaited."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

import pywasm_vm as wasm

TEXT = """(module (import "host" "ask" (func $ask (param i32) (result i32)))
  (import "host" "tell" (func $tell (param i32)))
  (func (export "run") (param i32) (result i32)
    (call $tell (local.get 0)) (i32.add (call $ask (local.get 0)) (call $ask (i32.const 100))))
  (func (export "forever") (loop (drop (call $ask (i32.const 0))) (br 0))))"""


def guest(tier: str, ask: Callable[[int], Any], tell: Callable[[int], Any] = lambda _: None) -> wasm.Instance:
    return wasm.Store(tier).instantiate(wasm.Module.parse(TEXT), {"host": {"ask": ask, "tell": tell}})


def test_a_coroutine_of_the_host_is_awaited_on_the_event_loop(tier: str) -> None:
    where: list[int] = []

    async def ask(value: int) -> int:
        await asyncio.sleep(0)
        where.append(threading.get_ident())
        return value + 1

    async def tell(value: int) -> None:
        where.append(value)

    assert asyncio.run(wasm.call_async(guest(tier, ask, tell).exports.run, 5)) == 6 + 101
    assert where == [5, threading.get_ident(), threading.get_ident()]


def test_other_tasks_go_on_and_guests_wait_side_by_side(tier: str) -> None:
    async def together() -> list[int]:
        everybody = asyncio.Barrier(3)

        async def ask(value: int) -> int:
            if value < 100:
                await everybody.wait()
            return value

        return await asyncio.gather(*(wasm.call_async(guest(tier, ask).exports.run, number) for number in range(3)))

    assert asyncio.run(asyncio.wait_for(together(), 30)) == [100, 101, 102]


def test_exceptions_of_the_coroutine_come_out_as_themselves(tier: str) -> None:
    error = KeyError("mine")

    async def ask(value: int) -> int:
        raise error

    with pytest.raises(KeyError) as caught:
        asyncio.run(wasm.call_async(guest(tier, ask).exports.run, 5))
    assert caught.value is error


def test_a_store_is_in_use_until_the_call_is_over(tier: str) -> None:
    async def main() -> None:
        asked, go = asyncio.Event(), asyncio.Event()

        async def ask(value: int) -> int:
            asked.set()
            await go.wait()
            return value

        instance = guest(tier, ask)
        task = asyncio.create_task(wasm.call_async(instance.exports.run, 1))
        await asked.wait()
        with pytest.raises(wasm.ConcurrentUse):
            instance.exports.run(2)
        go.set()
        assert await task == 101

    asyncio.run(main())


def test_a_call_that_is_cancelled_ends_where_it_waits(tier: str) -> None:
    async def main() -> wasm.Instance:
        asked, ended = asyncio.Event(), asyncio.Event()

        async def ask(value: int) -> int:
            asked.set()
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()
            return value

        instance = guest(tier, ask)
        task = asyncio.create_task(wasm.call_async(instance.exports.forever))
        await asked.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await asyncio.wait_for(ended.wait(), 30)
        return instance

    instance = asyncio.run(main())
    for thread in threading.enumerate():
        if thread.name == "guest":
            thread.join(30)
    with pytest.raises(TypeError, match="async def"):
        instance.exports.run(1)


def test_without_await_the_message_says_what_to_do(tier: str) -> None:
    async def ask(value: int) -> int:
        return value

    with pytest.raises(TypeError, match=r"`async def`, and nobody awaits this call: use `await pywasm_vm.call_async"):
        guest(tier, ask).exports.run(1)


def test_what_is_not_a_coroutine_is_called_as_ever(tier: str) -> None:
    assert asyncio.run(wasm.call_async(guest(tier, lambda value: value).exports.run, 5)) == 105
