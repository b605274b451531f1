"""Check 29: 45 functions under two names, with the listed answers (abi: 8)."""

from __future__ import annotations

import pytest

from proxyabi.abi.types import Errno
from proxyabi.abi.wasi import WASI, WASI_MODULES

NOTSUP, NOSYS, BADF = Errno.NOTSUP, Errno.NOSYS, Errno.BADF
ALWAYS = {
    "fd_read": NOSYS,
    "fd_pread": NOSYS,
    "fd_fdstat_set_flags": NOSYS,
    "fd_prestat_dir_name": NOSYS,
    "fd_seek": 0,
    "fd_close": 0,
    "fd_advise": 0,
    "args_get": 0,
    "sched_yield": 0,
    "fd_filestat_get": BADF,
    "fd_prestat_get": BADF,
    "fd_readdir": Errno.EXIST,
    "path_open": Errno.NOENT,
    **dict.fromkeys((row.name for row in WASI if row.name.startswith(("path_", "sock_")) and row.name != "path_open"), NOTSUP),
}
OF_THE_TWO_OUTPUTS = ("fd_tell", "fd_fdstat_get", "fd_fdstat_set_rights", "fd_filestat_set_size", "fd_filestat_set_times")
MORE_OF_THEM = ("fd_allocate", "fd_datasync", "fd_sync")


@pytest.mark.parametrize("module", WASI_MODULES)
def test_there_are_45(module):
    assert len({row.name for row in WASI if row.module == module}) == 45


@pytest.mark.parametrize("module", WASI_MODULES)
@pytest.mark.parametrize("name", sorted(ALWAYS))
def test_functions_with_one_answer(world, module, name):
    count = len(world.row(name, module=module).wasm_params)
    assert world.raw(name, *[0x100] * count, module=module) == ALWAYS[name]


@pytest.mark.parametrize("module", WASI_MODULES)
@pytest.mark.parametrize("name", OF_THE_TWO_OUTPUTS + MORE_OF_THEM)
def test_functions_of_the_two_outputs(world, module, name):
    count = len(world.row(name, module=module).wasm_params)
    for fd in range(4):
        assert world.raw(name, fd, *[0x100] * (count - 1), module=module) == (0 if fd in (1, 2) else BADF)
