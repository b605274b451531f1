"""The foreign functions `expr_create`, `expr_evaluate` and `expr_delete`: CEL expressions over properties.

Lives here: the three, and the way of values into CEL and back, by the package `cel-python` (the extra `cel`), which is imported
with the first call.
Not here: what properties there are (context.properties).

An expression belongs to the plugin and is evaluated for the context that is current, also when the guest has made another one
effective.

abi: 16 Foreign functions registered by Envoy
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proxyabi.abi.types import Status
from proxyabi.context.ports import ContextPort
from proxyabi.context.properties import ABSENT, encode_value, find_value, listed, member
from proxyabi.errors import Fail
from proxyabi.hostcalls.foreign import foreign
from proxyabi.wire.protobuf import WireError

__all__: list[str] = []

TOKEN_SIZE = 4
LONGEST = 1 << 16
"""Characters of an expression; a longer one could keep the parser busy for long."""


@foreign("expr_create")
def expr_create(context: ContextPort, arguments: bytes) -> bytes:
    """Compile an expression and give its token.

    fails: BAD_ARGUMENT when it is no expression; NOT_FOUND without the extra.
    """
    celpy = _celpy()
    if len(arguments) > LONGEST:
        raise Fail(Status.BAD_ARGUMENT, f"an expression of {len(arguments)} bytes is too long: {LONGEST} are allowed")
    text = arguments.decode("utf-8", "replace")
    environment = celpy.Environment()
    try:
        tree = environment.compile(text)
        program = environment.program(tree)
    except (celpy.CELParseError, ValueError, RecursionError) as error:
        raise Fail(Status.BAD_ARGUMENT, f"{text!r} is no expression: {error}") from None
    names = {str(token) for token in tree.scan_values(lambda token: token.type == "IDENT")}
    root = context.vm.current_context().root
    token = root.expressions_made
    root.expressions_made += 1
    root.expressions[token] = (program, frozenset(names))
    return token.to_bytes(TOKEN_SIZE, "little")


@foreign("expr_evaluate")
def expr_evaluate(context: ContextPort, arguments: bytes) -> bytes:
    """The value of an expression now, as a property's.

    fails: BAD_ARGUMENT for what is no token, NOT_FOUND for an unknown one, INTERNAL_FAILURE when it has no value now,
    SERIALIZATION_FAILURE for null.
    """
    celpy = _celpy()
    current = context.vm.current_context()
    token = _token(arguments)
    entry = current.root.expressions.get(token)
    if entry is None:
        raise Fail(Status.NOT_FOUND, f"there is no expression {token}")
    program, names = entry
    bound = {}
    for name in names:
        value = find_value(current, name.encode())
        if value is not ABSENT:
            bound[name] = _into_cel(celpy, value)
    try:
        result = _out_of_cel(celpy, program.evaluate(bound))
    except (celpy.CELEvalError, ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise Fail(Status.INTERNAL_FAILURE, f"the expression has no value: {error}") from None
    try:
        return encode_value(result)
    except WireError as error:
        raise Fail(Status.SERIALIZATION_FAILURE, f"the expression's value cannot be told: {error}") from None


@foreign("expr_delete")
def expr_delete(context: ContextPort, arguments: bytes) -> None:
    """Forget an expression; nothing happens when it is unknown.

    fails: BAD_ARGUMENT for what is no token.
    """
    context.vm.current_context().root.expressions.pop(_token(arguments), None)


def _token(arguments: bytes) -> int:
    if len(arguments) != TOKEN_SIZE:
        raise Fail(Status.BAD_ARGUMENT, f"a token has {TOKEN_SIZE} bytes, not {len(arguments)}")
    return int.from_bytes(arguments, "little")


def _celpy() -> Any:
    try:
        import celpy
    except ImportError:
        raise Fail(
            Status.NOT_FOUND, 'expressions need the extra `cel`: pip install "proxyabi[cel]"', leave_results=True
        ) from None
    return celpy


def _into_cel(celpy: Any, value: Any) -> Any:
    """A property's value for CEL. What has members is looked into only when the expression does."""
    types = celpy.celtypes
    if value is None:
        return None
    for python, cel in ((bool, types.BoolType), (int, types.IntType), (float, types.DoubleType), (str, types.StringType)):
        if isinstance(value, python):
            return cel(value)
    if isinstance(value, bytes):
        return types.StringType(value.decode("utf-8", "replace"))
    if isinstance(value, list):
        return types.ListType([_into_cel(celpy, item) for item in value])
    return _members(celpy, value)


def _members(celpy: Any, value: Any) -> Any:
    """A map for CEL that finds its members among a property's."""

    class Members(celpy.celtypes.MapType):  # type: ignore[misc]
        """The members of a property, found one by one."""

        def __getitem__(self, name: Any) -> Any:
            found = member(value, str(name).encode())
            if found is ABSENT:
                raise KeyError(str(name))
            return _into_cel(celpy, found)

        def get(self, name: Any, default: Any = None) -> Any:
            found = member(value, str(name).encode())
            return default if found is ABSENT else _into_cel(celpy, found)

        def __contains__(self, name: object) -> bool:
            return member(value, str(name).encode()) is not ABSENT

        def __iter__(self) -> Iterator[Any]:
            return iter([celpy.celtypes.StringType(name) for name in listed(value)])

        def __len__(self) -> int:
            return len(listed(value))

    members = Members()
    members.property_value = value
    return members


def _out_of_cel(celpy: Any, value: Any) -> Any:
    """CEL's value as a property's."""
    types = celpy.celtypes
    if hasattr(value, "property_value"):
        return value.property_value
    if isinstance(value, types.BoolType):
        return bool(value)
    if isinstance(value, types.DurationType):
        return round(value.total_seconds() * 1e9)
    if isinstance(value, types.TimestampType):
        return round(value.timestamp() * 1e9)
    for cel, python in ((types.IntType, int), (types.UintType, int), (types.DoubleType, float), (types.BytesType, bytes)):
        if isinstance(value, cel):
            return python(value)
    if isinstance(value, list):
        return [_out_of_cel(celpy, item) for item in value]
    if isinstance(value, Mapping):
        return {_out_of_cel(celpy, key): _out_of_cel(celpy, item) for key, item in value.items()}
    return None if value is None else str(value)
