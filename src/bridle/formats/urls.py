"""URLs, hosts and addresses in text that anybody may have written. Linear in the length of the text.

Sources: RFC 3986 (URLs), RFC 3490 and UTS 46 (internationalised names: the dots that count as dots), the WHATWG URL
standard (hosts as browsers read them: numbers of any notation, and characters that no registry allows).
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from base64 import urlsafe_b64decode
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
_LONGEST_ADDRESS = 128
_DEPTH = 4

_URL = re.compile(r"(?:https?|ftp|wss?)://[^\s<>\"'`{}|\\^\x00-\x20]{1,8192}", re.IGNORECASE)
_WHOLE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://\S+")
_SCHEME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]{0,60}")
_BEGIN = re.compile(r"(?:https?|ftp|wss?)://", re.IGNORECASE)
_HOST_CHARACTERS = re.compile(r"[^\s<>\"'`{}|\\^/?#@:,;()\[\]=&%!*$\x00-\x20]{4,253}")
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9.-]{3,253})")
_ENCODED = re.compile(r"%(?:25)*[0-9A-Fa-f]{2}")
_BRACKETS = {")": "(", "]": "["}
_CLOSING = ".,;:!?*_~\u201d\u2019\u00bb\u300d\u300f\u3011\uff09\u3002\uff0c\u3001\uff01\uff1f\uff1b\uff1a\u2026"
"""What ends a sentence or a quotation, and no URL."""
_AROUND = ".-_'\u201c\u2018\u201e\u201a\u00ab\u300c\u300e\u3010\uff08\u2013\u2014\u2022" + _CLOSING
_APART = re.compile(
    "[\u00a1-\u00bf\u0590-\u08ff\u0e00-\u0eff\u2000-\u2bff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe00-\ufe0f\uff00-\uff0d"
    "\uff0f-\uffef\U0001f000-\U0001faff\U00020000-\U0003ffff]+"
)
"""Scripts that are written without blanks beside a name in Latin letters, quotation marks, and emoji."""
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_ORDINARY = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")
"""A domain as it is compared: most are."""
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\"#%/:<>?@\[\\\]^`{|}]|\.\.|^\.")
"""What browsers take in no host, however odd its name."""
_TOP = re.compile(r"(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59})\Z")
_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
_NOT_IDNA = re.compile("[\u00df\u03c2\u200c\u200d]")
"""Characters that today's browsers keep and RFC 3490 replaced."""
_PORT = re.compile(r":\d*\Z")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_NUMBERED = re.compile(r"\d\.\d|:[0-9a-fA-F]{0,4}:")
"""What every address has in it."""
_IP = re.compile(
    r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?=:\d{1,5}(?![\w.:]*[\w:]))|\d{1,3}(?:\.\d{1,3}){3}(?![\w.:]*[\w:])"
    r"|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w.:]*[\w:]))"
)
_BASE64 = re.compile(r"(?:aHR0c|SFRUU)[A-Za-z0-9+/_-]{6,2048}")
"""`http` in Base64, as mail filters and search engines pass a link on."""
_DASHED = re.compile(r"https?-3A(?:__|-2F-2F)[A-Za-z0-9_.-]{3,4096}")
"""`https://` as a filter of mail writes it, with `-` for `%` and `_` for `/`."""


def host_of(url: str) -> str | None:
    """The host of a URL: lower case, without user, port and final dot, internationalised names as punycode.

    An IPv6 address comes without brackets. None if it is no URL with a host.
    """
    scheme, found, rest = url.strip().partition("://")
    if not found or _SCHEME.fullmatch(scheme) is None:
        return None
    return _host_before(rest)


def host_at(text: str) -> str | None:
    """The host that a field for hosts names: with a scheme, user, port or path perhaps, a wildcard or a leading dot."""
    text = text.strip()
    if "://" in text:
        return host_of(text)
    bare = text.removeprefix("*").lstrip(".")
    return _address(bare) or _host_before(bare)


