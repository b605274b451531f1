"""Check 3: a known callback with a wrong type keeps the module from loading (abi: 2.3)."""

from __future__ import annotations

import pytest

from proxyabi import GuestError

MARKER = '(func (export "proxy_abi_version_0_2_1"))'
MALLOC = '(func (export "malloc") (param i32) (result i32) (i32.const 65536))'
MEMORY = '(memory (export "memory") 2)'


@pytest.mark.parametrize(
    "member",
    [
        '(func (export "proxy_on_request_headers") (param i32 i32) (result i32) (i32.const 0))',
        '(func (export "proxy_on_tick"))',
        '(func (export "_start") (result i32) (i32.const 0))',
    ],
)
def test_a_wrong_type_is_refused(of_text, member):
    with pytest.raises(GuestError, match="bad function signature"):
        of_text(member, MARKER, MALLOC)


def test_an_export_that_nobody_looks_up_may_have_any_type(of_text):
    assert of_text('(func (export "proxy_on_grpc_trailing_metadata"))', MARKER, MALLOC).host.plugins[0].failure is None
