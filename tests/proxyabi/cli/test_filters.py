"""How options are spread over filters, and the files they name."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from proxyabi.cli.filters import LOG_LEVELS, FilterOptions, read_text
from proxyabi.errors import ConfigError


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """Two filter files."""
    for name in ("first", "second"):
        (tmp_path / f"{name}.wasm").write_bytes(name.encode())
    return [str(tmp_path / "first.wasm"), str(tmp_path / "second.wasm")]


def test_filter_without_options_is_named_after_its_file(paths: list[str]) -> None:
    first, second = FilterOptions().plugins(paths)

    assert (first.code, first.name, first.code_path) == (b"first", "first", paths[0])
    assert second.name == "second"
    assert (first.configuration, first.vm_configuration, first.root_id, first.vm_id) == (b"", b"", "", "")
    assert first.callback_seconds == 10.0


def test_option_given_once_is_for_all_filters(paths: list[str]) -> None:
    plugins = FilterOptions(config=("a",), vm_config=("b",), root_id=("c",), name=("d",), vm_id=("e",)).plugins(paths)

    for plugin in plugins:
        assert (plugin.configuration, plugin.vm_configuration) == (b"a", b"b")
        assert (plugin.root_id, plugin.name, plugin.vm_id) == ("c", "d", "e")


def test_option_given_for_each_filter_goes_by_position(paths: list[str]) -> None:
    first, second = FilterOptions(config=("a", ""), root_id=("x", "y")).plugins(paths)

    assert (first.configuration, second.configuration) == (b"a", b"")
    assert (first.root_id, second.root_id) == ("x", "y")


@pytest.mark.parametrize("field", ["config", "vm_config", "root_id", "name", "vm_id"])
def test_option_given_any_other_number_of_times_is_refused(field: str, paths: list[str]) -> None:
    option = "--" + field.replace("_", "-")
    with pytest.raises(click.UsageError, match=f"^{option} is given 3 times for 2 filters"):
        FilterOptions(**{field: ("a", "b", "c")}).plugins(paths)  # type: ignore[arg-type]


def test_environment_and_limits_are_for_all_filters(paths: list[str]) -> None:
    options = FilterOptions(env=("A=1", "B=x=y"), fail_open=True, callback_timeout=0)
    for plugin in options.plugins(paths):
        assert plugin.environment == {"A": "1", "B": "x=y"}
        assert plugin.fail_open
        assert plugin.callback_seconds is None


def test_configuration_is_text_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "config").write_bytes(b"\x00\xff binary")

    assert read_text("plain ü", "--config") == "plain ü".encode()
    assert read_text(f"@{tmp_path / 'config'}", "--config") == b"\x00\xff binary"
    assert read_text("@@at the front", "--config") == b"@at the front"


def test_configuration_that_cannot_be_read_names_file_option_and_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_text(f"@{tmp_path}", "--vm-config")
    assert (
        str(caught.value)
        == f"{tmp_path}: the file of --vm-config cannot be read: Is a directory. Check the path and its permissions."
    )


def test_clusters_are_names_and_urls() -> None:
    assert FilterOptions(cluster=("a=http://b:1", "c=https://d")).clusters() == {"a": "http://b:1", "c": "https://d"}


@pytest.mark.parametrize("text", ["", "name", "=url"])
def test_cluster_without_name_or_url_is_refused(text: str) -> None:
    with pytest.raises(click.UsageError, match="expected NAME=URL"):
        FilterOptions(cluster=(text,)).clusters()


@pytest.mark.parametrize("level", LOG_LEVELS)
def test_log_level_reaches_the_log(level: str) -> None:
    assert FilterOptions(log_level=level).services().log.level == LOG_LEVELS[level]
