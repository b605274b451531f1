"""Contexts, configuration, status.

Lives here: the effective context, the end of a shutdown, the configuration of 0.1.0, the outcome of the last call.
Not here: what contexts are (context) and when they live (plugin).

abi: 6.3 Configuration and status, Context; 9.4, 9.6
"""

from __future__ import annotations

from proxyabi.abi.types import BufferType, Status
from proxyabi.context.ports import ContextPort
from proxyabi.errors import Fail
from proxyabi.hostcalls.registry import hostcall

__all__: list[str] = []


@hostcall("proxy_set_effective_context")
def set_effective_context(context: ContextPort, context_id: int) -> None:
    """Let host functions work for *context_id* until the guest call returns. 0 is the VM's own context.

    fails: BAD_ARGUMENT when there is no such context in this VM.
    abi: proxy_set_effective_context
    """
    if not context.vm.set_effective_context(context_id):
        raise Fail(Status.BAD_ARGUMENT, f"there is no context {context_id} in this VM; it may have ended")


@hostcall("proxy_done")
def done(context: ContextPort) -> None:
    """The guest has finished what `proxy_on_done` let it finish.

    fails: NOT_FOUND when no shutdown of this plugin waits for it.
    abi: proxy_done
    """
    if not context.root.done():
        raise Fail(Status.NOT_FOUND, "no shutdown of this plugin waits for proxy_done")


@hostcall("proxy_get_configuration")
def get_configuration(context: ContextPort) -> bytes:
    """The plugin's configuration while it is readable, the VM's otherwise.

    abi: proxy_get_configuration
    """
    configuration = context.buffer(BufferType.PLUGIN_CONFIGURATION)
    return context.vm.vm_configuration if configuration is None else bytes(configuration)


@hostcall("proxy_get_status")
def get_status(context: ContextPort) -> tuple[int, bytes]:
    """Code and text of the plugin's last failed call. The code stays after the callback, the text does not.

    abi: proxy_get_status
    """
    code, text = context.root.status
    return code, text.encode()
