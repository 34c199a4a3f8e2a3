"""Help is instant, complete, and imports nothing heavy."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from bridle.cli import COMMANDS, bridle

CODE = """
import sys
sys.argv = {arguments}
from bridle.cli import bridle
try:
    bridle()
except SystemExit:
    pass
print(sorted(m for m in sys.modules if "." not in m))
"""
HEAVY = ("pyarrow", "duckdb", "rich", "jinja2", "cryptography", "apsw", "pyrage")


def test_help_lists_every_command():
    said = CliRunner().invoke(bridle, ["--help"])
    assert said.exit_code == 0
    assert [c for c in COMMANDS if f"\n  {c} " not in said.output] == []


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_has_help(command):
    said = CliRunner().invoke(bridle, [command, "--help"])
    assert said.exit_code == 0, said.output
    assert len(said.output.splitlines()) > 5


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["sql", "--help"]])
def test_help_imports_nothing_heavy(arguments):
    code = CODE.format(arguments=["bridle", *arguments])
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = out.splitlines()[-1]
    assert [m for m in HEAVY if f"'{m}'" in loaded] == []
