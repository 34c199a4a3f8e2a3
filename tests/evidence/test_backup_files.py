"""The files of a backup's folder by name: 40 digits behind the first two, and the few others."""

import hashlib

import pyarrow as pa
import pytest

from bridle.evidence import backup_files
from bridle.evidence.backup_files import BackupFiles


def name_of(number):
    digits = hashlib.sha1(b"%d" % number).hexdigest()
    return f"{digits[:2]}/{digits}"


def filled(names):
    """Each with its number as size, and ten times that as its time; a folder at a time."""
    files = BackupFiles()
    numbers = {name: n for n, name in enumerate(names)}
    for folder in sorted({name.rpartition("/")[0] for name in names}):
        own = sorted(name for name in names if name.rpartition("/")[0] == folder)
        files.add(own, [numbers[n] for n in own], [10 * numbers[n] for n in own])
    files.ready()
    return files


@pytest.mark.parametrize("many", [1, 1000])
def test_each_is_found_and_no_other(monkeypatch, many):
    monkeypatch.setattr(backup_files, "_MANY", many)
    names = [name_of(n) for n in range(900)]
    files = filled(names)
    assert len(files) == 900
    asked = [name_of(n) for n in (899, 900, 3, 3, 0, 901)]
    assert files.take_all(pa.array(asked)).to_pylist() == [899, None, 3, 3, 0, None]
    assert [files.take(name) for name in asked] == [899, None, 3, 3, 0, None]
    assert [files.take(name) for name in names] == list(range(900))
    assert [files.state(name_of(n)) for n in (7, 900)] == [(7, 70), None]
    assert list(files.left()) == []


def test_what_is_left_was_asked_for_neither_way():
    names = [name_of(n) for n in range(6)]
    files = filled(names)
    files.take_all(pa.array([names[1], names[5], name_of(6)]))
    files.take(names[3])
    files.keep(names[0])
    assert sorted(files.left()) == sorted([(names[0], 0), (names[2], 2), (names[4], 4)])


OTHERS = [
    "Manifest.db", "ab/" + "c" * 40, "ab/" + "0" * 40, "ab/AB" + "0" * 38, "AB/AB" + "0" * 38, "zz/zz" + "0" * 38,
    "ab/ab" + "0" * 36 + "\xe90", "ab/ab" + "0" * 36 + " 0", "ab/ab/" + "0" * 37, "abcab" + "0" * 38,
    "ab/ab" + "0" * 37, "ab/ab" + "0" * 39,
]  # fmt: skip


@pytest.mark.parametrize("other", OTHERS)
def test_a_name_of_another_form_is_a_name_of_its_own(other):
    usual = ["ab/ab" + "0" * 38, "ab/ab" + "0" * 37 + "1"]
    files = filled([*usual, other])
    assert [files.take(name) for name in (*usual, other)] == [0, 1, 2]
    assert files.state(other) == (2, 20)
    assert list(files.left()) == []
    without = filled(usual)
    assert without.take(other) is None
    assert list(without.left()) == [(usual[0], 0), (usual[1], 1)]


def test_names_that_begin_alike_are_told_apart():
    names = [f"ab/ab{n:038x}" for n in range(300)]
    files = filled(names)
    assert files.take_all(pa.array([names[299], "ab/ab" + "f" * 38, names[0], names[150]])).to_pylist() == [
        299,
        None,
        0,
        150,
    ]
    assert files.take_all(pa.array(names)).to_pylist() == list(range(300))
    assert [files.take(name) for name in names] == list(range(300))


def test_a_folder_that_comes_out_of_order_is_kept_too():
    files = BackupFiles()
    for folder in ("cc", "aa"):
        files.add([f"{folder}/{folder * 20}"], [int(folder, 16)], [5])
    files.ready()
    assert [files.take(f"{folder}/{folder * 20}") for folder in ("aa", "bb", "cc")] == [0xAA, None, 0xCC]


def test_only_those_that_are_kept_stay():
    names = [*(name_of(n) for n in range(5)), "Manifest.db", "notes.txt"]
    files = filled(names)
    files.take_all(pa.array(names[:5]))
    for kept in (names[4], names[1], "Manifest.db", name_of(9)):
        files.keep(kept)
    kept = files.only_kept()
    assert len(kept) == 3
    assert [kept.state(name) for name in names] == [None, (1, 10), None, None, (4, 40), (5, 50), None]


def test_a_folder_of_nothing():
    files = filled([])
    assert files.take_all(pa.array([name_of(1)])).to_pylist() == [None]
    assert (files.take(name_of(1)), list(files.left()), len(files.only_kept())) == (None, [], 0)
