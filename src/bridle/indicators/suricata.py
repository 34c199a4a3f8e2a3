r"""Rules of Suricata and Snort, as far as they are about one host, address, URL or certificate.

A rule is a conjunction: what it asks for beside the value must be something that does not change what the value means
(direction, method, thresholds), or the rule is told as not loaded. `content:"evil.example"; endswith;` and `dotprefix`
both mean the domain with what is below it; so does every domain here. A content that is not bound to the end of a name
is looked for as that name, which is narrower. `pass` rules are exceptions; rules behind a `#` are switched off.

Sources: https://docs.suricata.io/en/latest/rules/ ; https://docs.snort.org/rules/ .
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from itertools import islice

from bridle.classes import dataclass
from bridle.indicators.model import Related
from bridle.indicators.reading import Read, Reading, Said, shape

_ACTION = re.compile(
    r"(#*)\s*(alert|drop|reject|rejectsrc|rejectdst|rejectboth|pass|log|block|sdrop)\s+([a-z0-9_-]{1,40})\s+(?=\S)"
)
_ARROW = re.compile(r"\s(?:->|<>|<-)\s")
_OPTION = re.compile(r"(?>[^;\"\\]|\\.|\"(?>[^\"\\]|\\.)*\"|[\"\\])+", re.DOTALL)
_LONGEST_HEADER = 8192
_LONGEST = 1 << 16
"""Characters of one rule."""
_LOOKED_AT = 5000
"""Lines from which it is told that a file holds rules."""
_HOST = {
    "dns.query": "host", "dns_query": "host", "dns.queries.rrname": "host", "dns.query.name": "host",
    "dns.answers.rrname": "host", "tls.sni": "host", "tls_sni": "host", "quic.sni": "host", "http.host": "host",
    "http.host.raw": "host", "http_host": "host", "http_raw_host": "host", "http.uri": "path", "http.uri.raw": "path",
    "http_uri": "path", "http_raw_uri": "path", "http.request_line": "other", "tls.cert_fingerprint": "cert",
    "tls_cert_fingerprint": "cert", "http.method": "loose", "http_method": "loose", "http.header": "header",
    "http_header": "header", "http.protocol": "loose", "app-layer-protocol": "loose",
}  # fmt: skip
"""Buffers, by what a content in them is to us; the rest are `other`, and payload without a buffer is `raw`."""
_OLD = frozenset(b for b in _HOST if "_" in b and "." not in b and b.startswith("http_"))
"""Modifiers, which stand behind the content they are about."""
_FINGERPRINTS = ("ja3.hash", "ja3_hash", "ja3s.hash", "ja3.string", "ja4.hash", "ssh.hassh")
_FREE = frozenset(
    {
        "msg", "sid", "rev", "gid", "classtype", "metadata", "reference", "priority", "flow", "flowbits", "threshold",
        "detection_filter", "nocase", "fast_pattern", "startswith", "endswith", "dotprefix", "depth", "offset",
        "distance", "within", "rawbytes", "target", "noalert", "tag", "service", "bsize", "isdataat", "dns.opcode",
        "to_lowercase", "header_lowercase", "ssl_state", "requires", "rem", "app-layer-protocol", "xbits",
    }
)  # fmt: skip
"""Options that do not change which value a rule is about."""
_HEADER_HOST = re.compile(r"(?:\r\n)?Host: ([^\r\n]+)(?:\r\n)?\Z", re.IGNORECASE)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?|(?<![0-9A-Fa-f])[0-9A-Fa-f]*:[0-9A-Fa-f:]+(?:/\d{1,3})?")
_FAMILY = re.compile(r"\bmalware_family\s+([^,;]+)")
_MORE = "it asks for more than one value that is looked for: {}"


@dataclass
class _Content:
    text: str
    buffer: str
    negated: bool
    options: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class _Rule:
    off: bool
    action: str
    protocol: str
    sides: tuple[str, str]
    """Addresses and ports, left and right of the arrow."""
    options: tuple[tuple[str, str], ...]


def is_rules(text: str) -> bool:
    """Whether a text holds rules."""
    lines = islice(io.StringIO(text), _LOOKED_AT)
    return any((found := _header(line)) is not None and not found[0] for line in lines)


def _header(line: str) -> tuple[str, str, str, str, str] | None:
    """What stands before a rule's bracket: `#`, action, protocol and both sides; None if it is no rule."""
    head = line[:_LONGEST_HEADER].partition("(")
    begin = _ACTION.match(head[0].lstrip())
    if begin is None or not head[1]:
        return None
    sides = _ARROW.split(head[0].lstrip()[begin.end() :], maxsplit=1)
    return (begin[1], begin[2], begin[3], sides[0], sides[1]) if len(sides) == 2 else None


