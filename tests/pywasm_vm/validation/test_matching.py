"""Subtyping, and types that are the same although two modules wrote them down."""

from __future__ import annotations

import gc

import pytest

from pywasm_vm.structure.types import (
    BOT,
    EXTERNREF,
    FUNCREF,
    I8,
    I32,
    I64,
    AbsHeapType,
    ArrayType,
    CompType,
    ExactType,
    ExternType,
    FieldType,
    FuncType,
    GlobalType,
    HeapType,
    Limits,
    MemType,
    RecType,
    RefType,
    StructType,
    SubType,
    TableType,
    ValType,
)
from pywasm_vm.validation import matching
from pywasm_vm.validation.matching import (
    BOT_REF,
    DefType,
    ExactDefType,
    closed,
    closed_matches,
    comptype_matches,
    extern_matches,
    instance_matches,
    limits_match,
    roll,
    top_of,
    valtype_matches,
)


def final(comptype: CompType, *supertypes: int) -> SubType:
    return SubType(True, supertypes, comptype)


def open_(comptype: CompType, *supertypes: int) -> SubType:
    return SubType(False, supertypes, comptype)


def scope_of(*groups: tuple[SubType, ...]) -> list[DefType]:
    scope: list[DefType] = []
    for group in groups:
        roll(RecType(group), scope)
    return scope


def collect_all() -> None:
    gc.collect()


def struct(*storage: ValType, mutable: bool = False) -> StructType:
    return StructType(tuple(FieldType(t, mutable) for t in storage))


def ref(heap: HeapType) -> RefType:
    return RefType(False, heap)


def null(heap: HeapType) -> RefType:
    return RefType(True, heap)


ANY, EQ, I31, STRUCT, ARRAY, NONE = (
    AbsHeapType.ANY, AbsHeapType.EQ, AbsHeapType.I31, AbsHeapType.STRUCT, AbsHeapType.ARRAY, AbsHeapType.NONE
)  # fmt: skip
FUNC, NOFUNC, EXTERN, NOEXTERN, EXN, NOEXN = (
    AbsHeapType.FUNC, AbsHeapType.NOFUNC, AbsHeapType.EXTERN, AbsHeapType.NOEXTERN, AbsHeapType.EXN, AbsHeapType.NOEXN
)  # fmt: skip


@pytest.mark.parametrize(
    ("chain"),
    [(NONE, I31, EQ, ANY), (NONE, STRUCT, EQ, ANY), (NONE, ARRAY, EQ, ANY), (NOFUNC, FUNC), (NOEXTERN, EXTERN), (NOEXN, EXN)],
)
def test_named_heap_types_match_upward_only(chain: tuple[AbsHeapType, ...]) -> None:
    for low, below in enumerate(chain):
        for high, above in enumerate(chain):
            assert closed_matches(below, above) is (low <= high)


def test_the_four_hierarchies_do_not_meet() -> None:
    tops = {heap: top_of(heap, ()) for heap in AbsHeapType}

    for given in AbsHeapType:
        for wanted in AbsHeapType:
            if closed_matches(given, wanted):
                assert tops[given] is tops[wanted]
    assert set(tops.values()) == {ANY, FUNC, EXTERN, EXN}


def test_a_defined_type_lies_between_its_kind_and_the_bottom() -> None:
    scope = scope_of((final(FuncType((), ())),), (final(struct()),), (final(ArrayType(FieldType(I8, True))),))

    for x, bottom, kind in ((0, NOFUNC, FUNC), (1, NONE, STRUCT), (2, NONE, ARRAY)):
        assert valtype_matches(ref(x), ref(kind), scope)
        assert valtype_matches(ref(bottom), ref(x), scope)
        assert not valtype_matches(ref(kind), ref(x), scope)
        assert not valtype_matches(ref(x), ref(bottom), scope)
    assert valtype_matches(ref(1), ref(EQ), scope)
    assert not valtype_matches(ref(0), ref(EQ), scope)
    assert not valtype_matches(ref(NONE), ref(0), scope)
    assert not valtype_matches(ref(NOFUNC), ref(1), scope)


def test_null_may_not_stand_where_a_reference_is_wanted() -> None:
    assert valtype_matches(ref(FUNC), FUNCREF, ())
    assert not valtype_matches(FUNCREF, ref(FUNC), ())
    assert not valtype_matches(FUNCREF, EXTERNREF, ())
    assert not valtype_matches(I32, FUNCREF, ())
    assert not valtype_matches(I32, I64, ())


