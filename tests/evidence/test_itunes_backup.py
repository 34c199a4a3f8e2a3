import hashlib
import os
import plistlib
import sqlite3
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest
from backups import FILE_KEY, PASSWORD, Backup, encrypt, file_id, mbfile, wrapped

from bridle.core import FormatError
from bridle.evidence import backup_content, domains
from bridle.evidence.itunes_backup import ITunesBackup
from bridle.evidence.source import NeedsPasswordError, SourceError, State, WrongPasswordError
from bridle.formats import mbfile as mbfile_format
from corpus import CORPUS, needs_corpus

SMS = b"SQLite format 3\0" + bytes(84)
SMS_PATH = "/private/var/mobile/Library/SMS/sms.db"


def never():
    raise AssertionError("the password was asked for")


def everything(_):
    return True


def opened(root, password=never):
    return ITunesBackup.open(root, password=password, label=None)


def members(source, wanted=everything):
    return {str(m.path): m for m in source.members(wanted)}


def content(member):
    with member.content().open(owned=True) as file:
        return file.read()


def simple(root, **more):
    backup = Backup(root, **more)
    backup.add("HomeDomain", "Library/SMS/sms.db", SMS)
    backup.folder("HomeDomain", "Library/SMS")
    return backup


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


def test_a_missing_manifest_is_named(tmp_path):
    root = simple(tmp_path / "phone").finish()
    (root / "Manifest.db").unlink()
    assert ITunesBackup.recognise(root)
    with pytest.raises(SourceError, match=r"Manifest\.db is missing"):
        opened(root)


@pytest.mark.parametrize("data", [b"", b"garbage" * 1_000, bytes(4096)])
def test_a_manifest_of_something_else_is_an_error(tmp_path, data):
    root = simple(tmp_path / "phone").finish()
    (root / "Manifest.db").write_bytes(data)
    with pytest.raises(SourceError, match=r"neither SQLite nor encrypted"):
        opened(root)


def test_an_encrypted_manifest_that_does_not_become_sqlite_is_an_error(tmp_path):
    root = simple(tmp_path / "phone", encrypted=True).finish()
    data = (root / "Manifest.db").read_bytes()
    (root / "Manifest.db").write_bytes(b"x" * 32 + data[32:])
    with pytest.raises(SourceError, match="does not become SQLite"):
        opened(root, lambda: PASSWORD)


def test_a_damaged_key_bag_is_an_error(tmp_path):
    backup = simple(tmp_path / "phone", encrypted=True)
    backup.manifest["BackupKeyBag"] = backup.manifest["BackupKeyBag"][:-5]
    with pytest.raises(SourceError, match=r"Manifest\.plist is damaged"):
        opened(backup.finish(), never)


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_manifest_cut_in_half_is_listed_as_far_as_it_goes(tmp_path, encrypted):
    backup = Backup(tmp_path / "phone", encrypted=encrypted)
    for i in range(600):
        backup.add("HomeDomain", f"Library/{i:04}", b"content")
    root = backup.finish()
    size = (root / "Manifest.db").stat().st_size
    os.truncate(root / "Manifest.db", size // 2 // 4096 * 4096)
    source = opened(root, lambda: PASSWORD)
    found = members(source)
    listed = [p for p in found if p.startswith("/private/var/mobile/Library/")]
    unlisted = [p for p in found if p.startswith("/backup/unlisted/")]
    assert len(source.problems()) > 0
    assert source.problems()[0].reason.startswith("Manifest.db is damaged at ")
    assert len(listed) + len(unlisted) >= 600


def test_without_its_property_lists_a_plain_backup_is_read(tmp_path):
    root = simple(tmp_path / "phone").finish()
    (root / "Info.plist").unlink()
    (root / "Manifest.plist").write_bytes(b"<plist><dict><date>x</date>")
    source = opened(root)
    assert SMS_PATH in members(source)
    assert source.facts == {}
    assert [p.reason for p in source.problems()] == [
        p.reason for p in source.problems() if "Manifest.plist" in p.reason
    ]
    assert len(source.problems()) == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../../etc/passwd", "'../../../../etc/passwd'"),
        (None, "None"),
        (42, "'42'|42"),
        ("3D0D7E5FB2CE288813306E4D4636395E047A3D28", "'3D0D7"),
        ("ab", "'ab'"),
    ],
)
def test_a_row_with_an_impossible_id_is_listed_and_refused(tmp_path, name, shown):
    backup = simple(tmp_path / "phone")
    backup.row(name, "HomeDomain", "Library/odd", 1, mbfile(5))
    odd = members(opened(backup.finish()))["/private/var/mobile/Library/odd"]
    assert (odd.state, odd.content, odd.size) == (State.REFUSED, None, 5)
    assert any(s in odd.reason for s in shown.split("|"))
    assert odd.member.startswith("Files:")


