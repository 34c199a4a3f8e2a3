"""`bridle demo`: two phones, two cases, and how much of what was planted is found in each."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridle import demo
from bridle.cli import bridle
from bridle.cli.demo import _again
from bridle.engine.options import Silence
from bridle.phantom import feed


def test_it_examines_two_phones(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = CliRunner(env={"BRIDLE_CONFIG": str(tmp_path / "config")}).invoke(bridle, ["demo", str(folder)])
    assert done.exit_code == 0, done.output
    iphone, android = done.output.split("\nAndroid phone\n")
    assert iphone.startswith("iPhone\nSYNTHETIC evidence")
    assert android.startswith("SYNTHETIC evidence")
    for said, case, sources in (
        (iphone, "case", ("phone", "sysdiagnose.tar.gz")), (android, "android-case", ("bugreport.zip", "androidqf")),
    ):  # fmt: skip
        found, planted = map(int, re.search(r"Planted +(\d+) of (\d+) traces", said).groups())
        assert 0 < planted // 2 < found <= planted
        assert (folder / case / "report.html").is_file()
        assert all(str(folder / f"{s}.truth.json") in said for s in sources)
        assert f"bridle timeline {folder / case} --around 20" in said
        assert re.search(r"Rows +[\d,]+ read, 0 gaps", said)
        assert f"key to the case is your identity, {tmp_path / 'config' / 'identity.txt'})" in said


def test_what_it_says_of_the_evidence_is_all_that_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("BRIDLE_BACKUP_PASSWORD", raising=False)
    (made,) = (demo._iphone(tmp_path, 7, Silence()) for _ in [feed.write(tmp_path / "feed.stix2", 7)])
    first, second = _again(made).splitlines()
    assert second.strip().startswith("(the password of the backup is 'synthetic'; the key to the case is")
    password, program, *arguments = first.split(" ")
    assert (password, program) == ("BRIDLE_BACKUP_PASSWORD=synthetic", "bridle")
    monkeypatch.setenv(*password.split("="))
    done = CliRunner().invoke(bridle, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["findings"]["derived_again"] == said["findings"]["agree"] == sum(made.summary["findings"].values())
