"""Unified logs as a device writes them: tracev3 files, timesync files, and the strings they refer to.

Everything is made from plain values, as JSON can hold them, so that tests and synthetic devices share one writer. Keys
have the names of the formats' parts; one that is left out is 0, empty or not there.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import lz4.block

Values = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = {"activity": 2, "trace": 3, "log": 4, "signpost": 6, "loss": 7}
_LEVELS = {"default": 0, "info": 1, "create": 1, "debug": 2, "user action": 3, "error": 0x10, "fault": 0x11}
_VIRTUAL = 4096


def nanoseconds(time: str | datetime | None) -> int:
    """Nanoseconds since 1970 of a time, as text in ISO 8601 or as it is; 0 for none."""
    if time is None:
        return 0
    moment = datetime.fromisoformat(time) if isinstance(time, str) else time
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def tracev3(chunks: Sequence[Values]) -> bytes:
    """A tracev3 file. A chunk is a `header`, a `catalog`, a `chunkset`, or `raw` hexadecimal digits."""
    return b"".join(_padded(_top(c)) for c in chunks)


def timesync(records: Sequence[Values]) -> bytes:
    """A timesync file. A record is a `boot`, a `sync`, or `raw` hexadecimal digits."""
    return b"".join(_sync(r) for r in records)


def uuidtext(path: str, ranges: Sequence[tuple[int, str]] = ()) -> bytes:
    """The strings of an executable: where in it each range begins, and the range's text."""
    texts = [text.encode() for _, text in ranges]
    heads = b"".join(struct.pack("<II", at, len(raw)) for (at, _), raw in zip(ranges, texts, strict=True))
    return struct.pack("<IIII", 0x66778899, 2, 1, len(ranges)) + heads + b"".join(texts) + path.encode() + b"\0"


def shared_cache(version: int, images: Sequence[Values]) -> bytes:
    """The strings of a shared cache: for each image `uuid`, `path`, `start`, `size`, and `ranges` as in `uuidtext`."""
    ranges = [(n, at, text.encode()) for n, image in enumerate(images) for at, text in image.get("ranges", ())]
    shape, other = ("<IIII", "<II16sI") if version == 1 else ("<QIIQ", "<QI16sI")
    at = 16 + len(ranges) * struct.calcsize(shape) + len(images) * struct.calcsize(other)
    heads, texts, tail = b"", b"", b""
    for n, start, raw in ranges:
        place = at + len(texts)
        order = (n, start, place, len(raw)) if version == 1 else (start, place, len(raw), n)
        heads += struct.pack(shape, *order)
        texts += raw
    for image in images:
        heads += struct.pack(other, image["start"], image["size"], _uuid(image["uuid"]), at + len(texts) + len(tail))
        tail += image["path"].encode() + b"\0"
    return b"hcsd" + struct.pack("<HHII", version, 0, len(ranges), len(images)) + heads + texts + tail


def _uuid(text: str | None) -> bytes:
    return UUID(text).bytes if text else bytes(16)


def _padded(raw: bytes) -> bytes:
    return raw + bytes(-len(raw) & 7)


def _chunk(tag: int, sub: int, content: bytes) -> bytes:
    return struct.pack("<IIQ", tag, sub, len(content)) + content


def _top(chunk: Values) -> bytes:
    ((name, of),) = chunk.items()
    if name == "raw":
        return bytes.fromhex(of)
    makers = {"header": (0x1000, _header), "catalog": (0x600B, _catalog), "chunkset": (0x600D, _chunkset)}
    tag, make = makers[name]
    return _chunk(tag, 0x11, make(of))


