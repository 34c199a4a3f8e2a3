"""The offline installer takes what its list says, and nothing else."""

import hashlib
import shutil
import subprocess

import pytest

from supply.lock import Pinned, read
from supply.wheelhouse import _INSTALL, WheelhouseError, gathered, locked, needed, sums

ONE = hashlib.sha256(b"one").hexdigest()
OTHER = "f" * 64


def pinned(name, *digests, version="1.0"):
    return Pinned(line=1, name=name, version=version, sha256=digests or (OTHER,))


@pytest.fixture
def wheels(tmp_path):
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / "one_package-1.0-py3-none-any.whl").write_bytes(b"one")
    return folder


def test_each_package_is_pinned_to_the_one_wheel_that_is_here(wheels):
    assert gathered([pinned("One.Package", ONE, OTHER)], wheels) == ([pinned("One.Package", ONE)], [])
    assert gathered([pinned("one-package", OTHER)], wheels) == ([pinned("one-package", ONE)], ["one-package"])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([pinned("one-package"), pinned("two")], "there is no wheel of two 1.0"),
        ([pinned("one-package", version="2.0")], "there is no wheel of one-package 2.0"),
        ([], "one-package is no package of the lock"),
    ],
)
def test_wheels_and_lock_agree(wheels, asked, said):
    with pytest.raises(WheelhouseError, match=said):
        gathered(asked, wheels)


def test_a_lock_is_read_as_it_was_written():
    packages = [pinned("one", ONE, OTHER), pinned("two")]
    found, faults = read(locked(packages))
    assert ([(p.name, p.sha256) for p in found], faults) == ([("one", (ONE, OTHER)), ("two", (OTHER,))], [])


def test_what_is_needed_is_followed():
    packages = [pinned(n) for n in ("a", "B_c", "d", "e")]
    needs = {"a": ["b.c"], "b-c": ["a", "d"], "e": ["a"]}
    assert [p.name for p in needed(packages, needs, ["A"])] == ["a", "B_c", "d"]


@pytest.fixture
def house(tmp_path, wheels):
    """A folder whose installer meets a Python that only says what it is asked."""
    folder = wheels.parent
    (folder / "install.sh").write_text(_INSTALL)
    (folder / "SHA256SUMS").write_text(sums(folder))
    python = tmp_path.parent / f"{tmp_path.name}-python"
    python.write_text('#!/bin/sh\necho "$@" >> "$(dirname "$0")/asked"\nexit 9\n')
    python.chmod(0o755)
    yield lambda: subprocess.run(
        ["sh", str(folder / "install.sh"), str(tmp_path.parent / "env")],
        env={"PATH": "/usr/bin:/bin", "PYTHON": str(python)},
        cwd=tmp_path.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    python.unlink()


def test_the_installer_goes_on_where_all_is_as_listed(house):
    done = house()
    assert (done.returncode, done.stdout, done.stderr) == (9, "", "")


@pytest.mark.parametrize("change", ["changed", "missing", "added"])
def test_the_installer_stops_at_what_is_not_as_listed(house, wheels, change):
    wheel = wheels / "one_package-1.0-py3-none-any.whl"
    if change == "changed":
        wheel.write_bytes(b"two")
    elif change == "missing":
        wheel.unlink()
    else:
        shutil.copy(wheel, wheels / "zero-1.0-py3-none-any.whl")
    done = house()
    assert done.returncode == 1
    assert ("was added" in done.stderr) is (change == "added")
