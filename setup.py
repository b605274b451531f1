"""The one part of the build that pyproject.toml cannot say: the C core, which may be missing.

Lives here: that a machine without a compiler, or with one that fails, still gets a working install, and is told so.
Not here: what the C core is made of (native/build.py) and everything else about the package (pyproject.toml).
"""

from __future__ import annotations

import sys
from typing import Any

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext


class OptionalBuild(build_ext):
    """Builds the C core, or says plainly that there is none."""

    def build_extension(self, ext: Extension) -> None:
        """Go on without *ext* when it cannot be built: whatever the compiler's trouble is, Python runs the same code."""
        try:
            super().build_extension(ext)
        except Exception as error:  # noqa: BLE001 - whatever the trouble is, the installation goes on and says it
            _say(
                f"The C core was NOT built: {error}",
                "The installation goes on without it. Everything works, on the tier `python`; the tier `native`, which is many",
                "times faster, is not there. Install a C compiler (gcc or clang) and install again to have it.",
            )
            self.extensions = []
        else:
            _say(f"The C core was built: the tier `native` is there ({ext.name}).")

    def get_outputs(self) -> list[str]:
        """Nothing, where there is no extension."""
        return super().get_outputs() if self.extensions else []

    def copy_extensions_to_source(self) -> None:
        """Nothing, where there is no extension."""
        if self.extensions:
            super().copy_extensions_to_source()


def _say(*lines: str) -> None:
    sys.stderr.write("\n" + "".join(f"    {line}\n" for line in lines) + "\n")


def _options() -> dict[str, Any]:
    return {"cffi_modules": ["native/build.py:builder"], "options": {"bdist_wheel": {"py_limited_api": "cp311"}}}


setup(cmdclass={"build_ext": OptionalBuild}, **_options())