def _header(of: Values) -> bytes:
    seconds, rest = divmod(nanoseconds(of.get("time")), 10**9)
    ratio, start, west = of.get("timebase", (1, 1)), of.get("start", 0), of.get("minutes_west", 0)
    head = struct.pack("<IIQqIiII", *ratio, start, seconds, rest // 1000, west, 0, 1)
    system = bytes(8) + of.get("build", "").encode().ljust(16, b"\0") + of.get("model", "").encode().ljust(32, b"\0")
    parts = (
        (0x6100, struct.pack("<Q", start)), (0x6101, system),
        (0x6102, _uuid(of.get("boot")) + struct.pack("<II", of.get("pid", 0), 0)),
        (0x6103, of.get("zone", "").encode().ljust(48, b"\0")),
    )  # fmt: skip
    return head + b"".join(struct.pack("<II", tag, len(raw)) + raw for tag, raw in parts)


def _catalog(of: Values) -> bytes:
    """`processes` with `number`, `uuid`, `cache`, `first`, `second`, `pid`, `euid`, `images`, `subsystems`; `parts`."""
    uuids: list[bytes] = []
    texts, places = b"", dict[str, int]()
    for p in of.get("processes", ()):
        for uuid in (p.get("uuid"), p.get("cache"), *(i["uuid"] for i in p.get("images", ()))):
            if uuid and _uuid(uuid) not in uuids:
                uuids.append(_uuid(uuid))
        for text in (t for names in p.get("subsystems", {}).values() for t in names):
            if text not in places:
                places[text] = len(texts)
                texts += text.encode() + b"\0"
    texts = _padded(texts)
    processes = b"".join(_process(p, uuids, places) for p in of.get("processes", ()))
    parts = b"".join(_padded(_part(p)) for p in of.get("parts", ()))
    strings = len(uuids) * 16
    head = struct.pack(
        "<HHHHH6xQ", strings, strings + len(texts), len(of.get("processes", ())), strings + len(texts) + len(processes),
        len(of.get("parts", ())), of.get("earliest", 0),
    )  # fmt: skip
    return head + b"".join(uuids) + texts + processes + parts


def _process(p: Values, uuids: list[bytes], places: Mapping[str, int]) -> bytes:
    main, cache = (uuids.index(_uuid(p[k])) if p.get(k) else 0xFFFF for k in ("uuid", "cache"))
    images = b"".join(
        struct.pack("<IIHIH", i["size"], 0, uuids.index(_uuid(i["uuid"])), i["at"] & 0xFFFFFFFF, i["at"] >> 32)
        for i in p.get("images", ())
    )
    names = b"".join(struct.pack("<HHH", int(n), places[a], places[b]) for n, (a, b) in p.get("subsystems", {}).items())
    head = struct.pack(
        "<HHHHQIIIIII", p.get("number", 0), 0, main, cache, p["first"], p["second"], p.get("pid", 0), p.get("euid", 0),
        0, len(images) // 16, 0,
    )  # fmt: skip
    return _padded(head + images + struct.pack("<II", len(names) // 6, 0) + names)


def _part(of: Values) -> bytes:
    numbers = of.get("processes", ())
    head = struct.pack("<QQIII", of["start"], of["end"], 0, 0x100, len(numbers))
    return head + struct.pack(f"<{len(numbers)}H", *numbers) + struct.pack("<I", 0)


def _chunkset(of: Values) -> bytes:
    """Its `chunks`, in one LZ4 block, or as they are if `packed` is false."""
    plain = b"".join(_padded(_inner(c)) for c in of["chunks"])
    if not of.get("packed", True):
        return b"bv4-" + struct.pack("<I", len(plain)) + plain + b"bv4$"
    packed: bytes = lz4.block.compress(plain, store_size=False)
    return b"bv41" + struct.pack("<II", len(plain), len(packed)) + packed + b"bv4$"


def _inner(chunk: Values) -> bytes:
    ((name, of),) = chunk.items()
    if name == "raw":
        return bytes.fromhex(of)
    makers = {
        "firehose": (0x6001, _firehose), "oversize": (0x6002, _oversize), "statedump": (0x6003, _statedump),
        "simpledump": (0x6004, _simpledump),
    }  # fmt: skip
    tag, make = makers[name]
    return _chunk(tag, 0, make(of))


def _firehose(of: Values) -> bytes:
    private = b"".join(_values(r.get("items", ()), True)[1] for r in of["records"] if not r.get("reference"))
    virtual, place = _VIRTUAL - len(private), _VIRTUAL - len(private)
    public = b""
    for r in of["records"]:
        kept = b"" if r.get("reference") else _values(r.get("items", ()), True)[1]
        public += _padded(_record(r, place, len(kept)))
        place += len(kept)
    head = struct.pack(
        "<QIBBHHHHBBQ", of["first"], of["second"], 0, 1, 0, 16 + len(public), virtual, 0, 0, 0, of.get("base", 0)
    )
    return head + public + private


def _record(r: Values, private: int, kept: int) -> bytes:
    kind, level = _code(_KINDS, r["kind"]), _code(_LEVELS, r.get("level", 0))
    flags, body = _body(r, kind, level, private, kept)
    format_at = r.get("format", 0) & 0x7FFFFFFF | (0x80000000 if r.get("dynamic") else 0)
    delta = r.get("delta", 0)
    return struct.pack("<BBHIQIHH", kind, level, flags, format_at, r.get("thread", 0), delta & 0xFFFFFFFF, delta >> 32,
                       len(body)) + body  # fmt: skip


def _code(codes: Mapping[str, int], named: str | int) -> int:
    return codes[named] if isinstance(named, str) else named


def _body(r: Values, kind: int, level: int, private: int, kept: int) -> tuple[int, bytes]:
    """Flags of a record, and what follows its head."""
    if kind == _KINDS["loss"]:
        return 0, struct.pack("<QQQ", r.get("from", 0), r.get("to", 0), r["lost"])
    flags, body = (1, struct.pack("<Q", r["activity"])) if "activity" in r else (0, b"")
    if kind == _KINDS["activity"]:
        body += b"" if level == _LEVELS["user action"] else struct.pack("<Q", r["new"])
    elif kept:
        flags, body = flags | 0x100, body + struct.pack("<HH", private, kept)
    more, where = _where(r)
    flags, body = flags | more, body + where
    if kind in (_KINDS["log"], _KINDS["signpost"]):
        more, rest = _rest(r, kind)
        flags, body = flags | more, body + rest
    return flags, body


def _where(r: Values) -> tuple[int, bytes]:
    """Flags and place of the format: by the executable, the `cache`, an `address`, or an `image`."""
    address, high = r.get("address", 0) & 0xFFFFFFFF, r.get("format", 0) >> 31
    if r.get("strings") == "cache":
        return (0x2C, struct.pack("<IHH", address, high >> 1, high)) if high else (0x4, struct.pack("<I", address))
    if r.get("strings") == "address":
        return 0x8, struct.pack("<IH", address, r["address"] >> 32)
    if r.get("strings") == "image":
        return 0xA, struct.pack("<I", address) + _uuid(r["image"])
    return 0x2, struct.pack("<I", address)


def _rest(r: Values, kind: int) -> tuple[int, bytes]:
    flags, body = (0x200, struct.pack("<H", r["subsystem"])) if "subsystem" in r else (0, b"")
    body += struct.pack("<Q", r.get("signpost", 0)) if kind == _KINDS["signpost"] else b""
    if "rules" in r:
        flags, body = flags | 0x400, body + struct.pack("<B", r["rules"])
    if "reference" in r:
        return flags | 0x800, body + struct.pack("<HH", r["reference"], 0)
    heads, values = _values(r.get("items", ()), False)
    return flags, body + struct.pack("<BB", 0, len(r.get("items", ()))) + heads + values


def _values(items: Sequence[Values], private: bool) -> tuple[bytes, bytes]:
    """Heads of the arguments, and the values that are kept apart: the public ones or the private ones."""
    heads, public, hidden = b"", b"", b""
    for item in items:
        name, value = next((k, v) for k, v in item.items() if k != "size")
        if name in ("number", "precision"):
            raw = value.to_bytes(item.get("size", 4), "little", signed=True)
            heads += bytes((0x10 if name == "precision" else 0x00, len(raw))) + raw
        elif name == "raw":
            heads += bytes.fromhex(value)
        elif name == "private":
            raw = b"" if value is None else value.encode() + b"\0"
            heads += struct.pack("<BBHH", 0x21, 4, len(hidden), len(raw) if raw else 0x8000)
            hidden += raw
        else:
            kind = {"text": 0x22, "object": 0x42, "data": 0x32, "masked": 0xF2}[name]
            raw = b"" if value is None else bytes.fromhex(value) if kind in (0x32, 0xF2) else value.encode() + b"\0"
            heads += struct.pack("<BBHH", kind, 4, len(public), len(raw))
            public += raw
    return heads, hidden if private else public


def _oversize(of: Values) -> bytes:
    items = of["items"]
    heads, public = _values(items, False)
    _, hidden = _values(items, True)
    shown = struct.pack("<BB", 0, len(items)) + heads + public
    head = struct.pack(
        "<QIIQIHH", of["first"], of["second"], 0, of.get("time", 0), of["reference"], len(shown), len(hidden)
    )
    return head + shown + hidden


def _statedump(of: Values) -> bytes:
    content: bytes = of.get("content", "").encode()
    return struct.pack(
        "<QIIQQ16sII64s64s64s", of["first"], of["second"], 0, of["time"], of.get("activity", 0), _uuid(of.get("uuid")),
        of.get("type", 3), len(content), b"", b"", of["name"].encode(),
    ) + content  # fmt: skip


def _simpledump(of: Values) -> bytes:
    subsystem: bytes = of.get("subsystem", "").encode() + b"\0"
    text: bytes = of["text"].encode() + b"\0"
    return struct.pack(
        "<QIBBHQQQ16s16sIII", of["first"], of["second"], 0, _LEVELS[of.get("level", "default")], 0, of["time"],
        of.get("thread", 0), of.get("offset", 0), _uuid(of.get("uuid")), _uuid(of.get("cache")), 1, len(subsystem),
        len(text),
    ) + subsystem + text  # fmt: skip


def _sync(record: Values) -> bytes:
    ((name, of),) = record.items()
    if name == "raw":
        return bytes.fromhex(of)
    zone = of.get("minutes_west", 0), of.get("daylight_saving", 0)
    if name == "boot":
        ratio = of.get("timebase", (1, 1))
        return struct.pack("<HHI16sIIqiI", 0xBBB0, 48, 0, _uuid(of["uuid"]), *ratio, nanoseconds(of.get("time")), *zone)
    return struct.pack("<HHIQqiI", 0x7354, 32, 0, of["kernel"], nanoseconds(of.get("time")), *zone)
