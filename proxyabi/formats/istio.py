"""Istio's `WasmPlugin` and `TrafficExtension`, and Envoy Gateway's `EnvoyExtensionPolicy`.

Lives here: the three kinds of resource, lowered to plugins as their control planes lower them to Envoy's `PluginConfig`.
Not here: selecting workloads. There is one proxy here, so selectors and targets have no effect and are told of.

Plugins come in the order in which Istio puts them: by phase, then by priority, then by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from proxyabi.config import FailurePolicy, PluginConfig
from proxyabi.errors import ConfigError
from proxyabi.formats.document import Node
from proxyabi.formats.message import Message, Notes
from proxyabi.formats.plugin import Overrides, Source, fetch, json_text
from proxyabi.formats.proxy import ProxyConfig

__all__ = ["KINDS", "read_resources"]

KINDS = ("WasmPlugin", "TrafficExtension", "EnvoyExtensionPolicy")
GROUPS = {
    "WasmPlugin": "extensions.istio.io",
    "TrafficExtension": "extensions.istio.io",
    "EnvoyExtensionPolicy": "gateway.envoyproxy.io",
}
INTERNAL = "ISTIO_META_"
MOST_VARIABLES = 256
LONGEST_VALUE = 2048
AIMS = ["selector", "target_ref", "target_refs", "target_selectors", "match"]
AIMED = "has no effect: there is one proxy here, and the plugin runs in it"


class Phase(IntEnum):
    """Where in the chain a plugin stands."""

    AUTHN = 1
    AUTHZ = 2
    STATS = 3
    UNSPECIFIED_PHASE = 4


class FailStrategy(IntEnum):
    """Istio's names of failure policies."""

    FAIL_CLOSE = 0
    FAIL_OPEN = 1
    FAIL_RELOAD = 2


POLICIES = {
    FailStrategy.FAIL_CLOSE: FailurePolicy.FAIL_CLOSED,
    FailStrategy.FAIL_OPEN: FailurePolicy.FAIL_OPEN,
    FailStrategy.FAIL_RELOAD: FailurePolicy.FAIL_RELOAD,
}


class ValueFrom(IntEnum):
    """Where a variable's value comes from."""

    INLINE = 0
    HOST = 1


@dataclass(frozen=True)
class _Placed:
    order: tuple[int, int, str]
    plugin: PluginConfig


def read_resources(documents: Iterable[Node], source: Source, overrides: Overrides) -> ProxyConfig:
    """The plugins of all resources of the three kinds, in the order in which they would run.

    raises: ConfigError, with the place of what is wrong or not supported.
    """
    reader = _Reader(source, overrides)
    for document in documents:
        reader.resource(document)
    placed = sorted(reader.found, key=lambda entry: entry.order)
    return ProxyConfig(plugins=[entry.plugin for entry in placed], notes=reader.notes.lines)


