"""Members that come as a Listing are those that come one by one."""

from contextlib import closing
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from backups import FILE_KEY, PASSWORD, SMS, Backup, encrypt, file_id, mbfile, opened, simple, wrapped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridle import artifacts
from bridle.case.ledger import Ledger, LedgerRow, ledger_table
from bridle.evidence.source import Listing, State

ATTRIBUTES = {"Birth": 1_600_000_000, "LastStatusChange": 1_600_000_001, "UserID": 501, "GroupID": 502,
              "InodeNumber": 70_000, "ProtectionClass": 3}  # fmt: skip


def wanted(path):
    return bool(artifacts.for_path(path) or artifacts.beside_path(path))


def told(member):
    moment = member.modified and member.modified.astimezone(UTC)
    return (str(member.path), member.member, member.type, member.size, moment, str(member.state), member.reason,
            member.content is not None, member.shown)  # fmt: skip


def one_by_one(source):
    return sorted(map(told, source.members(wanted)), key=repr)


def many(source):
    """The same of the listing, and how many of them came in columns."""
    found, columns = [], 0
    for item in source.listed(wanted, artifacts.candidates):
        if isinstance(item, Listing):
            columns += item.table.num_rows
            rows = zip(
                *(item.table[c].to_pylist() for c in ("path", "member", "type", "size", "modified")), strict=True
            )
            found += [(*row, str(item.state), item.reason, False, None) for row in rows]
        else:
            found.append(told(item))
    return sorted(found, key=repr), columns


@pytest.mark.parametrize("encrypted", [False, True])
def test_what_is_not_wanted_comes_in_columns(tmp_path, encrypted):
    backup = simple(tmp_path / "b", encrypted=encrypted)
    for name in ("a.jpg", "DCIM/100APPLE/b.HEIC", ".hidden", "Ünïcode.jpg", "with: colon"):
        backup.add("CameraRollDomain", "Media/" + name, b"x" * 40, **ATTRIBUTES)
    backup.add("AppDomain-org.example.app", "", b"12", **ATTRIBUTES)
    source = opened(backup.finish(), (lambda: PASSWORD) if encrypted else (lambda: None))
    found, columns = many(source)
    assert found == one_by_one(source)
    expected = [
        f"/private/var/mobile/Media/{name}"
        for name in (".hidden", "DCIM/100APPLE/b.HEIC", "a.jpg", "with: colon", "Ünïcode.jpg")
    ]  # fmt: skip
    tables = [m.table for m in source.listed(wanted, artifacts.candidates) if isinstance(m, Listing)]
    table = pa.concat_tables(tables).sort_by("path")
    assert [p for p in table["path"].to_pylist() if "/Media/" in p] == expected
    assert columns == 6
    assert [str(m.path) for m in source.members(wanted) if m.content and "/SMS/" in str(m.path)] == [
        "/private/var/mobile/Library/SMS/sms.db"
    ]


def test_what_is_odd_comes_one_by_one(tmp_path):
    root = tmp_path / "b"
    backup = Backup(root, encrypted=True)
    backup.add("CameraRollDomain", "ordinary", b"1", **ATTRIBUTES)
    backup.add("CameraRollDomain", "gone", b"2", **ATTRIBUTES).unlink()
    backup.add("CameraRollDomain", "half", b"3", **ATTRIBUTES).write_bytes(b"half")
    backup.add("CameraRollDomain", "grown", b"4", size=100, **ATTRIBUTES)
    backup.add("CameraRollDomain", "old", b"5", modified=-1, **ATTRIBUTES)
    backup.add("CameraRollDomain", "a/../b", b"6", **ATTRIBUTES)
    name = file_id("CameraRollDomain", "other key")
    blob = mbfile(1, key=wrapped(bytes(32))[:-1] + b"x", **ATTRIBUTES)
    backup.row(name, "CameraRollDomain", "other key", 1, blob)
    backup.store(name, encrypt(FILE_KEY, b"7"))
    source = opened(backup.finish(), lambda: PASSWORD)
    found, columns = many(source)
    assert (found, columns) == (one_by_one(source), 2)
    states = {path.rpartition("/")[2]: state for path, _, _, _, _, state, *_ in found}
    assert {k: states[k] for k in ("ordinary", "gone", "half", "grown", "old", "other key")} == {
        "ordinary": State.PRESENT, "gone": State.ABSENT, "half": State.DAMAGED, "grown": State.PRESENT,
        "old": State.PRESENT, "other key": State.ENCRYPTED,
    }  # fmt: skip


@pytest.mark.parametrize("encrypted", [False, True])
def test_what_is_missing_comes_in_columns(tmp_path, encrypted):
    backup = Backup(tmp_path / "b", encrypted=encrypted)
    backup.add("CameraRollDomain", "there.MOV", b"12345", **ATTRIBUTES)
    backup.add("CameraRollDomain", "gone.MOV", b"123", modified=1_600_000_002, **ATTRIBUTES).unlink()
    backup.add("HomeDomain", "Library/SMS/sms.db", SMS, **ATTRIBUTES).unlink()
    source = opened(backup.finish(), (lambda: PASSWORD) if encrypted else (lambda: None))
    found, columns = many(source)
    assert (found, columns) == (one_by_one(source), 2)
    (absent,) = (m for m in source.listed(wanted, artifacts.candidates) if isinstance(m, Listing) and m.reason)
    assert (str(absent.state), absent.reason) == ("absent", "Manifest.db lists it; it is not in the backup folder.")
    name = file_id("CameraRollDomain", "gone.MOV")
    assert absent.table.to_pylist() == [
        {"path": "/private/var/mobile/gone.MOV", "member": f"{name[:2]}/{name}",
         "type": "file", "size": 3, "modified": datetime(2020, 9, 13, 12, 26, 42, tzinfo=UTC)}
    ]  # fmt: skip


