"""Full file systems in the roots of the common tools, as folder, zip and tar."""

import gzip
import hashlib
import os
import plistlib
import stat

import pytest
from containers import folder_of, link, listed, no_password, read, tar_of, zip_of

from bridle.evidence.file_system import FileSystem, layout_of
from bridle.evidence.probe import Probe
from bridle.evidence.source import SourceError, State

SMS = "/private/var/mobile/Library/SMS/sms.db"
USAGE = "/private/var/wireless/Library/Databases/DataUsage.sqlite"


def opened(path):
    return FileSystem.open(path, password=no_password, label=None)


@pytest.mark.parametrize(
    ("names", "placed"),
    [
        (["private/var/mobile/Library/SMS/sms.db"], [SMS]),
        (["/private/var/mobile/Library/SMS/sms.db"], [SMS]),
        (["extraction/private/var/mobile/Library/SMS/sms.db"], [SMS]),
        (["var/mobile/Library/SMS/sms.db", "var/tmp/x"], [SMS, "/private/var/tmp/x"]),
        (
            ["filesystem1/System/Library/x", "filesystem2/mobile/Library/SMS/sms.db", "extra/KeychainDump/k.plist"],
            ["/System/Library/x", SMS, "/file_system/extra/KeychainDump/k.plist"],
        ),
        (["filesystem2/mobile/Containers/Data/x"], ["/private/var/mobile/Containers/Data/x"]),
        (["mobile/Library/SMS/sms.db", "wireless/Library/Databases/DataUsage.sqlite"], [SMS, USAGE]),
        (["Data/mobile/Library/SMS/sms.db", "Data/root/Library/x"], [SMS, "/private/var/root/Library/x"]),
        (
            ["System/System/Library/x", "Data/mobile/Library/SMS/sms.db", "Data/db/y"],
            ["/System/Library/x", SMS, "/private/var/db/y"],
        ),
        (
            ["private/var/mobile/x", "tmp/bh", "etc/hosts"],
            ["/private/var/mobile/x", "/private/var/tmp/bh", "/private/etc/hosts"],
        ),
    ],
)  # fmt: skip
def test_ios_roots_of_the_common_tools(tmp_path, names, placed):
    path = tmp_path / "given"
    path.write_bytes(zip_of(dict.fromkeys(names, b"x")))
    source = opened(path)
    assert [str(m.path) for m in source.members(lambda p: False)] == placed
    assert source.platform == "ios"
    assert source.problems() == ()
    source.close()


@pytest.mark.parametrize(
    ("names", "placed"),
    [
        (["data/data/com.ex/f", "data/system/packages.xml"], ["/data/data/com.ex/f", "/data/system/packages.xml"]),
        (["dump/data/data/com.ex/f", "dump/system/build.prop"], ["/data/data/com.ex/f", "/system/build.prop"]),
        (["system/packages.xml", "data/com.ex/f"], ["/data/system/packages.xml", "/data/data/com.ex/f"]),
    ],
)  # fmt: skip
def test_android_roots(tmp_path, names, placed):
    source = opened(folder_of(tmp_path / "given", dict.fromkeys(names, b"x")))
    assert {str(m.path) for m in source.members(lambda p: False) if m.type == "file"} == set(placed)
    assert source.platform == "android"
    source.close()


def test_other_folders_are_no_file_system(tmp_path):
    assert layout_of(["Documents/x", "mobile/readme", "FS/data/anr/x", "FS/data/misc/y"]) is None
    with pytest.raises(SourceError, match="holds no file system of a phone"):
        opened(folder_of(tmp_path / "given", {"Documents/x": b""}))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_tar_keeps_what_is_wanted_and_knows_the_version(tmp_path, pack):
    version = plistlib.dumps({"ProductVersion": "16.1.1", "ProductBuildVersion": "20B101"})
    data = pack(
        tar_of({
            "./private/var/mobile/Library/SMS/sms.db": b"db",
            "./System/Library/CoreServices/SystemVersion.plist": version,
            "./private/var/mobile/Media/big": b"x" * 9999,
            "./var": link("./var", "private/var"),
            "./up": link("./up", "../../outside"),
        })
    )  # fmt: skip
    path = tmp_path / "given"
    path.write_bytes(data)
    source = opened(path)
    found = listed(source, lambda p: str(p) == SMS)
    assert read(found[SMS]) == b"db"
    assert found["/private/var/mobile/Media/big"].content is None
    assert (found["/var"].type, found["/var"].state) == ("symlink", State.PRESENT)
    assert found["/up"].state is State.REFUSED
    assert source.facts == {"os_version": "16.1.1", "build": "20B101"}
    assert source.digest == hashlib.sha256(data).hexdigest()
    assert source.problems() == ()
    source.close()


def test_a_version_in_an_unknown_encoding_is_not_known(tmp_path):
    version = b'<?xml version="1.0" encoding="UPF-8"?><plist><dict/></plist>'
    files = {"System/Library/CoreServices/SystemVersion.plist": version, "private/var/mobile/Library/SMS/sms.db": b"db"}
    path = tmp_path / "given"
    path.write_bytes(tar_of(files))
    source = opened(path)
    assert set(listed(source)) == {f"/{name}" for name in files}
    assert source.facts == {}
    source.close()