@pytest.mark.parametrize(
    ("domain", "path", "device"),
    [
        ("HomeDomain", "../../root/x", r"/private/var/mobile/\x2e\x2e/\x2e\x2e/root/x"),
        ("HomeDomain", "/etc/passwd", "/private/var/mobile/etc/passwd"),
        ("AppDomain-../..", "x", None),
    ],
)
def test_a_path_that_leads_out_stays_inside(tmp_path, domain, path, device):
    backup = Backup(tmp_path / "phone")
    backup.add(domain, path, b"content")
    found = members(opened(backup.finish()))
    (member,) = [m for p, m in found.items() if not p.startswith("/backup/") or p.startswith("/backup/domains")]
    assert ".." not in member.path.parts
    assert str(member.path).startswith(("/private/var/mobile/", "/backup/domains/"))
    if device is not None:
        assert (str(member.path), member.state) == (device, State.REFUSED)


def test_names_that_are_not_text_are_listed_and_refused(tmp_path):
    backup = simple(tmp_path / "phone")
    backup.row(file_id("HomeDomain", "blob"), "HomeDomain", b"Library/\xff", 1, mbfile(5))
    backup.row(file_id("HomeDomain", "null"), None, None, 1, mbfile(5))
    found = members(opened(backup.finish()))
    refused = {p: m.reason for p, m in found.items() if m.state is State.REFUSED}
    assert sorted(refused) == ["/backup/domains/%00", r"/private/var/mobile/Library/\xff"]
    assert set(refused.values()) == {"Its domain or path is not text."}


def test_a_nul_in_a_path_is_refused(tmp_path):
    backup = simple(tmp_path / "phone")
    backup.row(file_id("HomeDomain", "nul"), "HomeDomain", "Library/a\0b", 1, mbfile(5))
    found = members(opened(backup.finish()))
    (refused,) = [m for m in found.values() if m.state is State.REFUSED]
    assert "\0" not in str(refused.path)


def test_links_are_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"outside")
    backup = simple(tmp_path / "phone")
    backup.add("HomeDomain", "linked", b"x").unlink()
    name = file_id("HomeDomain", "linked")
    (backup.root / name[:2] / name).symlink_to(secret)
    root = backup.finish()
    (root / "Status.plist").symlink_to(secret)
    shelf = file_id("HomeDomain", "Library/SMS/sms.db")[:2]
    (root / shelf).rename(tmp_path / "shelf")
    (root / shelf).symlink_to(tmp_path / "shelf")
    found = members(opened(root))
    states = {p: (m.state, m.content) for p, m in found.items() if m.state is not State.PRESENT}
    assert states == {
        "/private/var/mobile/linked": (State.REFUSED, None),
        SMS_PATH: (State.REFUSED, None),
        "/backup/unlisted/Status.plist": (State.REFUSED, None),
        "/backup/unlisted/3d": (State.REFUSED, None),
    }


