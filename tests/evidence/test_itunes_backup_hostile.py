import os
import sqlite3

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
    never,
    opened,
    simple,
    wrapped,
)

from bridle.core import FormatError
from bridle.evidence import itunes_backup
from bridle.evidence.itunes_backup import ITunesBackup
from bridle.evidence.source import SourceError, State


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


def test_property_lists_in_an_unknown_encoding_cost_themselves_only(tmp_path):
    root = simple(tmp_path / "phone").finish()
    for name in ("Info.plist", "Manifest.plist"):
        (root / name).write_bytes(b'<?xml version="1.0" encoding="UPF-8"?><plist><dict/></plist>')
    source = opened(root)
    assert SMS_PATH in members(source)
    assert [p.reason for p in source.problems()] == [
        "Manifest.plist cannot be read (unknown encoding: UPF-8); it names the key bag."
    ]


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
    backup.row(file_id("HomeDomain", "text"), "HomeDomain", "bad", 1, mbfile(5))
    backup.row(file_id("HomeDomain", "null"), None, None, 1, mbfile(5))
    root = backup.finish()
    with sqlite3.connect(root / "Manifest.db") as db:
        db.execute("UPDATE Files SET relativePath = CAST(x'6261ff64' AS TEXT) WHERE relativePath = 'bad'")
    db.close()
    source = opened(root)
    refused = {p: m.reason for p, m in members(source).items() if m.state is State.REFUSED}
    assert sorted(refused) == [
        "/backup/domains/%00",
        r"/private/var/mobile/Library/\xff",
        r"/private/var/mobile/ba\xffd",
    ]
    assert set(refused.values()) == {"Its domain or path is not text."}
    assert source.problems() == ()


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


WHATSAPP = "/private/var/mobile/Containers/Shared/AppGroup/group.net.whatsapp.WhatsApp.shared/"
STORED = {
    "e794f6ffcc3c222535f47684a63d5178da3c4500": WHATSAPP + "LID.sqlite",
    "5a4935c78a5255723f707230a451d79c540d2741": "/private/var/mobile/Library/CallHistoryDB/CallHistory.storedata",
    "a690d7769cce8904ca2b67320b107c8fe5f79412": "/private/var/root/Library/Caches/locationd/clients.plist",
}
"""Names that MVT looks for, whether they are listed or not."""


def test_a_known_file_that_the_manifest_does_not_list_is_read_at_its_path(tmp_path):
    backup = simple(tmp_path / "phone")
    for name in STORED:
        backup.store(name, name.encode())
    found = members(opened(backup.finish()))
    for name, path in STORED.items():
        assert (content(found[path]), found[path].member) == (name.encode(), f"{name[:2]}/{name}")
    known = found[WHATSAPP + "LID.sqlite"]
    assert (known.state, known.domain) == (State.PRESENT, "AppDomainGroup-group.net.whatsapp.WhatsApp.shared")
    assert known.reason == "Manifest.db does not list it; its name is the SHA-1 of this domain and path."


def test_a_known_file_that_an_encrypted_manifest_does_not_list_is_told_as_encrypted(tmp_path):
    backup = simple(tmp_path / "phone", encrypted=True)
    backup.store("e794f6ffcc3c222535f47684a63d5178da3c4500", b"x" * 32)
    found = members(opened(backup.finish(), lambda: PASSWORD))[WHATSAPP + "LID.sqlite"]
    assert (found.state, found.size, found.content) == (State.ENCRYPTED, 32, None)
    assert found.reason.endswith(" Its key is unknown.")


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


@pytest.mark.parametrize(("more", "problems"), [(1, 0), (0, 0), (-1, 1)])
def test_a_property_list_at_below_and_above_the_bound(tmp_path, monkeypatch, more, problems):
    root = simple(tmp_path / "phone").finish()
    size = (root / "Manifest.plist").stat().st_size
    monkeypatch.setattr(itunes_backup, "_MAX_PLIST", size + more)
    source = opened(root)
    assert SMS_PATH in members(source)
    said = f"Manifest.plist cannot be read (Manifest.plist: {size} bytes, more than {size - 1}); it names the key bag."
    assert [p.reason for p in source.problems()] == [said] * problems


def test_property_lists_of_a_backup_are_read_to_256_mib():
    assert itunes_backup._MAX_PLIST == 268_435_456
