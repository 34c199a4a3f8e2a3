"""Review packs as evidence: members under device paths, and packs that are damaged or lie."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pyrage
import pytest

from bridle.core import FormatError
from bridle.evidence.review_pack import Pack, member_as_json
from bridle.evidence.source import Member, SourceError, State

ME = pyrage.x25519.Identity.generate()
SMS = Member(
    path=PurePosixPath("/private/var/mobile/Library/SMS/sms.db"), member="3d/3d0d7e5f", type="file", size=3,
    modified=datetime(2021, 5, 1, 10, 20, 30, 5, tzinfo=UTC), shown=datetime(2021, 5, 1, 12, 20, 30),
    domain="HomeDomain",
)  # fmt: skip
LISTED = Member(
    path=PurePosixPath("/private/var/tmp/x\udcff"), member="x", type="symlink", state=State.REFUSED, reason="A link."
)


def about(*members, **more):
    source = {
        "id": "S1", "kind": "itunes-backup", "platform": "ios", "encrypted": True, "facts": {"marker": "M"},
        "problems": ["It was cut."], "members": list(members), **more,
    }  # fmt: skip
    case = {"sources": [source], "examination": {}, "rules": "r", "feeds": [], "baselines": [], "yara": None,
            "consent": None}  # fmt: skip
    return {"form": "bridle review pack", "schema": 1, "bridle": "0", "feeds": [], "cases": [case]}


def packed(tmp_path, told, files=None):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pack.json", told if isinstance(told, bytes | str) else json.dumps(told))
        for name, content in (files or {}).items():
            archive.writestr(name, content)
    path = tmp_path / "pack.age"
    path.write_bytes(pyrage.encrypt(data.getvalue(), [ME.to_public()]))
    return path


def test_members_are_what_they_were(tmp_path):
    told = about(member_as_json(SMS, "cases/1/S1/files/sms.db", "ab" * 32), member_as_json(LISTED, None, None))
    pack = Pack.open(packed(tmp_path, told, {"cases/1/S1/files/sms.db": b"abc"}), str(ME))
    (source,) = pack.sources(0)
    sms, listed = source.members(lambda _: True)
    extent = sms.content()
    assert extent.open().read() == b"abc"
    extent.close()
    assert (sms.path, sms.member, sms.size, sms.modified, sms.shown, sms.domain, sms.state) == (
        SMS.path, "3d/3d0d7e5f", 3, SMS.modified, SMS.shown, "HomeDomain", State.PRESENT,
    )  # fmt: skip
    assert (listed.path, listed.type, listed.state, listed.reason, listed.content) == (
        LISTED.path, "symlink", State.REFUSED, "A link.", None,
    )  # fmt: skip
    assert (source.kind, source.platform, source.encrypted, source.label) == (
        "review-pack", "ios", True, "S1 of itunes-backup",
    )  # fmt: skip
    assert [p.reason for p in source.problems()] == ["It was cut."]
    assert source.digest == pack.digest
    pack.close()


def test_a_file_that_is_listed_and_not_there(tmp_path):
    pack = Pack.open(packed(tmp_path, about(member_as_json(SMS, "cases/1/S1/files/sms.db", None))), str(ME))
    (member,) = pack.sources(0)[0].members(lambda _: True)
    with pytest.raises(FormatError, match="the pack lists the file and does not hold it"):
        member.content()
    pack.close()


@pytest.mark.parametrize(
    "told", ["", "[]", "{}", "[" * 100_000, '{"form": "bridle review pack", "schema": 2}', b"\xff"]
)
def test_what_is_no_pack(tmp_path, told):
    with pytest.raises(SourceError):
        Pack.open(packed(tmp_path, told), str(ME))


@pytest.mark.parametrize(
    "wrong", [{"cases": 7}, {"cases": []}, {"cases": [7]}, {"feeds": [7]}, {"feeds": None}, {"cases": [{"sources": 1}]}]
)
def test_packs_that_say_something_else(tmp_path, wrong):
    with pytest.raises(SourceError, match=r"pack\.json in the review pack is not as it is written: \w"):
        Pack.open(packed(tmp_path, about() | wrong), str(ME))


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": "relative/sms.db"}, {"path": "/private/../etc/passwd"}, {"type": "device"}, {"size": "many"},
        {"state": "fine"}, {"modified": "yesterday"}, {"size": {}},
    ],
)  # fmt: skip
def test_members_that_are_none(tmp_path, wrong):
    pack = Pack.open(packed(tmp_path, about(member_as_json(SMS, None, None) | wrong)), str(ME))
    with pytest.raises(SourceError, match=r"pack\.json in the review pack is not as it is written"):
        pack.sources(0)
    with pytest.raises(SourceError):
        pack.sources(1)
    pack.close()


def test_packs_that_are_cut_altered_or_of_somebody_else(tmp_path):
    path = packed(tmp_path, about())
    stored = path.read_bytes()
    for data in (stored[:-20], stored[:300], b"", stored[:-1] + bytes([stored[-1] ^ 1])):
        path.write_bytes(data)
        with pytest.raises(SourceError):
            Pack.open(path, str(ME))
    path.write_bytes(stored)
    with pytest.raises(SourceError, match="does not open this file"):
        Pack.open(path, str(pyrage.x25519.Identity.generate()))
    Pack.open(path, str(ME)).close()
