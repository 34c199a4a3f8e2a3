"""Addresses that may be fetched, and how they are shown. Connects to nothing."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

_URL = re.compile(r"[!-~]{1,2000}\Z")


class AddressError(ValueError):
    """An address that is not fetched, in one sentence."""


def checked(url: str) -> SplitResult:
    """The parts of an address that may be fetched. Raises AddressError for any other."""
    if not _URL.match(url):
        raise AddressError(f"expected an address of printable ASCII characters, got {shown(url)!r:.60}")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as e:
        raise AddressError(f"expected an address, got {shown(url)!r:.60}: {e}") from None
    if parts.scheme != "https":
        raise AddressError(f"only https:// addresses are fetched, got {shown(url)!r:.60}")
    if not host or parts.username is not None or parts.password is not None:
        raise AddressError(f"expected https://HOST/PATH without a name and password, got {shown(url)!r:.60}")
    return parts


def shown(url: str) -> str:
    """An address without what may be secret in it: name, password, query and fragment."""
    begin, colon, rest = re.split(r"[?#]", url, maxsplit=1)[0].rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{begin}{colon}{host.rpartition('@')[2]}{slash}{path}"
