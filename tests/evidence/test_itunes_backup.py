import hashlib
import plistlib
import sqlite3
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest
from backups import (
    FILE_KEY,
    PASSWORD,
    SMS,
    SMS_PATH,
    Backup,
    content,
    encrypt,
    everything,
    file_id,
    mbfile,
    members,
    opened,
    simple,
    wrapped,
)

from bridle.evidence import backup_content, domains
from bridle.evidence.itunes_backup import ITunesBackup
from bridle.evidence.source import NeedsPasswordError, SourceError, State, WrongPasswordError
from corpus import CORPUS, needs_corpus


def test_a_plain_backup(tmp_path):
    source = opened(simple(tmp_path / "phone").finish())
    found = members(source)
    assert sorted(found) == [
        "/backup/Info.plist",
        "/backup/Manifest.db",
        "/backup/Manifest.plist",
        "/private/var/mobile/Library/SMS",
        SMS_PATH,
    ]
    sms = found[SMS_PATH]
    name = "3d/3d0d7e5fb2ce288813306e4d4636395e047a3d28"
    assert (sms.member, sms.type, sms.size, sms.state, sms.domain) == (name, "file", 100, State.PRESENT, "HomeDomain")
    assert sms.modified == datetime(2021, 1, 14, 21, 25, 23, tzinfo=UTC)
    assert content(sms) == SMS
    folder = found["/private/var/mobile/Library/SMS"]
    assert (folder.type, folder.size, folder.content) == ("directory", None, None)
    assert (source.kind, source.platform, source.label, source.encrypted) == ("itunes-backup", "ios", "phone", False)
    assert source.facts == {"product_type": "iPhone12,1", "os_version": "17.5.1", "serial_number": "C0EXAMPLE"}
    assert source.problems() == ()


def test_only_what_is_wanted_can_be_opened(tmp_path):
    found = members(opened(simple(tmp_path / "phone").finish()), lambda p: p.name == "Info.plist")
    assert [p for p, m in found.items() if m.content] == ["/backup/Info.plist"]


def test_what_changes_after_it_was_listed_is_noticed_when_it_is_opened(tmp_path):
    root = simple(tmp_path / "phone").finish()
    (root / "notes.txt").write_bytes(b"beside")
    source = opened(root)
    found = [members(source)[path] for path in (SMS_PATH, "/backup/Info.plist", "/backup/unlisted/notes.txt")]
    for member in found:
        with (root / member.member).open("ab") as file:
            file.write(b" ")
        content(member)
    (changed,) = source.problems()
    assert changed.reason.startswith(
        "3 files changed while it was read, 3d/3d0d7e5fb2ce288813306e4d4636395e047a3d28 among them"
    )


@pytest.mark.parametrize("double", [True, False], ids=["since iOS 10.2", "before"])
def test_an_encrypted_backup(tmp_path, double):
    backup = simple(tmp_path / "phone", encrypted=True, double=double)
    backup.add("HomeDomain", "empty", b"")
    source = opened(backup.finish(), lambda: PASSWORD)
    found = members(source)
    assert source.encrypted
    assert (found[SMS_PATH].size, found[SMS_PATH].state, found[SMS_PATH].reason) == (100, State.PRESENT, None)
    assert content(found[SMS_PATH]) == SMS
    assert content(found["/private/var/mobile/empty"]) == b""
    database = content(found["/backup/Manifest.db"])
    assert database[:16] == b"SQLite format 3\0"
    assert found["/backup/Manifest.db"].size == len(database)


@pytest.mark.parametrize("double", [True, False])
def test_the_right_password_is_needed(tmp_path, double):
    root = simple(tmp_path / "phone", encrypted=True, double=double).finish()
    with pytest.raises(NeedsPasswordError, match="--password-file"):
        opened(root, lambda: None)
    with pytest.raises(WrongPasswordError, match="does not open the backup"):
        opened(root, lambda: "wrong")


def test_an_encrypted_backup_is_listed_anew_each_time(tmp_path):
    """At first while its key bag is opened, and then as a plain one."""
    root = simple(tmp_path / "phone", encrypted=True).finish()
    source = opened(root, lambda: PASSWORD)
    first, digest = members(source), source.digest
    (root / "later").write_bytes(b"x")
    assert members(source).keys() - first.keys() == {"/backup/unlisted/later"}
    assert source.digest != digest
    assert len(digest) == 64


def test_a_backup_that_another_tool_decrypted_needs_no_password(tmp_path):
    backup = Backup(tmp_path / "phone", encrypted=True, double=True)
    for i in range(3):
        path = f"Library/{i}"
        key = wrapped(FILE_KEY)
        backup.row(file_id("HomeDomain", path), "HomeDomain", path, 1, mbfile(100, key=key, path=path))
        backup.store(file_id("HomeDomain", path), SMS)
    backup.double = False
    backup.finish()
    source = opened(backup.root)
    assert not source.encrypted
    assert content(members(source)["/private/var/mobile/Library/1"]) == SMS


