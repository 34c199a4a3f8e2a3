"""Guides do what they say: every `console` block is run, and what it shows is what is printed.

Each guide has a folder of its own with a synthetic phone: `backup` (an iPhone's, in plain), `encrypted` (the same under
the password in `password.txt`), `sysdiagnose.tar.gz`, `bugreport.zip`, `feed.json` and `feeds/feed.json` (which name
what was planted), `consent.toml` (everything, and sharing with Example Lab), and the cases `case1` (the backup with
feed and consent), `case2` (the bugreport) and `cases/` with both; what the guide writes itself, with `-o`, is not
there. Its blocks run in order in that folder.

A line that begins with `$ ` is run by bash; a backslash at its end, or a here-document, continues it. The lines after
it are looked for in its output, in order, with `…` for anything. It must end with 0; `check`, `recheck`, `hunt`, `diff`
and `acquire` may end with 1; `# ends with 2` in the line says another code. `<!-- not run: why -->` before a block
leaves it out, visibly.
"""

import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import bridle
from bridle.cli import bridle as command_line
from consent_record import CONSENT

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs" / "guides").glob("*.md")])
BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<why>[^\n]*?) -->\n+)?^```console\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
MARK = re.compile(r"<!-- *not run")
FINDING = {"check", "recheck", "hunt", "diff", "acquire"}


def blocks(page):
    return [(m["why"], m["text"]) for m in BLOCK.finditer(page.read_text("utf-8"))]


def commands(text):
    """Each command of a block, and the lines it is said to print."""
    found, until = [], None
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if until is not None:
            found[-1] = (f"{found[-1][0]}\n{line}", [])
            until = None if line == until else until
        elif line.startswith("$ "):
            found.append((line[2:], []))
            here = re.search(r"<<-?\s*['\"]?(\w+)", line)
            until = here[1] if here else None
        elif line.strip():
            assert found, f"output before any command: {line}"
            found[-1][1].append(line)
    return found


def made_by(page):
    """What a guide writes itself: it finds nothing of that name."""
    called = "\n".join(command for _, text in blocks(page) for command, _ in commands(text))
    return set(re.findall(r"(?<=-o )[\w.-]+", called)) | set(re.findall(r"phantom device ([\w.-]+)", called))


def missing(expected, printed):
    """The first line that is not in the output after those before it; None if all are."""
    at = 0
    printed = "\n".join(" ".join(line.split()) for line in printed.splitlines())
    for line in expected:
        pattern = ".*?".join(re.escape(part) for part in " ".join(line.split()).split("…"))
        found = re.compile(pattern, re.DOTALL if line.strip() == "…" else 0).search(printed, at)
        if found is None:
            return line
        at = found.end()
    return None


def allowed(command):
    said = re.search(r"# ends with (\d+)", command)
    if said:
        return {int(said[1])}
    words = shlex.split(command.partition("\n")[0], comments=True)
    return {0, 1} if FINDING & {b for a, b in itertools.pairwise(words) if a == "bridle"} else {0}


def made(*arguments):
    done = CliRunner().invoke(command_line, [str(a) for a in arguments])
    assert done.exit_code in (0, 1), done.output


@pytest.fixture(scope="session")
def machine(tmp_path_factory):
    """A folder with the phone and its cases, and an environment in which `bridle` is on the PATH."""
    base = tmp_path_factory.mktemp("guides")
    for name in ("bin", "phone", "home"):
        (base / name).mkdir()
    program = base / "bin" / "bridle"
    program.write_text(f"#!{sys.executable}\nfrom bridle.__main__ import main\nmain()\n")
    program.chmod(0o755)
    own = {"BRIDLE_CONFIG": str(base / "config"), "BRIDLE_DATA": str(base / "data"), "HOME": str(base / "home")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in own.items():
            patch.setenv(name, value)
        patch.delenv("BRIDLE_BACKUP_PASSWORD", raising=False)
        furnish(base / "phone")
    path = os.pathsep.join([str(base / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    source = str(Path(bridle.__file__).parent.parent)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BRIDLE_")}
    return base / "phone", environment | own | {"PATH": path, "PYTHONPATH": source, "COLUMNS": "120"}


def furnish(phone):
    made("phantom", "device", phone / "backup", "--seed", 7)
    made("phantom", "device", phone / "encrypted", "--seed", 7, "--encrypted")
    made("phantom", "device", phone / "sysdiagnose.tar.gz", "--kind", "ios-sysdiagnose", "--seed", 7)
    made("phantom", "device", phone / "bugreport.zip", "--kind", "bugreport", "--seed", 7)
    for truth in phone.glob("*.truth.json"):
        truth.unlink()
    (phone / "feeds").mkdir()
    made("phantom", "feed", phone / "feeds" / "feed.json", "--seed", 7)
    shutil.copy(phone / "feeds" / "feed.json", phone / "feed.json")
    (phone / "password.txt").write_text("synthetic\n")
    agreed = CONSENT.format(until="2999-12-31").replace("share_with = []", 'share_with = ["Example Lab"]')
    (phone / "consent.toml").write_text(agreed.replace("= false", "= true"))
    asked = ("-i", phone / "feeds", "--consent", phone / "consent.toml", "--jobs", 2)
    made("check", phone / "backup", "-o", phone / "case1", *asked)
    made("check", phone / "bugreport.zip", "-o", phone / "case2", *asked)
    for case in ("case1", "case2"):
        shutil.copytree(phone / case, phone / "cases" / case)


RUN = [(page, text) for page in PAGES for why, text in blocks(page) if why is None]
LEFT_OUT = [(page, why, text) for page in PAGES for why, text in blocks(page) if why is not None]


@pytest.mark.parametrize("page", sorted({p for p, _ in RUN}), ids=lambda p: p.stem)
def test_what_a_guide_shows_is_what_happens(page, machine, tmp_path):
    phone, environment = machine
    folder = tmp_path / "work"
    shutil.copytree(phone, folder, ignore=lambda at, _: made_by(page) if at == str(phone) else ())
    for _, text in (x for x in RUN if x[0] == page):
        for command, expected in commands(text):
            program = command.split()[0]
            if shutil.which(program, path=environment["PATH"]) is None:
                pytest.skip(f"{program} is not here, which {page.name} calls")
            done = subprocess.run(
                ["bash", "-o", "pipefail", "-c", command], cwd=folder, env=environment, capture_output=True, text=True,
                timeout=120, stdin=subprocess.DEVNULL, check=False,
            )  # fmt: skip
            said = done.stdout + done.stderr
            assert done.returncode in allowed(command), f"$ {command}\n{said}"
            assert missing(expected, said) is None, f"$ {command}\nno line {missing(expected, said)!r} in\n{said}"


@pytest.mark.parametrize(("page", "why", "text"), LEFT_OUT, ids=lambda x: x.stem if isinstance(x, Path) else "")
def test_blocks_that_are_not_run_say_why(page, why, text):
    assert len(why) > 10, f"{page.name}: say why this block is not run"
    pytest.skip(f"{page.name}: {why}")


def test_marks_stand_before_blocks():
    """A mark that is misspelt or stands elsewhere would leave nothing out."""
    found = sum(len(MARK.findall(page.read_text("utf-8"))) for page in PAGES)
    assert found == len(LEFT_OUT)
    assert len(RUN) >= 5


@pytest.mark.parametrize(
    ("expected", "printed", "first"),
    [(["a  b"], "a b\n", None), (["Rows … read"], "Rows 12 read\n", None), (["b", "a"], "a\nb\n", "a"),
     (["a … b"], "a\nb\n", "a … b"), (["…", "b"], "a\nb\n", None)],
)  # fmt: skip
def test_output_is_compared_line_by_line(expected, printed, first):
    assert missing(expected, printed) == first


def test_commands_of_a_block():
    text = "$ bridle check backup \\\n    -o case\nVerdict …\n\n$ false # ends with 1\n$ cat <<'X'\na\nX\na\n"
    assert commands(text) == [
        ("bridle check backup -o case", ["Verdict …"]), ("false # ends with 1", []), ("cat <<'X'\na\nX", ["a"]),
    ]  # fmt: skip
    assert [allowed(c) for c in ("bridle check x", "bridle verify x", "false # ends with 1")] == [{0, 1}, {0}, {1}]
