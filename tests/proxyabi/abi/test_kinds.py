"""The kinds of plugins as a table."""

from __future__ import annotations

import pytest

from proxyabi.abi.kinds import HTTP_FILTER, KINDS, NETWORK_FILTER
from proxyabi.config import PluginConfig
from proxyabi.errors import ConfigError


def test_only_filters_work_on_streams() -> None:
    assert [kind for kind in KINDS.values() if kind.works_on] == [HTTP_FILTER, NETWORK_FILTER]
    assert {kind.works_on for kind in KINDS.values()} == {"exchange", "connection", ""}


def test_a_plugin_is_a_filter_of_requests_until_told_otherwise() -> None:
    assert PluginConfig(b"").kind is HTTP_FILTER
    with pytest.raises(ConfigError, match="kind"):
        PluginConfig(b"", kind="http-filter")  # type: ignore[arg-type]