def _host_before(text: str) -> str | None:
    """The host of what begins with `user@host:port`; None where that is longer than is looked at."""
    authority = re.split(r"[/?#\\]", text[: _LONGEST_URL + 1], maxsplit=1)[0]
    return None if len(authority) > _LONGEST_URL else _host_in(authority)


def _host_in(authority: str) -> str | None:
    """The host of `user@host:port`, as browsers read it."""
    host = authority.rpartition("@")[2]
    if host.startswith("["):
        return _address(unquote(host[1:].partition("]")[0]))
    host = _PORT.sub("", host)
    text = _plain(unquote(host) if "%" in host else host)
    if text is None or text[-1:].isdigit() or _is_number(text.rpartition(".")[2]):
        return None if text is None else (_address(text) or _numbers(text))
    return None if _FORBIDDEN.search(text) else text


def normalised_host(host: str) -> str | None:
    """A domain or address as it is compared. None if it is neither."""
    if len(host) <= 253 and _ORDINARY.fullmatch(host) is not None:
        return host
    text = _plain(host)
    if text is None or (address := _address(text)) is not None:
        return text and address
    return text if all(_LABEL.match(x) for x in text.split(".")) else None


def _plain(host: str) -> str | None:
    """In lower case and punycode, without final dots. None where nothing is left, or too much."""
    text = host.strip().translate(_DOTS).rstrip(".").lower()
    if not text or len(text) > 253:
        return None
    return text if text.isascii() else _punycode(text)


def _punycode(host: str) -> str | None:
    """An internationalised name in ASCII; also one of characters that are younger than RFC 3490."""
    if _NOT_IDNA.search(host) is None:
        try:
            return host.encode("idna").decode().lower()
        except UnicodeError:
            pass
    try:
        labels = unicodedata.normalize("NFKC", host).split(".")
        return ".".join(x if x.isascii() else "xn--" + x.encode("punycode").decode() for x in labels).lower()
    except UnicodeError:
        return None


def is_address(host: str) -> bool:
    """Whether a host, as it is compared, is an address."""
    return ":" in host or host.rpartition(".")[2].isdecimal()


def _is_number(label: str) -> bool:
    return _NUMBER.fullmatch(label) is not None


def _numbers(host: str) -> str | None:
    """An IPv4 address as browsers read it: of one to four numbers, each decimal, octal or hexadecimal."""
    parts = host.split(".")
    if not _is_number(parts[-1]):
        return None if _FORBIDDEN.search(host) else host
    if len(parts) > 4 or not all(_is_number(p) and len(p) < 32 for p in parts):
        return None
    try:
        *first, last = [
            int(p[2:] or "0", 16) if p[1:2] in "xX" and p[1:] else int(p, 8 if p[0] == "0" else 10) for p in parts
        ]
    except ValueError:
        return None
    if any(n > 255 for n in first) or last >= 256 ** (4 - len(first)):
        return None
    return str(ipaddress.IPv4Address(sum(n << (24 - 8 * i) for i, n in enumerate(first)) + last))


def _address(text: str) -> str | None:
    """An address as it is compared, without its zone; IPv4 written as IPv6 is IPv4."""
    if len(text) > _LONGEST_ADDRESS or (":" not in text and not text[-1:].isdigit()):
        return None
    return _address_of(text)


@lru_cache(maxsize=1 << 16)
def _address_of(text: str) -> str | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def _beginning(text: str) -> str:
    """What is looked at of a text: of one that is too long, nothing of a word that goes on beyond that."""
    begin = text[:LONGEST_TEXT]
    if len(text) <= LONGEST_TEXT or text[LONGEST_TEXT].isspace() or begin[-1].isspace():
        return begin
    return begin.rsplit(maxsplit=1)[0]


def urls_in(text: str) -> list[str]:
    """The URLs written in a text, without the punctuation that ends a sentence, each once."""
    if "://" not in text:
        return []
    found = (u for m in _URL.finditer(_beginning(text)) for u in _ends(_trimmed(m.group())))
    return _first(u for u in found if host_of(u) is not None)


