"""No hole and no double: every row of a host function has one handler or one answer, and every handler has a row."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

import proxyabi.hostcalls  # noqa: F401 - importing the room registers the handlers
from proxyabi.abi.callbacks import CALLBACKS
from proxyabi.abi.hostcalls import HOSTCALLS
from proxyabi.abi.signature import LATEST, OLDEST, Answer, Row
from proxyabi.abi.versions import VERSIONS
from proxyabi.abi.wasi import EMSCRIPTEN, WASI
from proxyabi.hostcalls import marshal
from proxyabi.hostcalls.registry import HANDLERS, hostcall

ROWS = [*HOSTCALLS, *EMSCRIPTEN, *WASI]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_row_has_either_a_handler_or_one_answer(row: Row) -> None:
    assert (row.handler in HANDLERS) != (row.says is not None)
    assert row.why or not row.says, "an answer other than success says why"


def test_every_handler_has_a_row() -> None:
    assert set(HANDLERS) - {row.handler for row in ROWS} == set()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_every_kind_can_be_read_and_written(row: Row) -> None:
    for param in row.params:
        assert param.kind.params, f"{param.name} cannot be a parameter"
        assert param.kind.name in marshal._READERS or param.kind.enumeration
    if row.answer in (Answer.STATUS, Answer.ERRNO):
        for result in row.results:
            assert result.kind.name in marshal._WRITERS, f"{result.name} cannot be a result"


@pytest.mark.parametrize("row", CALLBACKS, ids=str)
def test_a_callbacks_kinds_are_numbers(row: Row) -> None:
    assert all(param.kind.params == ("i32",) for param in row.params)
    assert all(result.kind.value == "i32" for result in row.results)


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_no_version_has_a_name_twice(version: object) -> None:
    number = version.number  # type: ignore[attr-defined]
    for rows in (ROWS, CALLBACKS):
        names = Counter(str(row) for row in rows if row.since <= number <= row.until)
        assert [name for name, count in names.items() if count > 1] == []


def test_every_row_is_in_some_version() -> None:
    numbers = [version.number for version in VERSIONS]

    assert (numbers[0], numbers[-1]) == (OLDEST, LATEST)
    assert [str(row) for row in (*ROWS, *CALLBACKS) if row.since not in numbers or row.until not in numbers] == []


def test_a_handler_with_other_parameters_than_its_row_is_refused() -> None:
    with pytest.raises(TypeError, match=r"proxy_done: the row wants parameters \[\], the handler has \['why'\]"):
        hostcall("proxy_done")(lambda context, why: None)
    with pytest.raises(TypeError, match="no row"):
        hostcall("proxy_make_coffee")(lambda context: None)


def test_every_handler_says_where_the_abi_speaks_of_it() -> None:
    silent = [name for name, handler in HANDLERS.items() if "abi:" not in (handler.function.__doc__ or "")]

    assert silent == []


def test_pointers_and_sizes_stand_in_the_marshalling_alone() -> None:
    import pathlib

    room = pathlib.Path(marshal.__file__).parent
    wrong = [
        f"{path.name}:{node.lineno}: {name}"
        for path in room.glob("*.py")
        if path.name != "marshal.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in ([node.id] if isinstance(node, ast.Name) else [node.arg] if isinstance(node, ast.arg) else [])
        if "pointer" in name or name.endswith(("_ptr", "_address"))
    ]

    assert wrong == []
