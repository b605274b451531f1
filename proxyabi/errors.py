"""Every exception of the host, each saying who erred.

Lives here: the family `ProxyAbiError`, and `Fail`, by which a handler gives a status other than OK.
Not here: what the VM raises (`pywasm_vm.errors`); a trap travels as `__cause__` of `PluginFailed`.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ConfigError", "Fail", "GuestError", "PluginFailed", "ProxyAbiError", "VmState"]


class VmState(IntEnum):
    """What has become of a guest; names and numbers are the reference host's.

    abi: 2.5 Failure states
    """

    OK = 0
    UNABLE_TO_CREATE_VM = 1
    UNABLE_TO_CLONE_VM = 2
    MISSING_FUNCTION = 3
    UNABLE_TO_INITIALIZE_CODE = 4
    START_FAILED = 5
    CONFIGURE_FAILED = 6
    RUNTIME_ERROR = 7


class ProxyAbiError(Exception):
    """Everything this package raises on purpose."""


class ConfigError(ProxyAbiError):
    """The configuration is wrong. *path* names the field, or the place in the document it came from."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path}: {reason}")


class GuestError(ProxyAbiError):
    """The module is no plugin this host can load: not a module, no version, missing imports, exports of another type."""

    def __init__(self, message: str, *, state: VmState = VmState.UNABLE_TO_INITIALIZE_CODE) -> None:
        self.state = state
        super().__init__(message)


class PluginFailed(ProxyAbiError):
    """A callback trapped or refused; the plugin is out.

    *plugin* is its name, *callback* the export that ran, *context_id* the context it ran for, None outside contexts. When it
    trapped, `__cause__` is the trap.
    """

    def __init__(
        self,
        plugin: str,
        callback: str,
        reason: str,
        *,
        context_id: int | None = None,
        state: VmState = VmState.RUNTIME_ERROR,
    ) -> None:
        self.state = state
        self.plugin = plugin
        self.callback = callback
        self.reason = reason
        self.context_id = context_id
        super().__init__(f"plugin {plugin or '(unnamed)'}: {callback}: {reason}")


class Fail(ProxyAbiError):
    """A host function's answer other than OK. Never leaves `hostcalls.marshal`.

    *status* is a member of `abi.types.Status` (or of `abi.types.Errno` for WASI functions); *reason* one sentence for the trace.
    With *leave_results* nothing is written, also where the row would have zeros written.
    """

    def __init__(self, status: int, reason: str, *, leave_results: bool = False) -> None:
        self.status = status
        self.reason = reason
        self.leave_results = leave_results
        super().__init__(reason)
