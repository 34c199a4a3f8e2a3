"""Bags of sealed cases: BagIt to others' tools, and what was changed in them."""

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile

import pyrage
import pytest
from sealing import UNCONSENTED, key_file, small_case

from bridle import __version__
from bridle.case.bag import write_bag
from bridle.case.bag_check import BagError
from bridle.case.chain import entries
from bridle.case.consent import SharingRefusedError
from bridle.case.keys import RecipientError
from bridle.case.manifest import digest
from bridle.case.seal import DiffersError, SealError, seal
from bridle.case.verify import verified, verify
from outside_tools import run

AGREED = """\
[[sources]]
name = "S1"

[consent]
given_by = "P1"
date = "2026-01-05"
retention_until = "2999-12-31"
share_with = [{share_with}]
"""


@pytest.fixture
def case(tmp_path):
    path = small_case(tmp_path / "Jane Roe, 2026")
    seal(path, key_file(tmp_path))
    return path


@pytest.fixture
def bag(case, tmp_path):
    return write_bag(case, tmp_path / "bag")


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def bagit(folder):
    return subprocess.run([sys.executable, "-m", "bagit", "--validate", folder], capture_output=True, timeout=60)


def test_a_bag_holds_the_case_and_says_nothing_of_who_and_when(case, tmp_path):
    before = content(case)
    bag = write_bag(case, tmp_path / "bag")
    found = content(bag)
    assert {n.removeprefix("data/case/"): v for n, v in found.items() if n.startswith("data/")} == before
    assert found["bagit.txt"] == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    size = sum(map(len, before.values()))
    assert found["bag-info.txt"].decode().splitlines() == [
        f"Bag-Software-Agent: bridle {__version__}",
        f"External-Identifier: sha256:{digest(case)}",
        f"Payload-Oxum: {size}.11",
    ]
    listed = found["manifest-sha256.txt"].decode().splitlines()
    assert listed[0] == f"{hashlib.sha256(b'wrapped').hexdigest()}  data/case/case.key.age"
    assert len(listed) == 11
    assert set(found) - {n for n in found if n.startswith("data/case/")} == {
        "bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt",
    }  # fmt: skip
    assert b"Jane" not in b"".join([*map(str.encode, found), *found.values()])


def test_the_same_case_gives_the_same_bag(case, tmp_path):
    copy = shutil.copytree(case, tmp_path / "elsewhere")
    assert content(write_bag(case, tmp_path / "one")) == content(write_bag(copy, tmp_path / "deep/er/two"))


def test_the_custody_log_tells_of_it(case, bag):
    line, entry = [*entries(case, "custody.jsonl")][-1]
    assert (line, entry["event"], entry["recipients"]) == (3, "bag", [])
    assert (
        entry["output_sha256"]
        == entry["tagmanifest_sha256"]
        == hashlib.sha256((bag / "tagmanifest-sha256.txt").read_bytes()).hexdigest()
    )
    assert verified(case) == []


def test_bagit_finds_it_valid_and_so_do_we(bag):
    done = bagit(bag)
    assert done.returncode == 0, done.stderr
    assert verified(bag) == []


def test_sha256sum_checks_it(bag):
    run("sha256sum", "--check", "--strict", "--quiet", "manifest-sha256.txt", cwd=bag)
    run("sha256sum", "--check", "--strict", "--quiet", "tagmanifest-sha256.txt", cwd=bag)


def test_a_flipped_byte_of_a_bag_is_named(bag):
    for name, stored in content(bag).items():
        at = len(stored) // 2
        (bag / name).write_bytes(stored[:at] + bytes([stored[at] ^ 1]) + stored[at + 1 :])
        try:
            found = verified(bag)
        except BagError as e:
            found = [str(e)]
        assert any(f.startswith(f"{name}:") for f in found) or name == "tagmanifest-sha256.txt", (name, found)
        assert found != []
        assert bagit(bag).returncode == 1 or not name.startswith("data/")
        (bag / name).write_bytes(stored)
    assert verified(bag) == []


