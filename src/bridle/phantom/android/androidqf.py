"""An acquisition by AndroidQF: the folder it writes, or the encrypted archive of it."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bridle.phantom.android import backup, bugreport, crashes, facts, implant, logs, sealed, services
from bridle.phantom.android.ordinary import EXAMINER, adb_key, chance
from bridle.phantom.android.phone import ZONE, Phone
from bridle.phantom.android.story import App, Process, Story
from bridle.phantom.apk import key

_VERSION = "v1.8.3"


def write(phone: Phone, story: Story, password: str | None, out: Path) -> None:
    """Write the new folder `out`; with a password, the new encrypted file."""
    files = {name: data() for name, data in _files(phone, story)}
    files["hashes.csv"] = _hashes(phone, files)
    files["acquisition.json"] = _json(_acquisition(phone, encrypted=password is not None))
    if password is not None:
        packed = bugreport.packed({name: (phone.now, data) for name, data in files.items()})
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("xb") as file:
            file.write(sealed.sealed(packed, password, chance(phone, "age")))
        return
    out.mkdir(parents=True)
    for name, data in files.items():
        place = out / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    for place in (*out.rglob("*"), out):
        os.utime(place, (phone.now.timestamp(), phone.now.timestamp()))


def _files(phone: Phone, story: Story) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Name and content of each file but the two that are written last."""
    texts: dict[str, str] = {
        "getprop.txt": facts.properties(phone, story), "selinux.txt": "Enforcing\n",
        "env.txt": f"ANDROID_DATA=/data\nANDROID_ROOT=/system\nPATH=/product/bin:/system/bin\nTZ={ZONE}\n",
        "services.txt": _services(phone, story), "dumpsys.txt": services.text(phone, story),
        "logcat.txt": logs.logcat(phone, story), "command.log": _log(phone),
        f"intrusion_logs/{phone.now:%Y-%m-%d}.txt": facts.security_log(story),
    }  # fmt: skip
    for namespace in ("global", "secure", "system"):
        rows = [f"{s.name}={s.value}\n" for s in story.settings if s.namespace == namespace]
        texts[f"settings_{namespace}.txt"] = "".join(rows)
    yield from ((name, text.encode) for name, text in texts.items())
    lists: tuple[tuple[str, Any], ...] = (
        ("packages.json", [_package(a) for a in story.apps]),
        ("processes.json", [_process(p) for p in story.processes]),
        ("files.json", _listed(story)), ("root_binaries.json", []), ("mounts.json", _mounts(story)),
        ("package_users.json", _users()),
    )  # fmt: skip
    yield from ((name, partial(_json, rows)) for name, rows in lists)
    yield "bugreport.zip", partial(bugreport.made, phone, story)
    yield "backup.ab", partial(backup.made, phone, story, None)
    for path, _, data in crashes.files(story.crashes):
        yield f"logs{path}", partial(bytes, data)
    for app in story.apps:
        if app.apk is not None:
            yield f"apks/{app.name}.apk", partial(bytes, app.apk)


def _json(rows: Any) -> bytes:
    return json.dumps(rows, indent=1).encode() + b"\n"


def _hashes(phone: Phone, files: Mapping[str, bytes]) -> bytes:
    """As it was when it was written: with paths of the examiner's computer."""
    rows = [f"{_storage(phone)}/{name},{hashlib.sha256(data).hexdigest()}\n" for name, data in sorted(files.items())]
    return "".join(rows).encode()


def _identifier(phone: Phone) -> str:
    return str(uuid.UUID(int=chance(phone, "acquisition").getrandbits(128), version=4))


def _storage(phone: Phone) -> str:
    return f"/home/examiner/{_identifier(phone)}"


