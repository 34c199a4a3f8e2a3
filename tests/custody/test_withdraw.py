"""`withdraw`: what is destroyed and in which order, what stays, what is told; and what stops it."""

import hashlib
import json
import os
import shutil

import pyarrow as pa
import pyrage
import pytest

from bridle.case.custody import output
from bridle.case.keys import CaseKey, wrap
from bridle.case.manifest import append_custody
from bridle.case.meta import render_case_toml
from bridle.case.writer import CaseWriter
from bridle.custody import shred as shredding
from bridle.custody import withdraw as withdrawing
from bridle.custody.withdraw import Asked, HeldError, Left, LogBrokenError, withdraw, without_selectors

KEY = CaseKey(bytes(range(32)))
CANARY = "+1 555 010 4711"
OTHER = str(pyrage.x25519.Identity.generate().to_public())


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    (tmp_path / "desk").mkdir()


def case(path, *, key=KEY, lineage=(), label="phone", to=(), findings="{}\n"):
    """A case with a table, findings and a description that all hold a number."""
    writer = CaseWriter(path, key)
    table = pa.table({"_source": ["S1"], "_path": ["/a"], "_sha256": ["0" * 64], "locator": ["line 1"], "n": [CANARY]})
    writer.add("ios.t.row", ("S1", "/a"), table)
    writer.finish_tables()
    if key is not None:
        writer.write_file("case.key.age", wrap(key, to))
    meta = {"case": {"encrypted": key is not None}, "sources": [{"label": label, "who": CANARY, "encrypted": True}]}
    meta |= {"lineage": {"manifests": list(lineage)}} if lineage else {}
    writer.write_file("case.toml", render_case_toml(meta).encode())
    writer.write_file("findings.jsonl", findings.encode())
    writer.commit()
    append_custody(path, {"event": "check", **({"key_to": list(to)} if to else {})})
    return path


def digest(path):
    return hashlib.sha256((path / "manifest.json").read_bytes()).hexdigest()


def left(path):
    return sorted(p.relative_to(path).as_posix() for p in path.rglob("*"))


def stone(path):
    return json.loads((path / "withdrawn.json").read_text())


def test_a_tombstone_is_all_that_stays(tmp_path):
    path = case(tmp_path / "desk" / "case")
    name = digest(path)
    done = withdraw(Asked(case=path, by="representative"))
    assert (done.case, done.key, done.files, done.copies, done.left, done.finished) == (name, True, 6, 0, [], True)
    assert left(path) == ["withdrawn.json"]
    assert {**stone(path), "withdrawn": ""} == {
        "schema": 1, "case": name, "withdrawn": "", "by": "representative",
        "destroyed": {"key": True, "files": 6, "copies": 0, "in_lakes": 0, "outputs": [], "baselines": []},
        "unreachable": [],
    }  # fmt: skip
    assert len(stone(path)["withdrawn"]) == len("2026-01-31T12:00:00Z")
    assert CANARY not in (path / "withdrawn.json").read_text()


def opened(path, name):
    """A file that stays readable here, whatever becomes of its name."""
    return os.open(path / name, os.O_RDONLY)


def content(descriptor):
    return os.pread(descriptor, 1 << 20, 0)


def test_what_is_in_clear_is_overwritten_and_so_is_the_key(tmp_path):
    path = case(tmp_path / "desk" / "case")
    before = {n: (path / n).read_bytes() for n in ("case.key.age", "case.toml", "findings.jsonl", "custody.jsonl")}
    files = {n: opened(path, n) for n in before}
    table = opened(path, "records/ios.t.row.parquet")
    stored = content(table)
    withdraw(Asked(case=path))
    for name, data in before.items():
        assert len(content(files[name])) >= len(data)
        assert not content(files[name]).startswith(data[:16]), name
    assert content(table) == stored  # worth nothing without the key


def test_a_table_in_clear_is_overwritten(tmp_path):
    path = case(tmp_path / "desk" / "case", key=None)
    table = opened(path, "records/ios.t.row.parquet")
    assert CANARY.encode() in content(table)
    done = withdraw(Asked(case=path))
    assert (done.key, stone(path)["destroyed"]["key"]) == (False, False)
    assert CANARY.encode() not in content(table)


def test_the_key_is_the_first_to_go_and_the_manifest_the_last(tmp_path, monkeypatch):
    path = case(tmp_path / "desk" / "case")
    order = []
    inner = shredding.shred

    def noted(file, **more):
        order.append(file.relative_to(path).as_posix())
        return inner(file, **more)

    monkeypatch.setattr(shredding, "shred", noted)
    monkeypatch.setattr(withdrawing, "shred", noted)
    withdraw(Asked(case=path))
    assert order[0] == "case.key.age"
    assert order[-3:] in (
        ["case.toml", "custody.jsonl", "manifest.json"],
        ["custody.jsonl", "case.toml", "manifest.json"],
    )


