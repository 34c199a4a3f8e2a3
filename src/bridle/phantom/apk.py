"""Apps that exist only in tests and demonstrations: small, signed with keys that anybody can make again.

The keys are made from a name and nothing else, so they protect nothing; what they sign is what `apksigner verify` takes
for rightly signed, and no phone runs it: the programs hold strings and no code. Nothing is compressed, so that the
bytes do not depend on the version of a library.

Sources: as `bridle.formats.apk_signature` ; https://source.android.com/docs/core/runtime/dex-format .
"""

from __future__ import annotations

import base64
import hashlib
import random
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs7
from cryptography.x509.oid import NameOID

from bridle.phantom.axml import Element, Value, encode

_V2, _V3, _LINEAGE = 0x7109871A, 0xF05368C0, 0x3BA06F8C
_RSA_SHA256 = 0x0103
_SMALL = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]


@dataclass(frozen=True)
class Key:
    """A key and its certificate."""

    private: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@cache
def key(name: str) -> Key:
    """The key of that name: always the same one, as is the certificate, for `CN=name`."""
    chance = random.Random(f"bridle phantom {name}")
    p, q = _prime(chance), _prime(chance)
    p, q = max(p, q), min(p, q)
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    private = numbers.private_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(1 + zlib.crc32(name.encode()))
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2050, 1, 1, tzinfo=UTC))
        .sign(private, hashes.SHA256())
    )
    return Key(private, certificate)


def _prime(chance: random.Random) -> int:
    while True:
        n = chance.getrandbits(1024) | 3 << 1022 | 1
        if (n - 1) % 65537 and all(n % s for s in _SMALL) and pow(2, n - 1, n) == 1 == pow(3, n - 1, n):
            return n


def apk(
    *,
    package: str,
    permissions: Sequence[str] = (),
    components: Sequence[Element] = (),
    key: str = "phantom",
    version_code: int = 1,
    version_name: str = "1.0",
    label: str = "Phantom",
    min_sdk: int = 24,
    target_sdk: int = 34,
    strings: Sequence[str] = (),
    files: Mapping[str, bytes] | None = None,
    schemes: Sequence[str] = ("v1", "v2", "v3"),
) -> bytes:
    """An app with a manifest, a program that holds `strings` and the names of the components, and other files."""
    manifest = Element(
        "manifest",
        (("versionCode", version_code), ("versionName", version_name), ("package", package)),
        (
            Element("uses-sdk", (("minSdkVersion", min_sdk), ("targetSdkVersion", target_sdk))),
            *(Element("uses-permission", (("name", p),)) for p in permissions),
            Element("application", (("label", label),), tuple(components)),
        ),
    )
    classes = [
        f"L{_full(package, str(v)).replace('.', '/')};" for c in components for n, v in c.attributes if n == "name"
    ]
    made = {"AndroidManifest.xml": encode(manifest), "classes.dex": dex([*strings, *classes]), **(files or {})}
    return signed(made, key, schemes)


def component(
    kind: str, name: str, *, actions: Sequence[str] = (), categories: Sequence[str] = (), **others: Value
) -> Element:
    """A component with one filter, if it has actions."""
    inside = [Element("action", (("name", a),)) for a in actions]
    inside += [Element("category", (("name", c),)) for c in categories]
    filters = (Element("intent-filter", (), tuple(inside)),) if inside else ()
    return Element(kind, (("name", name), *others.items()), filters)


def _full(package: str, name: str) -> str:
    return package + name if name.startswith(".") else name