def test_an_old_encrypted_backup_in_which_a_file_grew_is_still_encrypted(tmp_path):
    backup = simple(tmp_path / "phone", encrypted=True, double=False)
    backup.add("HomeDomain", "grown", b"x" * 4096, size=10)
    backup.add("HomeDomain", "more", b"more")
    cut = backup.add("HomeDomain", "cut", b"x" * 100)
    cut.write_bytes(cut.read_bytes()[:-1])
    found = members(opened(backup.finish(), lambda: PASSWORD))
    assert content(found["/private/var/mobile/grown"]) == b"x" * 4096
    assert content(found[SMS_PATH]) == SMS


def test_a_source_can_be_listed_twice(tmp_path):
    source = opened(simple(tmp_path / "phone").finish())
    assert sorted(members(source)) == sorted(members(source))


def test_a_single_backup_inside_the_folder_is_found(tmp_path):
    root = simple(tmp_path / "outer" / "phone").finish()
    (tmp_path / "outer" / "notes").mkdir()
    assert ITunesBackup.recognise(root.parent)
    assert opened(root.parent).label == "outer"
    assert SMS_PATH in members(opened(root.parent))


def test_several_backups_are_named(tmp_path):
    simple(tmp_path / "outer" / "one").finish()
    simple(tmp_path / "outer" / "two").finish()
    assert ITunesBackup.recognise(tmp_path / "outer")
    with pytest.raises(SourceError, match=r"holds 2 backups \(one, two\); give one"):
        opened(tmp_path / "outer")


def test_only_a_backup_is_recognised(tmp_path):
    assert not ITunesBackup.recognise(tmp_path)
    (tmp_path / "Info.plist").write_bytes(plistlib.dumps({}))
    assert not ITunesBackup.recognise(tmp_path)
    assert not ITunesBackup.recognise(tmp_path / "Info.plist")
    assert not ITunesBackup.recognise(tmp_path / "nothing")


def test_a_file_without_a_key_is_plain_in_an_encrypted_backup(tmp_path):
    backup = simple(tmp_path / "phone", encrypted=True)
    name = file_id("HomeDomain", "plain")
    backup.row(name, "HomeDomain", "plain", 1, mbfile(7))
    backup.store(name, b"content")
    assert content(members(opened(backup.finish(), lambda: PASSWORD))["/private/var/mobile/plain"]) == b"content"


@pytest.mark.parametrize(
    ("stored", "size", "kept", "listed", "state"),
    [
        (encrypt(FILE_KEY, b"x" * 100), 100, b"x" * 100, 100, State.PRESENT),
        (encrypt(FILE_KEY, b"x" * 4096), 100, b"x" * 4096, None, State.PRESENT),
        (encrypt(FILE_KEY, b"x" * 110), 100, b"x" * 110, 100, State.PRESENT),
        (encrypt(FILE_KEY, b"x" * 96, padded=False), 96, b"x" * 96, 96, State.PRESENT),
        (encrypt(FILE_KEY, b"x" * 96, padded=False), 90, b"x" * 90, 90, State.PRESENT),
        (encrypt(FILE_KEY, b"x" * 96, padded=False), 500, b"x" * 96, None, State.PRESENT),
        (encrypt(FILE_KEY, b"x" * 100)[:107], 100, b"x" * 96, None, State.DAMAGED),
    ],
    ids=["as told", "grown", "grown a little", "not padded", "padded with something", "cut", "cut in a block"],
)
def test_the_length_of_an_encrypted_file(tmp_path, stored, size, kept, listed, state):
    backup = Backup(tmp_path / "phone", encrypted=True)
    name = file_id("HomeDomain", "f")
    backup.row(name, "HomeDomain", "f", 1, mbfile(size, key=wrapped(FILE_KEY)))
    backup.store(name, stored)
    member = members(opened(backup.finish(), lambda: PASSWORD))["/private/var/mobile/f"]
    assert content(member) == kept
    assert (member.size, member.state) == (listed, state)
    assert (member.reason is None) == (listed is not None)


@pytest.mark.parametrize(
    ("whole", "padding", "size", "kept"),
    [
        (112, 12, 100, 100),
        (112, 2, 100, 110),
        (112, 5, 110, 110),
        (112, 0, 95, 112),
        (112, 0, 113, 112),
        (112, 4, None, 108),
    ],
)
def test_no_content_is_cut_off(whole, padding, size, kept):
    assert backup_content.content_size(whole, padding, size) == kept