@pytest.mark.parametrize("stop", range(14))
def test_wherever_it_stops_the_same_call_goes_on(tmp_path, monkeypatch, stop):
    """A call that fails at each step: of destroying a file, of the tombstone, of a folder."""
    path = case(tmp_path / "desk" / "case")
    append_custody(path, output("report", b"a report", format="html", recipient="Example Lab"))
    copy = shutil.copytree(path, tmp_path / "also" / "copy")
    (tmp_path / "also" / "report.html").write_bytes(b"a report")
    name, steps = digest(path), []

    def failing(inner):
        def step(*arguments, **more):
            steps.append(arguments)
            if len(steps) == stop + 1:
                raise OSError(5, "Input/output error")
            return inner(*arguments, **more)

        return step

    with monkeypatch.context() as patched:
        shred = failing(shredding.shred)
        patched.setattr(shredding, "shred", shred)
        patched.setattr(withdrawing, "shred", shred)
        try:
            done = withdraw(Asked(case=path, also=(tmp_path / "also",)))
        except OSError:
            done = None
        if done is not None:
            assert done.finished is (len(steps) <= stop)
    assert stop < 13 or len(steps) == 13  # the last one stops at nothing
    assert stop == 0 or not (path / "case.key.age").exists()
    if (path / "manifest.json").exists():
        done = withdraw(Asked(case=path, also=(tmp_path / "also",)))
    assert done is not None
    assert done.finished
    assert left(path) == left(copy) == ["withdrawn.json"]
    assert not (tmp_path / "also" / "report.html").exists()
    assert stone(path)["case"] == stone(copy)["case"] == name
    assert [one["what"] for one in stone(path)["unreachable"]] == ["Example Lab (report)"]


def test_a_hold_keeps_all_and_the_request_is_entered(tmp_path):
    path = case(tmp_path / "desk" / "case")
    append_custody(path, {"event": "hold", "reason": "order of the Example Court"})
    before = {p: p.read_bytes() for p in path.rglob("*") if p.is_file() and p.name != "custody.jsonl"}
    with pytest.raises(HeldError, match=r"is under a legal hold \(order of the Example Court\); that it was asked for"):
        withdraw(Asked(case=path, by="court"))
    assert {p: p.read_bytes() for p in path.rglob("*") if p.is_file() and p.name != "custody.jsonl"} == before
    last = json.loads((path / "custody.jsonl").read_text().splitlines()[-1])
    assert (last["event"], last["by"]) == ("withdrawal requested", "court")
    append_custody(path, {"event": "release", "reason": "order of the Example Court"})
    assert withdraw(Asked(case=path)).finished


def test_a_log_that_was_edited_may_have_lost_a_hold(tmp_path):
    path = case(tmp_path / "desk" / "case")
    append_custody(path, {"event": "hold", "reason": "an order"})
    append_custody(path, {"event": "report"})
    lines = (path / "custody.jsonl").read_bytes().splitlines(keepends=True)
    (path / "custody.jsonl").write_bytes(lines[0] + lines[2])
    with pytest.raises(LogBrokenError, match="line 2 does not follow from what is before it: a legal hold"):
        withdraw(Asked(case=path))
    assert (path / "case.key.age").exists()
    assert withdraw(Asked(case=path, despite_broken_log=True)).finished


