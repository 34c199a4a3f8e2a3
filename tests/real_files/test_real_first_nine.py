"""Each parser on the real files of its kind, against counts taken from them with the sqlite3 shell."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from artifact_files import Stored, as_json, gaps
from bridle import artifacts
from corpus import needs_corpus
from real import MESSAGES, MVT, PLASO, counts, of, read

pytestmark = needs_corpus


def test_data_usage_of_a_backup() -> None:
    found = read("ios.data_usage", MVT / "0d" / "0d609c54856a9bb2d56729df1d68f2958a88426b")
    assert counts(found) == {"Process": 40, "Usage": 10, "PrimaryKey": 9}
    assert max(p.process_id for p in of(found, "Process")) == 41
    assert {k.entity: k.last for k in of(found, "PrimaryKey")}["Process"] == 45
    used = {u.process_id for u in of(found, "Usage")}
    assert sum(p.process_id not in used for p in of(found, "Process")) == 31


def test_data_usage_of_a_file_system() -> None:
    found = read("ios.data_usage", PLASO / "ios" / "DataUsage.sqlite")
    assert {n: c for n, c in counts(found).items() if n != "PrimaryKey"} == {"Process": 371, "Usage": 887}


def test_the_same_tables_in_netusage() -> None:
    found = read("ios.data_usage", PLASO / "ios" / "netusage.sqlite")
    assert counts(found) == {"Process": 260, "Usage": 335, "PrimaryKey": 18}
    assert {k.entity: k.last for k in of(found, "PrimaryKey")}["Process"] == 282


def test_sms_of_a_backup() -> None:
    found = read("ios.sms", MVT / "3d" / "3d0d7e5fb2ce288813306e4d4636395e047a3d28")
    assert counts(found) == {"Message": 1, "Handle": 1, "Sequence": 2}
    assert "https://badbadbad.example.org/" in of(found, "Message")[0].text


def test_messages_of_a_computer() -> None:
    found = read("ios.sms", PLASO / "sqlite" / "imessage_chat.db")
    assert counts(found) == {
        "Message": 10, "Handle": 7, "Chat": 7, "ChatHandle": 7, "ChatMessage": 236, "Attachment": 1,
        "MessageAttachment": 1, "DeletedMessage": 226, "Sequence": 5,
        "RecoveredChat": 1, "Property": 7,
    }  # fmt: skip
    differing = [m for m in of(found, "Message") if m.attributed_text != m.text]
    assert [("Open Office" in m.text, "Microsoft Office" in m.attributed_text) for m in differing] == [(True, True)] * 2


def test_a_chat_as_it_was_before() -> None:
    """Its bytes at the place that is told, by grep; chat 5 is the same but for `properties`, which was NULL."""
    content = PLASO / "sqlite" / "imessage_chat.db"
    (chat,) = of(read("ios.sms", content), "RecoveredChat")
    assert (chat.locator, chat.found_in, chat.whole) == ("page 19 offset 2916", "free block", True)
    assert chat.guid.encode() in content.read_bytes()[18 * 4096 + 2916 :][:221]
    assert "properties" not in chat.extra


def test_previews_and_edits_of_real_messages() -> None:
    from bridle.formats.message_summary import versions
    from bridle.formats.message_values import preview_links

    preview, edit = MESSAGES / "url_message" / "URL.plist", MESSAGES / "edited_message" / "EditedToLink.plist"
    if not preview.is_file() or not edit.is_file():
        pytest.skip("the messages are not in the corpus")
    assert preview_links(preview.read_bytes()) == (
        "https://chrissardegna.com/favicon.ico",
        "https://chrissardegna.com",
        "https://chrissardegna.com/",
    )
    assert versions(edit.read_bytes()) == (
        "here we go!",
        "https://github.com/ReagentX/imessage-exporter/issues/10",
    )


def test_manifest_of_a_backup() -> None:
    found = read("ios.manifest", MVT / "Manifest.db")
    assert counts(found) == {"File": 3721}
    assert Counter(f.flags for f in found) == {1: 1089, 2: 2618, 4: 14}
    assert sum(f.digest is not None for f in found) == 477
    assert sum(f.target is not None for f in found) == 14
    assert all(f.size is not None and f.modified is not None for f in found)
    one = next(f for f in found if f.file_id == "e79835db903d8fd76a82abf9dda1294ec027e317")
    assert (one.domain, one.relative_path) == ("CameraRollDomain", "Media/PhotoData/momentanalysis")
    assert (one.modified, one.inode) == (datetime(2021, 1, 14, 21, 25, 23, tzinfo=UTC), 55569)


def test_info_of_a_backup() -> None:
    found = read("ios.backup_info", MVT / "Info.plist")
    assert gaps(found) == []
    assert {f.key: f.value for f in of(found, "Fact")}["Product Type"] == "iPhone9,3"
    assert [a.bundle_id for a in of(found, "Application")] == [
        "ph.telegra.Telegraph", "com.google.Gmail", "ch.icoaching.typewise", "com.google.chrome.ios",
        "net.whatsapp.WhatsApp", "org.mozilla.ios.Firefox",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        (MVT / "64" / "64d0019cb3d46bfc8cce545a8ba54b93e7ea9347", ("auth_value", 11, 2)),
        (PLASO / "macos" / "TCC-test.db", ("allowed", 21, 1)),
    ],
    ids=["from iOS 14", "before"],
)
def test_tcc(path: Path, answers: tuple[str, int, int]) -> None:
    found = read("ios.tcc", path)
    field, count, about_itself = answers
    assert counts(found) == {"Access": count, "Admin": about_itself}
    assert all(getattr(a, field) is not None and a.time is not None for a in of(found, "Access"))


@pytest.mark.parametrize(
    ("name", "path", "table"),
    [
        ("ios.safari_history", PLASO / "sqlite" / "History.db", "Visit"),
        ("ios.id_status_cache", PLASO / "plist" / "com.apple.identityservices.idstatuscache.plist", "LookUp"),
    ],
)
def test_others_where_they_are(name: str, path: Path, table: str) -> None:
    found = read(name, path)
    assert gaps(found) == []
    assert of(found, table)


def test_the_first_rows_come_before_the_file_is_read() -> None:
    path = MVT / "Manifest.db"
    if not path.is_file():
        pytest.skip("the manifest is not in the corpus")
    file = Stored(path.read_bytes())
    block = next(iter(artifacts.load("ios.manifest").parse(file)))
    first = next(iter(block))
    assert as_json(first)["File"]["locator"] == "Files:1"
    assert sum(w.furthest for w in file.opened if isinstance(w, io.BytesIO)) < file.size
