"""The command line of the host.

Lives here: `main`, the entry point, which needs nothing but the standard library to say what is missing.
Not here: the commands (main.py and one file for each).
"""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit: 0 done, 1 the thing asked for failed, 2 wrong usage."""
    try:
        import click  # noqa: F401
    except ModuleNotFoundError:
        sys.exit('proxyabi: the command line needs click. Install it with: pip install "proxyabi[cli,proxy]"')
    from proxyabi.cli.main import cli

    cli(prog_name="proxyabi")
