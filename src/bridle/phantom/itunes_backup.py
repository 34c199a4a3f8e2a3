"""An iTunes backup folder, plain or encrypted as iOS 10.2 and later do it.

Encrypted: a random key for each file (here: derived from the seed), wrapped (RFC 3394) with a class key of the backup's
keybag; class keys wrapped with PBKDF2-SHA1(PBKDF2-SHA256(password)). Real phones take 10,000,000 iterations for the
inner one; `ITERATIONS` is less, so that examining a synthetic backup takes no seconds of waiting.

Sources: https://www.theiphonewiki.com/wiki/ITunes_Backup ; backups of iOS 14.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from plistlib import UID
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from bridle.phantom import KEY, MARKER
from bridle.phantom.entry import Entry, database, plist
from bridle.phantom.events import Installed
from bridle.phantom.life import Life, naive
from bridle.phantom.network_use import APPS

ITERATIONS = 10_000
"""Of the inner PBKDF2; 10,000,000 on a phone."""
_SALTED = 10_000
"""Iterations of the outer PBKDF2, as on a phone."""
_CLASSES = range(1, 12)
_MANIFEST_CLASS = 4
_MODES = {1: 0o100644, 2: 0o040755}
_SCHEMA = """
CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB);
CREATE INDEX FilesDomainIdx ON Files(domain);
CREATE INDEX FilesRelativePathIdx ON Files(relativePath);
CREATE INDEX FilesFlagsIdx ON Files(flags);
CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB);
"""


class _Keys:
    """The keys of one encrypted backup, all from its seed and password."""

    def __init__(self, seed: int, password: str, iterations: int) -> None:
        self._seed, self._iterations = seed, iterations
        self._salt, self._inner_salt = self.derived("salt", 20), self.derived("inner salt", 20)
        inner = hashlib.pbkdf2_hmac("sha256", password.encode(), self._inner_salt, iterations, 32)
        self._password_key = hashlib.pbkdf2_hmac("sha1", inner, self._salt, _SALTED, 32)
        self._classes = {c: self.derived(f"class {c}", 32) for c in _CLASSES}
        self.manifest = self.derived("manifest", 32)

    def derived(self, name: str, length: int) -> bytes:
        return hashlib.shake_256(f"{MARKER}/{self._seed}/{name}".encode()).digest(length)

    def wrapped(self, key: bytes, protection: int) -> bytes:
        return struct.pack("<I", protection) + aes_key_wrap(self._classes[protection], key)

    def keybag(self) -> bytes:
        """The keybag: tag, length and value, one after the other; each class begins with its UUID."""
        bag: list[tuple[str, int | bytes]] = [
            ("VERS", 5),
            ("TYPE", 1),
            ("UUID", self.derived("keybag", 16)),
            ("HMCK", self.derived("check", 40)),
            ("WRAP", 0),
            ("SALT", self._salt),
            ("ITER", _SALTED),
            ("DPWT", 0),
            ("DPIC", self._iterations),
            ("DPSL", self._inner_salt),
        ]
        for number, key in self._classes.items():
            wrapped = aes_key_wrap(self._password_key, key)
            bag += [
                ("UUID", self.derived(f"class {number} uuid", 16)),
                ("CLAS", number),
                ("WRAP", 2),
                ("KTYP", 0),
                ("WPKY", wrapped),
            ]
        return b"".join(_tagged(tag, value) for tag, value in bag)


def _tagged(tag: str, value: int | bytes) -> bytes:
    raw = struct.pack(">I", value) if isinstance(value, int) else value
    return tag.encode() + struct.pack(">I", len(raw)) + raw


def _encrypted(content: bytes, key: bytes) -> bytes:
    """AES-256-CBC, no initialisation vector, padded as in PKCS #7."""
    padding = 16 - len(content) % 16
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    return encryptor.update(content + bytes([padding]) * padding) + encryptor.finalize()


def write(life: Life, entries: Sequence[Entry], out: Path, password: str | None, iterations: int = ITERATIONS) -> None:
    """Write the backup of these files into a new folder; encrypted if there is a password."""
    keys = None if password is None else _Keys(life.seed, password, iterations)
    out.mkdir(parents=True)
    rows = []
    for number, (domain, path, entry) in enumerate(_listed(entries)):
        identifier = hashlib.sha1(f"{domain}-{path}".encode(), usedforsecurity=False).hexdigest()
        key = keys.derived(f"file {identifier}", 32) if keys and entry else None
        wrapped = keys.wrapped(key, entry.protection) if keys and entry and key else None
        rows.append(
            (identifier, domain, path, 1 if entry else 2, _attributes(life, path, entry, 1000 + 3 * number, wrapped))
        )
        if entry is not None:
            shelf = out / identifier[:2]
            shelf.mkdir(exist_ok=True)
            (shelf / identifier).write_bytes(_encrypted(entry.content, key) if key else entry.content)
    manifest = database(_SCHEMA, ("INSERT INTO Files VALUES (?, ?, ?, ?, ?)", rows))
    (out / "Manifest.db").write_bytes(_encrypted(manifest, keys.manifest) if keys else manifest)
    (out / "Manifest.plist").write_bytes(plist(_manifest_plist(life, keys)))
    (out / "Info.plist").write_bytes(plist(_info(life), xml=True))
    (out / "Status.plist").write_bytes(plist(_status(life)))