def test_a_case_that_cannot_be_written_to_is_left_whole(tmp_path, monkeypatch):
    path = case(tmp_path / "desk" / "case")

    def refused(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(withdrawing, "append_custody", refused)
    before = left(path)
    with pytest.raises(OSError, match="Read-only file system"):
        withdraw(Asked(case=path))
    assert left(path) == before


def test_links_are_not_followed_and_other_names_are_told(tmp_path):
    path = case(tmp_path / "desk" / "case")
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("precious")
    (path / "link").symlink_to(precious)
    (path / "to-folder").symlink_to(tmp_path / "folder")
    os.link(precious, path / "Jane Example.txt")
    os.mkfifo(path / "pipe")
    done = withdraw(Asked(case=path))
    what = "a file of the case has another name elsewhere, which keeps its content"
    assert done.left == [Left(kind="name", what=what, where=str(path / "Jane Example.txt"))]
    assert (precious.read_text(), (tmp_path / "folder" / "file").read_text()) == ("precious", "precious")
    assert left(path) == ["withdrawn.json"]
    assert "Jane" not in (path / "withdrawn.json").read_text()


def test_what_lies_deep_is_destroyed_too(tmp_path):
    path = case(tmp_path / "desk" / "case")
    deep = path
    for _ in range(1100):
        deep /= "a"
        deep.mkdir()
    (deep / "file").write_text(CANARY)
    shutil.copytree(path / "records", tmp_path / "also" / "records")
    assert withdraw(Asked(case=path, also=(tmp_path / "also",))).finished
    assert left(path) == ["withdrawn.json"]


def test_pipes_in_folders_that_are_looked_through_are_left_alone(tmp_path):
    path = case(tmp_path / "desk" / "case")
    append_custody(path, {"event": "baseline", "baseline_sha256": "ab" * 32})
    append_custody(path, output("report", b""))
    also = tmp_path / "also"
    also.mkdir()
    for name in ("ios_system_paths.txt", "manifest.json", "case.toml", "tagmanifest-sha256.txt", "x.json"):
        os.mkfifo(also / name)
    done = withdraw(Asked(case=path, also=(also,)))
    assert [one.kind for one in done.left] == ["output", "baseline"]
    assert len(left(also)) == 5


def test_a_folder_that_cannot_be_looked_into_is_told(tmp_path, monkeypatch):
    path = case(tmp_path / "desk" / "case")
    (tmp_path / "also" / "closed").mkdir(parents=True)
    scan = os.scandir

    def scandir(place):
        if str(place).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(place))
        return scan(place)

    monkeypatch.setattr(os, "scandir", scandir)
    (one,) = withdraw(Asked(case=path, also=(tmp_path / "also",))).left
    assert (one.kind, one.where) == ("unread", str(tmp_path / "also" / "closed"))


def test_a_key_that_is_another_file_too_is_not_overwritten(tmp_path):
    path = case(tmp_path / "desk" / "case")
    identity = tmp_path / "identity.txt"
    identity.write_text("AGE-SECRET-KEY-1 of the analyst")
    (path / "case.key.age").unlink()
    os.link(identity, path / "case.key.age")
    assert [one.kind for one in withdraw(Asked(case=path)).left] == ["name"]
    assert identity.read_text() == "AGE-SECRET-KEY-1 of the analyst"


def test_outputs_are_found_by_their_digest_and_recipients_are_told(tmp_path):
    path = case(tmp_path / "desk" / "case", to=(OTHER,))
    for made, more in ((b"one", {"format": "html"}), (b"two", {"format": "stix", "recipient": "desk@example.org"}),
                       (b"three", {"recipients": ["Example Lab", OTHER]})):  # fmt: skip
        append_custody(path, output("report", made, **more))
    (tmp_path / "desk" / "any name").write_bytes(b"one")
    (tmp_path / "desk" / "same size").write_bytes(b"eno")
    deep = tmp_path / "also" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "x.json").write_bytes(b"two")
    done = withdraw(Asked(case=path, also=(tmp_path / "also",)))
    sha = {made: hashlib.sha256(made).hexdigest() for made in (b"one", b"two", b"three")}
    assert done.outputs == [sha[b"one"], sha[b"two"]]
    assert left(tmp_path / "desk") == ["case", "case/withdrawn.json", "same size"]
    assert not (deep / "x.json").exists()
    told = [(one.kind, one.what.split(" of 2")[0]) for one in done.left]
    assert told == [
        ("recipient", f"{OTHER} (key)"), ("recipient", "… (report)"), ("recipient", "Example Lab (report)"),
        ("recipient", f"{OTHER} (report)"), ("output", "report"),
    ]  # fmt: skip
    assert done.left[1].where == "desk@example.org (report)"
    assert done.left[-1].what.endswith(f"Z, SHA-256 {sha[b'three'][:12]}")
    assert "example.org" not in (path / "withdrawn.json").read_text()


def test_a_tombstone_acts_on_nobody(tmp_path):
    path = case(tmp_path / "desk" / "case")
    append_custody(path, output("report", b"a report", format="html", recipient="\x9bExample \u202eLab"))
    withdraw(Asked(case=path))
    assert "\\u009bExample \\u202eLab" in (path / "withdrawn.json").read_text()


def test_a_bag_goes_whole_or_is_told(tmp_path):
    path = case(tmp_path / "desk" / "case")
    bag = tmp_path / "also" / "bag"
    shutil.copytree(path, bag / "data" / "case")
    for name in ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"):
        (bag / name).write_text(f"{name} of the bag")
    last = hashlib.sha256(b"tagmanifest-sha256.txt of the bag").hexdigest()
    append_custody(path, {"event": "bag", "recipients": [], "tagmanifest_sha256": last})
    append_custody(path, {"event": "bag", "recipients": [OTHER], "tagmanifest_sha256": "ab" * 32})
    done = withdraw(Asked(case=path, also=(tmp_path / "also",)))
    assert left(bag) == ["data", "data/case", "data/case/withdrawn.json"]
    assert (done.copies, done.outputs) == (1, [last])
    assert [(one.kind, one.what.split(" of 2")[0]) for one in done.left] == [
        ("recipient", f"{OTHER} (bag)"), ("output", "bag"),
    ]  # fmt: skip
    assert done.left[1].what.endswith("Z, SHA-256 abababababab")


