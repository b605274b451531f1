"""An exchange as a conversation that people read: who called whom with what, and what came of it.

Lives here: turning trace records and messages into lines of text.
Not here: collecting records (trace.py) and driving a host (testing/harness.py).

A record tells who called; how deep a call stands follows from that. A callback of the guest stands at the margin, a host function
inside it, and what the host asks of the guest meanwhile (memory for an answer) inside that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import click

from proxyabi.context.header_map import HeaderMap
from proxyabi.testing.harness import Exchange
from proxyabi.upstream import Answer, Seen, readable

__all__ = ["conversation", "crossing_lines", "message_lines"]

BODY_SHOWN = 2000
"""Characters of a body that are printed; what is cut off is counted."""

ALLOCATORS = {"malloc", "proxy_on_memory_allocate"}

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
"""What would move the cursor or colour the terminal, where it stands in what filters and clients have written."""

LOGS = {"proxy_log", "fd_write"}
"""Host functions that say nothing but a line of the log, which has a record of its own."""


def conversation(exchange: Exchange, records: Iterable[Mapping[str, Any]], remarks: Sequence[str] = ()) -> Iterator[str]:
    """The whole exchange, line by line. *remarks* is what the host itself has said meanwhile."""
    yield _title("the client sends")
    yield from message_lines(exchange.sent)
    yield ""
    yield _title("the filters and the host")
    yield from crossing_lines(records)
    yield ""
    if remarks:
        yield _title("the host remarks")
        yield from (click.style(f"  {line}", fg="yellow") for remark in remarks for line in remark.splitlines())
        yield ""
    if exchange.upstream is None:
        yield _title("the upstream saw nothing")
    else:
        yield _title("the upstream saw" if exchange.upstream_complete else "the upstream saw the beginning of")
        yield from _changed_lines(exchange.sent, exchange.upstream)
    if exchange.answer is not None:
        yield ""
        yield _title("the upstream answers")
        yield from message_lines(exchange.answer)
    yield ""
    if exchange.client is None:
        yield _title("the client got no response")
    elif exchange.answer is None:
        yield _title("the client got, from the filters")
        yield from message_lines(exchange.client)
    else:
        yield _title("the client got")
        yield from _changed_lines(exchange.answer, exchange.client)
    if exchange.reset is not None:
        yield click.style(f"The connection was closed: {exchange.reset}.", fg="red")
    if exchange.stalled:
        yield click.style(
            "The exchange stands still: a filter paused it, and no HTTP call and no timer is left that could make it go on. "
            "A filter that pauses must call proxy_continue_stream or send a local response later.",
            fg="red",
        )


def crossing_lines(records: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The crossings of the border between host and guest, one line each, with the reason below when something was refused."""
    for record in records:
        if "log" in record:
            first, *more = str(record["message"]).split("\n")
            yield "    " + click.style(f"log {record['log']}: ", fg="cyan") + _visible(first)
            yield from (f"      {_visible(line)}" for line in more)
        elif record["name"] in LOGS and record["result"] == 0:
            continue
        elif record["name"] in ALLOCATORS:
            yield "        " + click.style(f"{record['name']}({record['args'][0]}) = {record['result']}", dim=True)
        elif record["from"] == "host":
            yield from _callback_lines(record)
        else:
            yield from _hostcall_lines(record)


def message_lines(message: Seen | Answer) -> Iterator[str]:
    """A request or a response: its first line, its headers, its body, its trailers."""
    yield "  " + click.style(_first_line(message), bold=True)
    yield from (f"    {_header(pair)}" for pair in _plain_headers(message.headers))
    yield from _body_lines(message.body)
    yield from (f"    {_header(pair)}  (trailer)" for pair in message.trailers.pairs())


