"""What an import that links nowhere tells."""

from __future__ import annotations

import pytest

from proxyabi.abi.hints import TODAY, hint
from proxyabi.abi.versions import VERSIONS, surface

V010, V020, V021 = VERSIONS


@pytest.mark.parametrize(
    ("module", "name", "version", "words"),
    [
        ("env", "proxy_clear_route_cache", V021, "in ABI 0.1.0 only; this module says 0.2.1"),
        ("env", "proxy_clear_route_cache", V021, "foreign function clear_route_cache"),
        ("env", "proxy_continue_request", V020, "proxy_continue_stream"),
        ("env", "proxy_get_configuration", V021, "0.1.0 only"),
        ("env", "proxy_get_log_level", V020, "0.2.1 only; this module says 0.2.0"),
        ("env", "proxy_continue_stream", V010, "0.2.0 and 0.2.1 only"),
        ("env", "proxy_get_map_value", V021, "proxy_get_header_map_value"),
        ("env", "proxy_resume_http_stream", V021, "MOSN"),
        ("env", "proxy_redis_call", V021, "Higress"),
        ("env", "abort", V021, "--use abort="),
        ("env", "__syscall_openat", V021, "Emscripten"),
        ("env", "emscripten_resize_heap", V021, "STANDALONE_WASM"),
        ("env", "__memory_base", V021, "dynamic linking"),
        ("GOT.mem", "stdout", V021, "dynamic linker"),
        ("gojs", "runtime.wasmExit", V021, "GOOS=wasip1"),
        ("go", "debug", V021, "GOOS=wasip1"),
        ("wasi_snapshot_preview2", "x", V021, "component model"),
        ("wasi:cli/environment@0.2.0", "get-environment", V021, "component model"),
        ("wbg", "__wbindgen_throw", V021, "wasm-bindgen"),
        ("env", "pcre_compile", V021, "C library"),
        ("env", "my_own_function", V021, "declared and not defined"),
        ("env", "proxy_make_coffee", V021, "no version of the ABI"),
        ("proxy", "proxy_log", V021, 'from the module "env"'),
        ("env", "proxy_on_tick", V021, "export it"),
        ("wasi_snapshot_preview1", "proc_raise", V021, "signals"),
        ("wasi", "fd_write", V021, "wasi_snapshot_preview1"),
        ("wasi_snapshot_preview1", "path_link", V021, "six parameters"),
        ("env", "proxy_grpc_call", V021, "initial metadata"),
        ("env", "proxy_continue_request", V010, "result of type i32"),
    ],
)
def test_a_hint_names_what_brought_the_import(module: str, name: str, version: object, words: str) -> None:
    assert words in (hint(module, name, version) or "")  # type: ignore[arg-type]


@pytest.mark.parametrize(("module", "name"), [("some_module", "f"), ("env", "proxy_log")])
def test_what_is_unknown_or_right_gets_no_hint(module: str, name: str) -> None:
    assert hint(module, name, V021) is None


def test_the_names_of_today_exist_today() -> None:
    assert {name for name in TODAY.values() if ("env", name) not in surface(V021).hostcalls} == set()