def test_a_file_replaced_by_a_link_after_it_was_listed_is_not_followed(tmp_path):
    backup = simple(tmp_path / "phone")
    member = members(opened(backup.finish()))[SMS_PATH]
    (tmp_path / "secret").write_bytes(b"outside")
    file = backup.root / member.member
    file.unlink()
    file.symlink_to(tmp_path / "secret")
    with pytest.raises(FormatError):
        member.content()


def test_a_linked_info_plist_is_not_read(tmp_path):
    root = simple(tmp_path / "phone").finish()
    (root / "Info.plist").rename(tmp_path / "outside.plist")
    (root / "Info.plist").symlink_to(tmp_path / "outside.plist")
    assert opened(root).facts == {}


def test_a_linked_manifest_is_an_error(tmp_path):
    root = simple(tmp_path / "phone").finish()
    (root / "Manifest.db").rename(tmp_path / "outside.db")
    (root / "Manifest.db").symlink_to(tmp_path / "outside.db")
    with pytest.raises(SourceError, match="cannot be read"):
        opened(root)


def test_a_file_that_is_missing_is_absent(tmp_path):
    backup = simple(tmp_path / "phone")
    backup.add("HomeDomain", "gone", b"12345").unlink()
    gone = members(opened(backup.finish()))["/private/var/mobile/gone"]
    assert (gone.state, gone.size, gone.content) == (State.ABSENT, 5, None)


def test_what_the_manifest_does_not_list_is_listed(tmp_path):
    backup = simple(tmp_path / "phone")
    backup.store("3d" + "0" * 38, b"hidden")
    root = backup.finish()
    (root / "3d" / "deeper").mkdir()
    (root / "3d" / "deeper" / "file").write_bytes(b"nested")
    (root / "3d" / "not\xe9hex").write_bytes(b"")
    os.mkfifo(root / "pipe")
    found = members(opened(root))
    assert content(found["/backup/unlisted/3d/3d" + "0" * 38]) == b"hidden"
    assert content(found["/backup/unlisted/3d/deeper/file"]) == b"nested"
    assert found["/backup/unlisted/3d/deeper"].type == "directory"
    assert found["/backup/unlisted/3d/not\xe9hex"].size == 0
    assert (found["/backup/unlisted/pipe"].type, found["/backup/unlisted/pipe"].state) == ("other", State.REFUSED)


def test_a_name_that_is_not_utf8_on_disk_is_escaped(tmp_path):
    root = simple(tmp_path / "phone").finish()
    (root / os.fsdecode(b"odd\xff")).write_bytes(b"x")
    assert r"/backup/unlisted/odd\xff" in members(opened(root))


def test_a_damaged_mbfile_costs_only_its_own_row(tmp_path):
    backup = simple(tmp_path / "phone")
    name = file_id("HomeDomain", "odd")
    backup.row(name, "HomeDomain", "odd", 1, b"bplist00garbage")
    backup.store(name, b"content")
    found = members(opened(backup.finish()))
    odd = found["/private/var/mobile/odd"]
    assert (odd.size, odd.modified, content(odd)) == (7, None, b"content")
    assert content(found[SMS_PATH]) == SMS


def test_a_key_that_does_not_open_leaves_its_file_encrypted(tmp_path):
    backup = simple(tmp_path / "phone", encrypted=True)
    name = file_id("HomeDomain", "sealed")
    backup.row(name, "HomeDomain", "sealed", 1, mbfile(5, key=b"\x09" + wrapped(FILE_KEY)[1:]))
    backup.store(name, encrypt(FILE_KEY, b"12345"))
    found = members(opened(backup.finish(), lambda: PASSWORD))
    assert (found["/private/var/mobile/sealed"].state, found["/private/var/mobile/sealed"].content) == (
        State.ENCRYPTED,
        None,
    )
    assert content(found[SMS_PATH]) == SMS


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


