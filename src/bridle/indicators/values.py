"""What of a field's value a comparison is made with: of a URL the host, of a path the name, as the kind says."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator

from bridle.formats import urls
from bridle.indicators import normalise
from bridle.indicators.properties import PROCESSES


def candidates(kind: str, field: str, surface: str, value: str) -> Iterator[str]:
    """The values of a kind that stand in a field of another, or the same, kind. Each may come twice."""
    read = _READERS.get(kind)
    if read is not None:
        yield from read(field, surface, value)
        return
    found = normalised(kind, value)
    if found is not None:
        yield found


def normalised(kind: str, value: str) -> str | None:
    """A value as it is compared; None if it is none of the kind."""
    try:
        return normalise.NORMALISE[kind](value) if kind in normalise.NORMALISE else value.strip().lower()
    except ValueError:
        return None


def _hosts(field: str, value: str) -> Iterator[str]:
    found: Iterator[str | None]
    if field == "text":
        yield from urls.domains_in(value)
        yield from urls.ips_in(value)
        found = (urls.host_of(u) for u in urls.urls_in(value))
    elif field == "url":
        found = (urls.host_of(u) for u in (value, *urls.nested_urls(value)))
    elif field in ("email", "account"):
        address = normalised("email", value.partition("\0")[0])
        found = iter((address.rpartition("@")[2] if address else None,))
    else:
        found = iter((urls.host_of(value) if "://" in value else urls.normalised_host(value.strip(".")),))
    yield from (h for h in found if h is not None)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _domains(field: str, _: str, value: str) -> Iterator[str]:
    for host in _hosts(field, value):
        if not _is_address(host):
            yield host


def _addresses(field: str, _: str, value: str) -> Iterator[str]:
    if field == "ip-address":
        found = normalised("ip-address", value) or urls.host_of(f"ip://{value}")
        yield from (found,) if found else ()
    else:
        yield from (h for h in _hosts(field, value) if _is_address(h))


def _urls(field: str, _: str, value: str) -> Iterator[str]:
    for url in urls.urls_in(value) if field == "text" else (value, *urls.nested_urls(value)):
        yield url
        normal = normalised("url", url)
        if normal is not None and normal != url:
            yield normal


def _emails(field: str, _: str, value: str) -> Iterator[str]:
    for text in urls.emails_in(value) if field == "text" else (value.partition("\0")[0],):
        if (found := normalised("email", text)) is not None:
            yield found


def _processes(field: str, surface: str, value: str) -> Iterator[str]:
    if field == "file-path" and surface not in PROCESSES:
        return
    parts = [p for p in value.split("/") if p]
    if parts:
        yield parts[-1] if value.startswith("/") else parts[0]


def _names(_: str, __: str, value: str) -> Iterator[str]:
    yield value.rstrip("/").rpartition("/")[2]


def _paths(field: str, _: str, value: str) -> Iterator[str]:
    if field == "process-name" and not value.startswith("/"):
        return
    yield value
    resolved = normalise.resolved(value)
    if resolved != value:
        yield resolved


def _apps(field: str, _: str, value: str) -> Iterator[str]:
    if field not in ("file-path", "process-name") or ("." in value and "/" not in value):
        yield value.partition(":")[0].strip().lower()


def _accounts(_: str, __: str, value: str) -> Iterator[str]:
    yield value.partition("\0")[0].strip().lower()


_READERS: dict[str, Callable[[str, str, str], Iterator[str]]] = {
    "domain": _domains, "ip-address": _addresses, "url": _urls, "email": _emails, "process-name": _processes,
    "file-name": _names, "file-path": _paths, "app-id": _apps, "account": _accounts,
}  # fmt: skip
