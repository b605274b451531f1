"""The command itself: its list of subcommands, its hints, and what it loads."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from proxyabi.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[3]


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)


def test_help_lists_every_command_without_loading_any() -> None:
    done = python(
        "import sys; sys.argv = ['proxyabi', '--help']; from proxyabi.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 0\n"
        "print([name for name in sys.modules if name == 'asyncio' or name.startswith('proxyabi.cli.')])"
    )

    for name, (_, summary) in COMMANDS.items():
        assert f"  {name} " in done.stdout
        assert summary.split()[0] in done.stdout
    assert done.stdout.endswith("['proxyabi.cli.main']\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_in_the_table_is_there_and_explains_itself(name: str) -> None:
    module, _ = COMMANDS[name]
    assert isinstance(importlib.import_module(module).command, click.Command)
    done = CliRunner().invoke(cli, [name, "--help"])

    assert done.exit_code == 0
    assert "Usage:" in done.output


def test_unknown_command_is_wrong_usage() -> None:
    done = CliRunner().invoke(cli, ["no-such-command"])

    assert done.exit_code == 2
    assert "No such command 'no-such-command'" in done.output


def test_without_click_the_command_says_what_to_install() -> None:
    done = python("import sys; sys.modules['click'] = None; from proxyabi.cli import main; main()")

    assert done.returncode == 1
    assert done.stderr == 'proxyabi: the command line needs click. Install it with: pip install "proxyabi[cli,proxy]"\n'


@pytest.mark.parametrize("words", [["serve", "tests/guests/c.wasm"], ["demo", "--once"]])
def test_without_h11_the_commands_that_serve_say_what_to_install(words: list[str]) -> None:
    done = python(
        f"import sys; sys.modules['h11'] = None; sys.argv = ['proxyabi', *{words}]; from proxyabi.cli import main; main()"
    )

    assert done.returncode == 1
    assert done.stderr == 'Error: this command needs h11. Install it with: pip install "proxyabi[proxy]"\n'


@pytest.mark.parametrize("words", [["inspect", "tests/guests/go.wasm"], ["run", "tests/guests/c.wasm", "/", "--json"]])
def test_a_reader_that_has_seen_enough_is_no_failure(words: list[str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "proxyabi", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(60) == 0
