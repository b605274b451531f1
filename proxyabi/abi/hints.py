"""What an import that no host resolves tells about how a module was built.

Lives here: names and patterns of such imports, each with a sentence: what it is, and what brings the author further.
Not here: finding the imports (plugin.preflight) and refusing them.

abi: 1.3, 2.2 Linking rules, 8 WASI and Emscripten imports, 21 Host extensions, 22 The drafts
"""

# ruff: noqa: SIM905 - one row, one line; names read better as a text than as a list

from __future__ import annotations

import re

from proxyabi.abi.callbacks import CALLBACKS
from proxyabi.abi.hostcalls import HOSTCALLS
from proxyabi.abi.versions import DRAFT_MARKER, VERSIONS, AbiVersion, surface
from proxyabi.abi.wasi import WASI, WASI_MODULES

__all__ = ["hint", "marker_hint"]

DRAFT_A = frozenset(
    """
    proxy_get_current_time proxy_set_tick_period proxy_get_buffer proxy_set_buffer proxy_get_map proxy_set_map proxy_get_map_value
    proxy_set_map_value proxy_add_map_value proxy_remove_map_value proxy_resume_downstream proxy_resume_upstream
    proxy_resume_http_request proxy_resume_http_response proxy_close_downstream proxy_close_upstream proxy_send_http_response
    proxy_dispatch_http_call proxy_dispatch_grpc_call proxy_open_grpc_stream proxy_send_grpc_call_message proxy_cancel_grpc_call
    proxy_close_grpc_call proxy_remove_shared_queue proxy_remove_metric
    """.split()
)
DRAFT_B = frozenset(
    """
    proxy_context_finalize proxy_resume_stream proxy_resume_http_stream proxy_close_http_stream proxy_get_map_values
    proxy_set_map_values proxy_open_shared_kvstore proxy_get_shared_kvstore_key_values proxy_set_shared_kvstore_key_values
    proxy_add_shared_kvstore_key_values proxy_remove_shared_kvstore_key proxy_delete_shared_kvstore proxy_open_shared_queue
    proxy_dequeue_shared_queue_item proxy_enqueue_shared_queue_item proxy_delete_shared_queue proxy_create_timer
    proxy_delete_timer proxy_create_metric proxy_get_metric_value proxy_set_metric_value proxy_increment_metric_value
    proxy_delete_metric proxy_send_grpc_stream_message proxy_cancel_grpc_stream proxy_close_grpc_stream
    proxy_call_custom_function
    """.split()
)
HIGRESS = frozenset(
    """
    proxy_redis_init proxy_redis_call proxy_inject_encoded_data_to_filter_chain proxy_get_upstream_hosts
    proxy_set_upstream_override_host
    """.split()
)
TODAY = {
    "proxy_get_current_time": "proxy_get_current_time_nanoseconds",
    "proxy_set_tick_period": "proxy_set_tick_period_milliseconds",
    "proxy_get_buffer": "proxy_get_buffer_bytes",
    "proxy_set_buffer": "proxy_set_buffer_bytes",
    "proxy_get_map": "proxy_get_header_map_pairs",
    "proxy_set_map": "proxy_set_header_map_pairs",
    "proxy_get_map_value": "proxy_get_header_map_value",
    "proxy_set_map_value": "proxy_replace_header_map_value",
    "proxy_add_map_value": "proxy_add_header_map_value",
    "proxy_remove_map_value": "proxy_remove_header_map_value",
    "proxy_resume_http_request": "proxy_continue_stream",
    "proxy_resume_http_response": "proxy_continue_stream",
    "proxy_resume_http_stream": "proxy_continue_stream",
    "proxy_resume_stream": "proxy_continue_stream",
    "proxy_send_http_response": "proxy_send_local_response",
    "proxy_dispatch_http_call": "proxy_http_call",
    "proxy_dispatch_grpc_call": "proxy_grpc_call",
    "proxy_open_grpc_stream": "proxy_grpc_stream",
}
"""What a draft's function is called in the versions that hosts have."""

_EMSCRIPTEN = "link for a standalone module: emcc -s STANDALONE_WASM=1 --no-entry -s ERROR_ON_UNDEFINED_SYMBOLS=1"

