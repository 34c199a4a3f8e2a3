"""Values as they are compared: one form for each thing, whatever its notation."""

from __future__ import annotations

import binascii
import ipaddress
import posixpath
import re
from collections.abc import Callable
from urllib.parse import unquote

from bridle.formats.urls import host_of, normalised_host

_HEX = {"md5": 32, "sha1": 40, "sha256": 64}


def domain(text: str) -> str:
    """Lower case, punycode, without port, final dot and a leading `www.`. Raises ValueError."""
    host = host_of(text) if "://" in text else normalised_host(re.sub(r":\d+\Z", "", text.strip().removeprefix("*.")))
    if host is None or "." not in host or normalised_host(host) is None:
        raise ValueError(f"expected a domain, got {text!r:.60}")
    return bare(host)


def bare(host: str) -> str:
    """Without a leading `www.`, if a domain is left."""
    return host[4:] if host.startswith("www.") and "." in host[4:] else host


def url(text: str) -> str:
    """Scheme and host in lower case, without user, default port, fragment, final slash and needless encoding.

    Raises ValueError.
    """
    host = host_of(text)
    if host is None:
        raise ValueError(f"expected a URL, got {text!r:.60}")
    scheme, _, rest = text.strip().partition("://")
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    port = re.search(r":(\d+)\Z", authority)
    shown = f":{port[1]}" if port and (scheme.lower(), port[1]) not in {("http", "80"), ("https", "443")} else ""
    path = rest[len(authority) :].partition("#")[0]
    if "%" in path:
        path = _ENCODED.sub(_decoded, path)
    return f"{scheme.lower()}://{f'[{host}]' if ':' in host else host}{shown}{path.rstrip('/')}"


_ENCODED = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def _decoded(m: re.Match[str]) -> str:
    """A character that needs no encoding has none; the others are in capitals (RFC 3986, 6.2.2)."""
    character = chr(int(m[1], 16))
    return character if character in _UNRESERVED else m[0].upper()


def without_query(text: str) -> str:
    """A URL as it is compared, without what follows `?`."""
    return text.partition("?")[0].rstrip("/")


def address(text: str) -> str:
    """An address without zone and port, or a network in CIDR notation. Raises ValueError."""
    value = re.sub(r"%[^/\]]*", "", text.strip()).removeprefix("/")
    if "/" in value:
        return str(ipaddress.ip_network(value.strip("[]"), strict=False))
    if value.startswith("["):
        value = value[1:].partition("]")[0]
    elif value.count(":") == 1:
        value = value.partition(":")[0]
    found = ipaddress.ip_address(value)
    return str(getattr(found, "ipv4_mapped", None) or found)


_ACCOUNT = re.compile(
    r"(?:mailto|e|sips?|xmpp|im|acct|i?message|facetime(?:-audio|-video)?|smsto|sms):(?://)?", re.IGNORECASE
)
"""What stands before the address of an account."""
GOOGLE = ("gmail.com", "googlemail.com")


def email(text: str) -> str:
    """Lower case, without display name and `mailto:`, the domain in punycode. Raises ValueError."""
    value = text.strip()
    if value.endswith(">") and "<" in value:
        value = value[value.rindex("<") + 1 : -1]
    if (scheme := _ACCOUNT.match(value)) is not None:
        value = unquote(value[scheme.end() :].partition("?")[0])
    user, _, host = value.lower().strip().rpartition("@")
    name = normalised_host(host)
    if not user or name is None or any(c.isspace() for c in user):
        raise ValueError(f"expected an e-mail address, got {text!r:.60}")
    return f"{user}@{name}"


def mailbox(address: str) -> str:
    """Where mail to a normalised address ends up: without a tag behind `+`, and at Google without dots."""
    user, _, host = address.rpartition("@")
    user = user.partition("+")[0] or user
    return f"{user.replace('.', '')}@{GOOGLE[0]}" if host in GOOGLE else f"{user}@{host}"


_NAMED = re.compile(r"(?:md5|sha-?1|sha-?256|sha2)\s*[:=\s]\s*", re.IGNORECASE)
"""The algorithm, before a digest."""


def _hex(text: str, lengths: tuple[int, ...]) -> str | None:
    """Hexadecimal digits in lower case, whatever stands between or before them, or Base64; None for anything else."""
    bare = _NAMED.sub("", text.strip(), count=1) if _NAMED.match(text.strip()) else text
    value = re.sub(r"[\s:-]", "", bare).lower()
    if len(value) in lengths and re.fullmatch(r"[0-9a-f]+", value) is not None:
        return value
    coded = bare.strip().translate(_STANDARD)
    if _BASE64.fullmatch(coded) is None:
        return None
    try:
        value = binascii.a2b_base64(coded + "=" * (-len(coded) % 4), strict_mode=True).hex()
    except (binascii.Error, ValueError):
        return None
    return value if len(value) in lengths else None


_STANDARD = str.maketrans("-_", "+/")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=?")


def digest(kind: str) -> Callable[[str], str]:
    """Hexadecimal in lower case, without colons and blanks; also from Base64. The function raises ValueError."""

    def read(text: str) -> str:
        if (value := _hex(text, (_HEX[kind],))) is None:
            raise ValueError(f"expected {_HEX[kind]} hexadecimal digits, got {text!r:.60}")
        return value

    return read


def certificate(text: str) -> str:
    """A certificate's MD5, SHA-1 or SHA-256 in any notation. Raises ValueError."""
    if (value := _hex(text, tuple(_HEX.values()))) is None:
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
    value = plain_path(value)
    for short, whole in _ROOTS:
        if value.startswith(short) and value[len(short) : len(short) + 1] in ("", "/"):
            return whole + value[len(short) :]
    return value


_SHARED = re.compile(
    r"/(?:sdcard|mnt/sdcard|storage/sdcard0|storage/self/primary|storage/emulated/legacy|mnt/user/0/primary)(?=/|\Z)"
)
_MEDIA = re.compile(
    r"/(?:data/media|mnt/(?:user|pass_through|installer|androidwritable)/\d+/emulated|mnt/runtime/\w+/emulated)"
    r"(?=/\d+(?:/|\Z))"
)
_OWN = re.compile(r"/(data/user/0|etc)(?=/|\Z)")


def on_android(value: str) -> str:
    """The path with Android's links followed: one form for shared storage, for the owner's data and for `/etc`.

    iOS's links at the root are none there. Source: init.rc and sdcard's mounts of the Android Open Source Project.
    """
    value = plain_path(value)
    if (m := _SHARED.match(value) or _MEDIA.match(value)) is not None:
        return ("/storage/emulated" if m.re is _MEDIA else "/storage/emulated/0") + value[m.end() :]
    if (m := _OWN.match(value)) is not None:
        return ("/system/etc" if m[1] == "etc" else "/data/data") + value[m.end() :]
    return value


def plain_path(value: str) -> str:
    """The path with `//`, `/./` and `/../` resolved."""
    if value.startswith("/") and ("//" in value or "/." in value):
        return "/" + posixpath.normpath(value).lstrip("/") + ("/" if value.endswith("/") else "")
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
