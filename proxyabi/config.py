"""The configuration of one plugin, checked.

Lives here: `PluginConfig`, what a host needs to know of one filter: its code, its names, its two configurations, its limits.
Not here: reading files and command lines (cli).

abi: 9.2 Two identities, 19 Configuration reference
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from proxyabi.abi.kinds import HTTP_FILTER, PluginKind
from proxyabi.errors import ConfigError

__all__ = ["CLIENT_ADDRESS", "FailurePolicy", "PluginConfig"]

PAGE = 1 << 16
LARGEST_MEMORY = 1 << 32

CLIENT_ADDRESS = "client-address"
"""The word that hides where a client comes from: addresses, and the headers that carry them."""


class FailurePolicy(IntEnum):
    """What becomes of new streams once a plugin's guest has failed; the numbers are Envoy's.

    abi: 10.4
    """

    UNSPECIFIED = 0
    """As FAIL_CLOSED, unless *fail_open* is set."""
    FAIL_RELOAD = 1
    """A new VM is made, no more often than the back-off allows; meanwhile as FAIL_CLOSED."""
    FAIL_CLOSED = 2
    """503."""
    FAIL_OPEN = 3
    """They pass without the plugin."""


@dataclass(frozen=True)
class PluginConfig:
    """One filter and how to run it.

    *code* is the module's bytes; *code_path*, where they came from, is for messages only. *name*, *root_id* and *vm_id* are what
    the guest reads as `plugin_name`, `plugin_root_id` and `plugin_vm_id`; shared data and queues are kept per *vm_id*.
    *configuration* is given to `proxy_on_configure`, *vm_configuration* to `proxy_on_vm_start`, *environment* to WASI.
    *kind* says what it is plugged into, `abi.kinds.HTTP_FILTER` by default.
    *host_env_keys* are variables of this process that the guest sees too, as far as they are set.
    *fail_open* lets streams pass when the plugin has failed, those under way included; otherwise they are answered with 503.
    *failure_policy* says it in Envoy's newer way, for new streams alone; only one of both may be given. FAIL_RELOAD makes a new
    VM, at most one in each *reload_seconds* (and up to half as much more, by chance).
    *allowed_capabilities* are the only functions that the guest may call and that are called in it, when there are any:
    host functions and callbacks by their full names, WASI functions by their own (`fd_write`).
    *hide* are names of headers that the guest can neither read nor change, and `client-address`.
    *drafts* takes a module of the open draft (`proxy_abi_version_0_x_x`) for one of 0.2.1; *stub_imports* lets a module run whose
    imports nobody has, and traps when it calls one.
    *allow_on_headers_stop_iteration* lets a headers callback that returns 1 hold the headers alone; otherwise it holds the body
    too.
    *callback_seconds* bounds each call into the guest, *start_seconds* those before the first request; None bounds nothing.

    raises: ConfigError, naming the field.
    """

    code: bytes = field(repr=False)  # megabytes, which nobody reads
    name: str = ""
    root_id: str = ""
    vm_id: str = ""
    configuration: bytes = b""
    vm_configuration: bytes = b""
    environment: Mapping[str, str] = field(default_factory=dict)
    host_env_keys: tuple[str, ...] = ()
    fail_open: bool = False
    failure_policy: FailurePolicy = FailurePolicy.UNSPECIFIED
    reload_seconds: float = 1.0
    allowed_capabilities: frozenset[str] = frozenset()
    hide: frozenset[str] = frozenset()
    drafts: bool = False
    stub_imports: bool = False
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
        if not isinstance(self.failure_policy, FailurePolicy):
            raise ConfigError("failure_policy", f"has to be a value of FailurePolicy, not {self.failure_policy!r}")
        for field_name in ("allowed_capabilities", "hide", "host_env_keys"):
            names = getattr(self, field_name)
            if (
                isinstance(names, str)
                or not isinstance(names, Iterable)
                or not all(isinstance(name, str) and name for name in names)
            ):
                raise ConfigError(field_name, f"has to be a set of names, not {names!r}")
        for field_name in ("allowed_capabilities", "hide"):
            names = getattr(self, field_name)
            object.__setattr__(self, field_name, frozenset(name.lower() if field_name == "hide" else name for name in names))
        object.__setattr__(self, "host_env_keys", tuple(self.host_env_keys))
        self._check_environment()
        if self.fail_open and self.failure_policy:
            raise ConfigError("failure_policy", "only one of fail_open and failure_policy can be given, as in Envoy")
        for field_name in ("memory_bytes", "reload_seconds", "callback_seconds", "start_seconds"):
            value = getattr(self, field_name)
            if not (isinstance(value, int | float) or (value is None and field_name in ("callback_seconds", "start_seconds"))):
                raise ConfigError(field_name, f"has to be a number, not {value!r}")
        if not PAGE <= self.memory_bytes <= LARGEST_MEMORY:
            raise ConfigError("memory_bytes", f"{self.memory_bytes} is not between one page (65536) and 4 GiB ({LARGEST_MEMORY})")
        if not self.reload_seconds >= 0.001:
            raise ConfigError("reload_seconds", f"{self.reload_seconds} is shorter than a millisecond")
        for field_name in ("callback_seconds", "start_seconds"):
            seconds = getattr(self, field_name)
            if seconds is not None and not seconds > 0:
                raise ConfigError(field_name, f"{seconds} is not a time above 0; None means no bound")

    def variables(self, host: Mapping[str, str]) -> dict[str, str]:
        """What the guest sees as its environment; *host* is that of this process."""
        forwarded = {key: host[key] for key in self.host_env_keys if key in host}
        return {**forwarded, **self.environment}

    def allows(self, name: str) -> bool:
        """Whether the guest may use that function. Allocators, start functions and Emscripten's helpers are nobody's to forbid.

        abi: 10.7
        """
        return not self.allowed_capabilities or name in self.allowed_capabilities

    @property
    def lets_pass(self) -> bool:
        """Whether new streams go without the plugin once it has failed."""
        return self.fail_open or self.failure_policy is FailurePolicy.FAIL_OPEN

    def _check_environment(self) -> None:
        if not isinstance(self.environment, Mapping):
            raise ConfigError("environment", f"has to be a mapping of names to values, not {self.environment!r}")
        for key, value in self.environment.items():
            if not isinstance(key, str) or not isinstance(value, str):
                raise ConfigError("environment", f"{key!r} and its value {value!r} both have to be text")
        for key in self.host_env_keys:
            if key in self.environment:
                raise ConfigError("host_env_keys", f"{key} has a value in environment too; keep one of both")
        for key, value in self.environment.items():
            if not key or "=" in key or "\0" in key:
                raise ConfigError("environment", f"{key!r} cannot be the name of a variable: it is empty or holds '=' or NUL")
            if "\0" in value:
                raise ConfigError("environment", f"the value of {key} holds a NUL byte, which would end it for the guest")
