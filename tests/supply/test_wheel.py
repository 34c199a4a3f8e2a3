"""Two builds of one source give one wheel."""

import os
import shutil
import zipfile

import pytest

from supply.wheel import WheelError, built, source_time

EPOCH = 1_767_225_600
"""2026-01-01 00:00 UTC."""
PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
[project]
name = "small"
version = "1.2"
readme = "README.md"
license = "Apache-2.0"
license-files = ["LICENSE"]
[tool.setuptools.packages.find]
where = ["src"]
[tool.setuptools.package-data]
small = ["rules/*.toml"]
"""


@pytest.fixture
def source(tmp_path):
    made = tmp_path / "one" / "source"
    (made / "src/small/rules").mkdir(parents=True)
    (made / "pyproject.toml").write_text(PROJECT)
    (made / "README.md").write_text("# small\n")
    (made / "LICENSE").write_text("none\n")
    (made / "src/small/__init__.py").write_text("A = 1\n")
    (made / "src/small/b.py").write_text("B = 2\n")
    (made / "src/small/rules/x.toml").write_text("x = 1\n")
    return made


def test_folder_time_umask_and_leftovers_change_nothing(source, tmp_path):
    one = built(source, tmp_path / "out1", EPOCH).read_bytes()
    other = tmp_path / "a quite different place" / "checkout"
    shutil.copytree(source, other)
    for path in other.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    (other / "build/lib/small").mkdir(parents=True)
    (other / "build/lib/small/left_of_an_earlier_build.py").write_text("")
    (other / "src/small/__pycache__").mkdir()
    (other / "src/small/__pycache__/b.cpython-311.pyc").write_bytes(b"\0")
    before = os.umask(0o077)
    try:
        two = built(other, tmp_path / "out2", EPOCH).read_bytes()
    finally:
        os.umask(before)
    assert one == two


def test_what_is_in_it(source, tmp_path):
    wheel = built(source, tmp_path / "out", EPOCH)
    assert wheel.name == "small-1.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        assert [(i.filename, i.date_time, i.external_attr >> 16) for i in archive.infolist()] == [
            (name, (2026, 1, 1, 0, 0, 0), 0o100644)
            for name in (
                "small-1.2.dist-info/METADATA", "small-1.2.dist-info/WHEEL",
                "small-1.2.dist-info/licenses/LICENSE", "small-1.2.dist-info/top_level.txt",
                "small/__init__.py", "small/b.py", "small/rules/x.toml", "small-1.2.dist-info/RECORD",
            )
        ]  # fmt: skip
        assert archive.read("small/rules/x.toml") == b"x = 1\n"


def test_a_changed_source_gives_another_wheel(source, tmp_path):
    one = built(source, tmp_path / "out1", EPOCH).read_bytes()
    (source / "src/small/b.py").write_text("B = 3\n")
    assert built(source, tmp_path / "out2", EPOCH).read_bytes() != one


def test_what_cannot_be_built_says_why(source, tmp_path):
    (source / "pyproject.toml").write_text("[project\n")
    with pytest.raises(WheelError, match=r"setuptools built 0 wheels"):
        built(source, tmp_path / "out", EPOCH)


def test_the_time_is_the_one_that_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    assert source_time(tmp_path) == EPOCH
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(ValueError, match="expected seconds since 1970, got 'yesterday'"):
        source_time(tmp_path)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert source_time(tmp_path) == 315_532_800
