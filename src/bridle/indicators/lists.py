"""Plain lists, one value a line: as they are, as a hosts file, as a block list, or as a Suricata data set in base64."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import islice

from bridle.indicators.model import KINDS
from bridle.indicators.reading import Read, Reading, plain_domain, refanged, shape
from bridle.indicators.stix import FeedError
from bridle.indicators.vocabulary import HASH, word

_STEMS = {
    "domains": "domain", "domain": "domain", "hostnames": "domain", "emails": "email", "email": "email",
    "processes": "process-name", "process": "process-name", "process names": "process-name", "files": "file-name",
    "file": "file-name", "file names": "file-name", "filenames": "file-name", "paths": "file-path",
    "file paths": "file-path", "filepaths": "file-path", "urls": "url", "url": "url", "ips": "ip-address",
    "ip": "ip-address", "ip addresses": "ip-address", "sha256": "sha256", "sha1": "sha1", "md5": "md5", "hashes": HASH,
    "samples": HASH, "apps": "app-id", "app ids": "app-id", "bundle ids": "app-id", "packages": "app-id",
    "package names": "app-id", "certs": "cert", "certificates": "cert", "cert hashes": "cert",
    "certificate hashes": "cert", "profiles": "profile-id", "profile ids": "profile-id", "properties": "property-name",
}  # fmt: skip
"""Ends of file names that tell the kind of what is listed, the longest first where several fit."""
_DECLARED = re.compile(r"#\s*kind:\s*([\w-]+)")
_COMMENTS = ("#", ";", "//", "!")
_BLOCKED = re.compile(
    r"\|\|([^\s^/$]+)\^(?:\$[\w,~=-]*)?\Z|(?:address|server|local)=/([^/\s]+)/|local-zone:\s*\"([^\"\s]+?)\.?\""
)
"""How block lists for Adblock, dnsmasq and Unbound write a domain."""
_HOSTS = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}|(?=[0-9A-Fa-f]*:[0-9A-Fa-f:])[0-9A-Fa-f:]+)\s+(\S.*)\Z")
_SINKS = ("0.", "127.", "::")
_OWN = frozenset(
    {
        "localhost", "localhost.localdomain", "local", "broadcasthost", "ip6-localhost", "ip6-loopback", "ip6-localnet",
        "ip6-mcastprefix", "ip6-allnodes", "ip6-allrouters", "ip6-allhosts", "0.0.0.0",  # noqa: S104 - a name in a list
    }
)  # fmt: skip
"""Names that every hosts file has for the machine itself."""
_BASE64 = re.compile(r"[A-Za-z0-9+/]{4,}={0,2}(?:,\d+(?:,\d+)?)?\Z")
_FEW = 20
"""Lines without a value that any list may have."""
_LOOKED_AT = 200
"""Lines from which the form of a list is told."""


def read_text(text: str, feed: str, stem: str) -> Read:
    """One value a line. Its kind is declared (`# kind: process-name`), or told by the file name or the value."""
    declared = _DECLARED.match(text)
    kind = declared[1] if declared else _kind_of(stem)
    if kind is not None and kind != HASH and kind not in KINDS:
        raise FeedError(f"`# kind: {kind}` is no kind of indicator; expected one of {', '.join(KINDS)}")
    out = Reading(feed)
    for n, line in enumerate(text.splitlines(), 1):
        if kind in (None, "domain") and plain_domain(line):
            out.add(kind, line, f"line {n}")
        elif value := _value(line, kind):
            out.add(kind, value, f"line {n}")
    if out.refused > max(_FEW, 10 * out.count):
        raise FeedError(f"not a list of indicators: {out.refused:,} lines hold no value, such as {out.first_refused()}")
    return out.result()


def _kind_of(stem: str) -> str | None:
    name = f" {word(stem)}"
    return max(((len(s), k) for s, k in _STEMS.items() if name.endswith(f" {s}")), default=(0, None))[1]


def _value(line: str, kind: str | None) -> str:
    """What stands on a line beside its comment; nothing on a line of comment."""
    text = line.strip()
    if text.startswith(_COMMENTS):
        return ""
    if "#" in text:
        text = re.split(r"\s#" if kind == "url" or "://" in text else "#", text, maxsplit=1)[0].strip()
    if kind in (None, "domain") and (blocked := _BLOCKED.match(text)) is not None:
        return blocked[1] or blocked[2] or blocked[3]
    return text


def data_lines(text: str) -> Iterator[str]:
    """The first lines of a list that are no comment."""
    lines = (line for m in re.finditer(r"[^\r\n]+", text) if (line := m[0].strip()))
    return islice((line for line in islice(lines, 5000) if not line.startswith(_COMMENTS)), _LOOKED_AT)


def is_hosts(text: str) -> bool:
    """Whether most lines are those of a hosts file: an address, then names."""
    fits = [_HOSTS.match(line) is not None for line in data_lines(text)]
    return bool(fits) and sum(fits) > 0.8 * len(fits)


def read_hosts(text: str, feed: str) -> Read:
    """The names of a hosts file, without those of the machine itself. Addresses are where names are sent to."""
    out = Reading(feed)
    for n, line in enumerate(text.splitlines(), 1):
        bare = line.partition("#")[0].strip()
        if not bare:
            continue
        found = _HOSTS.match(bare)
        if found is None:
            out.refuse(f"line {n}", f"expected an address and a name, got {bare!r:.60}")
            continue
        if not found[1].startswith(_SINKS):
            out.tally("addresses of names are not looked for; put them into a list of their own", f"line {n}", "note")
        for name in found[2].split():
            if name.lower() not in _OWN:
                out.add("domain", name, f"line {n}")
    return out.result()


def is_base64(text: str) -> bool:
    """Whether the lines are values in base64, as data sets of Suricata hold them (`type string`)."""
    lines = list(data_lines(text))
    if not lines or not all(_BASE64.match(line) for line in lines):
        return False
    return sum(shape(d) is not None for line in lines if (d := _decoded(line))) > 0.8 * len(lines)


def read_base64(text: str, feed: str) -> Read:
    """The values of a data set; what stands behind a comma is its reputation, and is not looked at."""
    out = Reading(feed)
    for n, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        if (value := _decoded(bare)) is None:
            out.refuse(f"line {n}", f"expected text in base64, got {bare!r:.60}")
        else:
            out.add(None, refanged(value), f"line {n}")
    return out.result()


def _decoded(line: str) -> str | None:
    try:
        return base64.b64decode(line.partition(",")[0], validate=True).decode("utf-8").strip()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
