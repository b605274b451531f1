"""Versions: detection, and what each lets a guest import and export."""

from __future__ import annotations

import pytest

from proxyabi.abi.versions import DRAFT_MARKER, VERSIONS, detect, markers, surface
from proxyabi.abi.wasi import WASI_MODULES

V010, V020, V021 = VERSIONS


@pytest.mark.parametrize(
    ("exported", "version"),
    [
        (["memory", "proxy_abi_version_0_1_0"], V010),
        (["proxy_abi_version_0_2_0", "proxy_abi_version_0_1_0"], V020),
        (["proxy_on_tick", "proxy_abi_version_0_2_1", "proxy_abi_version_0_2_0"], V021),
        (["proxy_abi_version_0_3_0"], None),
        ([], None),
        ([DRAFT_MARKER], None),
    ],
)
def test_the_first_marker_decides(exported: list[str], version: object) -> None:
    assert detect(exported) is version


def test_the_drafts_marker_counts_when_asked_for() -> None:
    assert detect([DRAFT_MARKER, "proxy_abi_version_0_1_0"], drafts=True) is V021
    assert markers(["a", DRAFT_MARKER, "proxy_abi_version_0_1_0"]) == [DRAFT_MARKER, "proxy_abi_version_0_1_0"]


EVERYWHERE = """
    proxy_log proxy_get_status proxy_set_property proxy_get_property proxy_send_local_response proxy_get_shared_data
    proxy_set_shared_data proxy_register_shared_queue proxy_resolve_shared_queue proxy_dequeue_shared_queue
    proxy_enqueue_shared_queue proxy_get_header_map_value proxy_add_header_map_value proxy_replace_header_map_value
    proxy_remove_header_map_value proxy_get_header_map_pairs proxy_set_header_map_pairs proxy_get_header_map_size
    proxy_get_buffer_status proxy_get_buffer_bytes proxy_set_buffer_bytes proxy_http_call proxy_grpc_call proxy_grpc_stream
    proxy_grpc_close proxy_grpc_cancel proxy_grpc_send proxy_set_tick_period_milliseconds proxy_get_current_time_nanoseconds
    proxy_define_metric proxy_increment_metric proxy_record_metric proxy_get_metric proxy_set_effective_context proxy_done
    proxy_call_foreign_function emscripten_notify_memory_growth pthread_equal
"""
ONLY_010 = "proxy_get_configuration proxy_continue_request proxy_continue_response proxy_clear_route_cache"
SINCE_020 = "proxy_continue_stream proxy_close_stream"


@pytest.mark.parametrize(
    ("version", "more"), [(V010, ONLY_010), (V020, SINCE_020), (V021, SINCE_020 + " proxy_get_log_level")], ids=str
)
def test_each_version_has_its_host_functions(version: object, more: str) -> None:
    names = {name for module, name in surface(version).hostcalls if module == "env"}  # type: ignore[arg-type]

    assert names == set((EVERYWHERE + more).split())


@pytest.mark.parametrize("version", VERSIONS, ids=str)
@pytest.mark.parametrize("module", WASI_MODULES)
def test_each_version_has_all_of_wasi(version: object, module: str) -> None:
    assert sum(1 for place, _ in surface(version).hostcalls if place == module) == 45  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("proxy_on_request_headers", "i32 i32 -> i32", "i32 i32 i32 -> i32"),
        ("proxy_on_response_headers", "i32 i32 -> i32", "i32 i32 i32 -> i32"),
        ("proxy_on_request_body", "i32 i32 i32 -> i32", "i32 i32 i32 -> i32"),
        ("proxy_on_foreign_function", None, "i32 i32 i32 ->"),
        ("proxy_on_context_create", "i32 i32 ->", "i32 i32 ->"),
        ("malloc", "i32 -> i32", "i32 -> i32"),
    ],
)
def test_callbacks_have_their_versions_shape(name: str, old: str | None, new: str) -> None:
    before = surface(V010).callbacks.get(name)

    assert (before.signature if before else None) == old
    assert surface(V020).callbacks[name].signature == surface(V021).callbacks[name].signature == new


def test_types_are_the_reference_hosts() -> None:
    """The longest ones, counted out once."""
    rows = surface(V021).hostcalls

    for name, count in [
        ("proxy_send_local_response", 8),
        ("proxy_http_call", 10),
        ("proxy_grpc_call", 12),
        ("proxy_grpc_stream", 9),
    ]:
        assert rows["env", name].wasm_params == ("i32",) * count
    assert rows["env", "proxy_record_metric"].wasm_params == ("i32", "i64")
    assert rows["wasi_unstable", "path_open"].wasm_params == ("i32",) * 5 + ("i64", "i64", "i32", "i32")
    assert rows["wasi_unstable", "proc_exit"].signature == "i32 ->"
