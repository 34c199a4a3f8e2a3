"""How commands end that are stopped, or that nobody hears: no code that says what was found, and nothing half told."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import bridle
from bridle import stopping
from bridle.case.writer import CaseWriter
from bridle.cli.ending import answer

SOURCE = Path(bridle.__file__).parent.parent
STOPPED = "bridle: stopped by Ctrl-C; what was not finished is not kept. The same command begins again\n"
UNANSWERED = (
    "bridle: nobody answered, and nothing more was done. Run it on a terminal, or see --help for how to go without\n"
)
COMMAND = """
import os, signal, sys
import bridle.cli.rules as command
def load_rules(*_):
    {}
import bridle.detect.rule as rule
rule.load_rules = load_rules
sys.argv = ["bridle", "rules", "list"]
from bridle.cli import main
main()
"""
PRESS = "os.kill(os.getpid(), signal.SIGINT)"
AT_ONCE = 'import click, sys; click.echo("x" * 100_000)'
LONG = 'import click, sys; [click.echo("x" * 100) for _ in range(10_000)]; raise SystemExit(1)'


def run(tmp_path, body, **how):
    settings = {"PYTHONPATH": str(SOURCE), "BRIDLE_CONFIG": str(tmp_path / "config"), "PATH": os.environ["PATH"]}
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | how
    return subprocess.Popen([sys.executable, "-c", COMMAND.format(body)], env=settings, text=True, **how)


@pytest.mark.parametrize(
    ("body", "before"),
    [
        (PRESS, ""),
        (
            f"""try:
        {PRESS}
    except KeyboardInterrupt:
        raise RuntimeError("Query interrupted") from None""",
            "",
        ),
        ("import click; raise click.Abort", "\n"),
    ],
    ids=["pressed", "told by a library as a fault of its own", "pressed at a question"],
)
def test_ctrl_c_is_no_finding_and_no_fault(tmp_path, body, before):
    done = run(tmp_path, body)
    said, told = done.communicate(timeout=60)
    assert (done.returncode, said, told) == (130, "", before + STOPPED)
    assert not (tmp_path / "config").exists()


def test_a_question_without_anybody_is_wrong_use(tmp_path):
    body = """import click
    click.confirm("Sure?", abort=True, err=True)"""
    done = run(tmp_path, body, stdin=subprocess.DEVNULL)
    said, told = done.communicate(timeout=60)
    assert (done.returncode, said) == (2, "")
    assert told == f"Sure? [y/N]: \n{UNANSWERED}"


def test_a_reader_that_goes_is_no_finding(tmp_path):
    done = run(tmp_path, LONG)
    assert done.stdout.readline() == "x" * 100 + "\n"
    done.stdout.close()
    with done.stderr:
        assert (done.wait(timeout=60), done.stderr.read()) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("body", [LONG, AT_ONCE], ids=["many lines", "a long one"])
def test_no_room_on_stdout_is_told_in_one_line(tmp_path, body):
    with Path("/dev/full").open("w") as full:
        done = run(tmp_path, body, stdout=full)
        told = done.communicate(timeout=60)[1]
    assert (done.returncode, told) == (2, "bridle: standard output cannot be written: No space left on device\n")


ANSWER = """from bridle.cli.ending import answer
    import click
    with answer(4):
        [click.echo("x" * 100) for _ in range(10_000)]"""


def test_an_answer_keeps_its_code_when_its_reader_goes(tmp_path):
    done = run(tmp_path, ANSWER)
    assert done.stdout.readline() == "x" * 100 + "\n"
    done.stdout.close()
    with done.stderr:
        assert (done.wait(timeout=60), done.stderr.read()) == (4, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_an_answer_keeps_its_code_without_room(tmp_path):
    with Path("/dev/full").open("w") as full:
        done = run(tmp_path, ANSWER, stdout=full)
        told = done.communicate(timeout=60)[1]
    assert (done.returncode, told) == (4, "bridle: standard output cannot be written: No space left on device\n")


@pytest.fixture
def pressed():
    stopping._CAME.set()
    yield
    stopping._CAME.clear()


def test_no_case_of_an_examination_that_was_stopped(tmp_path, pressed):
    writer = CaseWriter(tmp_path / "case", None)
    writer.finish_tables()
    with pytest.raises(KeyboardInterrupt):
        writer.commit()
    writer.abort()
    assert [*tmp_path.iterdir()] == []


def test_no_answer_of_a_command_that_was_stopped(pressed, capsys):
    with pytest.raises(KeyboardInterrupt), answer(0):
        print("nothing new")
    assert capsys.readouterr().out == ""


def test_a_program_that_ignores_ctrl_c_still_does():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        stopping.begin()
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
