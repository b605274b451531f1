"""C gets no memory, at one request after the other: see starving.py, which a core built for it runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pywasm_vm.native.core import missing

ROOT = Path(__file__).parents[4]
PROGRAM = Path(__file__).with_name("starving.py")


@pytest.fixture(scope="module")
def failing() -> Path:
    """The core whose requests for memory fail. Building it takes half a minute when something has changed in C."""
    if missing() is not None or sys.platform == "win32" or not any(map(shutil.which, ("cc", "gcc", "clang"))):
        pytest.skip("no C core can be built here")
    subprocess.run([sys.executable, ROOT / "native/build.py", "--failing"], cwd=ROOT, check=True, capture_output=True)
    return ROOT / "build/native-failing/_native.abi3.so"


def test_every_lack_of_memory_in_c_is_told_and_leaves_the_store_as_good_as_before(failing: Path) -> None:
    environment = {**os.environ, "PYWASM_VM_NATIVE": str(failing), "PYTHONPATH": str(ROOT)}

    done = subprocess.run([sys.executable, PROGRAM, "--once"], env=environment, capture_output=True, text=True, timeout=250)

    assert done.returncode == 0, done.stderr + done.stdout
    counts = [int(count) for count in re.findall(r": (\d+) requests", done.stdout)]
    assert len(counts) == 22
    assert all(counts)
