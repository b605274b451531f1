"""`python -m proxyabi`: the command line.

Lives here: nothing but the call. The commands are in cli.
"""

from __future__ import annotations

from proxyabi.cli import main

if __name__ == "__main__":
    main()
