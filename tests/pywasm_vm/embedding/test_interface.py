"""The order in which the steps of a VM may be taken. What VMs do in them stands in tests/proxyabi/vms/test_vm_interface.py."""

from __future__ import annotations

import pytest

from pywasm_vm.embedding.interface import Stage, VmInterface
from pywasm_vm.embedding.vm import Vm


def test_a_stage_lets_through_what_comes_in_time() -> None:
    Stage.LINKED.require(Stage.LOADED, "link")
    Stage.LOADED.require(Stage.LOADED, "link")


def test_a_stage_refuses_what_comes_too_early_and_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match=r"start: this VM is not ready for it, call link\(\) first"):
        Stage.LOADED.require(Stage.LINKED, "start")


def test_our_vm_has_everything_that_the_interface_names() -> None:
    vm: VmInterface = Vm()

    assert [name for name in vars(VmInterface) if not name.startswith("_") and not hasattr(vm, name)] == []
