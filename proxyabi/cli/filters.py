"""Options that every command with filters has, and the plugin configurations they describe.

Lives here: which options there are, how they are spread over several filters, reading the files they name.
Not here: what a command does with the filters (serve.py, run.py, …), and what a configuration may hold (proxyabi.config).

Several filters make a chain: the first sees a request first and a response last. An option that speaks of one filter is given
once for all of them, or as often as there are filters, one each and in their order. Any other count is a mistake that we refuse,
because a guess would configure the wrong filter.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from proxyabi.abi.kinds import HTTP_FILTER, KINDS
from proxyabi.abi.types import LogLevel
from proxyabi.config import FailurePolicy, PluginConfig
from proxyabi.errors import ConfigError
from proxyabi.formats.load import SUFFIXES, load
from proxyabi.formats.plugin import Overrides
from proxyabi.formats.proxy import ProxyConfig
from proxyabi.services.log import OFF, Log
from proxyabi.services.services import Services
from proxyabi.vms import available_tiers

__all__ = ["LOG_LEVELS", "PER_FILTER_HELP", "SECONDS", "TIER_HELP", "FilterOptions", "filter_options", "read_file", "read_text"]

LOG_LEVELS = {level.name.lower(): int(level) for level in LogLevel} | {"off": OFF}

_SAID_BY_FILES = (
    *("config", "vm_config", "root_id", "name", "vm_id", "env", "host_env"),
    *("fail_open", "failure_policy", "allow"),
)
"""Options that configuration files have words for."""


class _Seconds(click.FloatRange):
    """A time of 0 or more. NaN is less than nothing, so no range refuses it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number that *value* stands for."""
        seconds = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value!r} is no time.", param, ctx)
        return seconds


SECONDS = _Seconds(min=0)
"""The type of options that bound a time; 0 bounds nothing."""

_PER_FILTER = " Per filter."
PER_FILTER_HELP = (
    "Several filters make a chain: the first sees a request first and a response last. "
    "Options marked 'per filter' are given once for all filters, or once for each in their order."
)

TIER_HELP = "How Wasm runs: auto, native, python, stepping, wasmtime."

_OPTIONS = [
    click.option(
        "--config",
        multiple=True,
        metavar="TEXT|@FILE",
        help="Plugin configuration: the text itself, @FILE for a file's bytes, @@… for a text that begins with @." + _PER_FILTER,
    ),
    click.option("--vm-config", multiple=True, metavar="TEXT|@FILE", help="VM configuration, in the same form." + _PER_FILTER),
    click.option("--root-id", multiple=True, metavar="ID", help="Which root context of the module to use." + _PER_FILTER),
    click.option(
        "--name", multiple=True, metavar="NAME", help="Plugin name, as in logs. Default: the file's name." + _PER_FILTER
    ),
    click.option("--vm-id", multiple=True, metavar="ID", help="Filters with the same id share data and queues." + _PER_FILTER),
    click.option(
        "--kind",
        multiple=True,
        type=click.Choice([*KINDS]),
        help="What the plugin is: a filter of requests (the default), of connections, a logger, …" + _PER_FILTER,
    ),
    click.option("--env", multiple=True, metavar="KEY=VALUE", help="An environment variable for all filters. Repeatable."),
    click.option("--cluster", multiple=True, metavar="NAME=URL", help="Where HTTP calls to NAME go (http or https). Repeatable."),
    click.option("--tier", default="auto", show_default=True, metavar="TIER", help=TIER_HELP),
    click.option(
        "--callback-timeout",
        type=SECONDS,
        default=10.0,
        show_default=True,
        metavar="SECONDS",
        help="How long one call into a filter may take before it is stopped; 0 for no bound.",
    ),
    click.option("--fail-open", is_flag=True, help="Let requests pass a filter that has failed, instead of answering 503."),
    click.option(
        "--failure-policy",
        type=click.Choice([policy.name for policy in FailurePolicy if policy], case_sensitive=False),
        help="The same in Envoy's newer way, for new requests alone; FAIL_RELOAD makes a new VM.",
    ),
    click.option("--host-env", multiple=True, metavar="KEY", help="A variable of this process that filters see too. Repeatable."),
    click.option(
        "--allow",
        multiple=True,
        metavar="NAME,…",
        help="The only functions that filters may call and that are called in them. Default: all. Repeatable.",
    ),
    click.option(
        "--hide",
        multiple=True,
        metavar="NAME,…",
        help="Headers that filters cannot see, such as authorization,cookie; client-address hides where clients come from.",
    ),
    click.option("--stub-imports", is_flag=True, help="Run a filter whose imports nobody has; it traps when it calls one."),
    click.option("--drafts", is_flag=True, help="Take a filter of the open draft (proxy_abi_version_0_x_x) for one of 0.2.1."),
    click.option(
        "--log-level",
        type=click.Choice([*LOG_LEVELS]),
        default="info",
        show_default=True,
        help="The least level of filters' log lines that are shown.",
    ),
]


@dataclass(frozen=True)
class FilterOptions:
    """What the command line says about filters, as text. Nothing is read from disk before `plugins` is called."""

    config: tuple[str, ...] = ()
    vm_config: tuple[str, ...] = ()
    root_id: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    vm_id: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    cluster: tuple[str, ...] = ()
    tier: str = "auto"
    callback_timeout: float = 10.0
    fail_open: bool = False
    failure_policy: str | None = None
    host_env: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    stub_imports: bool = False
    drafts: bool = False
    log_level: str = "info"

    def plugins(self, paths: Sequence[str]) -> list[PluginConfig]:
        """One configuration for each filter in *paths*, with the bytes of its file.

        A path that ends in .yaml, .yml or .json names a configuration file, which brings the filters that it describes.
        raises: click.UsageError when an option is given a wrong number of times, ConfigError when a file cannot be read.
        """
        self.check_tier()
        if any(path.endswith(SUFFIXES) for path in paths):
            return [plugin for path in paths for plugin in self.loaded(path).plugins]
        environment = self.environment()
        columns = zip(
            paths,
            self._spread("--config", self.config, paths),
            self._spread("--vm-config", self.vm_config, paths),
            self._spread("--root-id", self.root_id, paths),
            self._spread("--name", self.name, paths),
            self._spread("--vm-id", self.vm_id, paths),
            self._spread("--kind", self.kind, paths),
            strict=True,
        )
        return [
            PluginConfig(
                code=read_file(path, "the filter"),
                code_path=path,
                name=Path(path).stem if name is None else name,
                root_id=root_id or "",
                vm_id=vm_id or "",
                configuration=read_text(config or "", "--config"),
                vm_configuration=read_text(vm_config or "", "--vm-config"),
                environment=environment,
                host_env_keys=self.host_env,
                fail_open=self.fail_open,
                failure_policy=FailurePolicy[(self.failure_policy or "UNSPECIFIED").upper()],
                allowed_capabilities=_names(self.allow),
                hide=_names(self.hide),
                drafts=self.drafts,
                stub_imports=self.stub_imports,
                callback_seconds=self.callback_timeout or None,
                kind=KINDS[kind or HTTP_FILTER.name],
            )
            for path, config, vm_config, root_id, name, vm_id, kind in columns
        ]

    def loaded(self, path: str, *, only: bool = False) -> ProxyConfig:
        """What the configuration file at *path* says. Options that the file has words for cannot be given beside it.

        *only* says that nothing else stands beside it.

        raises: click.UsageError, ConfigError.
        """
        given = [f"--{name.replace('_', '-')}" for name in _SAID_BY_FILES if getattr(self, name)]
        if given:
            raise click.UsageError(f"{given[0]} cannot be given beside a configuration file: write it into {path}.")
        if not path.endswith(SUFFIXES):
            if only:
                raise click.UsageError(f"--envoy {path}: a configuration file ends in {', '.join(SUFFIXES)}.")
            raise click.UsageError(f"{path} cannot stand beside a configuration file: write the filter into the file.")
        overrides = Overrides(_names(self.hide), self.drafts, self.stub_imports, self.callback_timeout or None)
        return load(path, overrides)

    def clusters(self) -> dict[str, str]:
        """The names that HTTP calls may ask for, and their URLs, unchecked."""
        return _pairs("--cluster", self.cluster, "NAME=URL, such as auth=http://127.0.0.1:9000")

    def environment(self) -> Mapping[str, str]:
        """The variables that all filters see."""
        return _pairs("--env", self.env, "KEY=VALUE")

    def services(self) -> Services:
        """Services with a log of the level asked for."""
        return Services(log=Log(LOG_LEVELS[self.log_level]))

    def check_tier(self) -> None:
        """Refuse a tier that is not here."""
        tiers = {name: reason for name, reason in available_tiers().items() if name != "null"}
        if self.tier not in tiers:
            raise click.UsageError(f"--tier {self.tier}: there is no such tier. There are: {', '.join(tiers)}.")
        if tiers[self.tier]:
            raise ConfigError("--tier", tiers[self.tier])

    @staticmethod
    def _spread(option: str, values: tuple[str, ...], paths: Sequence[str]) -> list[str | None]:
        if len(values) < 2:
            return [values[0] if values else None] * len(paths)
        if len(values) != len(paths):
            raise click.UsageError(
                f"{option} is given {len(values)} times for {len(paths)} filter{'s' if len(paths) != 1 else ''}. "
                "Give it once for all of them, or once for each in their order (an empty text where a filter has none)."
            )
        return [*values]


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a click command: it gets all options of this file, gathered as its argument *filters*."""

    @functools.wraps(command)
    def gathered(**given: Any) -> Any:
        filters = FilterOptions(**{name: given.pop(name) for name in FilterOptions.__dataclass_fields__})
        return command(filters=filters, **given)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


def read_text(value: str, option: str) -> bytes:
    """The bytes an option's *value* stands for: itself, the file behind a leading @, or, after @@, the rest with one @.

    raises: ConfigError, when the file cannot be read.
    """
    if value.startswith("@@"):
        return os.fsencode(value[1:])
    if value.startswith("@"):
        return read_file(value[1:], f"the file of {option}")
    return os.fsencode(value)


def read_file(path: str, what: str) -> bytes:
    """The bytes of the file at *path*, which is *what*.

    raises: ConfigError, when it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(
            path, f"{what} cannot be read: {error.strerror or error}. Check the path and its permissions."
        ) from error


def _names(values: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.strip() for value in values for name in value.split(",") if name.strip())


def _pairs(option: str, values: tuple[str, ...], shape: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{option} {text!r}: expected {shape}.")
        if name in pairs:
            raise click.UsageError(f"{option} {name} is given twice.")
        pairs[name] = value
    return pairs
