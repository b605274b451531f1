"""`python -m pywasm_vm`: the command line.

Lives here: nothing but the call. The commands are in cli.py.
"""

from __future__ import annotations

import sys

from pywasm_vm.cli import main

if __name__ == "__main__":
    sys.exit(main())