def _acquisition(phone: Phone, *, encrypted: bool) -> dict[str, Any]:
    begun, done = phone.now - timedelta(minutes=2), phone.now + timedelta(minutes=9)
    return {
        "uuid": _identifier(phone), "androidqf_version": _VERSION,
        "adb_host_public_key": f"{adb_key('examiner')} {EXAMINER}", "storage_path": _storage(phone),
        "started": _instant(begun), "completed": _instant(done),
        "collector": {"ExePath": "/data/local/tmp/collector", "Installed": True,
                      "Adb": {"ExePath": "adb", "Serial": phone.serial}, "Architecture": "arm64-v8a"},
        "tmp_dir": "/data/local/tmp/", "sdcard": "/sdcard/", "cpu": "arm64-v8a", "streaming_mode": encrypted,
    }  # fmt: skip


def _instant(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _log(phone: Phone) -> str:
    steps = ("Started new AndroidQF acquisition", "Collecting device properties...", "Collecting list of packages...",
             "Generating a bugreport for the device...", "Acquisition completed.")  # fmt: skip
    return "".join(f"{_instant(phone.now + timedelta(minutes=2 * n - 2))} [INFO] {s}\n" for n, s in enumerate(steps))


def _services(phone: Phone, story: Story) -> str:
    names = [name for name, _ in services.dumps(phone, story)]
    rows = [f"{n}\t{name}: [android.os.I{name.title().replace('_', '')}]\n" for n, name in enumerate(names)]
    return f"Found {len(names)} services:\n" + "".join(rows)


def _digests(data: bytes) -> dict[str, str]:
    names = ("md5", "sha1", "sha256", "sha512")
    return {name: hashlib.new(name, data, usedforsecurity=False).hexdigest() for name in names}


def _package(app: App) -> dict[str, Any]:
    """An app and its file. What is not signed here has digests of its name."""
    signer = key(implant.HARMLESS_KEY if app.name == implant.HARMLESS else implant.KEY) if app.apk else None
    issued = signer.der if signer else f"certificate of {app.name if not app.system else 'the platform'}".encode()
    name = signer.certificate.subject.rfc4514_string() if signer else "CN=Synthetic, O=Example"
    digests = _digests(issued)
    certificate = {
        "Md5": digests["md5"], "Sha1": digests["sha1"], "Sha256": digests["sha256"],
        "ValidFrom": "2020-01-01T00:00:00Z", "ValidTo": "2050-01-01T00:00:00Z", "Issuer": name, "Subject": name,
        "SignatureAlgorithm": "SHA256-RSA", "SerialNumber": signer.certificate.serial_number if signer else 7,
    }  # fmt: skip
    file = {
        "path": f"{app.path}/base.apk", "local_name": f"{app.name}.apk" if app.apk else "",
        **_digests(app.apk or app.name.encode()), "error": "", "verified_certificate": True,
        "certificate": certificate, "certificate_error": "", "trusted_certificate": False,
    }  # fmt: skip
    return {
        "name": app.name, "files": [file], "installer": app.installer or "null", "uid": app.uid, "disabled": False,
        "system": app.system, "third_party": not app.system,
    }  # fmt: skip


def _process(p: Process) -> dict[str, Any]:
    return {
        "pid": p.pid, "uid": p.uid, "ppid": p.parent, "pgroup": p.pid, "psid": 0, "filename": f"({p.name[-15:]})",
        "priority": 20, "state": "S", "user_time": 0, "kernel_time": 3, "path": p.path, "context": p.label,
        "previous_context": "", "command_line": [p.path or p.name], "env": None, "cwd": "/",
    }  # fmt: skip


def _listed(story: Story) -> list[dict[str, Any]]:
    return [
        {"path": f.path, "size": f.size, "mode": f.mode, "user_id": f.user, "user_name": "", "group_id": f.user,
         "group_name": "", "changed_time": int(f.time.timestamp()), "modified_time": int(f.time.timestamp()),
         "access_time": int(f.time.timestamp()), "error": "", "context": "", "sha1": "", "sha256": "", "sha512": "",
         "md5": ""}
        for f in story.files
    ]  # fmt: skip


def _mounts(story: Story) -> list[str]:
    return [f"{m.device} on {m.point} type {m.kind} ({m.options})" for m in facts.mounts(story)]


def _users() -> dict[str, Any]:
    return {"users": [{"id": 0, "name": "Owner", "flags": "4c13", "running": True, "inventory_status": "collected"}]}