def test_a_write_ahead_log_counts(tmp_path):
    root = simple(tmp_path / "phone").finish()
    database = root / "Manifest.db"
    with sqlite3.connect(database) as db:
        db.execute("PRAGMA journal_mode=WAL")
    db.close()
    with sqlite3.connect(database) as db:
        db.execute("PRAGMA wal_autocheckpoint=0")
        row = (file_id("RootDomain", "late"), "RootDomain", "late", 1, mbfile(9))
        db.execute("INSERT INTO Files VALUES (?, ?, ?, ?, ?)", row)
        db.commit()
        kept = {n: (root / n).read_bytes() for n in ("Manifest.db", "Manifest.db-wal")}
    db.close()
    for name, data in kept.items():
        (root / name).write_bytes(data)
    found = members(opened(root))
    assert found["/private/var/root/late"].state is State.ABSENT
    assert "/backup/Manifest.db-wal" in found


def test_the_digest_covers_names_sizes_and_what_describes_the_backup(tmp_path):
    backup = simple(tmp_path / "phone")
    root = backup.finish()

    def digest():
        source = opened(root)
        members(source)
        return source.digest

    def of(name):
        return hashlib.sha256((root / name).read_bytes()).hexdigest()

    sms = "3d/3d0d7e5fb2ce288813306e4d4636395e047a3d28"
    sizes = {n: (root / n).stat().st_size for n in ("Info.plist", "Manifest.db", "Manifest.plist")}
    lines = ["directory 0 3d", *(f"file {sizes[n]} {n} {of(n)}" for n in sizes), f"file 100 {sms}", ""]
    assert digest() == hashlib.sha256("\n".join(lines).encode()).hexdigest()
    first = digest()
    (root / "Info.plist").write_bytes((root / "Info.plist").read_bytes().replace(b"17.5.1", b"17.5.2"))
    assert digest() != first


@pytest.mark.parametrize(("serial", "marker"), [("SYNTHETIC0001", "BRIDLE-SYNTHETIC"), ("C0EXAMPLE", None)])
def test_the_marker_is_taken_from_the_device_identity(tmp_path, serial, marker):
    backup = simple(tmp_path / "phone")
    backup.info |= {"Serial Number": serial, "BridleSynthetic": "BRIDLE-SYNTHETIC"}
    assert opened(backup.finish()).facts.get("marker") == marker


@pytest.mark.parametrize(
    ("domain", "path", "device"),
    [
        ("HomeDomain", "Library/SMS/sms.db", SMS_PATH),
        ("CameraRollDomain", "Media/PhotoData/Photos.sqlite", "/private/var/mobile/Media/PhotoData/Photos.sqlite"),
        (
            "RootDomain",
            "Library/Caches/locationd/clients.plist",
            "/private/var/root/Library/Caches/locationd/clients.plist",
        ),
        ("HealthDomain", "Health/healthdb.sqlite", "/private/var/mobile/Library/Health/healthdb.sqlite"),
        (
            "AppDomain-org.example.app",
            "Documents/x",
            "/private/var/mobile/Containers/Data/Application/org.example.app/Documents/x",
        ),
        ("AppDomainGroup-group.example", "x", "/private/var/mobile/Containers/Shared/AppGroup/group.example/x"),
        ("AppDomainPlugin-p", "x", "/private/var/mobile/Containers/Data/PluginKitPlugin/p/x"),
        ("SysContainerDomain-c", "x", "/private/var/containers/Data/System/c/x"),
        ("SysSharedContainerDomain-g", "x", "/private/var/containers/Shared/SystemGroup/g/x"),
        ("ManagedPreferencesDomain", "mobile/x", "/private/var/Managed Preferences/mobile/x"),
        ("NewDomain", "x", "/backup/domains/NewDomain/x"),
        ("a/../b", "x", "/backup/domains/a%2f..%2fb/x"),
        ("..", "x", r"/backup/domains/\x2e\x2e/x"),
        ("AppDomain-", "x", "/backup/domains/AppDomain-/x"),
    ],
)
def test_domains_lie_where_they_do_on_the_device(domain, path, device):
    assert str(PurePosixPath(domains.root(domain), path)) == device


@needs_corpus
def test_the_published_backup():
    """14 files lie in it; LID.sqlite is one that its manifest does not list."""
    source = opened(CORPUS / "ios/mvt/tests/artifacts/ios_backup")
    states = {}
    for member in source.members(everything):
        key = (member.type, str(member.state), str(member.path).startswith("/backup/"))
        states[key] = states.get(key, 0) + 1
    assert states == {
        ("file", "present", True): 3,
        ("file", "present", False): 11,
        ("file", "absent", False): 1079,
        ("directory", "present", False): 2618,
        ("symlink", "present", False): 14,
    }
    assert source.problems() == ()
    assert source.facts["os_version"] == "14.3"
