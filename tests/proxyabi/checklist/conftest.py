"""What the tests of the conformance checklist share: a host with scripted filters, and host functions without a VM.

Lives here: the fixtures. Not here: the checks, one module each, named by their number (abi: 23 Conformance checklist).
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "plugin"))
from conversation import Conversation, assemble

from proxyabi import PluginConfig

ROOMS = Path(__file__).parents[1]


def _worlds() -> Any:
    """The module of the fixtures for host functions."""
    spec = importlib.util.spec_from_file_location("checklist_worlds", ROOMS / "hostcalls" / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def world() -> Any:
    """A guest without code, and a world around it."""
    return _worlds().World()


@pytest.fixture
def run(quick_engine: str) -> Any:
    """What makes a conversation of scripts and plugins on each engine."""
    return lambda *filters, **settings: Conversation(quick_engine, *filters, **settings)


@pytest.fixture
def of_text(quick_engine: str) -> Any:
    """What makes a conversation of a module's members in the text format."""

    def make(*members: str, **settings: Any) -> Conversation:
        return Conversation(quick_engine, PluginConfig(assemble("(module " + " ".join(members) + ")"), **settings))

    return make
