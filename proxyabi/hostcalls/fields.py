"""Header and trailer maps.

Lives here: reading, adding, replacing, removing. Not here: the map itself (context.header_map).

A map that cannot be read now answers differently by function, as in Envoy: one value BAD_ARGUMENT (in the log phase NOT_FOUND),
all pairs OK and empty, any change BAD_ARGUMENT.

abi: 6.3 Maps, 12 Header-map semantics
"""

from __future__ import annotations

from proxyabi.abi.access import MAP_ACCESS
from proxyabi.abi.types import MapType, Status
from proxyabi.context.header_map import HeaderMap, Pair, add_entry, canonical_name
from proxyabi.context.ports import ContextPort
from proxyabi.errors import Fail
from proxyabi.hostcalls.registry import hostcall
from proxyabi.hostcalls.windows import window

__all__: list[str] = []


@hostcall("proxy_get_header_map_value")
def get_header_map_value(context: ContextPort, map_id: MapType, key: bytes, missing: bytes | None = None) -> bytes:
    """The first value of *key*; *missing*, if given, when there is none.

    fails: NOT_FOUND when the map has no such key; BAD_ARGUMENT when the map cannot be read now, and in the log phase what a map
    without the key gives.
    abi: proxy_get_header_map_value
    """
    headers = context.header_map(map_id)
    if headers is None and context.in_log_phase and missing is not None:
        return missing
    if headers is None:
        status = Status.NOT_FOUND if context.in_log_phase else Status.BAD_ARGUMENT
        raise Fail(status, window(context, MAP_ACCESS[map_id], "map"))
    value = headers.first(canonical_name(map_id, key))
    if value is not None:
        return value
    if missing is None:
        raise Fail(Status.NOT_FOUND, f"there is no {key.decode('utf-8', 'backslashreplace')} in {map_id.name}")
    return missing


@hostcall("proxy_get_header_map_pairs")
def get_header_map_pairs(context: ContextPort, map_id: MapType) -> HeaderMap:
    """All entries in order; none when the map cannot be read now.

    abi: proxy_get_header_map_pairs
    """
    headers = context.header_map(map_id)
    return HeaderMap() if headers is None else headers


@hostcall("proxy_get_header_map_size")
def get_header_map_size(context: ContextPort, map_id: MapType) -> int:
    """The bytes of all names and values together, which is not the size of the serialised map.

    fails: BAD_ARGUMENT unless the map could be changed now, which those of answers never can.
    abi: proxy_get_header_map_size
    """
    return _mutable(context, map_id).byte_size()


@hostcall("proxy_add_header_map_value")
def add_header_map_value(context: ContextPort, map_id: MapType, key: bytes, value: bytes) -> None:
    """Add an entry, or join *value* to the one there is for the names that Envoy keeps in one entry.

    fails: BAD_ARGUMENT when the map cannot be changed now.
    abi: proxy_add_header_map_value
    """
    add_entry(_mutable(context, map_id), map_id, key, value)
    context.note_headers_changed(map_id)


@hostcall("proxy_replace_header_map_value")
def replace_header_map_value(context: ContextPort, map_id: MapType, key: bytes, value: bytes) -> None:
    """Remove all entries of *key*, then add one.

    fails: BAD_ARGUMENT when the map cannot be changed now.
    abi: proxy_replace_header_map_value
    """
    _mutable(context, map_id).replace(canonical_name(map_id, key), value)
    context.note_headers_changed(map_id)


@hostcall("proxy_remove_header_map_value")
def remove_header_map_value(context: ContextPort, map_id: MapType, key: bytes) -> None:
    """Remove all entries of *key*; OK also when there were none.

    fails: BAD_ARGUMENT when the map cannot be changed now.
    abi: proxy_remove_header_map_value
    """
    _mutable(context, map_id).remove(canonical_name(map_id, key))
    context.note_headers_changed(map_id)


@hostcall("proxy_set_header_map_pairs")
def set_header_map_pairs(context: ContextPort, map_id: MapType, pairs: list[Pair]) -> None:
    """Drop every entry, then add *pairs*. A serialised map that cannot be read has come here as an empty one.

    fails: BAD_ARGUMENT when the map cannot be changed now.
    abi: proxy_set_header_map_pairs
    """
    headers = _mutable(context, map_id)
    headers.assign(())
    for name, value in pairs:
        add_entry(headers, map_id, name, value)
    context.note_headers_changed(map_id)


def _mutable(context: ContextPort, map_id: MapType) -> HeaderMap:
    headers = context.mutable_header_map(map_id)
    if headers is None:
        raise Fail(Status.BAD_ARGUMENT, window(context, MAP_ACCESS[map_id], "map", change=True))
    return headers