def _callback_lines(record: Mapping[str, Any]) -> Iterator[str]:
    where = click.style(f"[{record['context']}]", dim=True)
    outcome = f" → {record['status']}" if record.get("status") else ""
    yield f"  {where} " + click.style(str(record["name"]), fg="green", bold=True) + _arguments(record) + outcome
    if record.get("reason"):
        yield "    " + click.style(str(record["reason"]), fg="red")


def _hostcall_lines(record: Mapping[str, Any]) -> Iterator[str]:
    status = record.get("status")
    outcome = f" = {status if status is not None else record.get('result')}"
    colour = None if status in ("OK", None) else "yellow"
    yield "    " + click.style(str(record["name"]), fg="blue") + _arguments(record) + click.style(outcome, fg=colour)
    if record.get("reason"):
        yield "        " + click.style(str(record["reason"]), fg="yellow")


def _arguments(record: Mapping[str, Any]) -> str:
    decoded = record.get("decoded") or {}
    if not decoded and record["args"]:
        return "(" + ", ".join(map(str, record["args"])) + ")"
    return "(" + ", ".join(f"{name}={_value(value)}" for name, value in decoded.items()) + ")"


def _value(value: object) -> str:
    """A decoded argument, short. Names of enumerations stand bare, texts in quotes."""
    if isinstance(value, str) and value.isupper() and value.replace("_", "").isalnum():
        return value
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:197]}… ({len(text)} characters)"


def _changed_lines(before: Seen | Answer, after: Seen | Answer) -> Iterator[str]:
    """*after*, with + before what the filters added and - before what they took away."""
    first, changed = _first_line(after), _first_line(before) != _first_line(after)
    if changed:
        yield click.style(f"- {_first_line(before)}", fg="red")
    yield click.style(f"{'+' if changed else ' '} {first}", bold=True, fg="green" if changed else None)
    yield from _header_diff(_plain_headers(before.headers), _plain_headers(after.headers), "")
    if before.body != after.body:
        yield ""
        yield from (click.style(f"- {line}", fg="red") for line in _shown(before.body))
        yield from (click.style(f"+ {line}", fg="green") for line in _shown(after.body))
    else:
        yield from _body_lines(after.body)
    yield from _header_diff(before.trailers.pairs(), after.trailers.pairs(), "  (trailer)")


def _header_diff(before: Sequence[tuple[bytes, bytes]], after: Sequence[tuple[bytes, bytes]], suffix: str) -> Iterator[str]:
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    for what, a0, a1, b0, b1 in matcher.get_opcodes():
        if what == "equal":
            yield from (f"    {_header(pair)}{suffix}" for pair in after[b0:b1])
            continue
        yield from (click.style(f"-   {_header(pair)}{suffix}", fg="red") for pair in before[a0:a1])
        yield from (click.style(f"+   {_header(pair)}{suffix}", fg="green") for pair in after[b0:b1])


def _first_line(message: Seen | Answer) -> str:
    if isinstance(message, Seen):
        return f"{_visible(message.method) or '(no method)'} {_visible(message.path) or '(no path)'}"
    return str(message.status)


def _plain_headers(headers: HeaderMap) -> list[tuple[bytes, bytes]]:
    """All headers but those that the first line says already."""
    return [pair for pair in headers.pairs() if pair[0] not in (b":method", b":path", b":status")]


def _header(pair: tuple[bytes, bytes]) -> str:
    return f"{_visible(readable(pair[0]))}: {_visible(readable(pair[1]))}"


def _body_lines(body: bytes) -> Iterator[str]:
    if body:
        yield ""
        yield from (f"  {line}" for line in _shown(body))


def _shown(body: bytes) -> Iterator[str]:
    """The lines of *body*, not too many of them."""
    text = readable(body)
    yield from (f"  {_visible(line)}" for line in text[:BODY_SHOWN].splitlines())
    if len(text) > BODY_SHOWN:
        yield f"  … and {len(text) - BODY_SHOWN} characters more"


def _visible(text: str) -> str:
    """*text* on one line, with control characters as backslash escapes."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _title(text: str) -> str:
    return click.style(text, underline=True)
