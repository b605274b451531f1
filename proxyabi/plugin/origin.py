"""Where a filter comes from: its language, the tools that built it, and its SDK, as far as the module tells.

Lives here: the traces that toolchains leave in modules, as tables, and the reading of them.
Not here: whether the module runs (preflight.py).

The `producers` section is the one honest witness, and release builds strip it. What stays are texts in the data: paths of
source files that panics and assertions name. A trace found proves little more than that this text is in the module, so a look at
it is for people and never decides how a filter is run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Origin", "find_origin"]


@dataclass(frozen=True, slots=True)
class Origin:
    """What made a module. "" where the module does not tell."""

    language: str
    sdk: str
    tools: tuple[str, ...]


def _wide(text: str) -> bytes:
    """A pattern for *text* as AssemblyScript keeps it: two bytes a character."""
    return re.escape(text.encode("utf-16-le"))


SDKS: tuple[tuple[bytes, str, str], ...] = (
    # trace, with the version as group 1 where there is one         SDK                                    language
    (rb"proxy-wasm-(\d+\.\d+\.\d+[-.\w]*)/src/",                    "Rust crate proxy-wasm",               "Rust"),
    (rb"github\.com/proxy-wasm/proxy-wasm-go-sdk\t(v[^\t\n]+)",     "proxy-wasm-go-sdk",                   "Go"),
    (rb"github\.com/proxy-wasm/proxy-wasm-go-sdk",                  "proxy-wasm-go-sdk",                   "Go"),
    (rb"github\.com/higress-group/proxy-wasm-go-sdk",               "proxy-wasm-go-sdk of Higress",        "Go"),
    (rb"github\.com/tetratelabs/proxy-wasm-go-sdk",                 "proxy-wasm-go-sdk of Tetrate",        "Go"),
    (_wide("@solo-io/proxy-runtime/"),                              "npm @solo-io/proxy-runtime",          "AssemblyScript"),
    (_wide("@gcoredev/proxy-wasm-sdk-as/"),                         "npm @gcoredev/proxy-wasm-sdk-as",     "AssemblyScript"),
    (_wide("@kong/proxy-wasm-sdk/"),                                "npm @kong/proxy-wasm-sdk",            "AssemblyScript"),
    (rb"ContextBase|ensureRootContext",                             "proxy-wasm-cpp-sdk",                  "C++"),
)  # fmt: skip

LANGUAGES: tuple[tuple[bytes, str], ...] = (
    (_wide("~lib/"), "AssemblyScript"),
    (rb"library/(?:core|alloc|std)/src/|/rustc/", "Rust"),
    (rb"runtime\.gopanic|go1\.\d+", "Go"),
    (rb"\.zig\b", "Zig"),
    (rb"emscripten_notify_memory_growth|__cxa_", "C++"),
)


def find_origin(data: bytes, producers: Mapping[str, Sequence[tuple[str, str]]]) -> Origin:
    """What made the module *data*, whose `producers` section says *producers*."""
    tools = tuple(f"{name} {version}".strip() for name, version in producers.get("processed-by", ()))
    said = [name for name, _ in producers.get("language", ())]
    sdk, language = _find_sdk(data)
    if any(tool.startswith("TinyGo") for tool in tools):
        language = "Go (TinyGo)"
    elif said:
        language = ", ".join(said)
    elif not language:
        language = next((name for trace, name in LANGUAGES if re.search(trace, data)), "")
    if not language and any("clang" in tool for tool in tools):
        language = "C or C++"
    return Origin(language, sdk, tools)


def _find_sdk(data: bytes) -> tuple[str, str]:
    for trace, sdk, language in SDKS:
        found = re.search(trace, data)
        if found:
            version = found[1].decode("utf-8", "replace") if found.re.groups else ""
            return f"{sdk} {version}".strip(), language
    return "", ""