class _Reader:
    """Gathers the plugins of one file."""

    def __init__(self, source: Source, overrides: Overrides) -> None:
        self.notes = Notes()
        self.found: list[_Placed] = []
        self._source = source
        self._overrides = {name: getattr(overrides, name) for name in Overrides.__dataclass_fields__}

    def resource(self, document: Node) -> None:
        top = Message(document, "the resource", self.notes)
        kind_node, version = top.need("kind"), top.need("api_version")
        kind = str(kind_node.value)
        if kind not in KINDS:
            self.notes.add(kind_node.mark, f"a resource of kind {kind} has no effect here")
            return
        if str(version.value).partition("/")[0] != GROUPS[kind]:
            raise version.fail(f"{kind} belongs to {GROUPS[kind]}, not to {version.value}")
        namespace, name = self._names(top)
        top.take("status")
        spec = top.message("spec")
        top.close()
        if spec is None:
            raise document.fail(f"{kind} needs spec")
        spec.what = "spec"
        if kind == "WasmPlugin":
            self._wasm_plugin(spec, namespace, name)
        elif kind == "TrafficExtension":
            self._traffic_extension(spec, namespace, name)
        else:
            self._extension_policy(spec, namespace, name)

    def _names(self, top: Message) -> tuple[str, str]:
        metadata = top.message("metadata")
        if metadata is None:
            raise top.node.fail("the resource needs metadata with a name")
        name, namespace = metadata.text("name"), metadata.text("namespace", "default")
        return namespace, name

    def _wasm_plugin(self, spec: Message, namespace: str, name: str) -> None:
        order = self._order(spec, namespace, name)
        spec.without_effect(AIMS, AIMED)
        self._istio(spec, order, namespace, name)

    def _traffic_extension(self, spec: Message, namespace: str, name: str) -> None:
        order = self._order(spec, namespace, name)
        spec.without_effect(AIMS, AIMED)
        spec.refuse(["lua"], "is not supported here: this host runs WebAssembly")
        wasm = spec.message("wasm")
        spec.close()
        if wasm is None:
            raise spec.node.fail("TrafficExtension needs wasm")
        self._istio(wasm, order, namespace, name)

    def _order(self, spec: Message, namespace: str, name: str) -> tuple[int, int, str]:
        phase = spec.choice("phase", Phase, Phase.UNSPECIFIED_PHASE)
        priority = spec.number("priority", 0) or 0
        return int(phase), -priority, f"{namespace}/{name}"

    def _istio(self, message: Message, order: tuple[int, int, str], namespace: str, name: str) -> None:
        kind = message.take("type")
        if kind is not None and kind.value not in ("HTTP", "UNSPECIFIED_PLUGIN_TYPE"):
            raise kind.fail(f"plugins of type {kind.value} are not supported here; HTTP filters are")
        message.without_effect(["image_pull_policy", "image_pull_secret"], "has no effect: images are not pulled here")
        message.refuse(["verification_key"], "is reserved by Istio and not implemented there either")
        url, sha256 = message.need("url"), message.text("sha256")
        config = message.take("plugin_config")
        settings: dict[str, Any] = {
            "name": f"{namespace}.{name}",
            "root_id": message.text("plugin_name"),
            "configuration": json_text(config.plain()) if config is not None else b"",
            "failure_policy": POLICIES[message.choice("fail_strategy", FailStrategy, FailStrategy.FAIL_CLOSE)],
        }
        vm = message.message("vm_config")
        if vm is not None:
            settings |= self._environment(vm)
        message.close()
        self._add(message.node, order, settings, url, sha256)

    def _environment(self, vm: Message) -> dict[str, Any]:
        values: dict[str, str] = {}
        host_keys: list[str] = []
        entries = vm.messages("env")
        vm.close()
        if len(entries) > MOST_VARIABLES:
            raise vm.node.fail(f"env has {len(entries)} entries; Istio takes at most {MOST_VARIABLES}")
        for entry in entries:
            name = entry.need("name")
            where = entry.choice("value_from", ValueFrom, ValueFrom.INLINE)
            value = entry.text("value")
            entry.close()
            key = str(name.value)
            if key in values or key in host_keys:
                raise name.fail(f"the variable {key} is given twice")
            if len(value) > LONGEST_VALUE:
                raise entry.node.fail(f"the value of {key} is longer than the {LONGEST_VALUE} characters that Istio takes")
            if key.startswith(INTERNAL):
                self.notes.add(name.mark, f"{key} is for Istio itself and does not reach the guest")
            elif where is ValueFrom.HOST:
                host_keys.append(key)
            else:
                values[key] = value
        return {"environment": values, "host_env_keys": tuple(host_keys)}

    def _extension_policy(self, spec: Message, namespace: str, name: str) -> None:
        spec.without_effect(AIMS, AIMED)
        spec.refuse(["ext_proc", "lua", "dynamic_module"], "is not supported here; wasm is")
        extensions = spec.messages("wasm")
        spec.close()
        for place, wasm in enumerate(extensions):
            self._gateway_wasm(wasm, (0, place, f"{namespace}/{name}"), f"{namespace}/{name}/{place}")

    def _gateway_wasm(self, wasm: Message, order: tuple[int, int, str], fallback: str) -> None:
        config = wasm.take("config")
        settings: dict[str, Any] = {
            "name": wasm.text("name") or fallback,
            "root_id": wasm.text("root_id"),
            "configuration": b"" if config is None else json_text(config.plain()),
            "fail_open": wasm.flag("fail_open"),
        }
        variables = wasm.message("env")
        if variables is not None:
            settings["host_env_keys"] = tuple(variables.texts("host_keys"))
            variables.close()
        code = wasm.message("code")
        wasm.close()
        if code is None:
            raise wasm.node.fail("wasm needs code")
        kind = code.text("type")
        sha256 = code.text("sha256")
        code.without_effect(["pull_policy"], "has no effect: images are not pulled here")
        image, http = code.message("image"), code.message("http")
        code.close()
        place = http if kind == "HTTP" else image
        if kind not in ("HTTP", "Image") or place is None:
            raise code.node.fail("code needs type HTTP with http, or type Image with image")
        url, sha256 = place.need("url"), place.text("sha256") or sha256
        place.without_effect(["pull_secret_ref", "tls"], "has no effect: images are not pulled here")
        place.close()
        if kind == "Image":
            url = Node(_with_scheme(str(url.value)), url.mark)
        self._add(wasm.node, order, settings, url, sha256)

    def _add(self, node: Node, order: tuple[int, int, str], settings: dict[str, Any], url: Node, sha256: str) -> None:
        code, path = self._code(url, sha256)
        try:
            plugin = PluginConfig(code=code, code_path=path, **settings, **self._overrides)
        except ConfigError as error:
            raise node.fail(f"{error.path}: {error.reason}") from error
        self.found.append(_Placed(order, plugin))

    def _code(self, url: Node, sha256: str) -> tuple[bytes, str]:
        text = _with_scheme(str(url.value))
        scheme, _, rest = text.partition("://")
        if scheme == "file":
            path = self._source.folder / rest
            try:
                return path.read_bytes(), str(path)
            except OSError as error:
                raise url.fail(f"{path} cannot be read: {error.strerror or error}") from error
        if scheme in ("http", "https"):
            return fetch(text, sha256, self._source, url), text
        raise url.fail(
            f"{text} is an image in a registry, which this command does not pull. Pull the module by other means and write "
            "file:///path/to/filter.wasm"
        )


def _with_scheme(url: str) -> str:
    """*url* with the scheme that it has when it says none."""
    return url if "://" in url else f"oci://{url}"