def _parsed(line: str) -> _Rule | None:
    """A line as a rule; None if it is none."""
    bare = line.rstrip()
    header = _header(line)
    if header is None or len(line) > _LONGEST or not bare.endswith(")"):
        return None
    parts = (p.partition(":") for p in _OPTION.findall(bare.partition("(")[2][:-1]))
    options = tuple((name.strip(), value.strip()) for name, _, value in parts if name.strip())
    return _Rule(bool(header[0]), header[1], header[2], (header[3], header[4]), options)


def read(text: str, feed: str) -> Read:
    """The values of all rules that are about one."""
    out = Reading(feed)
    for n, line in _lines(text):
        found = _parsed(line)
        if found is not None:
            _rule(out, found, n)
        elif not line.lstrip().startswith("#"):
            out.refuse(f"line {n}", f"expected a rule, got {line.strip()!r:.60}")
    return out.result()


def _lines(text: str) -> Iterator[tuple[int, str]]:
    r"""Lines with something on them, joined where one ends in `\`."""
    held, began = "", 0
    for n, line in enumerate(text.splitlines(), 1):
        began = began or n
        held += line
        if held.endswith("\\") and len(held) <= _LONGEST:
            held = held[:-1]
            continue
        if held.strip():
            yield began, held
        held, began = "", 0
    if held.strip():
        yield began, held


def _rule(out: Reading, rule: _Rule, n: int) -> None:
    one = dict(rule.options)
    place = f"line {n} (sid {one['sid'][:20]})" if "sid" in one else f"line {n}"
    if rule.off:
        out.tally("rules behind a `#` are switched off, and not read", place, "note")
        return
    if rule.action == "pass":
        out.tally("`pass` rules are exceptions, and not looked for", place, "note")
        return
    said = _said(one, out.feed)
    contents, strange = _contents(rule.options)
    if strange:
        _strange(out, strange, one, place)
    elif contents:
        _values(out, contents, rule.protocol, place, said)
    else:
        _addresses(out, rule.sides, place, said)


def _said(one: dict[str, str], feed: str) -> Said:
    message = re.sub(r"\\(.)", r"\1", one.get("msg", "").strip('"')).strip()[:200]
    family = _FAMILY.search(one.get("metadata", ""))
    product = (Related(role="product", name=family[1].strip()[:200], feed=feed),) if family else ()
    return Said(campaigns=(message,) if message else (), related=product)


def _contents(options: Sequence[tuple[str, str]]) -> tuple[list[_Content], str]:
    """The contents with the buffer each is looked for in, and the first option that is not understood."""
    contents: list[_Content] = []
    buffer = "raw"
    for name, value in options:
        if name in ("content", "uricontent"):
            contents.append(_Content(_decoded(value), "http.uri" if name == "uricontent" else buffer, value[:1] == "!"))
        elif name in _OLD and contents:
            contents[-1].buffer = name
        elif name in _HOST or name in _FINGERPRINTS or ("." in name and name not in _FREE and not value):
            buffer = name
        elif name in _FREE:
            if contents:
                contents[-1].options.add(name)
        elif name in ("pkt_data", "file_data", "file.data"):
            buffer = name
        else:
            return contents, name
    return contents, next((c.buffer for c in contents if c.buffer in _FINGERPRINTS), "")


def _strange(out: Reading, name: str, one: dict[str, str], place: str) -> None:
    if name in _FINGERPRINTS:
        out.tally("fingerprints of TLS and SSH handshakes (ja3, ja4) are not recorded on phones", place, "error")
    elif name in ("dataset", "datarep"):
        file = re.search(r"(?:load|state)\s+([^,;\s]+)", one[name])
        out.refuse(place, "the values stand in a data set" + (f", {file[1][:80]}" if file else ""), "give that file")
    else:
        out.tally(_MORE.format(f"`{name[:40]}` is not understood"), place, "error")