def test_the_bottom_of_unreachable_code_matches_everything_and_a_bottom_reference_every_reference() -> None:
    assert valtype_matches(BOT, I32, ())
    assert valtype_matches(BOT, ref(FUNC), ())
    assert valtype_matches(BOT_REF, ref(FUNC), ())
    assert not valtype_matches(BOT_REF, I32, ())


def test_a_declared_subtype_matches_all_types_above_it() -> None:
    scope = scope_of((open_(struct()),), (open_(struct(I32), 0),), (final(struct(I32, I64), 1),))

    assert valtype_matches(ref(2), ref(1), scope)
    assert valtype_matches(ref(2), null(0), scope)
    assert not valtype_matches(ref(0), ref(2), scope)


def test_equal_types_are_the_same_object_within_and_across_modules() -> None:
    one = scope_of((final(FuncType((I32,), ())),), (final(FuncType((I32,), ())),), (final(FuncType((I64,), ())),))
    other = scope_of((final(struct()),), (final(FuncType((I32,), ())),))

    assert one[0] is one[1] is other[1]
    assert one[0] is not one[2]


def test_recursive_groups_are_equal_by_structure_whatever_their_indices() -> None:
    one = scope_of((final(struct(null(1))), final(struct(null(0)))))
    other = scope_of((final(FuncType((), ())),), (final(struct(null(2))), final(struct(null(1)))))
    alone = scope_of((final(struct(null(0))),))

    assert one == other[1:]
    assert one[0] is not one[1]
    assert alone[0] not in one


def test_types_that_differ_in_what_they_refer_to_are_different() -> None:
    scope = scope_of(
        (final(struct(I32)),), (final(struct(I64)),), (final(FuncType((ref(0),), ())),), (final(FuncType((ref(1),), ())),)
    )

    assert scope[2] is not scope[3]


def test_finality_and_supertypes_are_part_of_a_type() -> None:
    scope = scope_of((open_(struct()),), (final(struct()),), (final(struct(), 0),))

    assert len(set(scope)) == 3


def test_types_die_with_their_modules() -> None:
    collect_all()
    before = len(matching._GROUPS)
    scope = scope_of((final(struct(I32, I64, I32, I64)),), (final(FuncType((ref(0), I32, I64), ())),))
    assert len(matching._GROUPS) == before + 2

    del scope
    collect_all()

    assert len(matching._GROUPS) == before


@pytest.mark.parametrize(
    ("given", "wanted", "fits"),
    [
        (FuncType((FUNCREF,), (ref(FUNC),)), FuncType((ref(FUNC),), (FUNCREF,)), True),
        (FuncType((ref(FUNC),), ()), FuncType((FUNCREF,), ()), False),
        (FuncType((), (FUNCREF,)), FuncType((), (ref(FUNC),)), False),
        (FuncType((), (I32,)), FuncType((), ()), False),
        (struct(I32, I64), struct(I32), True),
        (struct(I32), struct(I32, I64), False),
        (struct(ref(FUNC)), struct(FUNCREF), True),
        (struct(ref(FUNC), mutable=True), struct(FUNCREF, mutable=True), False),
        (struct(I32, mutable=True), struct(I32), False),
        (ArrayType(FieldType(I8, False)), ArrayType(FieldType(I8, False)), True),
        (ArrayType(FieldType(I8, False)), ArrayType(FieldType(I32, False)), False),
        (ArrayType(FieldType(I32, False)), struct(I32), False),
    ],
)
def test_composite_types_match(given: CompType, wanted: CompType, fits: bool) -> None:
    assert comptype_matches(given, wanted, ()) is fits


@pytest.mark.parametrize(
    ("given", "wanted", "fits"),
    [
        (Limits(1), Limits(1), True),
        (Limits(2, 4), Limits(1, 4), True),
        (Limits(0, 4), Limits(1, 4), False),
        (Limits(1), Limits(1, 4), False),
        (Limits(1, 5), Limits(1, 4), False),
        (Limits(1, 5), Limits(1), True),
    ],
)
def test_limits_match_when_they_are_tighter(given: Limits, wanted: Limits, fits: bool) -> None:
    assert limits_match(given, wanted) is fits


