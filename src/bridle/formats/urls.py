"""URLs, hosts and addresses in text that anybody may have written. Linear in the length of the text.

Sources: RFC 3986 (URLs), RFC 3490 and UTS 46 (internationalised names: the dots that count as dots).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from urllib.parse import unquote

LONGEST_TEXT = 1 << 20
"""Characters of one text that are looked at."""
MOST = 10_000
"""Findings of one kind in one text."""
MOST_NESTED = 64
_LONGEST_URL = 1 << 16
_DEPTH = 4

_URL = re.compile(r"(?:https?|ftp|wss?)://[^\s<>\"'`{}|\\^\x00-\x20]{1,8192}", re.IGNORECASE)
_WHOLE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://\S+")
_BEGIN = re.compile(r"(?:https?|ftp|wss?)://", re.IGNORECASE)
_HOST_CHARACTERS = re.compile(r"[^\s<>\"'`{}|\\^/?#@:,;()\[\]=&%!*$\x00-\x20]{4,253}")
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9.-]{3,253})")
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_BRACKETS = {")": "(", "]": "["}
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_TOP = re.compile(r"(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59})\Z")
_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
_NUMBERED = re.compile(r"\d\.\d|:[0-9a-fA-F]{0,4}:")
"""What every address has in it."""
_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?=:\d{1,5}(?![\w.:]*[\w:]))|\d{1,3}(?:\.\d{1,3}){3}(?![\w.:]*[\w:])"
    r"|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w.:]*[\w:]))"
)


def host_of(url: str) -> str | None:
    """The host of a URL: lower case, without user, port and final dot, internationalised names as punycode.

    An IPv6 address comes without brackets. None if it is no URL with a host.
    """
    scheme, found, rest = url.strip().partition("://")
    if not found or not scheme.replace("+", "").replace(".", "").replace("-", "").isalnum():
        return None
    authority = re.split(r"[/?#\\]", rest[:8192], maxsplit=1)[0].rpartition("@")[2]
    if authority.startswith("["):
        return _address(authority[1:].partition("]")[0])
    host = unquote(authority.rpartition(":")[0] if re.search(r":\d*\Z", authority) else authority)
    return normalised_host(host)


def normalised_host(host: str) -> str | None:
    """A domain or address as it is compared. None if it is neither."""
    text = host.strip().translate(_DOTS).rstrip(".").lower()
    if not text or len(text) > 253:
        return None
    if (address := _address(text)) is not None:
        return address
    if not text.isascii():
        try:
            text = text.encode("idna").decode()
        except UnicodeError:
            return None
    labels = text.split(".")
    return text if all(_LABEL.match(x) for x in labels) else None


@lru_cache(maxsize=1 << 16)
def _address(text: str) -> str | None:
    """An address as it is compared; IPv4 written as IPv6 is IPv4."""
    if ":" not in text and not text[-1:].isdigit():
        return None
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def urls_in(text: str) -> list[str]:
    """The URLs written in a text, without the punctuation that ends a sentence, each once."""
    if "://" not in text:
        return []
    found = (_trimmed(m.group()) for m in _URL.finditer(text[:LONGEST_TEXT]))
    return _first(u for u in found if host_of(u) is not None)


def _trimmed(url: str) -> str:
    """Without the punctuation that ends a sentence, and brackets that were not opened in it."""
    end = len(url.rstrip(".,;:!?*_~"))
    unopened = {close: url.count(close, 0, end) - url.count(begin, 0, end) for close, begin in _BRACKETS.items()}
    while end and unopened.get(url[end - 1], 0) > 0:
        unopened[url[end - 1]] -= 1
        end -= 1
        while end and url[end - 1] in ".,;:!?":
            end -= 1
    return url[:end]


def domains_in(text: str) -> list[str]:
    """Domains written in a text, bare or in a URL or address, as they are compared, each once."""
    text = text[:LONGEST_TEXT]
    words = _HOST_CHARACTERS.findall(_ENCODED.sub(" ", text) if "%" in text else text)
    return _first(d for word in words if ("." in word or not word.isascii()) and (d := _domain_of(word)) is not None)


@lru_cache(maxsize=1 << 16)
def _domain_of(word: str) -> str | None:
    """A word of a text as a domain; None if it is none. Logs repeat their words."""
    bare = word.translate(_DOTS).strip(".-_'")
    if "." not in bare or (host := normalised_host(bare)) is None:
        return None
    return host if is_domain(host) else None


def is_domain(host: str) -> bool:
    """Whether a normalised host has the shape of a public domain name."""
    labels = host.split(".")
    return len(labels) > 1 and _TOP.match(labels[-1]) is not None


def emails_in(text: str) -> list[str]:
    """E-mail addresses in a text, lower case, each once."""
    if "@" not in text:
        return []
    return _first(
        m.group().rstrip(".-").lower()
        for m in _EMAIL.finditer(text[:LONGEST_TEXT])
        if is_domain(m.group(1).rstrip(".-").lower())
    )


def ips_in(text: str) -> list[str]:
    """IPv4 and IPv6 addresses that stand alone in a text, as they are compared, each once."""
    if _NUMBERED.search(text) is None:
        return []
    return _first(a for m in _IP.finditer(text[:LONGEST_TEXT]) if (a := _address(m.group())) is not None)


def nested_urls(url: str) -> list[str]:
    """URLs inside a URL: in its query, path or fragment, percent-encoded up to four times. Not the URL itself."""
    out: dict[str, None] = {}
    waiting = [(url, 0)]
    while waiting:
        text, depth = waiting.pop()
        for inner in _inside(text.partition("://")[2]):
            trimmed = _trimmed(inner)
            if trimmed not in out and trimmed != url and host_of(trimmed) is not None:
                if len(out) >= MOST_NESTED:
                    return list(out)
                out[trimmed] = None
                if depth < _DEPTH:
                    waiting.append((trimmed, depth + 1))
    return list(out)


def _inside(text: str) -> Iterator[str]:
    """What looks like a URL in the parts of a query, and in the path as it stands."""
    text = text[:_LONGEST_URL]
    for begin in islice(_BEGIN.finditer(text), MOST_NESTED):
        if (m := _URL.match(text, begin.start())) is not None:
            yield re.split(r"[&#]", m.group(), maxsplit=1)[0]
    for _ in range(_DEPTH):
        decoded = [unquote(part) for part in re.split(r"[?&#;=]", text)]
        for part in decoded:
            at = part.lower().find("http")
            if at >= 0 and (m := _URL.match(part, at)) is not None:
                yield m.group()
        if (text := "&".join(decoded)) == "&".join(unquote(x) for x in decoded):
            return


def parents(domain: str) -> list[str]:
    """The domain's parents on label boundaries, nearest first, down to the last but one label."""
    labels = domain.split(".")
    return [".".join(labels[i:]) for i in range(1, len(labels) - 1)]


def _first(found: Iterator[str]) -> list[str]:
    out: dict[str, None] = {}
    for value in found:
        out.setdefault(value)
        if len(out) >= MOST:
            break
    return list(out)


def percent_decoded(text: str) -> str:
    r"""The text with each `%41` as the character it stands for; bytes that are no UTF-8 become `\xff`."""
    return unquote(text, errors="backslashreplace")


def whole_urls(value: object) -> Iterator[str]:
    """The texts among nested lists and dictionaries that are URLs of any scheme and nothing else, in their order."""
    if isinstance(value, str):
        if _WHOLE.fullmatch(value):
            yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from whole_urls(part)