def outside_urls(text: str) -> str:
    """The text with a blank for each URL in it."""
    return _URL.sub(" ", _beginning(text)) if "://" in text else text


def _ends(url: str) -> Iterator[str]:
    """The URL; and what is one where its host ends before a script that is written without blanks."""
    yield url
    if not url.isascii():
        begin = url.index("://") + 3
        authority = re.split(r"[/?#]", url[begin:], maxsplit=1)[0]
        if (at := _APART.search(authority)) is not None and "." in authority[: at.start()]:
            yield url[: begin + at.start()]


def _trimmed(url: str) -> str:
    """Without the punctuation that ends a sentence, and brackets that were not opened in it."""
    end = len(url.rstrip(_CLOSING))
    unopened = {close: url.count(close, 0, end) - url.count(begin, 0, end) for close, begin in _BRACKETS.items()}
    while end and unopened.get(url[end - 1], 0) > 0:
        unopened[url[end - 1]] -= 1
        end -= 1
        while end and url[end - 1] in _CLOSING:
            end -= 1
    return url[:end]


def domains_in(text: str) -> list[str]:
    """Domains written in a text, bare or in a URL or address, as they are compared, each once."""
    text = _beginning(text)
    words = _HOST_CHARACTERS.findall(_ENCODED.sub(" ", text) if "%" in text else text)
    return _first(d for word in words if "." in word or not word.isascii() for d in _domains_of(word))


def _domains_of(word: str) -> Iterator[str]:
    """A word of a text as a domain, and the parts of it that stand between other scripts."""
    if (found := _domain_of(word)) is not None:
        yield found
    if not word.isascii() and len(parts := _APART.split(word)) > 1:
        yield from (d for part in parts if (d := _domain_of(part)) is not None)


@lru_cache(maxsize=1 << 16)
def _domain_of(word: str) -> str | None:
    """A word of a text as a domain; None if it is none. Logs repeat their words."""
    bare = word.translate(_DOTS).strip(_AROUND)
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
        for m in _EMAIL.finditer(_beginning(text))
        if is_domain(m.group(1).rstrip(".-").lower())
    )


def ips_in(text: str) -> list[str]:
    """IPv4 and IPv6 addresses that stand alone in a text, as they are compared, each once."""
    if _NUMBERED.search(text) is None:
        return []
    return _first(a for m in _IP.finditer(_beginning(text)) if (a := _address(m.group())) is not None)


def nested_urls(url: str) -> list[str]:
    """URLs inside a URL: in its query, path or fragment, percent-encoded up to four times. Not the URL itself."""
    out: dict[str, None] = {}
    waiting = [(url, 0)]
    while waiting:
        text, depth = waiting.pop()
        for inner in _inside(text.partition("://")[2] if host_of(text) is not None else text):
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
    yield from _rewritten(text)
    for _ in range(_DEPTH):
        decoded = [unquote(part) for part in re.split(r"[?&#;=]", text)]
        for part in decoded:
            if (begun := _BEGIN.search(part)) is not None and (m := _URL.match(part, begun.start())) is not None:
                yield m.group()
            elif part.startswith("//"):
                yield f"http:{part[:_LONGEST_URL]}"
        if (text := "&".join(decoded)) == "&".join(unquote(x) for x in decoded):
            return


def _rewritten(text: str) -> Iterator[str]:
    """URLs that a filter or a search engine wrote in its own way."""
    for m in islice(_BASE64.finditer(text), MOST_NESTED):
        text = m.group().translate({43: "-", 47: "_"})
        whole = text[:-1] if len(text) % 4 == 1 else text + "=" * (-len(text) % 4)
        if (url := _URL.match(urlsafe_b64decode(whole).decode("utf-8", "replace"))) is not None:
            yield url.group()
    for m in islice(_DASHED.finditer(text), MOST_NESTED):
        yield unquote(m.group().replace("-", "%").replace("_", "/"))


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
