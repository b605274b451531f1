"""`Module` as programs use it: decoded, checked, and compiled once for each tier that runs it.

Lives here: the doors from bytes and from text to something that can be instantiated, and what a module says of itself: imports,
exports, names.
Not here: the abstract syntax (structure/module.py), which `Module.syntax` gives, and instances (api.py).

spec: appendix/embedding, modules
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike, fsdecode
from typing import TYPE_CHECKING, Literal, TypeAlias

from pywasm_vm.binary.custom import read_producers
from pywasm_vm.embedding.linker import import_types
from pywasm_vm.errors import Invalid
from pywasm_vm.execution.tier import Compiled, Tier
from pywasm_vm.features import RUNNABLE, Features
from pywasm_vm.limits import Limits
from pywasm_vm.structure import module as structure
from pywasm_vm.structure.module import Custom, ExternKind, Names
from pywasm_vm.structure.types import ExternType, FuncType

# The decoder and the validator bring the instruction table with them. They are imported where they are used, so that importing
# the package stays quick for a program that runs nothing.
if TYPE_CHECKING:
    from pywasm_vm.validation.matching import DefType
    from pywasm_vm.validation.module import ValidModule

__all__ = ["ExportType", "ImportType", "Module", "Validation"]

Validation: TypeAlias = Literal["eager", "lazy", "never"]
"""When function bodies are checked: when the module is decoded, each before its first call, or not at all. The last is for
looking at a module; it cannot be instantiated."""

Progress: TypeAlias = Callable[[int, int], None]
"""Told now and then how many functions have been checked, and of how many."""

_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class ImportType:
    """Something that a module takes from outside."""

    module: str
    name: str
    kind: ExternKind
    type: ExternType


@dataclass(frozen=True, slots=True)
class ExportType:
    """Something that a module gives to outside."""

    name: str
    kind: ExternKind
    type: ExternType


class Module:
    """A module: stateless, and shared by all its instances."""

    def __init__(
        self,
        syntax: structure.Module,
        valid: ValidModule | None,
        *,
        features: Features,
        limits: Limits,
        text: str | bytes | None = None,
    ) -> None:
        """Programs use `decode`, `parse` or `from_file`. *valid* is None for a module that is only looked at; *text* is what
        it was parsed from.
        """
        self.syntax = syntax
        """The abstract syntax: sections, bodies, offsets. Those of a parsed module are positions of characters."""
        self._text = text
        self.features = features
        self.limits = limits
        self._valid = valid
        self._compiled: dict[tuple[str, bool], Compiled] = {}
        self._imports: tuple[ImportType, ...] | None = None
        self._exports: tuple[ExportType, ...] | None = None

    @classmethod
    def decode(
        cls,
        data: bytes,
        *,
        validate: Validation = "eager",
        features: Features = RUNNABLE,
        limits: Limits = _LIMITS,
        progress: Progress | None = None,
    ) -> Module:
        """The module in the binary *data*.

        With `validate="lazy"` everything but the function bodies is checked now, and each body before its first call: loading a
        large module is quick, and a mistake in a function nobody calls is never found.
        raises: Malformed, Invalid; with "lazy" the latter also from calls.

        >>> Module.decode(b"\\0asm\\1\\0\\0\\0").exports
        ()
        """
        _known_validation(validate)
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"a module is decoded from bytes, not from {type(data).__name__}; files are read by Module.from_file")
        from pywasm_vm.binary.decode import decode_module

        return cls._checked(decode_module(bytes(data), limits, features), validate, features, limits, progress)

    @classmethod
    def _checked(
        cls,
        syntax: structure.Module,
        validate: Validation,
        features: Features,
        limits: Limits,
        progress: Progress | None,
        text: str | bytes | None = None,
    ) -> Module:
        from pywasm_vm.validation.module import check_module

        valid = None
        if validate != "never":
            with _placed_in(text):
                valid = check_module(syntax, features, limits, bodies=validate, progress=progress)
        return cls(syntax, valid, features=features, limits=limits, text=text)

    @classmethod
    def parse(
        cls,
        text: str | bytes,
        *,
        validate: Validation = "eager",
        features: Features = RUNNABLE,
        limits: Limits = _LIMITS,
        progress: Progress | None = None,
    ) -> Module:
        """The module in *text*: `(module …)`, or its fields alone. *validate* as for `decode`.

        raises: Malformed and Invalid, with line and column.

        >>> Module.parse('(memory 1) (export "memory" (memory 0))').exports[0].name
        'memory'
        """
        _known_validation(validate)
        if not isinstance(text, str | bytes):
            raise TypeError(
                f"a module is parsed from text, not from {type(text).__name__}; bytes of a binary are for Module.decode"
            )
        from pywasm_vm.text.parse import parse_module

        return cls._checked(parse_module(text, limits, features), validate, features, limits, progress, text)

    @classmethod
    def from_file(
        cls,
        path: str | PathLike[str],
        *,
        validate: Validation = "eager",
        features: Features = RUNNABLE,
        limits: Limits = _LIMITS,
        progress: Progress | None = None,
    ) -> Module:
        """The module in the file at *path*: text, as `parse` reads it, when the name ends in `.wat`, else as `decode` reads it.

        raises: OSError, Malformed, Invalid.
        """
        with open(path, "rb") as file:
            data = file.read()
        read = cls.parse if fsdecode(path).endswith(".wat") else cls.decode
        return read(data, validate=validate, features=features, limits=limits, progress=progress)

    @property
    def imports(self) -> tuple[ImportType, ...]:
        """What it takes from outside, in order."""
        if self._imports is None:
            pairs = zip(self.syntax.imports, import_types(self.syntax), strict=True)
            self._imports = tuple(ImportType(item.module, item.name, item.kind, externtype) for item, externtype in pairs)
        return self._imports

    @property
    def exports(self) -> tuple[ExportType, ...]:
        """What it gives to outside, in order. An export of something that is not there (the module is not valid) is left out."""
        if self._exports is None:
            spaces = _index_spaces(self.syntax, self.imports)
            self._exports = tuple(
                ExportType(export.name, export.kind, spaces[export.kind][export.index])
                for export in self.syntax.exports
                if export.index < len(spaces[export.kind])
            )
        return self._exports

    @property
    def deftypes(self) -> tuple[DefType, ...]:
        """Its types, independent of it: what a type index in the type of an import or export stands for.

        raises: RuntimeError when it was decoded without being checked.
        """
        return self._checked_syntax().deftypes

    @property
    def customs(self) -> tuple[Custom, ...]:
        """Its custom sections, in order."""
        return self.syntax.customs

    @property
    def producers(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """The tools that made it, as it says itself: "language", "processed-by" and "sdk" to pairs of name and version."""
        return read_producers(self.syntax.customs)

    @property
    def names(self) -> Names:
        """What its name section calls things; nothing when it has none, or a broken one."""
        return self.syntax.names

    def checked_with(self, features: Features) -> Module:
        """The same module, checked as one that may use *features* only.

        raises: Invalid.
        """
        if self._valid is None:
            return self
        from pywasm_vm.validation.module import check_module

        with _placed_in(self._text):
            valid = check_module(self.syntax, features, self.limits)
        return Module(self.syntax, valid, features=features, limits=self.limits, text=self._text)

    def compiled(self, tier: Tier, *, metered: bool) -> Compiled:
        """What *tier* runs of it, made once for each tier and shared by all instances.

        raises: RuntimeError when it was decoded without being checked.
        """
        valid = self._checked_syntax()
        key = (tier.name, metered)
        if key not in self._compiled:
            self._compiled[key] = tier.compile(self.syntax, metered=metered, check=self._check_function(valid))
        return self._compiled[key]

    def _checked_syntax(self) -> ValidModule:
        if self._valid is None:
            raise RuntimeError(
                'this module was decoded with validate="never", to be looked at: decode it with "eager" or "lazy" to run it'
            )
        return self._valid

    def _check_function(self, valid: ValidModule) -> Callable[[int], None]:
        """The check of one function before its first call."""
        text = self._text
        if text is None:
            return valid.check_function

        def check(index: int) -> None:
            with _placed_in(text):
                valid.check_function(index)

        return check

    def __repr__(self) -> str:
        name = f" {self.names.module}" if self.names.module else ""
        return f"<module{name}: {len(self.syntax.imports)} imports, {len(self.syntax.funcs)} functions>"


def _known_validation(validate: str) -> None:
    if validate not in ("eager", "lazy", "never"):
        raise ValueError(f'validate is "eager", "lazy" or "never", not {validate!r}')


@contextmanager
def _placed_in(text: str | bytes | None) -> Iterator[None]:
    """Give what is found invalid in a parsed module its line and column."""
    try:
        yield
    except Invalid as error:
        if text is None or error.offset is None:
            raise
        from pywasm_vm.text.parse import line_and_column

        line, column = line_and_column(text, error.offset)
        raise Invalid(error.reason, function=error.function, name=error.name, line=line, column=column) from None


def _index_spaces(module: structure.Module, imports: tuple[ImportType, ...]) -> dict[ExternKind, list[ExternType]]:
    spaces: dict[ExternKind, list[ExternType]] = {kind: [] for kind in ExternKind}
    for item in imports:
        spaces[item.kind].append(item.type)
    subtypes = module.subtypes()
    for type_index in module.function_types():
        comptype = subtypes[type_index].comptype if type_index < len(subtypes) else None
        # Functions of a broken module keep their places, so that the indices after them stay right.
        spaces[ExternKind.FUNC].append(comptype if isinstance(comptype, FuncType) else FuncType((), ()))
    spaces[ExternKind.TABLE] += [table.type for table in module.tables]
    spaces[ExternKind.MEMORY] += [mem.type for mem in module.mems]
    spaces[ExternKind.GLOBAL] += [item.type for item in module.globals]
    spaces[ExternKind.TAG] += [tag.type for tag in module.tags]
    return spaces
