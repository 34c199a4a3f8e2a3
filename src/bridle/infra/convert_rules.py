"""Items as Suricata rules, or as a hosts file. Neither holds what a phone alone has, and neither says who said it.

Source: https://docs.suricata.io/en/latest/rules/ .
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from bridle.formats.urls import host_of
from bridle.infra.item import Item

_FIRST, _SIDS = 100_000_000, 900_000_000
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/?&=%+,@!*")
_NAMES = (("dns", "dns.query"), ("tls", "tls.sni"), ("http", "http.host"))


def hosts(items: Sequence[Item]) -> tuple[str, Counter[str]]:
    """A hosts file that sends domains nowhere. It cannot name what lies below them."""
    left_out = Counter(f"{i.kind}: a hosts file has only domains" for i in items if i.kind != "domain")
    lines = [f"0.0.0.0 {i.value}" for i in items if i.kind == "domain"]
    return "\n".join(["# domains alone: a hosts file does not cover what lies below them", *lines, ""]), left_out


def suricata(items: Sequence[Item]) -> tuple[str, Counter[str]]:
    """Rules for domains (DNS, TLS, HTTP), addresses, URLs and SHA-1 of certificates, numbered by what they say."""
    left_out: Counter[str] = Counter()
    used: set[int] = set()
    lines: list[str] = []
    for item in items:
        found = list(_rules(item))
        if not found:
            left_out[f"{item.kind}: {_why(item)}"] += 1
        for protocol, target, options in found:
            sid = _sid(f"{protocol}:{item.kind}:{item.value}", used)
            message = f"bridle {item.kind} {''.join(c if c in _PLAIN else '_' for c in item.value)[:200]}"
            beside = f'msg:"{message}"; {options}' if options else f'msg:"{message}"; '
            lines.append(f"alert {protocol} $HOME_NET any -> {target} any ({beside}classtype:trojan-activity; "
                         f"sid:{sid}; rev:1;)")  # fmt: skip
    return "\n".join([*lines, ""]), left_out


def _why(item: Item) -> str:
    if item.kind == "url":
        return "the host of a URL is needed"
    return "only SHA-1 is compared in TLS" if item.kind == "cert" else "traffic does not show it"


def _rules(item: Item) -> Iterator[tuple[str, str, str]]:
    """Protocol, target and options of the rules for an item."""
    if item.kind == "domain":
        for protocol, buffer in _NAMES:
            yield protocol, "any", f'{buffer}; dotprefix; content:".{item.value}"; nocase; endswith; '
    elif item.kind == "ip-address":
        yield "ip", f"[{item.value}]", ""
    elif item.kind == "cert" and len(item.value) == 40:
        pairs = ":".join(item.value[n : n + 2] for n in range(0, 40, 2))
        yield "tls", "any", f'tls.cert_fingerprint; content:"{pairs}"; '
    elif item.kind == "url" and (host := host_of(item.value)) is not None:
        path = item.value.partition("://")[2].partition("/")
        options = f'http.host; content:"{_content(host)}"; startswith; endswith; '
        yield "http", "any", options + (f'http.uri; content:"/{_content(path[2])}"; startswith; ' if path[2] else "")


def _content(text: str) -> str:
    """Text for a `content`: what rules use themselves is written in hexadecimal."""
    return "".join(c if c in _PLAIN else "".join(f"|{b:02x}|" for b in c.encode()) for c in text)


def _sid(content: str, used: set[int]) -> int:
    """A rule's number, of what it says; the next free one where another has it already."""
    number = _FIRST + int.from_bytes(hashlib.sha256(content.encode()).digest()[:8], "big") % _SIDS
    while number in used:
        number += 1
    used.add(number)
    return number
