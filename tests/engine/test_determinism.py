"""Where, when, by whom and with how many processes evidence is examined makes no difference to the case."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bridle
from bridle.case import manifest
from bridle.phantom import capture, device, feed

SEED = 5
KINDS = ("ios-backup", "ios-file-system", "ios-sysdiagnose", "bugreport", "androidqf")
HERE = {"TZ": "UTC", "LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "1", "USER": "first"}
THERE = {
    "TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "LANG": "ar_EG.UTF-8", "PYTHONHASHSEED": "77", "USER": "second",
    "BRIDLE_THREADS": "1", "COLUMNS": "40", "PYTHONUTF8": "0",
}  # fmt: skip


def examined(source, folder, settings, *options, umask):
    """The case of a source and the feed beside it, by a process with a home, user, zone, locale and umask of its."""
    home = folder / "home"
    (home / "tmp").mkdir(parents=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "BRIDLE_"))}
    environment |= {
        "HOME": str(home), "BRIDLE_CONFIG": str(home / "config"), "BRIDLE_DATA": str(home / "data"),
        "TMPDIR": str(home / "tmp"), "PYTHONPATH": str(Path(bridle.__file__).parents[1]), **settings,
    }  # fmt: skip
    arguments = ["check", source.name, "-o", folder / "case", "-i", "feed.stix2", *options]
    done = subprocess.run(
        [sys.executable, "-m", "bridle", *map(str, arguments)], cwd=source.parent, env=environment, umask=umask,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    return folder / "case"


@pytest.fixture
def twice(tmp_path):
    """Examines a source in two places that have nothing in common but it."""

    def examine(name, *options):
        feed.write(tmp_path / "feed.stix2", SEED)
        other = tmp_path / "ein anderer Ort" / "tiefer"
        other.mkdir(parents=True)
        source, copy = tmp_path / name, other / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, copy)
        shutil.copy2(tmp_path / "feed.stix2", other)
        return (
            examined(source, tmp_path / "one", HERE, *options, "--jobs", "1", umask=0o022),
            examined(copy, tmp_path / "zwei", THERE, *options, "--jobs", "3", umask=0o077),
        )

    return examine


def bytes_of(case):
    """What the manifest lists, and the manifest."""
    listed = [manifest.NAME, *manifest.contents(case)]
    return {name: (case / name).read_bytes() for name in listed}


@pytest.mark.parametrize("kind", KINDS)
def test_equal_bytes_in_plain_text(tmp_path, twice, kind):
    device.write(kind, "infected", False, None, SEED, tmp_path / "phone")
    one, two = map(bytes_of, twice("phone", "--plaintext-case"))
    assert len(one) > 12
    assert [n for n in one if one[n] != two.get(n)] == []
    assert one.keys() == two.keys()


def test_equal_bytes_of_a_capture(tmp_path, twice):
    capture.write(tmp_path / "traffic.pcapng", SEED)
    one, two = map(bytes_of, twice("traffic.pcapng", "--plaintext-case"))
    assert "records/network.capture.flow.parquet" in one
    assert one == two


def test_equal_contents_of_encrypted_cases(tmp_path, twice):
    """Their keys differ, and so do all bytes of their tables."""
    device.write("ios-file-system", "targeted", False, None, SEED, tmp_path / "phone")
    one, two = twice("phone")
    assert manifest.contents(one) == manifest.contents(two)
    assert (one / "ledger.parquet").read_bytes() != (two / "ledger.parquet").read_bytes()
