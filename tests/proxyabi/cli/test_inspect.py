"""`proxyabi inspect`: what a filter is made of."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from proxyabi.cli.main import cli

GUESTS = Path(__file__).parents[2] / "guests"


def inspect(name: str, *args: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["inspect", str(GUESTS / name), *args])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("name", "version", "language", "sdk"),
    [
        ("rust.wasm", "0.2.1", "Rust", "Rust crate proxy-wasm 0.2"),
        ("go.wasm", "0.2.0", "Go", "proxy-wasm-go-sdk v0"),
        ("assemblyscript.wasm", "0.2.0", "AssemblyScript", "npm @solo-io/proxy-runtime"),
    ],
)
def test_inspect_tells_the_version_the_language_and_the_sdk(name: str, version: str, language: str, sdk: str) -> None:
    code, output = inspect(name, "--json")
    facts = json.loads(output)

    assert code == 0
    assert (facts["abi_version"], facts["language"]) == (version, language)
    assert facts["sdk"].startswith(sdk)
    assert facts["problems"] == []


def test_inspect_lists_callbacks_imports_sections_and_the_largest_functions() -> None:
    code, output = inspect("go.wasm", "--functions", "3")

    assert code == 0
    assert "proxy_on_request_headers" in output
    assert "✓ wasi_snapshot_preview1.fd_write" in output
    assert "code" in output
    assert "largest of 1,884 functions" in output
    assert "Nothing that a host would refuse." in output


def test_the_sections_and_their_header_make_up_the_whole_file() -> None:
    _, output = inspect("rust.wasm", "--json")
    facts = json.loads(output)

    assert 8 + sum(section["size"] for section in facts["sections"]) == facts["bytes"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("broken_missing_import.wasm", "✗ env.proxy_make_coffee"),
        ("broken_wrong_import.wasm", "import type mismatch"),
        ("broken_no_marker.wasm", "missing or unknown Proxy-Wasm ABI version"),
        ("broken_no_allocator.wasm", "no allocator"),
        ("broken_wrong_callback.wasm", "bad function signature"),
    ],
)
def test_inspect_names_everything_that_envoy_would_refuse(name: str, says: str) -> None:
    code, output = inspect(name)

    assert code == 1
    assert says in output
    assert "Envoy would refuse this module" in output


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"hello", "magic header not detected"),
        (b"", "unexpected end"),
        (b"\0asm\x0d\0\1\0", "component"),
        (b"\0asm\1\0\0\0\1\x7f", "length out of bounds"),
    ],
)
def test_inspect_says_why_bytes_are_no_module(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "thing.wasm"
    path.write_bytes(data)

    result = CliRunner().invoke(cli, ["inspect", str(path)])

    assert result.exit_code == 1
    assert says in result.output
    assert "Traceback" not in result.output


def test_functions_without_a_name_say_so_and_fewer_than_none_are_refused() -> None:
    _, shown = inspect("hostile.wasm")
    assert re.search(r"^ +909 +15  \(no name\)$", shown, re.MULTILINE)
    assert inspect("c.wasm", "--functions", "-1")[0] == 2