def dex(strings: Iterable[str]) -> bytes:
    """A program without code that has these strings."""
    texts = sorted(dict.fromkeys(strings))
    at = begin = 0x70 + 4 * len(texts)
    table, pieces = [], []
    for text in texts:
        table.append(begin)
        pieces.append(_uleb(len(text.encode("utf-16-le")) // 2) + text.encode() + b"\0")
        begin += len(pieces[-1])
    data = b"".join(pieces)
    size = at + len(data)
    numbers = (size, 0x70, 0x12345678, 0, 0, 0, len(texts), 0x70 if texts else 0, *(0,) * 10, len(data), at)
    rest = struct.pack("<20I", *numbers) + struct.pack(f"<{len(table)}I", *table) + data
    rest = hashlib.sha1(rest, usedforsecurity=False).digest() + rest
    return b"dex\n035\0" + struct.pack("<I", zlib.adler32(rest)) + rest


def _uleb(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out, number = out + bytes([number & 0x7F | 0x80]), number >> 7
    return out + bytes([number])


def signed(files: Mapping[str, bytes], key_name: str, schemes: Sequence[str], lineage: Sequence[str] = ()) -> bytes:
    """An archive of the files, signed; `lineage` are the names of earlier keys, for v3."""
    signer = key(key_name)
    files = dict(files)
    if "v1" in schemes:
        files |= v1(files, signer, [s[1:] for s in schemes if s in ("v2", "v3")])
    local, central = archived(files.items())
    return assembled(local, central, len(files), [s for s in schemes if s != "v1"], signer, [key(n) for n in lineage])


def archived(files: Iterable[tuple[str, bytes]]) -> tuple[bytes, bytes]:
    """The files of an archive, and its directory."""
    local = central = b""
    for name, data in files:
        sizes = zlib.crc32(data), len(data), len(data), len(name.encode())
        common = struct.pack("<5H3I2H", 20, 0x800, 0, 0, 0x0221, *sizes, 0)
        at = len(local)
        local += b"PK\3\4" + common + name.encode() + data
        central += b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<3H2I", 0, 0, 0, 0, at) + name.encode()
    return local, central


def assembled(
    local: bytes,
    central: bytes,
    count: int,
    schemes: Sequence[str],
    signer: Key,
    lineage: Sequence[Key] = (),
    others: Iterable[tuple[int, bytes]] = (),
) -> bytes:
    """The archive with a block of signatures and `others` between its files and its directory, if there are any."""
    values = []
    for scheme in schemes:
        sections = (local, central, _end(len(central), len(local), count))
        if scheme == "v2":
            values.append((_V2, _prefixed([_v2(signer, _digest(sections), schemes)])))
        elif scheme == "v3":
            values.append((_V3, _prefixed([_v3(signer, _digest(sections), lineage)])))
    values += others
    block = _block(values) if values else b""
    return local + block + central + _end(len(central), len(local) + len(block), count)


def _end(length: int, at: int, count: int) -> bytes:
    return b"PK\5\6" + struct.pack("<4H2IH", 0, 0, count, count, length, at, 0)


def _block(values: Iterable[tuple[int, bytes]]) -> bytes:
    pairs = b"".join(struct.pack("<QI", len(value) + 4, number) + value for number, value in values)
    size = struct.pack("<Q", len(pairs) + 24)
    return size + pairs + size + b"APK Sig Block 42"


def _digest(sections: Sequence[bytes]) -> bytes:
    """Of the sections in pieces of 1 MiB, as schemes v2 and v3 have it."""
    step = 1 << 20
    pieces = [s[i : i + step] for s in sections for i in range(0, len(s), step)]
    each = [hashlib.sha256(b"\xa5" + struct.pack("<I", len(p)) + p).digest() for p in pieces]
    return hashlib.sha256(b"\x5a" + struct.pack("<I", len(pieces)) + b"".join(each)).digest()


def _with_length(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def _prefixed(values: Iterable[bytes]) -> bytes:
    """Values each behind its length, and all of them behind theirs."""
    return _with_length(b"".join(_with_length(v) for v in values))


def _numbered(data: bytes) -> bytes:
    return struct.pack("<I", _RSA_SHA256) + _with_length(data)


def _v2(signer: Key, digest: bytes, schemes: Sequence[str]) -> bytes:
    """The signer says that there is v3 as well, so that nobody can take it away."""
    stripping = [struct.pack("<2I", 0xBEEFF00D, 3)] if "v3" in schemes else []
    data = _prefixed([_numbered(digest)]) + _prefixed([signer.der]) + _prefixed(stripping)
    return _with_length(data) + _prefixed([_numbered(signer.sign(data))]) + _with_length(signer.public)


def stamp(signer: Key) -> tuple[int, bytes]:
    """A stamp of the store, with a certificate and without a signature."""
    return 0x6DFF800D, _with_length(_with_length(signer.der) + _with_length(b""))


def _v3(signer: Key, digest: bytes, lineage: Sequence[Key]) -> bytes:
    sdk = struct.pack("<2I", 28 if lineage else 24, 0x7FFFFFFF)
    attributes = [struct.pack("<I", _LINEAGE) + _rotation([*lineage, signer])] if lineage else []
    data = _prefixed([_numbered(digest)]) + _prefixed([signer.der]) + sdk + _prefixed(attributes)
    return _with_length(data) + sdk + _prefixed([_numbered(signer.sign(data))]) + _with_length(signer.public)


def _rotation(keys: Sequence[Key]) -> bytes:
    """Each key signed by the one before it."""
    levels = b""
    for before, this in zip([None, *keys], keys, strict=False):
        data = _with_length(this.der) + struct.pack("<I", _RSA_SHA256 if before else 0)
        signature = before.sign(data) if before else b""
        numbers = struct.pack("<2I", 0x17, _RSA_SHA256 if this is not keys[-1] else 0)
        levels += _with_length(_with_length(data) + numbers + _with_length(signature))
    return struct.pack("<I", 1) + levels


def v1(files: Mapping[str, bytes], signer: Key, others: Sequence[str], name: str = "CERT") -> dict[str, bytes]:
    """The three files below META-INF of scheme v1."""
    head = b"Manifest-Version: 1.0\r\nCreated-By: bridle phantom\r\n\r\n"
    parts = {path: f"Name: {path}\r\nSHA-256-Digest: {_base64(data)}\r\n\r\n".encode() for path, data in files.items()}
    manifest = head + b"".join(parts.values())
    said = f"X-Android-APK-Signed: {', '.join(others)}\r\n" if others else ""
    top = f"Signature-Version: 1.0\r\nSHA-256-Digest-Manifest: {_base64(manifest)}\r\n{said}\r\n"
    each = (f"Name: {path}\r\nSHA-256-Digest: {_base64(part)}\r\n\r\n" for path, part in parts.items())
    signature = "".join((top, *each)).encode()
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.NoAttributes, pkcs7.PKCS7Options.Binary]
    builder = pkcs7.PKCS7SignatureBuilder().set_data(signature)
    made = builder.add_signer(signer.certificate, signer.private, hashes.SHA256()).sign(Encoding.DER, options)
    return {
        "META-INF/MANIFEST.MF": manifest,
        f"META-INF/{name}.SF": signature,
        f"META-INF/{name}.RSA": made,
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()
