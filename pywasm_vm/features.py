"""The proposals as flags, and the versions of the standard as sets of them.

Lives here: the name of each feature, and which of them a version of the standard contains.
Not here: what a feature changes; an instruction's row says which feature brought it.
"""

from __future__ import annotations

from enum import Enum

__all__ = ["RUNNABLE", "WASM_1_0", "WASM_2_0", "WASM_3_0", "Feature", "Features", "needs"]


class Feature(Enum):
    """A proposal that became, or may become, part of the standard. The value is its usual name."""

    MUTABLE_GLOBALS = "mutable-globals"
    SIGN_EXTENSION = "sign-extension"
    SATURATING_CONVERSIONS = "saturating-float-to-int"
    MULTI_VALUE = "multi-value"
    BULK_MEMORY = "bulk-memory"
    REFERENCE_TYPES = "reference-types"
    SIMD = "simd"
    RELAXED_SIMD = "relaxed-simd"
    EXTENDED_CONST = "extended-const"
    TAIL_CALLS = "tail-calls"
    FUNCTION_REFERENCES = "function-references"
    GC = "gc"
    EXCEPTIONS = "exception-handling"
    LEGACY_EXCEPTIONS = "legacy-exceptions"
    """Another way to catch; tags and `throw` are those of EXCEPTIONS."""
    MULTI_MEMORY = "multi-memory"
    MEMORY64 = "memory64"
    THREADS = "threads"
    CUSTOM_PAGE_SIZES = "custom-page-sizes"
    WIDE_ARITHMETIC = "wide-arithmetic"
    CUSTOM_DESCRIPTORS = "custom-descriptors"


Features = frozenset[Feature]


def needs(what: str, feature: Feature) -> str:
    """The sentence that refuses *what*, wherever that is noticed: in bytes, in text, or while types are checked."""
    return f"{what} needs the feature {feature.value}, which is switched off"


WASM_1_0: Features = frozenset({Feature.MUTABLE_GLOBALS})

WASM_2_0: Features = WASM_1_0 | {
    Feature.SIGN_EXTENSION,
    Feature.SATURATING_CONVERSIONS,
    Feature.MULTI_VALUE,
    Feature.BULK_MEMORY,
    Feature.REFERENCE_TYPES,
    Feature.SIMD,
}

WASM_3_0: Features = WASM_2_0 | {
    Feature.RELAXED_SIMD,
    Feature.EXTENDED_CONST,
    Feature.TAIL_CALLS,
    Feature.FUNCTION_REFERENCES,
    Feature.GC,
    Feature.EXCEPTIONS,
    Feature.MULTI_MEMORY,
    Feature.MEMORY64,
}

RUNNABLE: Features = WASM_2_0 | {
    Feature.RELAXED_SIMD,
    Feature.EXTENDED_CONST,
    Feature.TAIL_CALLS,
    Feature.FUNCTION_REFERENCES,
    Feature.GC,
    Feature.EXCEPTIONS,
    Feature.LEGACY_EXCEPTIONS,
    Feature.MULTI_MEMORY,
    Feature.MEMORY64,
    Feature.THREADS,
    Feature.CUSTOM_PAGE_SIZES,
    Feature.WIDE_ARITHMETIC,
    Feature.CUSTOM_DESCRIPTORS,
}
"""What this release validates and runs. A module that needs more is refused, and the refusal names the feature."""
