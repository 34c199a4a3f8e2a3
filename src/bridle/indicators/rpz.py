"""Response policy zones of name servers: the names and addresses whose answers a resolver replaces.

`evil.example CNAME .` and `*.evil.example CNAME .` both are the domain with what is below it. Names that a zone lets
pass (`CNAME rpz-passthru.`) are an exception and no indicator.

Source: https://datatracker.ietf.org/doc/draft-vixie-dnsop-dns-rpz/ .
"""

from __future__ import annotations

import re

from bridle.indicators.reading import Read, Reading

_RECORD = re.compile(
    r"(\S+)\s+(?:\d+[smhdwSMHDW]?\s+)?(?:IN\s+)?(?:\d+[smhdwSMHDW]?\s+)?(CNAME|A|AAAA|TXT|DNAME|MX)\s+(\S.*)\Z",
    re.IGNORECASE,
)
_SIGNS = re.compile(r"^\$(?:TTL|ORIGIN)\s|\sIN\s+SOA\s|\sSOA\s+\S+\s+\S+\s*\(|\sCNAME\s+(?:\.|\*\.|rpz-)\s*(?:;|$)",
                    re.MULTILINE | re.IGNORECASE)  # fmt: skip
_TRIGGER = re.compile(r"(.*?)\.(rpz-(?:ip|client-ip|nsip|nsdname))(?:\.|\Z)", re.IGNORECASE)


def is_zone(text: str) -> bool:
    """Whether a text begins like a zone file."""
    return _SIGNS.search(text[: 1 << 16]) is not None


def read(text: str, feed: str) -> Read:
    """The names and addresses of a zone, without those it lets pass."""
    out = Reading(feed)
    origin, inside = "", 0
    for n, line in enumerate(text.splitlines(), 1):
        bare = line.partition(";")[0]
        was_inside = inside
        inside = max(0, inside + bare.count("(") - bare.count(")"))
        if bare.upper().startswith("$ORIGIN"):
            origin = bare.split()[1].rstrip(".").lower() if len(bare.split()) > 1 else ""
        elif not was_inside and not inside and (found := _RECORD.match(bare.rstrip())) is not None:
            _policy(out, found, origin, f"line {n}")
    return out.result()


def _policy(out: Reading, found: re.Match[str], origin: str, place: str) -> None:
    name, answer = found[1].lower(), found[3].strip().lower()
    if name == "@" or (trigger := name.rstrip(".")) == origin:
        return
    if answer.startswith("rpz-passthru"):
        out.tally("names that the zone lets pass are exceptions, and not looked for", place, "note")
        return
    if name.endswith(".") and origin:
        trigger = trigger.removesuffix(f".{origin}")
    special = _TRIGGER.match(trigger + ".")
    if special is None:
        out.add("domain", trigger, place)
    elif special[2] == "rpz-ip":
        _address(out, special[1], place)
    elif special[2] == "rpz-nsdname":
        out.tally("name servers (rpz-nsdname) are not recorded on phones, and not looked for", place)
    else:
        out.tally(f"{special[2]} is about name servers or clients, and not looked for", place)


def _address(out: Reading, text: str, place: str) -> None:
    """`24.0.2.0.192` is 192.0.2.0/24; `128.57.zz.db8.2001` is 2001:db8::57."""
    length, *parts = text.split(".")
    parts.reverse()
    v6 = len(parts) != 4 or "zz" in parts
    value = ":".join("" if p == "zz" else p for p in parts) if v6 else ".".join(parts)
    if v6:
        value = f"{value}:" if value.endswith(":") else f":{value}" if value.startswith(":") else value
    full = "128" if v6 else "32"
    out.add("ip-address", value if length == full else f"{value}/{length}", place)
