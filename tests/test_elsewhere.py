"""check, verify and report on systems that lack what Linux has: the same case, and a log that says what is weaker."""

import json
import subprocess
import sys

import pytest

from elsewhere import SYSTEMS, command, environment

EVERYTHING = """
import importlib, pkgutil, bridle
names = [m.name for m in pkgutil.walk_packages(bridle.__path__, "bridle.") if not m.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""
SANDBOX = {
    "windows": ["parsers ran in the process of bridle itself: without bounds of memory and time of their own"],
    "macos": ["the memory of parsers could not be bounded"],
}


def ran(arguments, env, codes=(0,)):
    done = subprocess.run(arguments, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in codes, done.stderr[-2000:]
    return done


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_module_is_imported(tmp_path, system):
    done = ran([sys.executable, "-c", EVERYTHING], environment(tmp_path, system))
    assert int(done.stdout) > 400


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    """Two sources and a feed, and the case that this system makes of them."""
    from bridle.engine.check import check
    from bridle.engine.options import Options
    from bridle.phantom import device, feed

    folder = tmp_path_factory.mktemp("evidence")
    feed.write(folder / "feed.stix2", 7)
    device.write("ios-backup", "infected", True, "synthetic", 7, folder / "phone")
    device.write("ios-sysdiagnose", "infected", False, None, 7, folder / "logs.tar.gz")
    check(Options(sources=(folder / "phone", folder / "logs.tar.gz"), case=folder / "case", plaintext=True,
                  indicators=(str(folder / "feed.stix2"),), password=lambda: "synthetic"))  # fmt: skip
    return folder


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_case_is_the_same(tmp_path, evidence, system):
    env, case = environment(tmp_path, system), tmp_path / "case"
    (tmp_path / "password").write_text("synthetic")
    sources = (str(evidence / "phone"), str(evidence / "logs.tar.gz"), "-i", str(evidence / "feed.stix2"))
    more = ("--password-file", str(tmp_path / "password"), "--plaintext-case", "-o", str(case))
    checked = ran(command("check", *sources, *more), env, codes=(1,))
    assert (case / "manifest.json").read_bytes() == (evidence / "case/manifest.json").read_bytes()
    (done,) = map(json.loads, (case / "custody.jsonl").read_text().splitlines())
    assert (done["event"], done["sandbox"]) == ("check", SANDBOX[system])
    assert f"This system isolates parsers less: {SANDBOX[system][0]}." in checked.stderr
    assert sorted(p.name for p in tmp_path.iterdir() if "case" in p.name) == ["case"]
    report = tmp_path / "again.html"
    ran(command("report", str(case), "-o", str(report)), env)
    assert "traces of execution" in report.read_text()
    assert "Intact: every file is as the manifest says." in ran(command("verify", str(case)), env).stdout
    with (case / "findings.jsonl").open("ab") as file:
        file.write(b" ")
    assert "findings.jsonl" in ran(command("verify", str(case)), env, codes=(1,)).stdout