def test_keys_that_the_log_does_not_name_are_counted(tmp_path):
    path = case(tmp_path / "desk" / "case")
    more = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2)]
    (path / "case.key.age").write_bytes(wrap(KEY, more))
    (one,) = withdraw(Asked(case=path)).left
    assert (one.kind, one.what) == ("key", "2 more keys open copies of it; the log does not say whose they are")


def test_what_has_the_same_origin_goes_too_and_nothing_else(tmp_path):
    also = tmp_path / "also"
    first = case(also / "first", label="first")
    path = case(tmp_path / "desk" / "case", lineage=[digest(first)])
    later = case(also / "deep" / "later", lineage=[digest(first), digest(path)])
    beside = case(also / "beside", lineage=[digest(first)], label="beside")
    copy = shutil.copytree(path, also / "bag" / "data")
    unrelated = case(also / "unrelated", label="another phone")
    alien = case(also / "alien", lineage=[digest(unrelated)])
    append_custody(path, {"event": "rechecked", "into": digest(later)})
    append_custody(path, {"event": "rechecked", "into": "ef" * 32})
    done = withdraw(Asked(case=path, also=(also,)))
    assert done.copies == 4
    for gone in (first, path, later, beside, copy):
        assert left(gone) == ["withdrawn.json"], gone
    assert "case.key.age" in left(unrelated)
    assert "case.key.age" in left(alien)
    assert [(one.kind, one.what) for one in done.left] == [("case", "case efefefefefef, of the same origin")]


def test_a_copy_that_is_found_later_is_destroyed_then(tmp_path):
    path = case(tmp_path / "desk" / "case")
    copy = shutil.copytree(path, tmp_path / "also" / "copy")
    append_custody(copy, output("report", b"a report"))
    withdraw(Asked(case=path))
    (tmp_path / "also" / "report.html").write_bytes(b"a report")
    done = withdraw(Asked(case=path, also=(tmp_path / "also",)))
    assert (done.copies, done.files, done.left) == (1, 0, [])
    assert left(tmp_path / "also") == ["copy", "copy/withdrawn.json"]
    assert left(path) == ["withdrawn.json"]


def test_a_case_it_comes_from_that_is_not_found_is_told(tmp_path):
    path = case(tmp_path / "desk" / "case", lineage=["ab" * 32])
    assert [one.what for one in withdraw(Asked(case=path)).left] == ["case abababababab, of the same origin"]


def test_a_copy_under_a_hold_of_its_own_stays(tmp_path):
    path = case(tmp_path / "desk" / "case")
    copy = shutil.copytree(path, tmp_path / "also" / "copy")
    append_custody(copy, {"event": "hold", "reason": "order about Jane Example"})
    done = withdraw(Asked(case=path, also=(tmp_path / "also",)))
    assert (copy / "case.key.age").exists()
    (one,) = done.left
    assert (one.kind, one.where) == ("held", f"{copy}: order about Jane Example")
    assert done.finished
    assert "Jane" not in (path / "withdrawn.json").read_text()


def test_a_file_that_names_the_case_is_told_and_kept(tmp_path):
    path = case(tmp_path / "desk" / "case")
    also = tmp_path / "also"
    also.mkdir()
    (also / "hunt.jsonl").write_text(json.dumps({"manifest": digest(path)}))
    (also / "other.jsonl").write_text(json.dumps({"manifest": "0" * 64}))
    (one,) = withdraw(Asked(case=path, also=(also,))).left
    assert (one.kind, one.where) == ("mention", str(also / "hunt.jsonl"))
    assert left(also) == ["hunt.jsonl", "other.jsonl"]


def test_a_damaged_case_can_be_withdrawn(tmp_path):
    path = case(tmp_path / "desk" / "case")
    (path / "manifest.json").write_bytes(b"\xff{")
    (path / "case.toml").write_bytes(b"\xff = [")
    (path / "custody.jsonl").write_bytes(b"\xff\n")
    assert withdraw(Asked(case=path, despite_broken_log=True)).finished
    assert left(path) == ["withdrawn.json"]


def test_selectors_are_left_out_of_what_stays():
    ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChVEHCsUHTJRMpwMnLAAAA"
    assert without_selectors(f"{ssh} jane@example.org (key)") == f"{ssh} … (key)"
    assert without_selectors("Lab, +1 (555) 010-4711 or 15550104711") == "Lab, … or …"
    assert without_selectors("Lab 24") == "Lab 24"
