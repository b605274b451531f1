"""Check 1: the first marker in export order decides, and without one a module is refused (abi: 1.2)."""

from __future__ import annotations

import pytest

from proxyabi import GuestError

MALLOC = '(func (export "malloc") (param i32) (result i32) (i32.const 0))'


def marker(version: str) -> str:
    return f'(func (export "proxy_abi_version_{version}"))'


@pytest.mark.parametrize(
    ("versions", "decides"), [(("0_1_0", "0_2_1"), "0.1.0"), (("0_2_1", "0_1_0"), "0.2.1"), (("0_2_0",), "0.2.0")]
)
def test_the_first_marker_decides(of_text, versions, decides):
    assert of_text(*map(marker, versions), MALLOC).host.plugins[0].version == decides


@pytest.mark.parametrize("members", [(), (marker("0_9_9"),), ('(global (export "proxy_abi_version_0_2_1") i32 (i32.const 0))',)])
def test_without_a_marker_that_is_a_function_the_module_is_refused(of_text, members):
    with pytest.raises(GuestError, match="missing or unknown Proxy-Wasm ABI version"):
        of_text(*members, MALLOC)