_PATTERNS: tuple[tuple[str, str, str], ...] = (
    # module, name (both as patterns for the whole), sentence
    (r"env", r"abort", "AssemblyScript's abort: compile with --use abort=abort_proc_exit from the SDK, which routes it to proc_exit"),
    (r"env", r"seed|trace", "AssemblyScript's runtime: use the SDK's entry file, which brings its own, and compile with --runtime stub"),
    (r"env", r"__syscall.*|___syscall.*", f"a system call of Emscripten's libc, for files or sockets that no host has: {_EMSCRIPTEN}"),
    (
        r"env",
        r"emscripten_.*|abortOnCannotGrowMemory|_emscripten_.*|setTempRet0|getTempRet0|invoke_.*|_?abort|__assert_fail|__cxa_.*",
        f"Emscripten's JavaScript runtime, which a proxy does not have: {_EMSCRIPTEN}, and build without C++ exceptions",
    ),
    (
        r"env|GOT\..*",
        r"__memory_base|__table_base|__stack_pointer|__indirect_function_table|tableBase|memoryBase|DYNAMICTOP_PTR",
        "position-independent code for dynamic linking: link statically, without -fPIC, -s MAIN_MODULE and -s SIDE_MODULE",
    ),
    (r"GOT\..*", r".*", "a symbol left for a dynamic linker: link statically, without -fPIC, -s MAIN_MODULE and -s SIDE_MODULE"),
    (r"go|gojs", r".*", "Go for browsers: build with GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared (Go 1.24 or later), not GOOS=js"),
    (
        r"wasi:.*|wasi_snapshot_preview2|.*/.*@.*",
        r".*",
        "the component model (WASI preview 2): build a core module, for instance for the target wasm32-wasip1",
    ),
    (r"wbg|__wbindgen_.*|.*", r"__wbindgen_.*|__wbg_.*", "wasm-bindgen's JavaScript glue: build for wasm32-wasip1 without a crate that needs it"),
    (r"asyncify|bynsyncify", r".*", "Asyncify's unwinding, which needs a JavaScript host: build without it"),
    (r"wasix_.*", r".*", "WASIX, which only Wasmer has: build for wasm32-wasip1"),
    (r"env", r"envoy_resolve_dns", "Envoy's own extension for DNS, which this host does not have yet"),
    (r"env", r"ngx_.*|proxy_wasm_.*", "an extension of ngx_wasm_module (Kong), which other hosts do not have"),
    (r"env", r"pcre_.*|lua_.*|SSL_.*|EVP_.*", "a function of a C library that was not linked in: link the library's static archive"),
    (r"wasi_snapshot_preview1|wasi_unstable", r"proc_raise", "the one function of WASI preview 1 that no Proxy-Wasm host has: do not raise signals"),
)  # fmt: skip

_ARITY = {
    "path_link": "hosts register it with six parameters where WASI has seven, so no module that imports it links: "
    "keep the standard library's file functions out of the program",
    "path_symlink": "hosts register it with four parameters where WASI has five, so no module that imports it links: "
    "keep the standard library's file functions out of the program",
    "proxy_grpc_call": "the AssemblyScript SDK declares it without the initial metadata, so it links nowhere",
    "proxy_grpc_stream": "the AssemblyScript SDK declares it without the initial metadata, so it links nowhere",
    "proxy_continue_request": "declare it with a result of type i32",
    "proxy_continue_response": "declare it with a result of type i32",
    "proxy_clear_route_cache": "declare it with a result of type i32",
}
"""Imports that exist and are often declared with another type."""


_MARKERS = {
    DRAFT_MARKER: "the marker of the open draft (vNEXT), which Envoy refuses. It differs from 0.2.1 in this name alone: "
    "--drafts (drafts=True) takes it for 0.2.1",
    "proxy_abi_version_0_2_100": "Higress's private version, which adds Redis calls to 0.2.1 and which other hosts do not know. "
    "Build with an SDK release for 0.2.1",
    "proxy_abi_version_0_3_0": "a version that was planned and never published. Build with an SDK release for 0.2.1",
    "proxy_abi_version_vNEXT": "a draft's name, which no host knows. Build with an SDK release for 0.2.1",
}


def marker_hint(name: str) -> str:
    """What to know of a marker that is none of the published ones."""
    return _MARKERS.get(name, "which no host knows")


def hint(module: str, name: str, version: AbiVersion | None = None) -> str | None:
    """One sentence on an import that does not link in *version*: what it is, and what to do. None when we know nothing.

    It may also be one that exists with another type.
    """
    if version is not None and (module, name) in surface(version).hostcalls:
        return _ARITY.get(name)
    return _of_another_version(module, name, version) or _of_a_host(name) or _by_place(module, name) or _by_pattern(module, name)


def _of_another_version(module: str, name: str, version: AbiVersion | None) -> str | None:
    having = [str(other) for other in VERSIONS if (module, name) in surface(other).hostcalls]
    if not having:
        return None
    said = f"; this module says {version}" if version else ""
    if name == "proxy_clear_route_cache":
        return f"it is in ABI {having[0]} only{said}. Call the foreign function clear_route_cache instead"
    if name in ("proxy_continue_request", "proxy_continue_response"):
        return f"it is in ABI {having[0]} only{said}. Call proxy_continue_stream instead"
    return f"it is in ABI {' and '.join(having)} only{said}. Use an SDK release for one of those, or do without the function"


def _of_a_host(name: str) -> str | None:
    if name in HIGRESS:
        return "an extension of Higress, which Envoy does not have either"
    draft = (
        "never implemented draft of 2020"
        if name in DRAFT_A
        else "review draft that MOSN's version 2 follows"
        if name in DRAFT_B
        else ""
    )
    if not draft:
        return None
    today = TODAY.get(name)
    return f"a name of the {draft}" + (f"; the versions that hosts have call it {today}" if today else "")


def _by_place(module: str, name: str) -> str | None:
    """A function that exists, under another module's name; or one that belongs on the guest's side."""
    if module in ("wasi_snapshot_preview0", "wasi") and any(row.name == name for row in WASI):
        return f"hosts have WASI under {' and '.join(WASI_MODULES)} only"
    if module != "env" and any(row.name == name for row in HOSTCALLS):
        return f'host functions are imported from the module "env", not from "{module}"'
    if any(row.name == name for row in CALLBACKS):
        return "that is a function which the guest gives to the host: export it instead of importing it"
    return None


def _by_pattern(module: str, name: str) -> str | None:
    for module_pattern, name_pattern, sentence in _PATTERNS:
        if re.fullmatch(module_pattern, module) and re.fullmatch(name_pattern, name):
            return sentence
    if name.startswith("proxy_"):
        return "no version of the ABI has this function; it may belong to another proxy"
    if module == "env":
        return "a function that was declared and not defined: the linker left it for the host to supply"
    return None