def test_what_was_changed_removed_or_added_is_told_in_its_own_words(bag):
    (bag / "data/case/summary.json").write_bytes(b"{  }")
    (bag / "data/case/findings.jsonl").unlink()
    (bag / "data/more").write_bytes(b"x")
    (bag / "note.txt").write_bytes(b"x")
    oxum = verified(bag)[0]
    assert oxum.startswith("bag-info.txt: Payload-Oxum promises ")
    assert verified(bag)[1:] == [
        "data/case/findings.jsonl: listed in the bag and missing: it was removed",
        "data/case/findings.jsonl: missing",
        "data/case/summary.json: changed (size)",
        "data/case/summary.json: changed since the bag was packed",
        "data/more: not listed in the bag: it was added",
        "note.txt: not listed in the bag: it was added",
    ]


def test_a_bag_made_to_fit_does_not_hide_what_is_sealed(bag):
    (bag / "data/case/summary.json").write_bytes(b"[]\n")
    digest_of = {}
    for name, stored in content(bag).items():
        if name.startswith("data/"):
            digest_of[name] = hashlib.sha256(stored).hexdigest()
    lines = "".join(f"{d}  {n}\n" for n, d in sorted(digest_of.items())).encode()
    (bag / "manifest-sha256.txt").write_bytes(lines)
    tags = {
        n: hashlib.sha256((bag / n).read_bytes()).hexdigest()
        for n in ("bag-info.txt", "bagit.txt", "manifest-sha256.txt")
    }
    (bag / "tagmanifest-sha256.txt").write_text("".join(f"{d}  {n}\n" for n, d in tags.items()))
    assert verified(bag) == ["data/case/summary.json: changed"]


@pytest.mark.parametrize(
    "line", ["x  data/case/summary.json", "0" * 64 + "  ../outside", "0" * 64 + "  /etc/passwd", "0" * 64, ""]
)
def test_a_list_that_is_none_is_refused(bag, line):
    (bag / "manifest-sha256.txt").write_text(line + "\n")
    with pytest.raises(BagError, match=r"manifest-sha256\.txt: line 1 is not a SHA-256 and the path"):
        verified(bag)


def test_links_and_fetched_files_are_refused(bag, tmp_path):
    shutil.move(bag / "data/case/summary.json", tmp_path / "summary.json")
    (bag / "data/case/summary.json").symlink_to(tmp_path / "summary.json")
    (bag / "fetch.txt").write_text("https://example.org/x 1 data/x\n")
    found = verified(bag)
    assert "data/case/summary.json: a link instead of a file of the bag" in found
    assert "fetch.txt: names files elsewhere, and nothing is fetched; complete the bag first" in found


def test_a_bag_of_no_case_or_of_two_is_refused(bag):
    shutil.copytree(bag / "data/case", bag / "data/two")
    with pytest.raises(BagError, match="is a bag of 2 cases, expected one at data/NAME"):
        verified(bag)
    shutil.rmtree(bag / "data")
    with pytest.raises(BagError, match="is a bag of 0 cases"):
        verified(bag)


def test_a_case_without_consent_or_seal_or_that_differs_is_not_packed(case, tmp_path):
    unconsented = small_case(tmp_path / "unconsented", UNCONSENTED)
    seal(unconsented, tmp_path / "key1")
    with pytest.raises(SharingRefusedError, match="no consent record"):
        write_bag(unconsented, tmp_path / "bag")
    with pytest.raises(SealError, match="is not sealed, and only a sealed case is packed"):
        write_bag(small_case(tmp_path / "unsealed"), tmp_path / "bag")
    (case / "summary.json").write_bytes(b"[]\n")
    with pytest.raises(DiffersError, match=r"is not packed: summary\.json: changed"):
        write_bag(case, tmp_path / "bag")
    assert [p.name for p in tmp_path.iterdir() if "bag" in p.name] == []


def test_nothing_is_overwritten(case, tmp_path):
    (tmp_path / "bag").mkdir()
    with pytest.raises(SealError, match="bag exists already, and is not overwritten"):
        write_bag(case, tmp_path / "bag")