def test_a_folder_is_walked_in_order_and_left_as_it_was(tmp_path):
    root = folder_of(
        tmp_path / "given", {"private/var/mobile/b": b"2", "private/var/mobile/a": b"1", "private/var/db/z": b""}
    )
    everything = [root, *root.rglob("*")]
    for p in everything:
        os.utime(p, (1_600_000_000, 1_600_000_000))
    source = opened(root)
    found = listed(source)
    assert list(found) == [
        "/private", "/private/var", "/private/var/db", "/private/var/mobile", "/private/var/db/z",
        "/private/var/mobile/a", "/private/var/mobile/b",
    ]  # fmt: skip
    assert read(found["/private/var/mobile/b"]) == b"2"
    lines = (
        "directory None private\ndirectory None private/var\ndirectory None private/var/db\n"
        "directory None private/var/mobile\nfile 0 private/var/db/z\n"
        "file 1 private/var/mobile/a\nfile 1 private/var/mobile/b\n"
    )
    assert source.digest == hashlib.sha256(lines.encode()).hexdigest()
    for p in everything:
        assert (p.stat().st_mtime, p.stat().st_atime) == (1_600_000_000, 1_600_000_000)
    source.close()


def test_the_digest_of_a_folder_covers_the_file_that_says_what_the_device_is(tmp_path):
    def digest(build):
        plist = plistlib.dumps({"ProductVersion": "16.0", "ProductBuildVersion": build})
        root = folder_of(
            tmp_path / "given", {"private/var/x": b"", "System/Library/CoreServices/SystemVersion.plist": plist}
        )
        source = opened(root)
        listed(source)
        source.close()
        return source.digest

    assert digest("20A362") != digest("20A363")


def test_links_in_a_folder_are_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    root = folder_of(tmp_path / "given", {"private/var/mobile/Library/x": b"1"})
    library = root / "private/var/mobile/Library"
    (library / "sms.db").symlink_to(secret)
    (library / "up").symlink_to("../" * 9 + "etc/passwd")
    (library / "loop").symlink_to(root)
    source = opened(root)
    found = listed(source)
    links = [m for m in found.values() if m.type == "symlink"]
    assert [m.content for m in links] == [None] * 3
    assert found["/private/var/mobile/Library/up"].state is State.REFUSED
    assert not any("secret" in str(p) for p in found)
    source.close()


def test_a_file_swapped_for_a_link_after_the_listing_is_not_read(tmp_path):
    root = folder_of(tmp_path / "given", {"private/var/mobile/x": b"1"})
    source = opened(root)
    member = listed(source)["/private/var/mobile/x"]
    (root / "private/var/mobile/x").unlink()
    (root / "private/var/mobile/x").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic links"):
        member.content()
    source.close()


def test_pipes_and_sockets_are_refused_without_waiting(tmp_path):
    root = folder_of(tmp_path / "given", {"private/var/mobile/x": b"1"})
    os.mkfifo(root / "private/var/pipe")
    source = opened(root)
    found = listed(source)["/private/var/pipe"]
    assert (found.type, found.state, found.reason) == ("other", State.REFUSED, "A device, pipe or socket.")
    source.close()


def test_what_may_not_be_read_is_damaged_and_reported(tmp_path, monkeypatch):
    root = folder_of(tmp_path / "given", {"private/var/mobile/x": b"1", "private/var/db/y": b"2"})
    (root / "private/var/mobile/x").chmod(0)
    (root / "private/var/db").chmod(0)
    if os.access(root / "private/var/mobile/x", os.R_OK):
        deny_to_superuser(monkeypatch, {str(root / "private/var/mobile/x"), str(root / "private/var/db")})
    source = opened(root)
    found = listed(source)
    assert found["/private/var/mobile/x"].state is State.DAMAGED
    assert found["/private/var/mobile/x"].reason == "The file cannot be read: Permission denied."
    assert found["/private/var/db"].state is State.DAMAGED
    assert [p.reason for p in source.problems()] == ["The folder private/var/db/ cannot be read: Permission denied."]
    source.close()
    (root / "private/var/db").chmod(stat.S_IRWXU)


def deny_to_superuser(monkeypatch, paths):
    """What the operating system would do for anybody else."""
    real_open, real_access = os.open, os.access

    def refuse(path, *rest, **options):
        if str(path) in paths:
            raise PermissionError(13, "Permission denied")
        return real_open(path, *rest, **options)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(os, "access", lambda path, *r, **o: str(path) not in paths and real_access(path, *r, **o))


def test_names_on_disk_that_are_not_utf8(tmp_path):
    root = folder_of(tmp_path / "given", {"private/var/mobile/x": b"1"})
    raw = os.fsencode(root) + b"/private/var/mobile/caf\xe9"
    with open(raw, "wb") as file:
        file.write(b"latin")
    source = opened(root)
    assert read(listed(source)[r"/private/var/mobile/caf\xe9"]) == b"latin"
    source.close()


def test_a_probe_of_a_pipe_or_of_nothing_is_a_source_error(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="neither a file nor a folder"):
        Probe(tmp_path / "pipe")
    with pytest.raises(SourceError, match="No such file"):
        Probe(tmp_path / "none")
