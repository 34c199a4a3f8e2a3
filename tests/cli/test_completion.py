"""What shells complete: asked in a real bash, and without importing any command."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import bridle
from bridle.cli import COMMANDS
from bridle.cli import bridle as command_line

SOURCES = Path(bridle.__file__).parent.parent
ASK = """
eval "$(bridle completion bash)"
COMP_WORDS=({words}) COMP_CWORD={last} COMPREPLY=()
_bridle_completion bridle
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def shell(tmp_path):
    """A folder for PATH with a program `bridle`, and what bash completes after some words."""
    if shutil.which("bash") is None:
        pytest.skip("bash is not here")
    program = tmp_path / "bin" / "bridle"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nfrom bridle.__main__ import main\nmain()\n")
    program.chmod(0o755)
    environment = os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(SOURCES)}

    def complete(*words):
        said = " ".join(f"'{w}'" for w in ("bridle", *words))
        done = subprocess.run(
            ["bash", "--norc", "-c", ASK.format(words=said, last=len(words))], env=environment,
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert done.stderr == ""
        return done.stdout.split()

    return complete


def test_bash_completes_commands(shell):
    assert shell("che") == ["check"]
    assert shell("ph") == ["phantom"]


def test_bash_completes_options_and_choices_of_one_command(shell):
    assert shell("check", "--plain") == ["--plaintext-case"]
    assert shell("check", "--fail-on", "me") == ["medium"]
    assert shell("completion", "") == ["bash", "zsh", "fish"]


@pytest.mark.parametrize(
    ("name", "line"),
    [("bash", "complete -o nosort -F _bridle_completion bridle"), ("zsh", "#compdef bridle"),
     ("fish", 'complete --no-files --command bridle --arguments "(_bridle_completion)";')],
)  # fmt: skip
def test_each_shell_has_its_script(name, line):
    said = CliRunner().invoke(command_line, ["completion", name])
    assert said.exit_code == 0
    assert line in [part.strip() for part in said.output.splitlines()]
    assert "_BRIDLE_COMPLETE" in said.output


def test_unknown_shell_is_wrong_use():
    assert CliRunner().invoke(command_line, ["completion", "csh"]).exit_code == 2


CODE = """
import sys
from bridle.cli import bridle
import click
from click.shell_completion import ShellComplete
found = ShellComplete(bridle, {}, "bridle", "_BRIDLE_COMPLETE").get_completions([], "")
print(len(found), sorted(m for m in sys.modules if m.startswith("bridle.") and m.count(".") == 2))
"""


def test_completing_commands_imports_none_of_them():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == f"{len(COMMANDS)} []\n"
