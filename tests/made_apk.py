"""An app (APK) from text that can be reviewed.

manifest                     XML up to a line `end`; numbers, true, false and @0x… are typed
file NAME text WORDS         or `hex DIGITS`, or `dex STRING | STRING`, or `zero COUNT`
sign v1 v2 v3                which schemes; `key NAME`, `v1key NAME` for another one of v1, `lineage NAME NAME`
stamp NAME                   a stamp of the store; `block ID HEX` any other numbered value
claim 2, 3                   what v1 says of other schemes
twice NAME                   a second entry of that name
method NAME NUMBER           in the directory and before the content, which is stored
encrypted NAME               the bit in the directory alone
before HEX, behind HEX       bytes around the archive
idsig NAME                   nothing of this, but the file of scheme v4 of that key
"""

from __future__ import annotations

import hashlib
import struct
from xml.etree import ElementTree

from bridle.phantom import apk
from bridle.phantom.axml import Element, encode


def make(text: str) -> bytes:
    said: dict[str, list[str]] = {}
    manifest: list[str] = []
    inside = False
    for line in text.splitlines():
        if inside or line == "manifest":
            inside = line != "end"
            manifest += [line] if inside and line != "manifest" else []
        elif line.strip() and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            said.setdefault(word, []).append(rest)
    if "idsig" in said:
        return _idsig(apk.key(said["idsig"][0]))
    files = {"AndroidManifest.xml": binary("\n".join(manifest))} if manifest else {}
    files |= dict(_file(rest) for rest in said.get("file", ()))
    return _assembled(files, said)


def binary(xml: str) -> bytes:
    return encode(_element(ElementTree.fromstring(xml)))


def _element(found: ElementTree.Element) -> Element:
    attributes = tuple((name.rpartition("}")[2], _typed(value)) for name, value in found.attrib.items())
    return Element(found.tag, attributes, tuple(_element(child) for child in found))


def _typed(value: str) -> str | int | bool:
    if value in ("true", "false"):
        return value == "true"
    return int(value) if value.removeprefix("-").isdigit() else value


def _file(rest: str) -> tuple[str, bytes]:
    name, form, content = rest.split(" ", 2)
    if form == "dex":
        return name, apk.dex(content.split(" | "))
    if form == "zero":
        return name, bytes(int(content))
    return name, bytes.fromhex(content) if form == "hex" else content.encode()


def _assembled(files: dict[str, bytes], said: dict[str, list[str]]) -> bytes:
    schemes = " ".join(said.get("sign", ())).split()
    signer = apk.key(said.get("key", ["alpha"])[0])
    if "v1" in schemes:
        first = apk.key(said["v1key"][0]) if "v1key" in said else signer
        claimed = said["claim"][0].split(", ") if "claim" in said else [s[1:] for s in schemes if s != "v1"]
        files |= apk.v1(files, first, claimed)
    pairs = [*((name, files[name]) for name in said.get("twice", ())), *files.items()]
    local, central = apk.archived(pairs)
    for name in said.get("encrypted", ()):
        central = _patched(central, name, 8, struct.pack("<H", 0x801))
    for rest in said.get("method", ()):
        name, number = rest.split()
        local, central = _restored(local, central, name, files[name], files[name], int(number))
    for name in said.get("deflated", ()):
        size = len(files[name])
        block = b"\1" + struct.pack("<2H", size, size ^ 0xFFFF) + files[name]
        local, central = _restored(local, central, name, files[name], block, 8)
    before = bytes.fromhex("".join(said.get("before", ())))
    if before:
        local, central = before + local, _moved(central, len(before))
    others = [apk.stamp(apk.key(name)) for name in said.get("stamp", ())]
    others += [(int(r.split()[0], 16), bytes.fromhex(r.split()[1])) for r in said.get("block", ())]
    lineage = [apk.key(name) for name in " ".join(said.get("lineage", ())).split()]
    whole = apk.assembled(local, central, len(pairs), [s for s in schemes if s != "v1"], signer, lineage, others)
    return whole + bytes.fromhex("".join(said.get("behind", ())))


def _places(central: bytes) -> dict[str, int]:
    """Where the entry of each name begins in the directory."""
    at, out = 0, {}
    while at < len(central):
        length = struct.unpack_from("<H", central, at + 28)[0]
        out.setdefault(central[at + 46 : at + 46 + length].decode(), at)
        at += 46 + length
    return out


def _patched(central: bytes, name: str, offset: int, value: bytes) -> bytes:
    at = _places(central)[name] + offset
    return central[:at] + value + central[at + len(value) :]


def _moved(central: bytes, by: int) -> bytes:
    out, at = bytearray(central), 0
    while at < len(central):
        struct.pack_into("<I", out, at + 42, struct.unpack_from("<I", central, at + 42)[0] + by)
        at += 46 + struct.unpack_from("<H", central, at + 28)[0]
    return bytes(out)


def _restored(local: bytes, central: bytes, name: str, data: bytes, stored: bytes, method: int) -> tuple[bytes, bytes]:
    """The last file of an archive again, stored so and with another method."""
    at = _places(central)[name]
    begin = struct.unpack_from("<I", central, at + 42)[0]
    assert at == max(_places(central).values()), "only of the last file"
    sizes = struct.pack("<2I", len(stored), len(data))
    for offset, value in ((10, struct.pack("<H", method)), (20, sizes)):
        central = _patched(central, name, offset, value)
    head = bytearray(local[begin : begin + 30 + len(name)])
    head[8:10], head[18:26] = struct.pack("<H", method), sizes
    return local[:begin] + bytes(head) + stored, central


def _idsig(key: apk.Key) -> bytes:
    def sized(data: bytes) -> bytes:
        return struct.pack("<I", len(data)) + data

    digest = hashlib.sha256(b"").digest()
    hashing = struct.pack("<IB", 1, 12) + sized(b"") + sized(digest)
    signing = sized(digest) + sized(key.der) + sized(b"") + sized(key.public) + struct.pack("<I", 0x103) + sized(b"")
    return struct.pack("<I", 2) + sized(hashing) + sized(signing)
