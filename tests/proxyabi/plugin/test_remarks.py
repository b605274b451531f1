"""What the host says of its own accord, each with the remedy: filters that wait in vain, answer twice, or get lengths wrong."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import scripted as s
from conversation import Conversation, assemble, filter_of

from proxyabi import PluginConfig


def warned(talk: Conversation, *words: str) -> bool:
    return sum(all(word in line for word in words) for line in talk.warnings()) == 1


def test_a_second_local_response_is_told_of() -> None:
    talk = Conversation("python", {"on_request_headers": (s.local(403, b"no"), s.local(404, b"no")), "on_response_headers": ()})
    talk.get()
    assert warned(talk, "proxy_send_local_response has no effect", "has been answered by a local response already")


def test_one_local_response_is_not() -> None:
    talk = Conversation("python", {"on_request_headers": (s.local(403, b"no"),)})
    talk.get()
    talk.done()
    assert talk.warnings() == []


def test_a_response_out_of_a_context_without_a_stream_is_told_of() -> None:
    talk = Conversation("python", {"on_configure": (s.local(403), s.resume(0), s.close(1))})
    for function in ("proxy_send_local_response", "proxy_continue_stream", "proxy_close_stream"):
        assert warned(talk, f"{function} in proxy_on_configure (context 1)", "proxy_set_effective_context first")


def test_a_wrong_content_length_after_a_change_of_the_body_is_told_of() -> None:
    talk = Conversation("python", {"on_request_headers": (), "on_request_body": (s.drop(s.set_body(0, b"longer than before")),)})
    talk.post((b"content-length", b"3"))
    talk.body(b"abc", end=True)
    assert warned(talk, "content-length 3", "18 bytes", "Remove content-length")


def test_a_body_of_the_length_announced_is_not() -> None:
    talk = Conversation("python", {"on_request_headers": (), "on_request_body": (s.drop(s.set_body(0, b"xyz")),)})
    talk.post((b"content-length", b"3"))
    talk.body(b"abc", end=True)
    assert talk.warnings() == []


def test_a_body_that_is_waited_for_while_the_headers_are_held_is_told_of() -> None:
    script: s.Script = {"on_request_headers": (s.give(1),), "on_request_body": ()}
    talk = Conversation("python", script)
    talk.post()
    assert warned(talk, "waits for ever", "Its callback for the body is not called meanwhile", "allow_on_headers_stop_iteration")
    free = Conversation("python", filter_of(script, allow_on_headers_stop_iteration=True))
    free.post()
    free.body(b"x", end=True)
    assert not any("is not called meanwhile" in line for line in free.warnings())


def test_a_trap_is_explained_by_the_status_before_it() -> None:
    talk = Conversation("python", {"on_log": (s.report("x", s.remove(0, b"a")), s.TRAP), "on_request_headers": ()})
    talk.get()
    talk.done()
    assert warned(
        talk,
        "before proxy_on_log failed",
        "env.proxy_remove_header_map_value answered BAD_ARGUMENT",
        "cannot be changed in proxy_on_log",
    )


def test_a_status_of_an_earlier_callback_is_not_blamed() -> None:
    talk = Conversation(
        "python", {"on_request_headers": (s.report("x", s.header(0, b"none")),), "on_response_headers": (s.TRAP,)}
    )
    talk.get()
    talk.answer(end=True)
    assert not any("before proxy_on_response_headers failed" in line for line in talk.warnings())


def test_bytes_that_are_no_text_are_named_after_a_trap() -> None:
    talk = Conversation("python", {"on_request_headers": (s.TRAP,)})
    talk.get(b"/", (b"x-odd", b"\xff"))
    assert warned(talk, "the value of x-odd is no UTF-8 text")


def test_back_traces_have_the_names_of_the_source() -> None:
    names = {"_ZN5Envoy6Filter8onHeaderEi": "Envoy::Filter::onHeader", "_RNvC7mycrate3foo": "mycrate::foo"}
    for mangled, written in names.items():
        text = s.module({"on_request_headers": ("(call $inner)",)}).replace(
            '(func (export "malloc")', '(func $inner unreachable) (func (export "malloc")', 1
        )
        text = text.replace("$inner", f"${mangled}")
        talk = Conversation("python", PluginConfig(assemble(text)))
        talk.get()
        assert f" - {written}\n" in str(talk.host.plugins[0].failure) + "\n"
