"""A message of the domain name system: its questions, and what it answers. Over UDP, TCP, and as mDNS and LLMNR.

Names are told as text without the last dot: in a label, a dot or backslash is escaped by a backslash, and what is not
printable ASCII is `\\xNN`. Pointers only lead backwards, and a name has at most 128 labels and 255 bytes.

Sources: RFC 1035, 3596 (AAAA), 2782 (SRV), 9460 (SVCB, HTTPS), 6762 (mDNS), 4795 (LLMNR), 6891 (OPT);
https://www.iana.org/assignments/dns-parameters
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from struct import Struct, error

from bridle.core import FormatError

TYPES = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 10: "NULL", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT", 17: "RP",
    24: "SIG", 25: "KEY", 28: "AAAA", 29: "LOC", 33: "SRV", 35: "NAPTR", 37: "CERT", 38: "A6", 39: "DNAME", 41: "OPT",
    43: "DS", 44: "SSHFP", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA",
    64: "SVCB", 65: "HTTPS", 99: "SPF", 249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR", 255: "ANY", 257: "CAA",
}  # fmt: skip
CODES = {
    0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 6: "YXDOMAIN", 7: "YXRRSET",
    8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE",
}  # fmt: skip
_NAMED = frozenset({2, 5, 12, 39})
"""Types whose data is a name."""
_TEXTS = frozenset({16, 99})
_HEAD, _QUESTION, _RECORD, _SOA = (Struct(f">{f}").unpack_from for f in ("6H", "HH", "HHIH", "5I"))
_MOST_POINTERS, _LONGEST = 64, 255
_MOST_QUESTIONS, _MOST_RECORDS, _LONGEST_TEXT = 32, 2000, 4096
_OPT, _ECH = 41, 5
_FIRST = b"\xc0\x0c"
"""A pointer to the name of the first question."""
_PLAIN = bytes(range(0x21, 0x7F)).replace(b"\\", b"")
_PRINTABLE = _PLAIN.replace(b".", b"")


@dataclass(slots=True)
class Answer:
    """A record of a message."""

    name: str
    type: str
    ttl: int
    """Seconds."""
    value: str
    """As text; what is not known how to read is `\\# LENGTH HEX` (RFC 3597)."""
    code: int


@dataclass(slots=True)
class Message:
    """A message."""

    number: int
    flags: int
    questions: list[tuple[str, str]] = field(default_factory=list)
    """Name and type of each."""
    answers: list[Answer] = field(default_factory=list)
    authority: list[Answer] = field(default_factory=list)
    additional: list[Answer] = field(default_factory=list)
    damaged: str | None = None
    """Why records after those that are told could not be read."""
    ech: bool = False
    """Whether an HTTPS or SVCB record of it gives keys for an encrypted ClientHello."""

    @property
    def is_response(self) -> bool:
        return self.flags >= 0x8000

    @property
    def code(self) -> str:
        """What came of it, such as `NOERROR` or `NXDOMAIN`."""
        return CODES.get(self.flags & 15, f"RCODE{self.flags & 15}")


def parse(data: bytes) -> Message:
    """The message. What comes after damage in its records is lost, and said so. Raises FormatError where it is none."""
    if len(data) < 12:
        raise FormatError(f"DNS: expected at least 12 bytes, got {len(data)}")
    number, flags, questions, *counts = _HEAD(data)
    if questions > _MOST_QUESTIONS or sum(counts) > _MOST_RECORDS:
        raise FormatError(
            f"DNS: expected at most {_MOST_QUESTIONS} questions, got {questions}, and {sum(counts)} records"
        )
    found, at = Message(number, flags), 12
    try:
        for _ in range(questions):
            name, at = _name(data, at)
            kind, _ = _QUESTION(data, at)
            at += 4
            found.questions.append((name, _type(kind)))
    except (FormatError, error, IndexError) as e:
        raise FormatError(f"DNS: question: {e}") from e
    try:
        for section, count in zip((found.answers, found.authority, found.additional), counts, strict=True):
            for _ in range(count):
                at = _record(data, at, section, found)
    except (FormatError, error, IndexError) as e:
        found.damaged = f"DNS: record: {e}"
    return found


def _type(kind: int) -> str:
    return TYPES.get(kind) or f"TYPE{kind}"


def _record(data: bytes, at: int, section: list[Answer], found: Message) -> int:
    if data[at : at + 2] == _FIRST and found.questions:
        name, at = found.questions[0][0], at + 2
    else:
        name, at = _name(data, at)
    kind, _, ttl, size = _RECORD(data, at)
    at += 10
    end: int = at + size
    if end > len(data):
        raise FormatError(f"{_type(kind)}: expected {size} bytes, got {len(data) - at}")
    if kind != _OPT:
        value, ech = _value(kind, data, at, end)
        found.ech = found.ech or ech
        section.append(Answer(name, _type(kind), ttl, value, kind))
    return end


def _value(kind: int, data: bytes, at: int, end: int) -> tuple[str, bool]:
    """What a record says, as text, and whether it has keys for an encrypted ClientHello."""
    size = end - at
    if kind == 1 and size == 4:
        return ".".join(map(str, data[at:end])), False
    if kind == 28 and size == 16:
        return _address(data[at:end]), False
    if kind in _NAMED:
        return _name(data, at)[0], False
    if kind in _TEXTS:
        return _texts(data, at, end), False
    if kind in (64, 65) and size >= 3:
        return _service(data, at, end)
    if kind == 6:
        server, at = _name(data, at)
        person, at = _name(data, at)
        return f"{server} {person} " + " ".join(map(str, _SOA(data, at))), False
    if kind in (15, 33) and size >= (3 if kind == 15 else 7):
        numbers = Struct(">H" if kind == 15 else ">HHH").unpack_from(data, at)
        return " ".join((*map(str, numbers), _name(data, at + 2 * len(numbers))[0])), False
    return f"\\# {size} {data[at : min(end, at + _LONGEST_TEXT)].hex()}", False


@lru_cache(maxsize=4096)
def _address(raw: bytes) -> str:
    return str(IPv6Address(raw))


def _texts(data: bytes, at: int, end: int) -> str:
    found = []
    while at < end:
        size = data[at]
        found.append(_printed(data[at + 1 : min(end, at + 1 + size)]))
        at += 1 + size
    return " ".join(found)[:_LONGEST_TEXT]


def _printed(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _service(data: bytes, at: int, end: int) -> tuple[str, bool]:
    """`1 . alpn=h2,h3 ipv4hint=192.0.2.1 ech`: priority, name, and the parameters that are known."""
    (priority,) = Struct(">H").unpack_from(data, at)
    name, at = _name(data, at + 2)
    told, ech = [str(priority), name or "."], False
    while at + 4 <= end:
        key, size = _QUESTION(data, at)
        value, at = data[at + 4 : min(end, at + 4 + size)], at + 4 + size
        if key == 1:
            told.append("alpn=" + ",".join(_counted(value)))
        elif key == 3 and len(value) == 2:
            told.append(f"port={int.from_bytes(value, 'big')}")
        elif key == 4:
            told.append("ipv4hint=" + ",".join(str(IPv4Address(value[i : i + 4])) for i in range(0, len(value) - 3, 4)))
        elif key == 6:
            told.append("ipv6hint=" + ",".join(_address(value[i : i + 16]) for i in range(0, len(value) - 15, 16)))
        else:
            told.append("ech" if key == _ECH else f"key{key}")
            ech = ech or key == _ECH
    return " ".join(told)[:_LONGEST_TEXT], ech


def _counted(value: bytes) -> list[str]:
    found, at = [], 0
    while at < len(value):
        found.append(_printed(value[at + 1 : at + 1 + value[at]]))
        at += 1 + value[at]
    return found


def _name(data: bytes, at: int) -> tuple[str, int]:
    """The name at `at`, and where it ends. Raises FormatError and IndexError."""
    labels: list[bytes] = []
    size, end, pointers = 0, -1, 0
    while length := data[at]:
        if length < 64:
            labels.append(data[at + 1 : at + 1 + length])
            size += length + 1
            at += 1 + length
            if size > _LONGEST:
                raise FormatError(f"name: expected at most {_LONGEST} bytes, got more")
        elif length >= 192:
            target = (length & 63) << 8 | data[at + 1]
            end = at + 2 if end < 0 else end
            pointers += 1
            if target >= at or pointers > _MOST_POINTERS:
                raise FormatError(f"name: expected a pointer back, got one from {at} to {target}")
            at = target
        else:
            raise FormatError(f"name: expected a label or a pointer, got {length:#x}")
    whole = b".".join(labels)
    if not whole.translate(None, _PLAIN) and whole.count(b".") < max(1, len(labels)):
        return whole.decode("ascii"), at + 1 if end < 0 else end
    return ".".join(map(_shown, labels)), at + 1 if end < 0 else end


def _shown(label: bytes) -> str:
    if not label.translate(None, _PRINTABLE):
        return label.decode("ascii")
    return "".join(chr(c) if c in _PRINTABLE else f"\\{chr(c)}" if c in b".\\" else f"\\x{c:02x}" for c in label)