def _listed(entries: Iterable[Entry]) -> list[tuple[str, str, Entry | None]]:
    """Every file, after the folders it lies in: domain, relative path, and the file or None."""
    found: dict[tuple[str, str], Entry | None] = {}
    for e in sorted(entries, key=lambda e: (e.domain, e.path)):
        for folder in reversed(PurePosixPath(e.path).parents):
            found.setdefault((e.domain, "" if str(folder) == "." else str(folder)), None)
        found[e.domain, e.path] = e
    return [(domain, path, entry) for (domain, path), entry in found.items()]


def _attributes(life: Life, path: str, entry: Entry | None, inode: int, wrapped: bytes | None) -> bytes:
    """An archived MBFile."""
    root = path.startswith("Library/Caches/locationd") or (entry is not None and entry.domain == "RootDomain")
    born, modified = (entry.born, entry.modified) if entry else (life.start, life.start)
    classes: list[Any] = [{"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}]
    fields = {
        "LastModified": _unix(modified),
        "Flags": 0,
        "GroupID": 0 if root else 501,
        "$class": UID(3),
        "LastStatusChange": _unix(modified),
        "RelativePath": UID(2),
        "Birth": _unix(born),
        "Size": len(entry.content) if entry else 0,
        "InodeNumber": inode,
        "Mode": _MODES[1 if entry else 2],
        "UserID": 0 if root else 501,
        "ProtectionClass": entry.protection if entry else 0,
    }
    if wrapped is not None:
        fields |= {"EncryptionKey": UID(3), "$class": UID(5)}
        classes = [
            {"NS.data": wrapped, "$class": UID(4)},
            {"$classname": "NSMutableData", "$classes": ["NSMutableData", "NSData", "NSObject"]},
            *classes,
        ]
    return plist(
        {
            "$version": 100000,
            "$archiver": "NSKeyedArchiver",
            "$top": {"root": UID(1)},
            "$objects": ["$null", fields, path, *classes],
        }
    )


def _unix(time: datetime) -> int:
    return int(time.timestamp())


def serial(life: Life) -> str:
    """The serial number of the device of a seed."""
    return f"SYNTHETIC{life.seed % 10**6:06}"


def udid(life: Life) -> str:
    """The identifier of the device of a seed."""
    return f"00008030-{hashlib.sha256(f'{MARKER}/{life.seed}/device'.encode()).hexdigest()[:16].upper()}"


def _names(life: Life) -> dict[str, str]:
    return {"Device Name": "SYNTHETIC iPhone", "Display Name": "SYNTHETIC iPhone", "Serial Number": serial(life)}


def _manifest_plist(life: Life, keys: _Keys | None) -> dict[str, Any]:
    made: dict[str, Any] = {
        KEY: MARKER,
        "Version": "10.0",
        "SystemDomainsVersion": "24.0",
        "Date": naive(life.backup),
        "IsEncrypted": keys is not None,
        "WasPasscodeSet": True,
        "Lockdown": {
            "ProductVersion": "14.4.2",
            "ProductType": "iPhone12,1",
            "BuildVersion": "18D70",
            "UniqueDeviceID": udid(life),
            "SerialNumber": serial(life),
            "DeviceName": "SYNTHETIC iPhone",
            "com.apple.MobileBackup": {"DefaultBackup": True},
        },
        "Applications": {b: {"CFBundleIdentifier": b, "CFBundleVersion": "1"} for b in APPS},
    }
    if keys is not None:
        made |= {"BackupKeyBag": keys.keybag(), "ManifestKey": keys.wrapped(keys.manifest, _MANIFEST_CLASS)}
    return made


def _info(life: Life) -> dict[str, Any]:
    return {
        KEY: MARKER,
        **_names(life),
        "Applications": {b: _application(life, b, name) for b, name in APPS.items()}
        | {i.bundle: {"iTunesMetadata": plist(store_facts(i))} for i in life.of(Installed)},
        "Build Version": "18D70",
        "GUID": udid(life)[-16:] * 2,
        "ICCID": "0" * 19,
        "IMEI": "0" * 15,
        "Installed Applications": [*APPS, *(i.bundle for i in life.of(Installed))],
        "Last Backup Date": naive(life.backup),
        "Phone Number": life.owner.number,
        "Product Name": "iPhone 11",
        "Product Type": "iPhone12,1",
        "Product Version": "14.4.2",
        "Target Identifier": udid(life),
        "Target Type": "Device",
        "Unique Identifier": udid(life),
        "iTunes Version": "12.11.3",
    }


def _application(life: Life, bundle: str, name: str) -> dict[str, Any]:
    return {
        "iTunesMetadata": plist(
            {
                "softwareVersionBundleId": bundle,
                "itemName": name,
                "artistName": "Example",
                "bundleShortVersionString": "1.0",
                "sourceApp": "com.apple.AppStore",
                "com.apple.iTunesStore.downloadInfo": {
                    "purchaseDate": f"{life.start:%Y-%m-%dT%H:%M:%SZ}",
                    "accountInfo": {"AppleID": life.owner.email},
                },
            }
        ),
    }


def store_facts(app: Installed) -> dict[str, Any]:
    """What is kept of where an app came from."""
    return {
        "softwareVersionBundleId": app.bundle, "itemName": app.name, "artistName": "Example",
        "bundleShortVersionString": "1.0", "sourceApp": app.source,
        "com.apple.iTunesStore.downloadInfo": {"purchaseDate": f"{app.time:%Y-%m-%dT%H:%M:%SZ}"},
    }  # fmt: skip


def _status(life: Life) -> dict[str, Any]:
    return {
        KEY: MARKER,
        "BackupState": "new",
        "Date": naive(life.backup),
        "IsFullBackup": True,
        "SnapshotState": "finished",
        "UUID": udid(life)[-16:],
        "Version": "3.3",
    }
