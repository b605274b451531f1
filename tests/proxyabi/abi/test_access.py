"""The windows of maps and buffers."""

from __future__ import annotations

from proxyabi.abi.access import BUFFER_ACCESS, MAP_ACCESS
from proxyabi.abi.callbacks import CALLBACKS
from proxyabi.abi.types import BufferType, MapType


def test_every_map_and_buffer_has_a_window_of_its_own() -> None:
    assert set(MAP_ACCESS) == set(MapType)
    assert set(BUFFER_ACCESS) == set(BufferType)
    assert all(row.item is item for table in (MAP_ACCESS, BUFFER_ACCESS) for item, row in table.items())


def test_windows_name_callbacks_that_exist() -> None:
    callbacks = {row.name for row in CALLBACKS}
    named = {name for row in (*MAP_ACCESS.values(), *BUFFER_ACCESS.values()) for name in row.read_in + row.changed_in}

    assert named - callbacks == set()