def test_a_bag_for_recipients_opens_for_them_alone(case, tmp_path):
    identity, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    copy = shutil.copytree(case, tmp_path / "copy")
    out = write_bag(case, tmp_path / "out", [str(identity.to_public())])
    assert out == tmp_path / "out.tar.age"
    assert not (tmp_path / "out").exists()
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(out.read_bytes(), [other])
    packed = pyrage.decrypt(out.read_bytes(), [identity])
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        members = tar.getmembers()
        assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {(0, 0, 0, "", "", 0o600)}
        tar.extractall(tmp_path / "unpacked", filter="data")
    assert content(tmp_path / "unpacked/bag") == content(write_bag(copy, tmp_path / "plain"))
    assert verified(tmp_path / "unpacked/bag") == []
    entry = [*entries(case, "custody.jsonl")][-1][1]
    assert entry["recipients"] == [str(identity.to_public())]
    assert (entry["output_sha256"], entry["output_size"]) == (
        hashlib.sha256(out.read_bytes()).hexdigest(), out.stat().st_size,
    )  # fmt: skip


def test_age_and_tar_open_it(case, tmp_path):
    run("age-keygen", "-o", tmp_path / "identity")
    recipient = run("age-keygen", "-y", tmp_path / "identity").stdout.decode().strip()
    out = write_bag(case, tmp_path / "out.tar.age", [recipient])
    packed = run("age", "-d", "-i", tmp_path / "identity", out).stdout
    (tmp_path / "there").mkdir()
    run("tar", "x", stdin=packed, cwd=tmp_path / "there")
    assert bagit(tmp_path / "there/bag").returncode == 0
    assert verified(tmp_path / "there/bag") == []


def consented(folder, share_with):
    path = small_case(folder / "consented", AGREED.format(share_with=share_with).encode())
    seal(path, folder / "key1")
    return path


def test_a_bag_is_for_those_whom_the_record_names(case, tmp_path):
    identity = pyrage.x25519.Identity.generate().to_public()
    nobody = consented(tmp_path, "")
    with pytest.raises(SharingRefusedError, match="share_with is empty"):
        write_bag(nobody, tmp_path / "out")
    shutil.rmtree(nobody)
    lab = consented(tmp_path, '"Example Lab"')
    with pytest.raises(SharingRefusedError, match=r"does not let 'age1.* see it"):
        write_bag(lab, tmp_path / "out", [str(identity)])
    assert write_bag(lab, tmp_path / "out") == tmp_path / "out"
    shutil.rmtree(lab)
    reader = consented(tmp_path, f'"Example Lab <{identity}>"')
    assert write_bag(reader, tmp_path / "out", [str(identity)]) == tmp_path / "out.tar.age"


def test_a_bag_is_not_written_into_its_case(case):
    before = content(case)
    with pytest.raises(SealError, match="lies in the case"):
        write_bag(case, case / "bag")
    assert content(case) == before


def test_a_case_to_which_the_file_of_a_bag_was_added_is_no_bag(case):
    (case / "bagit.txt").write_bytes(b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    assert verified(case) == ["bagit.txt: unlisted"]


def test_a_recipient_that_age_does_not_know_leaves_nothing(case, tmp_path):
    before = content(case)
    with pytest.raises(RecipientError, match="expected an age recipient"):
        write_bag(case, tmp_path / "out", ["age1nobody"])
    assert content(case) == before
    assert [p.name for p in tmp_path.iterdir() if "out" in p.name] == []


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_changes_while_it_is_packed_leaves_nothing(case, tmp_path, monkeypatch, packed):
    """Between the check of the case and the copying of its files."""

    def changing(path):
        done = verify(path)
        (path / "summary.json").write_bytes(b"[]\n")
        return done

    monkeypatch.setattr("bridle.case.bag.verify", changing)
    recipients = [str(pyrage.x25519.Identity.generate().to_public())] if packed else []
    with pytest.raises(DiffersError, match=r"summary\.json changed while it was packed"):
        write_bag(case, tmp_path / "out", recipients)
    assert [p.name for p in tmp_path.iterdir() if "out" in p.name] == []
    assert [row["event"] for _, row in entries(case, "custody.jsonl")] == ["check", "seal"]


def test_a_disk_that_is_full_leaves_nothing(case, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    before = content(case)
    monkeypatch.setattr("shutil.copyfileobj", full)
    monkeypatch.setattr("tarfile.TarFile.addfile", full)
    with pytest.raises(OSError, match="No space left"):
        write_bag(case, tmp_path / "out")
    with pytest.raises(OSError, match="No space left"):
        write_bag(case, tmp_path / "out", [str(pyrage.x25519.Identity.generate().to_public())])
    assert content(case) == before
    assert [p.name for p in tmp_path.iterdir() if "out" in p.name] == []
