r"""The keys of computers that a phone lets in over adb: lines of `adb_keys`, and the store of when each last came.

A line is a key in base64 and who made it, by that computer's own word:

    QAAAAFs6sFItmrFB71mJ0BzEDWO0fBsdvt8HBt580oe/… user@host

The store is XML: `<adbKey key="…" lastConnection="…"/>`, of several roots on Android 10, within `<keyStore>` since 11,
and Android binary XML since 12. A dump of the latter went through text: each byte that is no UTF-8 is U+FFFD in it,
so that lengths, and often times, cannot be read. Then keys are looked for by what they look like.

Sources: AOSP `AdbDebuggingManager`, `system/core/libcrypto_utils/android_pubkey.cpp`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/adb/AdbDebuggingManager.java
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
from collections.abc import Iterator

from bridle.classes import dataclass
from bridle.core import FormatError
from bridle.formats import abx

_LOST = "\ufffd"
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})")
_KEY = re.compile(r"(Q[A-Za-z0-9+/]{40,16000}={0,2})((?: [^\x00-\x1f\ufffd\"]{1,400})?)")
_NAMED = re.compile(
    r"(?P<first>\x8f|\ufffd)(?:(?:\ufffd|\xff){2}\x00\x0elastConnection|.{2})(?P<time>.{8})(?=3)", re.DOTALL
)
_BSSID = re.compile(r"(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}")


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key as one line has it."""

    key: str
    """Base64, as stored."""
    comment: str | None
    """What follows it."""
    fingerprint: str | None
    """MD5 of the decoded key as phone and adb show it: `AB:CD:…`."""
    sha256: str | None
    bits: int | None
    """Length of the RSA modulus, where it is an Android RSA key."""
    problem: str | None
    """Why it does not decode."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An entry of the store: a key, or the BSSID of a network that adb is allowed in."""

    number: int
    key: str | None = None
    last_connection: int | None = None
    """Milliseconds since 1970."""
    damaged: str | None = None
    """The eight bytes of the time in hexadecimal, `??` for each that the dump lost."""
    bssid: str | None = None
    more: tuple[tuple[str, str | None], ...] = ()
    """Other attributes."""


def key(line: str) -> Key:
    """A line `BASE64 user@host`."""
    encoded, _, comment = line.strip().partition(" ")
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return Key(
            key=encoded, comment=comment.strip() or None, fingerprint=None, sha256=None, bits=None,
            problem=f"expected a key in base64, got {encoded!a:.60}",
        )  # fmt: skip
    # MD5 names the key here, as adb does; it protects nothing.
    digest = hashlib.md5(decoded, usedforsecurity=False).hexdigest().upper()
    return Key(
        key=encoded, comment=comment.strip() or None, bits=_bits(decoded), problem=None,
        fingerprint=":".join(digest[i : i + 2] for i in range(0, 32, 2)), sha256=hashlib.sha256(decoded).hexdigest(),
    )  # fmt: skip


def _bits(decoded: bytes) -> int | None:
    """Words of the modulus, its inverse, the modulus, its square and the exponent, of four bytes each."""
    words = int.from_bytes(decoded[:4], "little")
    return 32 * words if 0 < words <= 1024 and len(decoded) == 4 * (3 + 2 * words) else None


def user_and_host(comment: str | None) -> tuple[str | None, str | None]:
    """`user@host` as two; neither where there is no `@`."""
    user, at, host = (comment or "").rpartition("@")
    return (user or None, host or None) if at else (None, None)


def stored(content: bytes) -> Iterator[Stored]:
    """Entries of the store in either form. Raises FormatError, after those before the damage."""
    number = 0
    for event in abx.events(io.BytesIO(content)):
        if not isinstance(event, abx.Start) or event.name == "keyStore":
            continue
        number += 1
        yield _entry(number, event)


def _entry(number: int, event: abx.Start) -> Stored:
    found = dict(event.attributes)
    key, bssid = abx.text(found.pop("key", None)), abx.text(found.pop("bssid", None))
    time = None
    try:
        time = abx.integer(found.get("lastConnection"))
        found.pop("lastConnection", None)
    except ValueError:
        pass
    more = tuple((name, abx.text(value)) for name, value in found.items())
    if key is None and bssid is None:
        more = (("element", event.name), *more)
    return Stored(number=number, key=key, last_connection=time, bssid=bssid, more=more)


def dumped(value: str) -> tuple[list[Stored], str | None]:
    """Entries of a store as a dump printed it, and what was lost of it."""
    content = _content(value)
    found: list[Stored] = []
    try:
        found.extend(stored(content))
    except FormatError as e:
        if not content.startswith(abx.MAGIC):
            return found, str(e)
        looked = list(_looked_for(value))
        return (looked, f"{e}; keys were looked for by their form") if len(looked) >= len(found) else (found, str(e))
    return found, None


def _content(value: str) -> bytes:
    """What the dump printed as bytes: itself, hexadecimal or base64."""
    compact = "".join(value.split())
    if re.fullmatch(r"41425800(?:[0-9a-fA-F]{2})*", compact):
        return bytes.fromhex(compact)
    if compact.startswith("QUJYA"):
        try:
            return base64.b64decode(compact, validate=True)
        except (binascii.Error, ValueError):
            pass
    parts = _ESCAPED.split(value)
    return b"".join(bytes.fromhex(p) if i % 2 else p.encode("utf-8", "replace") for i, p in enumerate(parts))


def _looked_for(value: str) -> Iterator[Stored]:
    number = 0
    for found in _KEY.finditer(value):
        number += 1
        time = _NAMED.match(value, found.end())
        read = _time(time["time"]) if time else (None, None)
        yield Stored(number=number, key=found[0].strip(), last_connection=read[0], damaged=read[1])
    for address in _BSSID.finditer(value):
        number += 1
        yield Stored(number=number, bssid=address[0])


def _time(eight: str) -> tuple[int | None, str | None]:
    """Milliseconds, or the bytes as far as they are known."""
    known = ["??" if c == _LOST or ord(c) > 255 else f"{ord(c):02x}" for c in eight]
    if "??" in known:
        return None, " ".join(known)
    return int("".join(known), 16), None
