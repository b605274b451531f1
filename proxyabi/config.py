"""The configuration of one plugin, checked.

Lives here: `PluginConfig`, what a host needs to know of one filter: its code, its names, its two configurations, its limits.
Not here: reading files and command lines (cli).

abi: 9.2 Two identities, 19 Configuration reference
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from proxyabi.abi.kinds import HTTP_FILTER, PluginKind
from proxyabi.errors import ConfigError

__all__ = ["PluginConfig"]

PAGE = 1 << 16
LARGEST_MEMORY = 1 << 32


@dataclass(frozen=True)
class PluginConfig:
    """One filter and how to run it.

    *code* is the module's bytes; *code_path*, where they came from, is for messages only. *name*, *root_id* and *vm_id* are what
    the guest reads as `plugin_name`, `plugin_root_id` and `plugin_vm_id`; shared data and queues are kept per *vm_id*.
    *configuration* is given to `proxy_on_configure`, *vm_configuration* to `proxy_on_vm_start`, *environment* to WASI.
    *kind* says what it is plugged into, `abi.kinds.HTTP_FILTER` by default.
    *fail_open* lets streams pass when the plugin has failed; otherwise they are answered with 503.
    *allow_on_headers_stop_iteration* lets a headers callback that returns 1 hold the headers alone; otherwise it holds the body
    too.
    *callback_seconds* bounds each call into the guest, *start_seconds* those before the first request; None bounds nothing.

    raises: ConfigError, naming the field.
    """

    code: bytes
    name: str = ""
    root_id: str = ""
    vm_id: str = ""
    configuration: bytes = b""
    vm_configuration: bytes = b""
    environment: Mapping[str, str] = field(default_factory=dict)
    fail_open: bool = False
    allow_on_headers_stop_iteration: bool = False
    memory_bytes: int = 1 << 30
    callback_seconds: float | None = 10.0
    start_seconds: float | None = 60.0
    code_path: str = ""
    kind: PluginKind = HTTP_FILTER

    def __post_init__(self) -> None:
        for field_name in ("code", "configuration", "vm_configuration"):
            value = getattr(self, field_name)
            if not isinstance(value, bytes | bytearray | memoryview):
                raise ConfigError(field_name, f"has to be bytes, not {type(value).__name__}")
            object.__setattr__(self, field_name, bytes(value))
        for field_name in ("name", "root_id", "vm_id", "code_path"):
            value = getattr(self, field_name)
            if not isinstance(value, str):
                raise ConfigError(field_name, f"has to be text, not {type(value).__name__}")
        if not isinstance(self.kind, PluginKind):
            raise ConfigError("kind", f"has to be one of abi.kinds.KINDS, not {self.kind!r}")
        for key, value in self.environment.items():
            if not key or "=" in key or "\0" in key:
                raise ConfigError("environment", f"{key!r} cannot be the name of a variable: it is empty or holds '=' or NUL")
            if "\0" in value:
                raise ConfigError("environment", f"the value of {key} holds a NUL byte, which would end it for the guest")
        if not PAGE <= self.memory_bytes <= LARGEST_MEMORY:
            raise ConfigError("memory_bytes", f"{self.memory_bytes} is not between one page (65536) and 4 GiB ({LARGEST_MEMORY})")
        for field_name in ("callback_seconds", "start_seconds"):
            seconds = getattr(self, field_name)
            if seconds is not None and not seconds > 0:
                raise ConfigError(field_name, f"{seconds} is not a time above 0; None means no bound")
