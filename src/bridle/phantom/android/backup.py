"""An `adb backup`: messages as the telephony provider exports them, manifests of apps, and shared files."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bridle.phantom.android import implant
from bridle.phantom.android.ordinary import PLATFORM_KEY, chance
from bridle.phantom.android.phone import API, Phone, milliseconds
from bridle.phantom.android.story import App, Message, Story
from bridle.phantom.apk import key

ROUNDS = 10_000
_TELEPHONY = "com.android.providers.telephony"
_THOUSAND = 1000
"""Messages in one file."""


def write(phone: Phone, story: Story, password: str | None, out: Path) -> None:
    """Write it to the new file `out`."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("xb") as file:
        file.write(made(phone, story, password))


def made(phone: Phone, story: Story, password: str | None) -> bytes:
    """The backup: of version 5, compressed, and encrypted where there is a password."""
    data = zlib.compress(_tar(phone, story), 6)
    if password is None:
        return b"ANDROID BACKUP\n5\n1\nnone\n" + data
    random = chance(phone, "backup keys")
    salt, check_salt, iv, key_iv, secret = (random.randbytes(n) for n in (64, 64, 16, 16, 32))
    checksum = _derived("".join(chr(b if b < 0x80 else 0xFF00 | b) for b in secret).encode(), check_salt)
    blob = b"".join(bytes([len(part)]) + part for part in (iv, secret, checksum))
    locked = _encrypted(blob, _derived(password.encode(), salt), key_iv)
    numbers = (salt.hex().upper(), check_salt.hex().upper(), str(ROUNDS), key_iv.hex().upper(), locked.hex().upper())
    head = "ANDROID BACKUP\n5\n1\nAES-256\n" + "\n".join(numbers) + "\n"
    return head.encode() + _encrypted(data, secret, iv)


def _derived(secret: bytes, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha1", secret, salt, ROUNDS, 32)


def _encrypted(data: bytes, secret: bytes, iv: bytes) -> bytes:
    padding = 16 - len(data) % 16
    e = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    return e.update(data + bytes([padding]) * padding) + e.finalize()


def _tar(phone: Phone, story: Story) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, time, data in _files(phone, story):
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode = len(data), int(time.timestamp()), 0o600
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def _files(phone: Phone, story: Story) -> Iterator[tuple[str, datetime, bytes]]:
    yield f"apps/{_TELEPHONY}/_manifest", phone.now, _manifest(_TELEPHONY, 34, None, PLATFORM_KEY)
    ordered = sorted(story.messages, key=lambda m: m.time)
    short = [_sms(phone, m) for m in ordered if m.attachment is None]
    long = [_mms(phone, m) for m in ordered if m.attachment is not None]
    for kind, rows in (("sms", short), ("mms", long)):
        for n in range(0, len(rows), _THOUSAND):
            data = json.dumps(rows[n : n + _THOUSAND], separators=(",", ":")).encode()
            yield f"apps/{_TELEPHONY}/d_f/{n // _THOUSAND:06}_{kind}_backup", phone.now, zlib.compress(data)
    for app in story.apps:
        if app.apk is not None:
            yield f"apps/{app.name}/_manifest", app.updated, _manifest(app.name, app.version, app.installer, _key(app))
    for file in story.files:
        if file.content is not None and file.path.startswith("/sdcard/"):
            yield f"shared/0/{file.path.removeprefix('/sdcard/')}", file.time, file.content


def _key(app: App) -> str:
    return implant.HARMLESS_KEY if app.name == implant.HARMLESS else implant.KEY


def _manifest(package: str, version: int, installer: str | None, key_name: str) -> bytes:
    lines = ("1", package, str(version), str(API), installer or "", "0", "1", key(key_name).der.hex())
    return ("\n".join(lines) + "\n").encode()


def _sms(phone: Phone, message: Message) -> dict[str, object]:
    time = milliseconds(message.time)
    return {
        "self_phone": phone.life.owner.number, "address": message.number, "body": message.text, "date": str(time),
        "date_sent": "0" if message.sent else str(time - 2100), "status": "-1", "type": "2" if message.sent else "1",
        "recipients": [message.number], "archived": False, "read": "1",
    }  # fmt: skip


def _mms(phone: Phone, message: Message) -> dict[str, object]:
    own, time = phone.life.owner.number, milliseconds(message.time) // 1000
    sender, receiver = (own, message.number) if message.sent else (message.number, own)
    return {
        "self_phone": own, "date": str(time), "date_sent": str(time - 3), "m_type": "128" if message.sent else "132",
        "v": "18", "msg_box": "2" if message.sent else "1", "tr_id": f"T{time:x}", "recipients": [message.number],
        "read": "1", "mms_addresses": [{"type": 137, "address": sender, "charset": 106},
                                       {"type": 151, "address": receiver, "charset": 106}],
        "mms_body": message.text, "mms_charset": 106,
        "attachments": [{"mime_type": "image/png", "filename": message.attachment}], "sub_cs": "106",
    }  # fmt: skip
