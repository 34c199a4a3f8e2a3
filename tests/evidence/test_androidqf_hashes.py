"""The list of hashes that an acquisition by AndroidQF or Bugbane ends with."""

import hashlib

import pytest
from containers import folder_of, no_password, zip_of

from bridle.evidence import hash_list
from bridle.evidence.androidqf import AndroidQF
from bridle.evidence.source import State

FILES = {
    "getprop.txt": b"[ro.build.id]: [UQ1A]\n",
    "packages.json": b"[]",
    "apks/com.example, Inc.apk": b"PK",
    "command.log": b"2026-01-02T03:04:05Z [INFO] Saving\n",
    "acquisition.json": b'{"uuid": "0d3f", "storage_path": "/home/examiner/out/0d3f"}',
}
NOTHING = hashlib.sha256(b"").hexdigest()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def as_folder(top="/home/examiner/out/0d3f/", slash="/", **changed):
    """The list as it is written into a folder: itself and the log are not finished, acquisition.json is not there."""
    listed = {n: sha256(c) for n, c in FILES.items() if n != "acquisition.json"}
    listed |= {"command.log": sha256(b"2026"), "hashes.csv": NOTHING} | changed
    lines = []
    for name, digest in listed.items():
        path = (top + name).replace("/", slash)
        quoted = f'"{path}"' if "," in path else path
        lines.append(f"{quoted},{digest}\n")
    return "".join(lines).encode()


def as_stream(files=FILES):
    return "".join(f'"{n}",{sha256(c)}\n' if "," in n else f"{n},{sha256(c)}\n" for n, c in files.items()).encode()


def looked_at(path):
    source = AndroidQF.open(path, password=no_password, label=None)
    absent = [m for m in source.members(lambda p: False) if m.state is State.ABSENT]
    facts, problems = source.facts["hashes"], [p.reason for p in source.problems()]
    source.close()
    return facts, problems, absent


@pytest.mark.parametrize(("top", "slash"), [("/home/examiner/out/0d3f/", "/"), ("C:/Users/examiner/0d3f/", "\\")])
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_list_made_in_a_folder(tmp_path, form, top, slash):
    files = {f"0d3f/{n}": c for n, c in (FILES | {"hashes.csv": as_folder(top, slash)}).items()}
    path = folder_of(tmp_path / "given", files)
    if form == "zip":
        path = tmp_path / "given.zip"
        path.write_bytes(zip_of(files))
    facts, problems, absent = looked_at(path)
    assert facts == "3 of 5 listed files have the SHA-256 of hashes.csv; 2 were listed unfinished"
    assert problems == []
    assert absent == []


def test_a_list_made_while_streaming_is_held_to_all_its_names(tmp_path):
    path = tmp_path / "given.zip"
    path.write_bytes(zip_of(FILES | {"hashes.csv": as_stream()}))
    assert looked_at(path) == ("5 of 5 listed files have the SHA-256 of hashes.csv", [], [])
    changed = FILES | {"command.log": b"other"}
    path.write_bytes(zip_of(changed | {"hashes.csv": as_stream()}))
    facts, problems, _ = looked_at(path)
    assert facts == "4 of 5 listed files have the SHA-256 of hashes.csv; 1 differ"
    assert problems == [
        (
            "command.log does not have the SHA-256 that hashes.csv lists: it was changed after the acquisition, or its"
            " copy is damaged."
        )
    ]


def test_what_was_changed_removed_or_added_since(tmp_path):
    listed = as_folder()
    files = {n: c for n, c in FILES.items() if n != "packages.json"}
    files |= {"getprop.txt": b"[ro.build.id]: [X]\n", "extra.txt": b"note", "hashes.csv": listed}
    facts, problems, absent = looked_at(folder_of(tmp_path / "given", files))
    assert facts == (
        "1 of 5 listed files have the SHA-256 of hashes.csv; 1 differ; 1 are absent; 2 were listed unfinished;"
        " 1 are there and not listed"
    )
    assert [p.partition(" does not")[0] for p in problems] == ["getprop.txt"]
    assert [(str(m.path), m.member, m.reason) for m in absent] == [
        ("/androidqf/packages.json", "packages.json", "Listed in hashes.csv, and not there.")
    ]


def test_a_damaged_member_and_a_line_that_is_none(tmp_path):
    data = bytearray(zip_of(FILES | {"hashes.csv": as_stream() + b"getprop.txt,none\n"}, method=0))
    data[data.index(b"[ro.build.id]")] ^= 1
    path = tmp_path / "given.zip"
    path.write_bytes(bytes(data))
    facts, problems, _ = looked_at(path)
    assert facts == "4 of 5 listed files have the SHA-256 of hashes.csv; 1 cannot be read"
    assert problems == [
        "getprop.txt cannot be read to its end, and not be compared with hashes.csv.",
        "1 lines of hashes.csv could not be read; their files were not compared.",
    ]


def test_what_is_larger_than_the_bound_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(hash_list, "LARGEST", 40)
    path = folder_of(tmp_path / "given", FILES | {"hashes.csv": as_stream()})
    assert looked_at(path)[0].startswith("4 of 5 listed files")
    assert looked_at(path)[0].endswith("1 of more than 0 GiB were not compared")


def test_without_a_list(tmp_path):
    assert looked_at(folder_of(tmp_path / "given", FILES)) == ("not compared: there is no hashes.csv", [], [])


def test_a_name_that_leads_out_is_absent_below_the_acquisition(tmp_path):
    listed = as_stream() + f"../../etc/passwd,{NOTHING}\n".encode()
    _, _, absent = looked_at(folder_of(tmp_path / "given", FILES | {"hashes.csv": listed}))
    assert len(absent) == 1
    assert absent[0].path.parts[:2] == ("/", "androidqf")
    assert ".." not in absent[0].path.parts


@pytest.mark.parametrize(("name", "value"), [("_MOST", 2), ("_MOST_TEXT", 20)])
def test_a_list_without_end_is_held_only_in_part(tmp_path, monkeypatch, name, value):
    monkeypatch.setattr(hash_list, name, value)
    files = FILES | {"hashes.csv": as_stream() + b"../../etc/passwd," + NOTHING.encode() + b"\n"}
    facts, problems, absent = looked_at(folder_of(tmp_path / "given", files))
    assert facts.startswith("2 of 2 listed files")
    assert problems == ["4 lines of hashes.csv could not be read; their files were not compared."]
    assert absent == []