def test_a_link_where_a_file_is_missing_is_no_missing_file(tmp_path):
    backup = Backup(tmp_path / "b")
    backup.add("CameraRollDomain", "gone.MOV", b"123", **ATTRIBUTES).unlink()
    file = backup.add("CameraRollDomain", "link.MOV", b"123", **ATTRIBUTES)
    file.unlink()
    file.symlink_to("/etc/hostname")
    source = opened(backup.finish(), lambda: None)
    found, columns = many(source)
    assert (found, columns) == (one_by_one(source), 0)
    states = {path.rpartition("/")[2]: (state, reason) for path, _, _, _, _, state, reason, *_ in found}
    assert states["link.MOV"] == ("refused", "A symlink stands where the file should be.")
    assert states["gone.MOV"] == ("absent", "Manifest.db lists it; it is not in the backup folder.")


_DOMAINS = st.one_of(
    st.sampled_from(["HomeDomain", "CameraRollDomain", "AppDomain-org.example", "", "x/..", "é"]), st.text(max_size=8)
)
_PATHS = st.one_of(
    st.sampled_from(["Library/SMS/sms.db", "Library/SMS/sms.db-wal", "Library/Preferences/a.plist", "a/../b", "/a"]),
    st.sampled_from(["a/", "a//b", "./a", "a\x00b", "", "Media/IMG.HEIC", "C:/a", "a:b"]),
    st.text("ab./\\é \x07", max_size=12),
)
_ODD = st.sampled_from([None, b"\xff", 5, 1.5])
_SIZES = st.sampled_from([0, 1, 15, 16, 17, 40, -1, 2**40, 1.5, "x"])
_TIMES = st.sampled_from([0, 1_610_659_523, -1, 2**33, 2**33 - 1, 2**62, 1.5, 2**64 - 1])
_KEYS = st.sampled_from([None, wrapped(FILE_KEY), wrapped(FILE_KEY)[:-1] + b"x", b"short"])
_STORED = st.sampled_from([None, b"", b"x", b"y" * 15, b"z" * 16, b"half block"])


@st.composite
def _rows(draw):
    blob = draw(st.one_of(
        st.builds(lambda s, m, k: mbfile(s, modified=m, key=k, **ATTRIBUTES), _SIZES, _TIMES, _KEYS),
        st.builds(lambda s: mbfile(s, key=wrapped(FILE_KEY), **ATTRIBUTES), st.integers(0, 40)),
        st.sampled_from([None, b"bplist00"]),
    ))  # fmt: skip
    return [draw(_DOMAINS), draw(_PATHS), draw(st.sampled_from([1, 1, 1, 2, 4, 3, None])), blob, draw(_STORED)]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=80)
@given(rows=st.lists(_rows(), min_size=1, max_size=8), encrypted=st.booleans(), data=st.data())
def test_a_listing_says_what_members_say(tmp_path_factory, rows, encrypted, data):
    if data.draw(st.integers(0, 4)) == 0:
        data.draw(st.sampled_from(rows))[data.draw(st.integers(0, 3))] = data.draw(_ODD)
    backup = Backup(tmp_path_factory.mktemp("b") / "b", encrypted=encrypted)
    for number, (*described, stored) in enumerate(rows):
        name = f"{number:040x}"
        backup.row(name, *described)
        if stored is not None:
            backup.store(name, encrypt(FILE_KEY, stored) if encrypted and stored != b"half block" else stored)
    if data.draw(st.integers(0, 9)) == 0:
        backup.row(data.draw(st.sampled_from([None, "AB", "../../etc", 5])), "HomeDomain", "x", 1, mbfile(5))
    source = opened(backup.finish(), (lambda: PASSWORD) if encrypted else (lambda: None))
    assert many(source)[0] == one_by_one(source)


def test_a_listing_makes_the_ledger_that_rows_make(tmp_path):
    backup = simple(tmp_path / "b")
    backup.add("CameraRollDomain", "Media/é.jpg", SMS, **ATTRIBUTES)
    backup.add("CameraRollDomain", "Media/a.jpg", SMS, **ATTRIBUTES)
    source = opened(backup.finish())
    rows = [
        LedgerRow(source="S1", path=str(m.path), member=m.member, type=m.type, artifact=None, size=m.size,
                  modified=m.modified, status="not wanted", reason=m.reason)
        for m in source.members(wanted)
    ]  # fmt: skip
    listed = [m for m in source.listed(wanted, artifacts.candidates) if isinstance(m, Listing)]
    told_of = {p for m in listed for p in m.table["path"].to_pylist()}
    others = [r for r in rows if r.path not in told_of]
    assert len(told_of) >= 2
    half = LedgerRow(source="S1", path="/caf\udce9", member="x", type="file", artifact=None, size=1, modified=None,
                     status="not wanted", reason=None)  # fmt: skip
    for more in ([], [half]):
        with closing(Ledger(tmp_path)) as ledger:
            for m in listed:
                ledger.add_listed("S1", m.table)
            for row in (*others, *more):
                ledger.add(row)
            made = pa.concat_tables(ledger.tables())
        assert made.equals(ledger_table([*rows, *more]), check_metadata=True)
