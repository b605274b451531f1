"""Istio's and Envoy Gateway's resources become the plugins that their control planes would make of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from proxyabi.config import FailurePolicy
from proxyabi.errors import ConfigError
from proxyabi.formats.load import load

pytest.importorskip("yaml", reason="the extra `config` is not installed")

CODE = b"\0asm\1\0\0\0"
Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    (tmp_path / "filter.wasm").write_bytes(CODE)

    def to_file(content: str) -> str:
        (tmp_path / "plugin.yaml").write_text(content)
        return str(tmp_path / "plugin.yaml")

    return to_file


def wasm_plugin(name: str, *lines: str) -> str:
    spec = "".join(f"  {line}\n" for line in ("url: file://filter.wasm", *lines))
    return f"apiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {{name: {name}, namespace: ns}}\nspec:\n{spec}"


def test_a_wasm_plugin(write: Write) -> None:
    lines = [
        "selector: {matchLabels: {app: x}}",
        "pluginName: root",
        "pluginConfig: {b: [1, x], a: null}",
        "failStrategy: FAIL_RELOAD",
        "imagePullPolicy: Always",
        "vmConfig: {env: [{name: A, value: '1'}, {name: HOME, valueFrom: HOST}, {name: ISTIO_META_X, value: y}]}",
    ]
    config = load(write(wasm_plugin("first", *lines)))
    (plugin,) = config.plugins
    assert (plugin.name, plugin.root_id, plugin.code) == ("ns.first", "root", CODE)
    assert plugin.configuration == b'{"a":null,"b":[1,"x"]}'
    assert plugin.failure_policy is FailurePolicy.FAIL_RELOAD
    assert (plugin.environment, plugin.host_env_keys) == ({"A": "1"}, ("HOME",))
    assert [word for word in ("selector", "imagePullPolicy", "ISTIO_META_X") if not any(word in n for n in config.notes)] == []


def test_the_order_is_by_phase_then_priority_then_name(write: Write) -> None:
    plugins = [
        wasm_plugin("late"),
        wasm_plugin("stats", "phase: STATS"),
        wasm_plugin("z", "phase: AUTHN"),
        wasm_plugin("urgent", "phase: AUTHN", "priority: 10"),
        wasm_plugin("a", "phase: AUTHN"),
    ]
    config = load(write("---\n".join(plugins)))
    assert [plugin.name for plugin in config.plugins] == ["ns.urgent", "ns.a", "ns.z", "ns.stats", "ns.late"]
    assert {plugin.failure_policy for plugin in config.plugins} == {FailurePolicy.FAIL_CLOSED}


def test_a_traffic_extension(write: Write) -> None:
    text = (
        "apiVersion: extensions.istio.io/v1alpha1\nkind: TrafficExtension\nmetadata: {name: t}\n"
        "spec: {phase: AUTHZ, wasm: {url: 'file://filter.wasm', pluginName: r, failStrategy: FAIL_OPEN}}\n"
    )
    (plugin,) = load(write(text)).plugins
    assert (plugin.name, plugin.root_id, plugin.failure_policy) == ("default.t", "r", FailurePolicy.FAIL_OPEN)


def gateway(wasm: str) -> str:
    head = "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyExtensionPolicy\nmetadata: {name: p}\n"
    return head + f"spec: {{targetRefs: [{{kind: Gateway, name: g}}], wasm: [{wasm}]}}\n"


def test_the_image_of_an_envoy_extension_policy_is_not_pulled(write: Write) -> None:
    with pytest.raises(ConfigError, match="oci://reg/x:1 is an image in a registry"):
        load(write(gateway("{name: w, code: {type: Image, image: {url: 'reg/x:1'}}}")))


def test_an_envoy_extension_policy(write: Write) -> None:
    code = "{type: HTTP, http: {url: 'file://filter.wasm'}}"
    (plugin,) = load(
        write(gateway(f"{{name: w, rootID: r, failOpen: true, config: [1], env: {{hostKeys: [A]}}, code: {code}}}"))
    ).plugins
    assert (plugin.name, plugin.root_id, plugin.fail_open) == ("w", "r", True)
    assert (plugin.configuration, plugin.host_env_keys) == (b"[1]", ("A",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (wasm_plugin("x", "plugnConfig: {}"), ":6:3: spec has no field plugnConfig. Did you mean plugin_config?"),
        (wasm_plugin("x", "phase: AUTH"), "AUTH' is none of AUTHN"),
        (wasm_plugin("x", "type: NETWORK"), "type NETWORK are not supported"),
        (wasm_plugin("x", "verificationKey: k"), "verificationKey is reserved"),
        (wasm_plugin("x", "vmConfig: {env: [{name: A}, {name: A}]}"), "the variable A is given twice"),
        (wasm_plugin("x").replace("file://filter.wasm", "ghcr.io/x/y"), "oci://ghcr.io/x/y is an image in a registry"),
        (wasm_plugin("x").replace("file://filter", "file://nowhere"), "nowhere.wasm cannot be read"),
        (wasm_plugin("x").replace("extensions.istio.io", "other"), "WasmPlugin belongs to extensions.istio.io"),
        (
            "apiVersion: extensions.istio.io/v1\nkind: TrafficExtension\nmetadata: {name: t}\nspec: {lua: {inlineCode: x}}",
            "lua is not supported here",
        ),
        (gateway("{name: w}"), "wasm needs code"),
        (gateway("{name: w, code: {type: File}}"), "code needs type HTTP"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(write: Write, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(write(text))
    assert words in str(refused.value)
    assert refused.value.path.split(":")[0].endswith("plugin.yaml")
