"""Envoy's `PluginConfig` and `VmConfig`: from a message to our `PluginConfig`.

Lives here: the fields of both, the forms of an `Any`, and where code comes from.
Not here: where such messages stand (envoy.py, istio.py, gateway.py).

abi: 19 Configuration reference
"""

from __future__ import annotations

import hashlib
import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proxyabi.abi.kinds import HTTP_FILTER, PluginKind
from proxyabi.config import FailurePolicy, PluginConfig
from proxyabi.errors import ConfigError
from proxyabi.formats.document import Node
from proxyabi.formats.message import Message

__all__ = ["Overrides", "Source", "any_bytes", "fetch", "plugin_of", "typed"]

TYPE = "type.googleapis.com/"
RUNTIME = "envoy.wasm.runtime."
RUNTIMES = ("v8", "wasmtime", "wamr", "wavm")
TYPED_STRUCTS = ("xds.type.v3.TypedStruct", "udpa.type.v1.TypedStruct")
MOST_FETCHED = 64 << 20


@dataclass(frozen=True)
class Source:
    """Where code may come from: the folder that relative names start from, and whether remote code may be fetched."""

    folder: Path = field(default_factory=Path)
    fetch: bool = True
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)


@dataclass(frozen=True)
class Overrides:
    """Settings of ours that such files have no words for, for all plugins of a file."""

    hide: frozenset[str] = frozenset()
    drafts: bool = False
    stub_imports: bool = False
    callback_seconds: float | None = 10.0


def typed(node: Node, what: str, notes: Any) -> tuple[str, Message]:
    """The type and the content of a `typed_config`; a TypedStruct is opened.

    raises: ConfigError, when there is no type.
    """
    message = Message(node, what, notes)
    type_url = message.text("@type")
    if not type_url:
        raise node.fail(f"{what} needs @type, such as {TYPE}envoy.extensions.filters.http.wasm.v3.Wasm")
    name = type_url.rpartition("/")[2]
    if name in TYPED_STRUCTS:
        inner = message.text("type_url")
        value = message.take("value") or Node({}, node.mark, {})
        message.close()
        return inner.rpartition("/")[2], Message(value, what, notes)
    return name, message


def any_bytes(node: Node | None, what: str, notes: Any) -> bytes:
    """The bytes that a guest gets for a configuration: text and bytes as they are, a structure as JSON.

    abi: 19.1 configuration
    """
    if node is None:
        return b""
    name, message = typed(node, what, notes)
    if name == "google.protobuf.StringValue":
        data: bytes = message.text("value").encode()
    elif name == "google.protobuf.BytesValue":
        data = message.data("value") or b""
    elif name == "google.protobuf.Struct":
        value = message.take("value")
        data = json_text(value.plain() if value is not None else {})
    elif name in ("google.protobuf.Empty", ""):
        data = b""
    else:
        raise node.fail(
            f"{what}: a value of type {name} reaches a guest as serialised protobuf, which is not supported here. "
            "Use google.protobuf.StringValue, BytesValue or Struct"
        )
    message.close()
    return data


