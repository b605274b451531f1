"""The configuration of a plugin."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.config import FailurePolicy, PluginConfig
from proxyabi.errors import ConfigError


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"code": "text"}, "code"),
        ({"configuration": "text"}, "configuration"),
        ({"vm_configuration": None}, "vm_configuration"),
        ({"name": b"bytes"}, "name"),
        ({"root_id": 1}, "root_id"),
        ({"environment": {"": "x"}}, "environment"),
        ({"environment": {"A=B": "x"}}, "environment"),
        ({"environment": {"A": "x\0"}}, "environment"),
        ({"memory_bytes": 0}, "memory_bytes"),
        ({"memory_bytes": (1 << 32) + 1}, "memory_bytes"),
        ({"callback_seconds": 0}, "callback_seconds"),
        ({"start_seconds": -1.0}, "start_seconds"),
        ({"callback_seconds": float("nan")}, "callback_seconds"),
        ({"callback_seconds": "10"}, "callback_seconds"),
        ({"memory_bytes": None}, "memory_bytes"),
        ({"environment": {"A": 1}}, "environment"),
        ({"environment": ["A=1"]}, "environment"),
        ({"host_env_keys": "PATH"}, "host_env_keys"),
        ({"failure_policy": "fail_open"}, "failure_policy"),
        ({"hide": 5}, "hide"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigError, match=f"^{path}: ") as caught:
        PluginConfig(**{"code": b"", **fields})

    assert caught.value.path == path


def test_the_code_is_not_shown_with_the_rest() -> None:
    assert repr(PluginConfig(b"x" * 1000, name="mine")).startswith("PluginConfig(name='mine', ")


def test_bytes_of_any_kind_become_bytes() -> None:
    config = PluginConfig(bytearray(b"code"), configuration=memoryview(b"text"))  # type: ignore[arg-type]

    assert (type(config.code), config.configuration) == (bytes, b"text")
    assert config.callback_seconds == 10.0
    assert PluginConfig(b"", callback_seconds=None).callback_seconds is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"fail_open": True, "failure_policy": FailurePolicy.FAIL_CLOSED}, "only one of fail_open and failure_policy"),
        ({"environment": {"A": "1"}, "host_env_keys": ("A",)}, "host_env_keys: A has a value"),
        ({"allowed_capabilities": "proxy_log"}, "has to be a set of names"),
        ({"hide": [""]}, "has to be a set of names"),
        ({"reload_seconds": 0}, "reload_seconds"),
    ],
)
def test_settings_that_contradict_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        PluginConfig(b"", **settings)


def test_capabilities_and_policies_read_as_they_are_meant() -> None:
    free, bound = PluginConfig(b""), PluginConfig(b"", allowed_capabilities=frozenset({"fd_write"}))
    assert free.allows("proxy_log")
    assert [bound.allows(name) for name in ("fd_write", "proxy_log")] == [True, False]
    assert [PluginConfig(b"", failure_policy=policy).lets_pass for policy in FailurePolicy] == [False, False, False, True]
    assert PluginConfig(b"", hide={"Cookie"}).hide == {"cookie"}
