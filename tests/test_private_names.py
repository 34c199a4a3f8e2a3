"""No file or folder that is made while a phone is examined is called by what is on the phone, not for a moment.

An audit hook (PEP 578) of a `sitecustomize` writes down every name that is made, by every process.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import bridle
from bridle.case.reader import open_case

HOOK = """
import os, sys
MADE = {"os.mkdir": 0, "os.rename": 1, "os.link": 1, "os.symlink": 1}
def watch(event, args):
    if event == "open" and isinstance(args[2], int) and args[2] & os.O_CREAT:
        name = args[0]
    elif event in MADE:
        name = args[MADE[event]]
    else:
        return
    if not isinstance(name, int) and os.fsdecode(name) != os.environ["WATCHED_FILE"]:
        file = os.open(os.environ["WATCHED_FILE"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(file, os.fsencode(name) + b"\\0")
        os.close(file)
sys.addaudithook(watch)
"""
USED = (
    ("check", "phone", "-o", "case", "-i", "feed.stix2", "--jobs", "1"), ("report", "case", "-o", "report.html"),
    ("report", "case", "--format", "csv", "-o", "findings.csv"), ("hunt", "case", "-i", "feed.stix2"),
    ("verify", "case"), ("recheck", "case", "-i", "feed.stix2", "-o", "again"), ("timeline", "case", "--csv"),
)  # fmt: skip
KINDS = {"phone-number", "account", "email", "text", "url"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a case, and every name that was made."""
    folder = tmp_path_factory.mktemp("names")
    (folder / "hook").mkdir()
    (folder / "hook" / "sitecustomize.py").write_text(HOOK)
    (folder / "tmp").mkdir()
    source = str(Path(bridle.__file__).parents[1])
    environment = {
        "PATH": os.environ["PATH"], "BRIDLE_CONFIG": str(folder / "config"), "BRIDLE_DATA": str(folder / "data"),
        "TMPDIR": str(folder / "tmp"), "PYTHONDONTWRITEBYTECODE": "1", "WATCHED_FILE": str(folder / "watched"),
    }  # fmt: skip

    def run(path, *arguments):
        done = subprocess.run(
            [sys.executable, "-m", "bridle", *arguments], cwd=folder, env=environment | {"PYTHONPATH": path},
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1), (arguments, done.stderr)

    run(source, "phantom", "device", "phone", "--kind", "ios-file-system")
    run(source, "phantom", "feed", "feed.stix2")
    for arguments in USED:
        run(os.pathsep.join([str(folder / "hook"), source]), *arguments)
    names = (folder / "watched").read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BRIDLE_CONFIG", str(folder / "config"))
        yield folder, names, open_case(folder / "case")


def personal(case):
    """Numbers, accounts, addresses and texts of the phone, but for words that name a table of every case."""
    found = set()
    for name, schema in case.tables().items():
        columns = [f.name for f in schema if (f.metadata or {}).get(b"kind", b"").decode() in KINDS]
        for batch in case.batches(name, columns) if columns else ():
            for column in batch.to_pydict().values():
                for value in column:
                    found.update(value if isinstance(value, list) else [value] if value else [])
    own = {word for name in case.tables() for word in name.split(".")}
    return {v for v in found if len(v) >= 6} - own


def test_no_name_is_of_the_phone(made):
    folder, names, case = made
    assert len(names) > 100
    assert any(name.startswith(str(folder / "tmp")) or ".case.building" in name for name in names)
    values = personal(case)
    assert len(values) > 50
    assert [(n, v) for n in dict.fromkeys(names) for v in values if v in Path(n).name] == []


def test_nothing_is_left_in_the_temporary_folder(made):
    folder, _, _ = made
    assert list((folder / "tmp").iterdir()) == []
