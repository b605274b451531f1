"""The configuration of a plugin."""

from __future__ import annotations

from typing import Any

import pytest

from proxyabi.config import PluginConfig
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
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(ConfigError, match=f"^{path}: ") as caught:
        PluginConfig(**{"code": b"", **fields})

    assert caught.value.path == path


def test_bytes_of_any_kind_become_bytes() -> None:
    config = PluginConfig(bytearray(b"code"), configuration=memoryview(b"text"))  # type: ignore[arg-type]

    assert (type(config.code), config.configuration) == (bytes, b"text")
    assert config.callback_seconds == 10.0
    assert PluginConfig(b"", callback_seconds=None).callback_seconds is None