def test_the_evidence_is_left_as_it_was(tmp_path):
    root = simple(tmp_path / "phone", encrypted=True).finish()

    def listing():
        found = sorted(p for p in root.rglob("*"))
        return [(p, s.st_mtime_ns, s.st_atime_ns, s.st_size) for p in (root, *found) for s in [p.stat()]]

    for path in (root, *root.rglob("*")):
        os.utime(path, ns=(10**18, 10**18))
    before = listing()
    source = opened(root, lambda: PASSWORD)
    for member in source.members(everything):
        if member.content:
            content(member)
    source.close()
    assert listing() == before


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
    source = opened(CORPUS / "ios/mvt/tests/artifacts/ios_backup")
    states = {}
    for member in source.members(everything):
        key = (member.type, str(member.state), str(member.path).startswith("/backup/"))
        states[key] = states.get(key, 0) + 1
    assert states == {
        ("file", "present", True): 4,
        ("file", "present", False): 10,
        ("file", "absent", False): 1079,
        ("directory", "present", False): 2618,
        ("symlink", "present", False): 14,
    }
    assert source.problems() == ()
    assert source.facts["os_version"] == "14.3"


def reference(blob):
    objects = plistlib.loads(blob)["$objects"]
    found = {}
    for key, value in objects[1].items():
        if isinstance(value, plistlib.UID):
            value = objects[value.data]
            value = value["NS.data"] if isinstance(value, dict) and "NS.data" in value else value
        if key != "$class":
            found[key] = value
    return found


@needs_corpus
def test_mbfiles_read_as_plistlib_reads_them():
    database = CORPUS / "ios/mvt/tests/artifacts/ios_backup/Manifest.db"
    db = sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)
    blobs = [row[0] for row in db.execute("SELECT file FROM Files")]
    db.close()
    reader = mbfile_format.Reader()
    assert len(blobs) == 3721
    assert [reader.read(b).values() for b in blobs] == [reference(b) for b in blobs]


@pytest.mark.parametrize(
    "blob",
    [
        mbfile(5, key=wrapped(FILE_KEY)),
        mbfile(0),
        mbfile(2**40, modified=0),
        mbfile(100_000, path="Ünïcode/文"),
        mbfile(5, Digest=plistlib.UID(2)),
        mbfile(5, Real=1.5, Truth=True),
        mbfile(5, **{f"Key{i}": i + 1_000 for i in range(40)}),
    ],
)
def test_mbfiles_of_any_layout_read_as_plistlib_reads_them(blob):
    reader = mbfile_format.Reader()
    for _ in range(2):
        assert reader.read(blob).values() == reference(blob)


def test_an_mbfile_of_another_layout_is_not_read_by_the_first():
    reader = mbfile_format.Reader()
    first, second = mbfile(5, GroupID=501), mbfile(6, OwnerID=501)
    assert reader.read(first).get("GroupID") == 501
    assert reader.read(second).get("GroupID") is None
    assert reader.read(second).get("OwnerID") == 501


def test_an_old_date_is_seconds_since_1970():
    archive = plistlib.loads(mbfile(5))
    archive["$objects"][1]["LastModified"] = plistlib.UID(4)
    archive["$objects"].append({"NS.time": 10.0, "$class": plistlib.UID(3)})
    blob = plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)
    assert mbfile_format.Reader().read(blob).get("LastModified") == 978307210.0


@pytest.mark.parametrize("cut", range(0, 300, 7))
def test_a_damaged_mbfile_is_a_format_error_or_reads(cut):
    whole = mbfile(5, key=wrapped(FILE_KEY))
    reader = mbfile_format.Reader()
    reader.read(whole)
    with pytest.raises(FormatError):
        reader.read(whole[: cut + 20]).values()
    flipped = bytearray(whole)
    flipped[cut % len(whole)] ^= 0xFF
    try:
        reader.read(bytes(flipped)).values()
    except FormatError as e:
        assert str(e).startswith("MBFile")