def _decoded(value: str) -> str:
    """A content without quotes, escapes and hexadecimal."""
    text = value.lstrip("!").strip().strip('"')
    text = re.sub(r"\\([\\\";:])", r"\1", text)
    return re.sub(r"\|([0-9A-Fa-f ]*)\|", lambda m: _hex(m[1]), text)


def _hex(digits: str) -> str:
    bare = digits.replace(" ", "")
    return bytes.fromhex(bare).decode("latin-1") if len(bare) % 2 == 0 else ""


def _values(out: Reading, contents: Sequence[_Content], protocol: str, place: str, said: Said) -> None:
    """The one host, URL or certificate that the contents of a rule are about."""
    if any(c.negated for c in contents):
        out.tally(_MORE.format("what must not be there"), place, "error")
        return
    known = [(c, *_told(c, protocol)) for c in contents]
    about = [(c, what, text) for c, what, text in known if what not in ("loose", "prelude")]
    by = {what: (c, text) for c, what, text in about}
    if len(by) < len(about) or not by or "other" in by:
        out.tally(_MORE.format(", ".join(sorted({c.buffer for c, _, _ in about})) or "no host"), place, "error")
    elif set(by) == {"host"}:
        _host(out, *by["host"], place, said)
    elif set(by) == {"cert"}:
        out.add("cert", by["cert"][1], place, said)
    elif set(by) == {"host", "path"}:
        _url(out, by["host"], by["path"], place, said)
    else:
        out.tally(_MORE.format("a path without a host"), place, "error")


def _told(c: _Content, protocol: str) -> tuple[str, str]:
    """What a content is about, and the text of it."""
    what = _HOST.get(c.buffer, "raw" if c.buffer == "raw" else "other")
    if what == "header":
        host = _HEADER_HOST.match(c.text)
        return ("host", host[1]) if host else ("other", c.text)
    if what == "raw":
        name = _labels(c.text)
        if name is not None:
            return "host", name
        if protocol in ("dns", "udp") and not any(x.isalpha() for x in c.text):
            return "prelude", c.text
        bound = protocol in ("dns", "tls") and shape(c.text.strip(".")) == "domain"
        return ("host", c.text) if bound else ("other", "")
    return what, c.text


def _labels(text: str) -> str | None:
    """A name as DNS writes it, a length before each label; None if it is none."""
    parts, at = [], 0
    while at < len(text) and (length := ord(text[at])):
        label = text[at + 1 : at + 1 + length]
        if length > 63 or len(label) < length:
            return None
        parts.append(label)
        at += 1 + length
    return ".".join(parts) if len(parts) > 1 and text[at + 1 :] == "" else None


def _host(out: Reading, c: _Content, text: str, place: str, said: Said) -> None:
    name = text.strip().lstrip(".")
    if shape(name) not in ("domain", "ip-address"):
        out.refuse(place, f"{text!r:.60} in {c.buffer} is only a part of a name")
        return
    whole = c.buffer in ("raw", "http.header", "http_header")
    if not whole and not {"endswith", "bsize", "isdataat", "dotprefix"} & c.options:
        out.tally("names that are not bound to the end of a host are looked for as domains, which is narrower", place)
    elif {"bsize", "startswith"} & c.options:
        out.tally("names that are bound on both sides are looked for with sub-domains, which is wider", place, "note")
    out.add(shape(name), name, place, said)


def _url(out: Reading, host: tuple[_Content, str], path: tuple[_Content, str], place: str, said: Said) -> None:
    """A host with a whole path is a URL; with a part of a path it is not looked for: the host may be a hacked one."""
    whole = {"bsize", "startswith"} & path[0].options or "depth" in path[0].options
    if not whole or not path[1].startswith("/") or shape(host[1].lstrip(".")) not in ("domain", "ip-address"):
        out.tally(_MORE.format("a host together with a part of a path"), place, "error")
        return
    for scheme in ("http", "https"):
        out.add("url", f"{scheme}://{host[1].lstrip('.')}{path[1]}", place, said)


def _addresses(out: Reading, sides: Sequence[str], place: str, said: Said) -> None:
    """The addresses of a rule that is about nothing else."""
    found = []
    for side in sides:
        hosts = side.rsplit(None, 1)[0] if not side.startswith("[") else side[: side.rfind("]") + 1]
        if "!" not in hosts:
            found += _ADDRESS.findall(hosts)
    for address in dict.fromkeys(found):
        out.add("ip-address", address, place, said)
    if not found:
        out.tally(_MORE.format("no host, address or URL"), place, "error")
