"""Values as they are compared: one form for each thing, whatever its notation."""

from __future__ import annotations

import ipaddress
import posixpath
import re
from collections.abc import Callable

from bridle.formats.urls import host_of, normalised_host

_HEX = {"md5": 32, "sha1": 40, "sha256": 64}


def domain(text: str) -> str:
    """Lower case, punycode, without port, final dot and a leading `www.`. Raises ValueError."""
    host = host_of(text) if "://" in text else normalised_host(re.sub(r":\d+\Z", "", text.strip().removeprefix("*.")))
    if host is None or "." not in host:
        raise ValueError(f"expected a domain, got {text!r:.60}")
    return bare(host)


def bare(host: str) -> str:
    """Without a leading `www.`, if a domain is left."""
    return host[4:] if host.startswith("www.") and "." in host[4:] else host


def url(text: str) -> str:
    """Scheme and host in lower case, without user, default port, fragment and final slash. Raises ValueError."""
    host = host_of(text)
    if host is None:
        raise ValueError(f"expected a URL, got {text!r:.60}")
    scheme, _, rest = text.strip().partition("://")
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    port = re.search(r":(\d+)\Z", authority)
    shown = f":{port[1]}" if port and (scheme.lower(), port[1]) not in {("http", "80"), ("https", "443")} else ""
    path = rest[len(authority) :].partition("#")[0]
    return f"{scheme.lower()}://{f'[{host}]' if ':' in host else host}{shown}{path.rstrip('/')}"


def address(text: str) -> str:
    """An address, or a network in CIDR notation. Raises ValueError."""
    value = text.strip().strip("[]")
    if "/" in value:
        return str(ipaddress.ip_network(value, strict=False))
    found = ipaddress.ip_address(value)
    return str(getattr(found, "ipv4_mapped", None) or found)


def email(text: str) -> str:
    """Lower case, without display name and `mailto:`. Raises ValueError."""
    value = text.strip()
    if value.endswith(">") and "<" in value:
        value = value[value.rindex("<") + 1 : -1]
    value = value.lower().removeprefix("mailto:").partition("?")[0].strip()
    user, _, host = value.rpartition("@")
    if not user or normalised_host(host) is None or any(c.isspace() for c in value):
        raise ValueError(f"expected an e-mail address, got {text!r:.60}")
    return value


def digest(kind: str) -> Callable[[str], str]:
    """Hexadecimal in lower case, without colons and spaces. The function raises ValueError."""

    def read(text: str) -> str:
        value = re.sub(r"[\s:-]", "", text).lower()
        if len(value) != _HEX[kind] or re.fullmatch(r"[0-9a-f]+", value) is None:
            raise ValueError(f"expected {_HEX[kind]} hexadecimal digits, got {text!r:.60}")
        return value

    return read


def certificate(text: str) -> str:
    """A certificate's MD5, SHA-1 or SHA-256 in any notation. Raises ValueError."""
    value = re.sub(r"[\s:-]", "", text).lower()
    if len(value) not in _HEX.values() or re.fullmatch(r"[0-9a-f]+", value) is None:
        raise ValueError(f"expected a certificate's digest, got {text!r:.60}")
    return value


def path(text: str) -> str:
    """A path on a device: `/var`, `/tmp` and `/etc` as iOS resolves them; a final slash says that it is a folder."""
    value = re.sub(r"/{2,}", "/", text.strip())
    if not value.strip("/") or "\0" in value:
        raise ValueError(f"expected a path, got {text!r:.60}")
    return resolved(value)


_ROOTS = (
    ("/private/tmp", "/private/var/tmp"), ("/tmp", "/private/var/tmp"), ("/var", "/private/var"),  # noqa: S108
    ("/etc", "/private/etc"),
)  # fmt: skip


def resolved(value: str) -> str:
    """The path with `//`, `/./` and `/../` resolved and iOS's links at the root followed."""
    if value.startswith("/") and ("//" in value or "/." in value):
        value = "/" + posixpath.normpath(value).lstrip("/") + ("/" if value.endswith("/") else "")
    for short, whole in _ROOTS:
        if value.startswith(short) and value[len(short) : len(short) + 1] in ("", "/"):
            return whole + value[len(short) :]
    return value


def words(text: str) -> str:
    """A name as it stands, without surrounding blanks. Raises ValueError when it is empty."""
    if not text.strip():
        raise ValueError("expected a name, got nothing")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise ValueError(f"expected text, got {text!a:.60}")
    return text.strip()


def folded(text: str) -> str:
    """A name in lower case. Raises ValueError when it is empty."""
    return words(text).lower()


NORMALISE: dict[str, Callable[[str], str]] = {
    "domain": domain, "url": url, "ip-address": address, "email": email, "process-name": words, "file-name": words,
    "file-path": path, "sha256": digest("sha256"), "sha1": digest("sha1"), "md5": digest("md5"), "cert": certificate,
    "app-id": folded, "profile-id": folded, "property-name": words,
}  # fmt: skip
"""For each kind of indicator, how its value is compared. Each raises ValueError for what is none."""
