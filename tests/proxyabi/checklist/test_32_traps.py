"""Check 32: what a trap says: the function, the reason, and the back-trace with names (abi: 2.6)."""

from __future__ import annotations

import re

import pytest

MEMBERS = """
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "malloc") (param i32) (result i32) (i32.const 0))
  (func $deeper (param i32) (if (local.get 0) (then (call $deeper (i32.sub (local.get 0) (i32.const 1))))) unreachable)
  (func $_ZN5Envoy4denyEi (call $deeper (i32.const DEPTH)))
  (func $on_headers (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (call $_ZN5Envoy4denyEi) (i32.const 0))
"""


@pytest.mark.parametrize(("depth", "names"), [(0, ["deeper", "Envoy::deny", "on_headers"]), (50, ["deeper"] * 20)])
def test_the_text_of_a_trap(of_text, depth, names):
    talk = of_text(MEMBERS.replace("DEPTH", str(depth)))
    talk.get()
    first, title, *frames = str(talk.host.plugins[0].failure).splitlines()
    assert first.startswith("Function: proxy_on_request_headers failed: Uncaught RuntimeError: unreachable")
    assert title == "Proxy-Wasm plugin in-VM backtrace:"
    parts = [re.fullmatch(r"( {0,2}[0-9]+):  0x[0-9a-f]+ - (.+)", frame) for frame in frames]
    assert [part and part[2] for part in parts] == names
    assert [part and part[1] for part in parts] == [f"{number:3}" for number in range(len(names))]