@pytest.mark.parametrize(
    ("given", "wanted", "fits"),
    [
        (MemType(Limits(1)), MemType(Limits(1)), True),
        (MemType(Limits(1, 2), shared=True), MemType(Limits(1, 2)), False),
        (MemType(Limits(1)), TableType(Limits(1), FUNCREF), False),
        (TableType(Limits(1), FUNCREF), TableType(Limits(1), FUNCREF), True),
        (TableType(Limits(1), ref(FUNC)), TableType(Limits(1), FUNCREF), False),
        (GlobalType(I32, False), GlobalType(I32, False), True),
        (GlobalType(I32, True), GlobalType(I32, False), False),
        (GlobalType(ref(FUNC), False), GlobalType(FUNCREF, False), True),
        (GlobalType(ref(FUNC), True), GlobalType(FUNCREF, True), False),
        (FuncType((I32,), ()), FuncType((I32,), ()), True),
        (FuncType((I32,), ()), FuncType((), (I32,)), False),
    ],
)
def test_things_may_be_imported_as(given: ExternType, wanted: ExternType, fits: bool) -> None:
    assert extern_matches(given, (), wanted, ()) is fits


def test_indices_of_two_modules_are_compared_by_what_they_stand_for() -> None:
    one = scope_of((final(struct()),), (final(struct(I32)),))
    other = scope_of((final(struct(I32)),), (final(struct()),))

    assert closed(0, one) is closed(1, other)
    assert extern_matches(GlobalType(ref(0), True), one, GlobalType(ref(1), True), other)
    assert not extern_matches(GlobalType(ref(0), True), one, GlobalType(ref(0), True), other)


EXACT = ExactType

HIERARCHY = scope_of((open_(struct()),), (open_(struct(), 0),), (open_(FuncType((), ())),), (open_(struct()),))
"""0 is above 1, 2 is a function, 3 is the same type as 0."""


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (EXACT(0), EXACT(0)),
        (EXACT(0), EXACT(3)),
        (EXACT(0), 0),
        (EXACT(1), 0),
        (EXACT(1), ANY),
        (EXACT(2), FUNC),
        (NONE, EXACT(0)),
        (NOFUNC, EXACT(2)),
    ],
)
def test_exact_type_matches_itself_and_all_above(given: HeapType, wanted: HeapType) -> None:
    assert closed_matches(closed(given, HIERARCHY), closed(wanted, HIERARCHY))
    assert valtype_matches(ref(given), null(wanted), HIERARCHY)
    assert not valtype_matches(null(given), ref(wanted), HIERARCHY)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (0, EXACT(0)),
        (EXACT(1), EXACT(0)),
        (1, EXACT(0)),
        (EXACT(0), EXACT(1)),
        (ANY, EXACT(0)),
        (NONE, EXACT(2)),
        (NOFUNC, EXACT(0)),
        (EXACT(0), FUNC),
        (I31, EXACT(0)),
    ],
)
def test_nothing_else_matches_an_exact_type(given: HeapType, wanted: HeapType) -> None:
    assert not closed_matches(closed(given, HIERARCHY), closed(wanted, HIERARCHY))


def test_value_is_exactly_of_the_type_it_was_made_with() -> None:
    above, below = HIERARCHY[:2]

    assert instance_matches(below, ExactDefType(below))
    assert instance_matches(below, above)
    assert instance_matches(below, EQ)
    assert not instance_matches(below, ExactDefType(above))


def test_exact_type_has_the_top_of_its_hierarchy() -> None:
    assert (top_of(EXACT(1), HIERARCHY), top_of(EXACT(2), HIERARCHY)) == (ANY, FUNC)


def described_at(x: int) -> tuple[SubType, SubType]:
    """A group with a type and its descriptor, where it stands at type index *x*."""
    return SubType(True, (), struct(), descriptor=x + 1), SubType(True, (), struct(), describes=x)


def test_exactness_and_descriptors_tell_types_apart() -> None:
    plain = (SubType(True, (), struct()), SubType(True, (), struct()))
    scope = scope_of(plain, described_at(2), (final(struct(ref(0))),), (final(struct(ref(EXACT(0)))),), described_at(6))

    assert len(set(scope)) == 6
    assert scope[6:] == scope[2:4]


def test_descriptor_and_described_type_know_each_other() -> None:
    _, type_, descriptor = scope_of((final(struct()),), described_at(1))

    assert type_.descriptor is descriptor
    assert descriptor.describes is type_
    assert (type_.describes, descriptor.descriptor) == (None, None)


def test_chain_of_types_goes_at_once_when_nobody_uses_it() -> None:
    """One after another they would fill the memory of a program that loads many modules."""
    collect_all()
    before = len(matching._GROUPS)
    chain = scope_of((final(struct(I32, I64, I32, I64)),), *((final(struct(ref(x))),) for x in range(1000)))
    assert len(matching._GROUPS) == before + 1001

    del chain
    collect_all()

    assert len(matching._GROUPS) == before
