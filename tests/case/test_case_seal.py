"""A sealed case: whatever is changed is named, each kind of change in its own words."""

import base64
import hashlib
import json
import re
import shutil

import pytest
from sealing import Service, key_file, small_case

from bridle.case.chain import append, append_custody
from bridle.case.seal import DiffersError, SealError, _written, is_sealed, seal
from bridle.case.seal_statement import Statement
from bridle.case.signature import KeyFileError, signing_key
from bridle.case.signature_errors import SignatureError
from bridle.case.timestamp import accept, request
from bridle.case.verify import verified, verify

ALICE = "SHA256:fe85JkIjo8VPe+XqXJGH5Mau1EMFdK1OdKvJUFicyA8"
BOB = "SHA256:4A9jyZBOhnKZvcGQ6TRFbf5Gymb41AfYvYaVmWHD+G4"

ANOTHER = f"was made with another key ({BOB}), not with {ALICE}"
UNFIT = "does not fit: one of the two was changed, or belongs to another case"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A case sealed by key 1, with two keys beside it."""
    folder = tmp_path_factory.mktemp("sealed")
    key_file(folder, 1)
    key_file(folder, 2)
    seal(small_case(folder / "case"), folder / "key1")
    return folder


@pytest.fixture
def case(prepared, tmp_path):
    return shutil.copytree(prepared / "case", tmp_path / "case")


@pytest.fixture(scope="module")
def stamped(prepared, tmp_path_factory):
    """The same, with a time stamp."""
    folder = tmp_path_factory.mktemp("stamped")
    service, case = Service(folder / "service"), shutil.copytree(prepared / "case", folder / "case")
    (folder / "named.pem").write_bytes(b"Autorit\xe9\n" + service.root.read_bytes())
    accept(case, service.answer(request(case)), folder / "named.pem")
    return case


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_the_statement_says_where_everything_stood(case):
    custody, notes = (case / "custody.jsonl").read_bytes(), (case / "notes.jsonl").read_bytes()
    assert json.loads((case / "seal.json").read_bytes()) == {
        "schema": 1,
        "manifest_sha256": sha256((case / "manifest.json").read_bytes()),
        "signature_sha256": sha256((case / "manifest.json.sig").read_bytes()),
        "key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c",
        "chains": {
            "custody.jsonl": {"lines": 2, "bytes": len(custody), "sha256": sha256(custody)},
            "notes.jsonl": {"lines": 1, "bytes": len(notes), "sha256": sha256(notes)},
        },
    }
    entry = json.loads(custody.splitlines()[1])
    assert (entry["event"], entry["key"]) == (
        "seal", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c",
    )  # fmt: skip


def test_a_sealed_case_is_intact_and_stays_so_while_its_chains_grow(case):
    assert verified(case) == []
    append_custody(case, {"event": "report"})
    append(case, "notes.jsonl", {"note": "more"})
    append(case, "signoff.jsonl", {"by": "reader 2"})
    assert verified(case) == []


def test_the_same_key_and_case_give_the_same_bytes(case, prepared, tmp_path):
    names = ("manifest.json.sig", "seal.json", "seal.json.sig")
    one = [(case / n).read_bytes() for n in names]
    elsewhere = shutil.copytree(case, tmp_path / "other/place")
    for n in names:
        (elsewhere / n).unlink()
    _written(elsewhere, signing_key(prepared / "key1"))
    assert [(elsewhere / n).read_bytes() for n in names] == one


def named(name, sentences):
    return any(re.search(rf"(^|[ (]){re.escape(name)}([ :)]|$)", s) for s in sentences)


STEPS = {"records/a.b.c.parquet": 29, "manifest.json": 7, "seal.json.tsr": 3, "tsa.pem": 5}
"""Of files whose flips are caught in one way only, not every byte is tried."""


def test_any_flipped_byte_is_named(stamped, tmp_path):
    case = shutil.copytree(stamped, tmp_path / "case")
    names = sorted(p.relative_to(case).as_posix() for p in case.rglob("*") if p.is_file())
    assert len(names) == 13
    for name in names:
        stored = (case / name).read_bytes()
        for at in range(0, len(stored), STEPS.get(name, 2)):
            flipped = stored[at] ^ (1, 7, 32, 128)[at // STEPS.get(name, 2) % 4]
            (case / name).write_bytes(stored[:at] + bytes([flipped]) + stored[at + 1 :])
            assert named(name, verified(case)), (name, at)
        (case / name).write_bytes(stored)
    assert verified(case) == []


def test_any_removed_or_cut_file_is_named(stamped, tmp_path):
    case = shutil.copytree(stamped, tmp_path / "case")
    names = sorted(p.relative_to(case).as_posix() for p in case.rglob("*") if p.is_file())
    for name in [n for n in names if n != "manifest.json"]:
        stored = (case / name).read_bytes()
        (case / name).unlink()
        assert named(name, verified(case)), name
        (case / name).write_bytes(stored[: len(stored) // 2])
        assert named(name, verified(case)), name
        (case / name).write_bytes(stored)
    (case / "records/x").write_bytes(b"")
    assert verified(case) == ["records/x: unlisted"]


def test_a_changed_file_and_a_manifest_made_to_fit(case):
    (case / "findings.jsonl").write_bytes(b'{"id": "f2"}\n')
    assert verified(case) == ["findings.jsonl: changed"]
    listed = json.loads((case / "manifest.json").read_bytes())
    listed["files"]["findings.jsonl"]["stored_sha256"] = sha256(b'{"id": "f2"}\n')
    (case / "manifest.json").write_text(json.dumps(listed))
    assert verified(case) == [
        "custody.jsonl: line 1 does not follow from what is before it",
        "manifest.json: changed since it was sealed",
        "notes.jsonl: line 1 does not follow from what is before it",
    ]


def rechained(case, chain, rows):
    """A chain written anew, so that its own links and checks hold: what whoever can write it can do."""
    (case / chain).unlink()
    for row in rows:
        append(case, chain, {k: v for k, v in row.items() if k not in ("previous", "check")})


def rows(case, chain):
    return [json.loads(line) for line in (case / chain).read_bytes().splitlines()]


def test_an_edited_line_of_a_log_is_found_even_where_the_chain_was_made_to_fit(case):
    append_custody(case, {"event": "report"})
    entries = rows(case, "custody.jsonl")
    entries[0]["exit"] = 1
    rechained(case, "custody.jsonl", entries)
    assert verified(case) == ["custody.jsonl: rewritten: its first 2 lines are not those of when the case was sealed"]


def test_a_log_that_was_cut_is_found(case):
    line = (case / "custody.jsonl").read_bytes().splitlines(keepends=True)[0]
    (case / "custody.jsonl").write_bytes(line)
    (case / "notes.jsonl").write_bytes(b"")
    assert verified(case) == [
        "custody.jsonl: cut: it has 1 lines, and had 2 when the case was sealed",
        "custody.jsonl: has no entry of the seal that is here",
        "notes.jsonl: cut: it has 0 lines, and had 1 when the case was sealed",
    ]


def test_a_signature_by_another_key_is_found(case, prepared):
    other = signing_key(prepared / "key2")
    (case / "manifest.json.sig").write_bytes(other.sign((case / "manifest.json").read_bytes()))
    assert verified(case) == [
        f"manifest.json.sig: changed or swapped: it is not the one that seal.json names; it {ANOTHER}",
    ]


def test_a_statement_by_another_key_is_found(case, prepared):
    other = signing_key(prepared / "key2")
    (case / "seal.json.sig").write_bytes(other.sign((case / "seal.json").read_bytes()))
    assert verified(case) == [f"seal.json.sig (of seal.json): {ANOTHER}"]


def test_a_seal_by_somebody_else_alone_is_found_by_the_custody_log(case, prepared):
    _written(case, signing_key(prepared / "key2"))
    assert verified(case) == ["custody.jsonl: line 2 names another key than seal.json"]


def test_the_seal_of_another_case_is_found(case, prepared, tmp_path):
    other = small_case(tmp_path / "other", b"[case]\n[[sources]]\nsynthetic = true\n")
    seal(other, prepared / "key1")
    for name in ("manifest.json.sig", "seal.json", "seal.json.sig"):
        shutil.copy(other / name, case / name)
    found = verified(case)
    assert "seal.json: is the seal of another case: it names another manifest.json" in found
    assert [
        f for f in found if not f.startswith(("seal.json:", "custody.jsonl: rewritten", "notes.jsonl: rewritten"))
    ] == []


def test_a_seal_that_was_stripped_is_found(case):
    for name in ("manifest.json.sig", "seal.json", "seal.json.sig"):
        (case / name).unlink()
    assert not is_sealed(case)
    assert verified(case) == ["custody.jsonl: line 2 says that the case was sealed, and that seal is not here"]
    (case / "tsa.pem").write_bytes(b"x")
    assert "tsa.pem: belongs to no seal: manifest.json.sig is missing" in verified(case)


def test_a_link_in_the_place_of_a_log_is_not_followed(case, tmp_path):
    shutil.move(case / "custody.jsonl", tmp_path / "custody.jsonl")
    (case / "custody.jsonl").symlink_to(tmp_path / "custody.jsonl")
    assert verified(case) == [
        "custody.jsonl: a link, or another thing that is no file",
        "custody.jsonl: cut: it has 0 lines, and had 2 when the case was sealed",
        "custody.jsonl: has no entry of the seal that is here",
    ]


def test_a_link_in_the_place_of_a_seal_is_not_followed(case, tmp_path):
    shutil.move(case / "seal.json", tmp_path / "seal.json")
    (case / "seal.json").symlink_to(tmp_path / "seal.json")
    assert verified(case) == ["seal.json: cannot be read: Too many levels of symbolic links"]


def test_a_large_file_in_the_place_of_a_seal_is_not_read(case):
    (case / "seal.json.sig").write_bytes(b"x" * 70_000)
    assert verified(case) == ["seal.json.sig: has more than 65536 bytes"]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"[" * 50_000, b'{"schema": 1, "chains": []}', b"\xff",
     b'{"manifest_sha256": "", "signature_sha256": "", "key": "ssh-ed25519 x", "chains": {}}'],
)  # fmt: skip
def test_a_statement_that_is_none_is_named(case, content):
    (case / "seal.json").write_bytes(content)
    assert verified(case)[0] == "seal.json: is not the statement of a seal: it was changed"


def test_a_case_is_sealed_once_unless_said_otherwise(case, prepared):
    with pytest.raises(SealError, match=re.escape(f"is sealed already with {ALICE}; --again seals it anew")):
        seal(case, prepared / "key2")
    before = {n: (case / n).read_text() for n in ("manifest.json.sig", "seal.json", "seal.json.sig")}
    seal(case, prepared / "key2", again=True)
    assert verified(case) == []
    assert verify(case).statement.key.fingerprint == BOB
    assert rows(case, "custody.jsonl")[2]["earlier"] == before


def test_a_time_stamp_goes_with_its_seal_to_the_custody_log(stamped, prepared, tmp_path):
    case = shutil.copytree(stamped, tmp_path / "case")
    stamp, certificates = (case / "seal.json.tsr").read_bytes(), (case / "tsa.pem").read_bytes()
    assert certificates.startswith(b"Autorit\xe9\n")
    seal(case, prepared / "key2", again=True)
    assert verified(case) == []
    assert not (case / "seal.json.tsr").exists()
    kept = rows(case, "custody.jsonl")[-1]["earlier"]
    assert base64.b64decode(kept["seal.json.tsr"]) == stamp
    assert base64.b64decode(kept["tsa.pem"]) == certificates
    assert list(kept) == ["manifest.json.sig", "seal.json", "seal.json.sig", "seal.json.tsr", "tsa.pem"]


def test_an_earlier_seal_that_was_edited_is_found(case, prepared):
    seal(case, prepared / "key2", again=True)
    entries = rows(case, "custody.jsonl")
    entries[2]["earlier"]["seal.json"] = entries[2]["earlier"]["seal.json"].replace('"lines": 1', '"lines": 0')
    for name in ("manifest.json.sig", "seal.json", "seal.json.sig"):
        (case / name).unlink()
    rechained(case, "custody.jsonl", entries)
    _written(case, signing_key(prepared / "key2"))
    assert [f for f in verified(case) if "line 3" in f] == [
        f"custody.jsonl: line 3 keeps an earlier seal that does not hold: seal.json.sig (of seal.json): {UNFIT}",
    ]


def test_an_earlier_seal_that_is_not_whole_is_found(case, prepared):
    seal(case, prepared / "key2", again=True)
    whole = rows(case, "custody.jsonl")
    for earlier, why in (
        ({}, "it has no manifest.json.sig"),
        ([], "its files cannot be read"),
        ({**whole[2]["earlier"], "seal.json.tsr": "!"}, "its files cannot be read"),
    ):
        for name in ("manifest.json.sig", "seal.json", "seal.json.sig"):
            (case / name).unlink()
        rechained(case, "custody.jsonl", [*whole[:2], {**whole[2], "earlier": earlier}])
        _written(case, signing_key(prepared / "key2"))
        assert verified(case) == [f"custody.jsonl: line 3 keeps an earlier seal that does not hold: {why}"]


def test_a_huge_manifest_is_not_read(case, monkeypatch):
    monkeypatch.setattr("bridle.case.seal_check.MOST", 100)
    assert "manifest.json: has more than 100 bytes" in verified(case)


def test_a_case_that_differs_is_not_sealed(tmp_path, prepared):
    case = small_case(tmp_path / "case")
    (case / "summary.json").write_bytes(b"{}\t")
    (case / "more").write_bytes(b"")
    with pytest.raises(DiffersError, match=r"more: unlisted \(and 1 more\); run `bridle verify"):
        seal(case, prepared / "key1")
    assert not is_sealed(case)


def test_a_seal_that_does_not_hold_is_not_replaced(case, prepared):
    (case / "seal.json.sig").write_bytes(b"x")
    with pytest.raises(DiffersError, match=r"seal\.json\.sig"):
        seal(case, prepared / "key1", again=True)


def test_a_seal_that_was_interrupted_is_none_and_can_be_made_again(case, prepared):
    (case / "manifest.json.sig").unlink()
    assert verified(case) == [
        "custody.jsonl: line 2 says that the case was sealed, and that seal is not here",
        "seal.json.sig: belongs to no seal: manifest.json.sig is missing",
        "seal.json: belongs to no seal: manifest.json.sig is missing",
    ]
    seal(case, prepared / "key1")
    assert verified(case) == []


def test_a_wrong_key_changes_nothing(tmp_path, prepared):
    case = small_case(tmp_path / "case")
    before = {p: p.read_bytes() for p in case.rglob("*") if p.is_file()}
    with pytest.raises(KeyFileError):
        seal(case, prepared / "key1.pub")
    assert {p: p.read_bytes() for p in case.rglob("*") if p.is_file()} == before


def test_what_a_sealing_left_that_was_stopped_is_removed_by_the_next(case, prepared):
    (case / ".seal.json.sig.new").write_bytes(b"half")
    assert ".seal.json.sig.new: unlisted" in verified(case)
    seal(case, prepared / "key1", again=True)
    assert verified(case) == []


def test_a_statement_with_a_number_beyond_all_is_none():
    """1e999 is read as infinity, which is no number of lines."""
    chain = '{"custody.jsonl": {"lines": 1e999, "bytes": 1, "sha256": "x"}}'
    with pytest.raises(SignatureError, match="is not the statement of a seal"):
        Statement.parsed(f'{{"chains": {chain}, "manifest_sha256": "", "signature_sha256": "", "key": ""}}'.encode())
