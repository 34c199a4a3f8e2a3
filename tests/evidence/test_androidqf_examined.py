"""Acquisitions that other programs pass over in silence are examined: each of their files meets its artifact."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256

import pyrage
import pytest
from containers import folder_of, listed, no_password, read, zip_of
from test_androidqf_stream import streamed
from test_bugreport_source import TEXT

from bridle import artifacts
from bridle.core import Gap
from bridle.evidence import open_source

IDENTITY = pyrage.x25519.Identity.generate()
PROCESSES = b'[{"pid": 7, "filename": "(example)"}]'
FILES = {
    "acquisition.json": b'{"uuid": "0d3f", "androidqf_version": "v1.8.3"}',
    "packages.json": b'[{"name": "com.example", "files": [{"path": "/data/app/base.apk"}]}]',
    "processes.json": PROCESSES,
    "files.json": b'[{"path": "/sdcard/x"}]',
    "settings_global.txt": b"adb_enabled=1\n",
    "services.txt": b"0\tphone: [a.b]\n",
    "env.txt": b"PATH=/system/bin\n",
    "selinux.txt": b"Enforcing\n",
    "root_binaries.json": b'["/system/bin/su"]',
    "mounts.json": b'["a on /system type ext4 (ro)"]',
    "command.log": b"2026-01-02T03:04:05Z [INFO] begun\n",
}
TABLES = {
    "androidqf_acquisition": 1, "androidqf_package": 2, "androidqf_process": 1, "androidqf_file": 1,
    "androidqf_settings": 1, "androidqf_services": 1, "androidqf_environment": 1, "androidqf_selinux": 1,
    "androidqf_root_binaries": 1, "androidqf_mounts": 1, "androidqf_command_log": 1, "androidqf_hashes": 1,
}  # fmt: skip


@dataclass
class File:
    """A member as a parser gets it."""

    path: object
    content: bytes

    def open(self):
        import io

        return io.BytesIO(self.content)

    def companions(self):
        return {}


def examined(path, password=no_password):
    """How many rows each artifact of AndroidQF gives, and the source's problems."""
    source = open_source(path, password=password)
    found = {}
    for member in listed(source).values():
        for name in artifacts.for_path(member.path) if member.content else ():
            if name.startswith("android.androidqf_"):
                count = 0
                for row in artifacts.load(name).parse(File(member.path, read(member))):
                    assert not isinstance(row, Gap), row
                    count += len(row) if hasattr(row, "__len__") else 1
                found[name.removeprefix("android.")] = found.get(name.removeprefix("android."), 0) + count
    problems = [p.reason for p in source.problems()]
    source.close()
    return found, problems


def with_hashes(files):
    return files | {"hashes.csv": f"packages.json,{sha256(files['packages.json']).hexdigest()}\n".encode()}


@pytest.mark.parametrize("top", ["", "0d3f1f6e-0000-4000-8000-000000000000/"])
@pytest.mark.parametrize("form", ["folder", "zip", "streamed", "encrypted"])
def test_every_form_gives_the_same_rows(tmp_path, form, top):
    files = {top + n: c for n, c in with_hashes(FILES).items()}
    path = tmp_path / "given"
    if form == "folder":
        folder_of(path, files)
    elif form == "encrypted":
        path.write_bytes(pyrage.encrypt(streamed(files), [IDENTITY.to_public()]))
    else:
        path.write_bytes(zip_of(files) if form == "zip" else streamed(files))
    assert examined(path, lambda: str(IDENTITY)) == (TABLES, [])


@pytest.mark.parametrize("name", ["processes.json", "processes.txt"])
def test_the_list_of_processes_is_read_under_both_of_its_names(tmp_path, name):
    found, _ = examined(folder_of(tmp_path / "given", {"getprop.txt": b"", name: PROCESSES}))
    assert found == {"androidqf_process": 1}


def test_the_dump_of_services_is_examined_without_a_bugreport(tmp_path):
    line = b"-" * 79 + b"\n"
    dump = b"Currently running services:\n  adb\n" + line + b"DUMP OF SERVICE adb:\nADB MANAGER STATE\n" + line
    source = open_source(folder_of(tmp_path / "given", {"getprop.txt": b"", "dumpsys.txt": dump}), password=no_password)
    assert read(listed(source)["/androidqf/dumpsys/adb/1.txt"]).startswith(b"ADB MANAGER STATE\n")
    source.close()


def test_a_bugreport_without_a_main_entry_is_examined(tmp_path):
    path = tmp_path / "given.zip"
    section = b"------ UPTIME (uptime) ------\n up 1 day\n"
    path.write_bytes(zip_of({"bugreport-oriole-2026.txt": TEXT + section}))
    source = open_source(path, password=no_password)
    found = listed(source)
    assert read(found["/bugreport/sections/UPTIME/1.txt"]) == b" up 1 day\n"
    assert source.problems() == ()
    source.close()


def test_an_acquisition_of_bugbane(tmp_path):
    files = {
        "acquisition.json": json.dumps({"androidqf_version": "Bugbane-2", "created": "2026-01-02T03:04:05Z"}).encode(),
        "files.pb": b"\x0d\x0a\x0b/sdcard/abc",
        "mounts.pb": b"\x18\x0a\x16a on /b type ext4 (ro)",
        "root_binaries.pb": b"\x0a\x0a\x08/sbin/su",
        "packages.pb": b"\x0d\x0a\x0bcom.example",
    }
    path = tmp_path / "acquisition.zip.age"
    path.write_bytes(pyrage.passphrase.encrypt(streamed(files), "p"))
    found, problems = examined(path, lambda: "p")
    assert found == {
        "androidqf_acquisition": 1,
        "androidqf_file": 1,
        "androidqf_mounts": 1,
        "androidqf_root_binaries": 1,
        "androidqf_package": 1,
    }
    assert problems == []