def json_text(value: Any) -> bytes:
    """*value* as Envoy writes a structure as JSON: no spaces, members in the order of their names."""
    return json.dumps(_doubles(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _doubles(value: Any) -> Any:
    """Numbers of a structure are doubles; whole ones are written without a point."""
    if isinstance(value, dict):
        return {key: _doubles(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_doubles(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def plugin_of(message: Message, source: Source, overrides: Overrides, kind: PluginKind = HTTP_FILTER) -> PluginConfig:
    """The plugin that a `PluginConfig` message describes, with its code.

    raises: ConfigError, with the place of what is wrong.
    """
    notes = message.notes
    settings: dict[str, Any] = {
        "name": message.text("name"),
        "root_id": message.text("root_id"),
        "configuration": any_bytes(message.take("configuration"), "configuration", notes),
        "fail_open": message.flag("fail_open"),
        "failure_policy": message.choice("failure_policy", FailurePolicy, FailurePolicy.UNSPECIFIED),
        "allow_on_headers_stop_iteration": message.flag("allow_on_headers_stop_iteration"),
    }
    restriction = message.message("capability_restriction_config")
    if restriction is not None:
        settings["allowed_capabilities"] = frozenset(restriction.table("allowed_capabilities"))
        restriction.close()
    reload_config = message.message("reload_config")
    if reload_config is not None:
        _reload(reload_config, settings)
    vm = message.message("vm_config")
    if vm is None:
        raise message.node.fail(f"{message.what} needs vm_config, which names the code")
    settings |= _vm(vm, source)
    message.close()
    own = {name: getattr(overrides, name) for name in Overrides.__dataclass_fields__}
    try:
        return PluginConfig(**settings, **own, kind=kind)
    except ConfigError as error:
        raise message.node.fail(f"{error.path}: {error.reason}") from error


def _reload(message: Message, settings: dict[str, Any]) -> None:
    backoff = message.message("backoff")
    if backoff is not None:
        base = backoff.seconds("base_interval")
        if base is not None:
            settings["reload_seconds"] = base
        backoff.without_effect(["max_interval"], "has no effect, in Envoy either: every wait is drawn from the base interval")
        backoff.close()
    message.close()


def _vm(message: Message, source: Source) -> dict[str, Any]:
    runtime = message.take("runtime")
    if runtime is not None and runtime.value:
        name = str(runtime.value).removeprefix(RUNTIME)
        if name == "null":
            raise runtime.fail(
                "runtime null names C++ code inside of Envoy, which is not here; give a module and another runtime"
            )
        if name not in RUNTIMES:
            raise runtime.fail(
                f"there is no runtime {runtime.value}; Envoy has {', '.join(RUNTIME + known for known in RUNTIMES)}"
            )
    settings: dict[str, Any] = {
        "vm_id": message.text("vm_id"),
        "vm_configuration": any_bytes(message.take("configuration"), "configuration", message.notes),
    }
    message.without_effect(["allow_precompiled"], "has no effect: compiled code inside of a module is never trusted here")
    message.without_effect(["nack_on_code_cache_miss"], "has no effect: code is fetched before anything starts")
    variables = message.message("environment_variables")
    if variables is not None:
        settings["host_env_keys"] = tuple(variables.texts("host_env_keys"))
        settings["environment"] = {key: str(node.value) for key, node in variables.table("key_values").items()}
        variables.close()
    code = message.message("code")
    if code is None:
        raise message.node.fail("vm_config needs code: local with filename, inline_bytes or inline_string, or remote")
    settings["code"], settings["code_path"] = _code(code, source)
    message.close()
    return settings


def _code(message: Message, source: Source) -> tuple[bytes, str]:
    local, remote = message.message("local"), message.message("remote")
    message.close()
    if (local is None) == (remote is None):
        raise message.node.fail("code needs exactly one of local and remote")
    if remote is not None:
        return _remote(remote, source)
    if local is None:
        raise message.node.fail("code needs local or remote")
    kinds = [kind for kind in ("filename", "inline_bytes", "inline_string", "environment_variable") if local.has(kind)]
    if len(kinds) != 1:
        raise local.node.fail("local needs exactly one of filename, inline_bytes, inline_string and environment_variable")
    place = str(local.node.mark)
    if kinds[0] == "filename":
        node = local.need("filename")
        path = source.folder / str(node.value)
        try:
            found = path.read_bytes(), str(path)
        except OSError as error:
            raise node.fail(f"{path} cannot be read: {error.strerror or error}") from error
    elif kinds[0] == "inline_bytes":
        found = local.data("inline_bytes") or b"", place
    elif kinds[0] == "inline_string":
        found = local.text("inline_string").encode(), place
    else:
        name = local.text("environment_variable")
        if name not in source.environment:
            raise local.node.fail(f"the environment variable {name} is not set")
        found = source.environment[name].encode("utf-8", "surrogateescape"), f"${name}"
    local.without_effect(["watched_directory"])
    local.close()
    return found


def _remote(message: Message, source: Source) -> tuple[bytes, str]:
    address = message.message("http_uri")
    sha256 = message.text("sha256")
    message.without_effect(["retry_policy"], "has no effect: code is fetched once")
    message.close()
    if address is None or not sha256:
        raise message.node.fail("remote needs http_uri and sha256")
    uri, timeout = address.text("uri"), address.seconds("timeout")
    address.without_effect(["cluster"], "has no effect: the code is fetched from uri itself")
    address.close()
    return fetch(uri, sha256, source, address.node, timeout), uri


def fetch(uri: str, sha256: str, source: Source, node: Node, timeout: float | None = None) -> bytes:
    """The code at an http or https address, which has to have that sum when one is given.

    raises: ConfigError.
    """
    if not uri.startswith(("http://", "https://")):
        raise node.fail(f"{uri} is no http or https address. Fetch the module by other means and name the file")
    if not source.fetch:
        raise node.fail(f"{uri} would have to be fetched, which was not asked for")
    try:
        with urllib.request.urlopen(uri, timeout=timeout or 30.0) as response:
            data: bytes = response.read(MOST_FETCHED + 1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise node.fail(f"{uri} cannot be fetched: {error}") from error
    if len(data) > MOST_FETCHED:
        raise node.fail(f"{uri} is larger than {MOST_FETCHED >> 20} MiB")
    found = hashlib.sha256(data).hexdigest()
    if sha256 and found != sha256.lower():
        raise node.fail(f"{uri} has the SHA-256 {found}, not {sha256}: it is another module than the one meant")
    return data
