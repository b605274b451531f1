"""Structs and arrays that live in C, with the faces that the rest of the package knows.

Lives here: `NativeStruct` and `NativeArray`, which stand for objects of the C heap; `References`, which turns references into
words and back; and what constant expressions make objects with.
Not here: the objects, what code does with them and who collects them (native/heap.h), and the words of functions (machine.py).

An object of the heap has one face as long as somebody in Python holds it, so `is` compares objects. A face pins its object:
while it is there the object is, with all that it leads to. C knows nothing of faces, and Python nothing of what guests keep for
themselves.

What the host gives to guests is a number in C, as long as a guest holds it: a collection that does not reach the number lets
Python forget the object.

spec: exec/runtime, aggregate instances
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from pywasm_vm.native.owned import Late
from pywasm_vm.runtime.aggregates import I31, Aggregate, ArrayInst, StructInst, array_field, packed, small_integers, struct_fields
from pywasm_vm.runtime.heap import Heap
from pywasm_vm.runtime.values import Ref, Value
from pywasm_vm.structure.types import F32, I32, V128, AbsHeapType, FieldType, PackType, RefType, StorageType
from pywasm_vm.validation.matching import DefType, Scope, closed, closed_matches

__all__ = ["NativeArray", "NativeHeap", "NativeStruct", "References", "is_function"]

_WORD = (1 << 64) - 1
_NO_PIN = 0xFFFF_FFFF
_OF_HOST = 2
_DESCRIPTOR = 0xFFFF_FFFF

_HELD: dict[StorageType, int] = {PackType.I8: 0, PackType.I16: 1, I32: 2, F32: 2, V128: 4}
"""How C holds fields, as in native/heap.h. All others have 64 bits."""
_HELD_64, _HELD_REF = 3, 5

_HOSTS_AT_FIRST = 1 << 14
"""So many new numbers of the host call for a collection, when there are not more of them in use."""


class _Face:
    """What an object of the heap has in Python: its word, its pin, and the store it belongs to."""

    __slots__ = ()

    if TYPE_CHECKING:
        references: References
        word: int
        pin: int
        late: Late

    def __del__(self) -> None:
        # Who is taken away together with it may still use it. Without a pin it was never whole: an exception came in between.
        if hasattr(self, "pin"):
            self.late = Late(self.references.unpinning(self.pin))  # type: ignore[misc]


class NativeStruct(_Face, StructInst):
    """A struct of the C heap. Its fields are attributes, f0, f1 …, and *desc* is its descriptor, as of any struct."""

    __slots__ = ("__weakref__", "deftype", "late", "pin", "references", "word")

    deftype: DefType  # type: ignore[misc]

    def __getattr__(self, name: str) -> Any:
        if name in NativeStruct.__slots__:
            raise AttributeError(name)
        references, index = self.references, self._index(name)
        return references.read(self.word, index, struct_fields(self.deftype)[index], self.deftype.scope)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in NativeStruct.__slots__:
            object.__setattr__(self, name, value)
        else:
            index = self._index(name)
            self.references.write(self.word, index, struct_fields(self.deftype)[index], value)

    def _index(self, name: str) -> int:
        digits = name[1:]
        if name[:1] == "f" and digits.isdecimal() and int(digits) < len(struct_fields(self.deftype)):
            return int(digits)
        raise AttributeError(f"a struct of {len(struct_fields(self.deftype))} fields has no {name!r}")

    @property
    def desc(self) -> Any:  # type: ignore[override]
        """The struct that describes this one, if its type has such."""
        if self.deftype.descriptor is None:
            return None
        return self.references.read_descriptor(self.word)


class NativeArray(_Face, ArrayInst):
    """An array of the C heap."""

    __slots__ = ("__weakref__", "deftype", "late", "pin", "references", "word")

    deftype: DefType  # type: ignore[misc]

    def __init__(self) -> None:
        """Whoever makes one fills its slots."""

    @property
    def items(self) -> Any:  # type: ignore[override]
        """Its elements, as a sequence that reads and writes them."""
        return _Items(self)


class _Items(Sequence[Any]):
    """The elements of *array*."""

    __slots__ = ("_array", "_field", "_length")

    def __init__(self, array: NativeArray) -> None:
        self._array = array
        self._field = array_field(array.deftype)
        self._length = array.references.lib.wasm_heap_length(array.word)

    def __len__(self) -> int:
        length: int = self._length
        return length

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._read(place) for place in range(self._length)[index]]
        return self._read(range(self._length)[index])

    def __setitem__(self, index: int, value: Value) -> None:
        array = self._array
        array.references.write(array.word, range(self._length)[index], self._field, value)

    def _read(self, place: int) -> Value:
        array = self._array
        return array.references.read(array.word, place, self._field, array.deftype.scope)


class References:
    """The references of one store, as words. *machine* is the `Machine`."""

    def __init__(self, machine: Any) -> None:
        self._machine = machine
        self.ffi, self.lib = machine.ffi, machine.lib
        self._handle = machine.handle
        self._is_there = [True]
        """Empty when the heap has gone."""
        self._faces: WeakValueDictionary[int, Any] = WeakValueDictionary()
        """By the address of the object."""
        self._types: dict[DefType, Any] = {}
        self._deftypes: list[DefType] = []
        """By the number that C knows the type by."""
        self._objects: dict[int, Any] = {}
        """What the host has given, by its number."""
        self._numbers: dict[int, int] = {}
        """And back, by the `id` of the object."""
        self._state = self.lib.wasm_machine_heap_state(self._handle)
        self._new, self._most_new = 0, _HOSTS_AT_FIRST

    # Words

    def word_of(self, ref: Ref) -> int:
        """The word for *ref*, which is no function of a type of functions.

        raises: TypeError, for a struct or an array of another store.
        """
        if ref is None:
            return 0
        if isinstance(ref, I31):
            return (int(ref) & 0x7FFF_FFFF) << 1 | 1
        if isinstance(ref, NativeStruct | NativeArray) and ref.references is self:
            return ref.word
        if isinstance(ref, Aggregate):
            raise TypeError(f"{ref!r} belongs to another store")
        number = self._numbers.get(id(ref))
        if number is None:
            number = self.lib.wasm_heap_host_number(self._handle)
            if number == _NO_PIN:
                raise MemoryError("the C core got no memory for a reference")
            # An exception may come between any two lines, out of a signal handler: see `forget`.
            self._objects[number] = ref
            self._numbers[id(ref)] = number
            self._new += 1
        return number << 3 | 2

    def ref_of(self, word: int) -> Ref:
        """What *word* leads to."""
        if not word:
            return None
        if word & 1:
            return small_integers[word >> 1]
        if word & 7:
            return self._objects[word >> 3]
        return self._faces.get(word) or self._new_face(word, self.lib.wasm_heap_pin(self._handle, word))

    def _new_face(self, word: int, pin: int) -> Any:
        """A face for the object at *word*, which is pinned."""
        if pin == _NO_PIN:
            raise MemoryError("the C core got no memory for a reference")
        deftype = self._deftypes[self.lib.wasm_heap_type_of(word)]
        kind = NativeStruct if deftype.kind is AbsHeapType.STRUCT else NativeArray
        face: Any = kind.__new__(kind)
        face.references, face.word, face.deftype, face.pin = self, word, deftype, pin
        self._faces[word] = face
        return face

    def unpinning(self, pin: int) -> Callable[[], None]:
        """What takes *pin* away, as long as the heap is there."""
        unpin, handle, heap_is_there = self.lib.wasm_heap_unpin, self._handle, self._is_there

        def end() -> None:
            if heap_is_there:
                unpin(handle, pin)

        return end

    def ending(self, free: Callable[[Any], None]) -> Callable[[Any], None]:
        """What frees the machine, and lets pins know."""
        heap_is_there = self._is_there

        def end(handle: Any) -> None:
            heap_is_there.clear()
            free(handle)

        return end

    # What objects hold

    def read(self, word: int, index: int, field: FieldType, scope: Scope) -> Value:
        """Field or element *index* of the object at *word*."""
        value, pin = self._read(word, index)
        storage = field.storage
        if isinstance(storage, PackType):
            return value[0]
        if storage is V128:
            return value[0] | value[1] << 64
        if pin != _NO_PIN:
            return self._pinned(value[0], pin)
        if isinstance(storage, RefType) and value[0] & 7 == _OF_HOST:
            # Nothing pins a number of the host: while somebody else is inside it may soon stand for something else.
            with self._machine.visit():
                value, pin = self._read(word, index)
                return self.ref_of(value[0]) if pin == _NO_PIN else self._pinned(value[0], pin)
        return self._machine.value_of(value[0], storage, scope)

    def read_descriptor(self, word: int) -> Any:
        """The descriptor of the struct at *word*."""
        value, pin = self._read(word, _DESCRIPTOR)
        return self._pinned(value[0], pin) if value[0] else None

    def _read(self, word: int, index: int) -> tuple[list[int], int]:
        # Own room for each: another thread may be reading, too.
        value, pin = self.ffi.new("uint64_t[2]"), self.ffi.new("uint32_t *")
        if not self.lib.wasm_heap_read(self._handle, word, index, value, pin):
            raise MemoryError("the C core got no memory for a reference")
        return [value[0], value[1]], pin[0]

    def _pinned(self, word: int, pin: int) -> Any:
        face = self._faces.get(word)
        if face is None:
            return self._new_face(word, pin)
        self.lib.wasm_heap_unpin(self._handle, pin)
        return face

    def write(self, word: int, index: int, field: FieldType, value: Value) -> None:
        """Write the raw *value* to field or element *index* of the object at *word*."""
        with self._machine.visit():
            self.lib.wasm_heap_write(word, index, self.ffi.new("uint64_t[2]", self._words(value, field.storage)))

    def _words(self, value: Value, storage: StorageType) -> list[int]:
        if storage is V128:
            return [value & _WORD, value >> 64]
        if isinstance(storage, PackType):
            return [packed(value, storage), 0]
        return [self._machine.word_of(value, storage), 0]

    # Types

    def gctype(self, deftype: DefType) -> Any:
        """What C has for the type *deftype* of structs or arrays."""
        known = self._types.get(deftype)
        if known is None:
            is_array = deftype.kind is AbsHeapType.ARRAY
            fields = (array_field(deftype),) if is_array else struct_fields(deftype)
            ids = [supertype.number for supertype in reversed(deftype.supertypes)] + [deftype.number]
            held = bytes(_held(field.storage, deftype.scope) for field in fields)
            made = self.lib.wasm_heap_type(
                self._handle, self.ffi.new("uint64_t[]", ids), len(ids) - 1, len(self._deftypes), is_array, held, len(held)
            )
            known = self._types[deftype] = self._machine.checked(made)
            self._deftypes.append(deftype)
        return known

    def make(self, deftype: DefType, values: Sequence[Value], descriptor: NativeStruct | None = None) -> Any:
        """A new struct or array that holds *values*.

        raises: MemoryError.
        """
        with self._machine.visit():
            return self._make(deftype, values, descriptor)

    def _make(self, deftype: DefType, values: Sequence[Value], descriptor: NativeStruct | None) -> Any:
        is_array = deftype.kind is AbsHeapType.ARRAY
        described = 0 if descriptor is None else descriptor.word
        length, pin = len(values) if is_array else 0, self.ffi.new("uint32_t *")
        word = self.lib.wasm_heap_make(self._handle, self.gctype(deftype), length, described, pin)
        if not word:
            raise MemoryError("the C core got no memory for an object")
        face = self._new_face(word, pin[0])
        if is_array:
            field = array_field(deftype)
            for index, value in enumerate(values):
                if value:
                    self.write(word, index, field, value)
        else:
            for index, (field, value) in enumerate(zip(struct_fields(deftype), values, strict=True)):
                self.write(word, index, field, value)
        return face

    # Collecting

    @property
    def objects(self) -> int:
        """How many objects there are, those that nobody reaches and nobody has collected among them."""
        count: int = self._state[self.lib.WASM_HEAP_OBJECTS]
        return count

    @property
    def live_bytes(self) -> int:
        """The bytes of the objects that the last collection has left."""
        size: int = self._state[self.lib.WASM_HEAP_LIVE]
        return size

    @property
    def collections(self) -> int:
        """How many there were."""
        count: int = self._state[self.lib.WASM_HEAP_COLLECTIONS]
        return count

    @property
    def crowded(self) -> bool:
        """Whether so much was given to guests that a collection is due, even if nobody allocates."""
        return self._new > self._most_new

    def collect(self) -> None:
        """Collect now: while nothing runs, or in a call of the host."""
        if self.lib.wasm_heap_collect(self._handle):
            self.forget()

    def forget(self) -> None:
        """Let go what the host has given and the last collection has not reached."""
        # An exception may come between any two lines, out of a signal handler. In this order whoever has a number here has it
        # in C, too, and nobody else has.
        gone = []
        number = 0
        while (number := self.lib.wasm_heap_dead(self._handle, number)) != _NO_PIN:
            ref = self._objects.get(number)
            self._numbers.pop(id(ref), None)
            self._objects.pop(number, None)
            self.lib.wasm_heap_release(self._handle, number)
            # Their ends may run any code: this comes last, when all is in order.
            gone.append(ref)
        self._new, self._most_new = 0, max(_HOSTS_AT_FIRST, len(self._objects))


def _held(storage: StorageType, scope: Scope) -> int:
    if isinstance(storage, RefType):
        return _HELD_64 if is_function(storage, scope) else _HELD_REF
    return _HELD.get(storage, _HELD_64)


def is_function(reftype: RefType, scope: Scope) -> bool:
    """Whether references of *reftype* lead to functions."""
    return closed_matches(closed(reftype.heap, scope), AbsHeapType.FUNC)


class NativeHeap(Heap):
    """What constant expressions make objects of the C heap with."""

    __slots__ = ("_references",)

    def __init__(self, references: References, limit: int) -> None:
        super().__init__(limit)
        self._references = references

    def class_of(self, deftype: DefType) -> Callable[..., Any]:
        """See `Heap.class_of`."""
        make = self._references.make
        if deftype.kind is AbsHeapType.ARRAY:
            return lambda items: make(deftype, items)
        if deftype.descriptor is None:
            return lambda *values: make(deftype, values)
        return lambda *values: make(deftype, values[:-1], values[-1])
