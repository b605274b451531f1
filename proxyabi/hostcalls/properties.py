"""Properties.

Lives here: the two functions. Not here: which properties there are and what they are made of (context.properties).

abi: 6.3 Properties, 17
"""

from __future__ import annotations

from proxyabi.abi.types import Status
from proxyabi.context.ports import ContextPort
from proxyabi.context.properties import read_property
from proxyabi.errors import Fail
from proxyabi.hostcalls.registry import hostcall

__all__: list[str] = []


@hostcall("proxy_get_property")
def get_property(context: ContextPort, path: bytes) -> bytes:
    """The value at *path*, segments apart by NUL.

    fails: NOT_FOUND when it is unknown or absent; SERIALIZATION_FAILURE when it is no value.
    abi: proxy_get_property
    """
    return read_property(context, path)


@hostcall("proxy_set_property")
def set_property(context: ContextPort, path: bytes, value: bytes) -> None:
    """Set a property of the stream; the whole *path* is its name.

    fails: NOT_FOUND where there is no stream; BAD_ARGUMENT when it was declared read-only and is set.
    abi: proxy_set_property
    """
    properties = context.properties
    if properties is None:
        raise Fail(Status.NOT_FOUND, "there is no stream here to set a property on")
    if path in properties and (context.root.declared_properties or {}).get(path, False):
        raise Fail(Status.BAD_ARGUMENT, f"{path.decode('utf-8', 'backslashreplace')} was declared read-only and is set already")
    properties[path] = value
