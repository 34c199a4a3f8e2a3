"""HSTS.plist: the hosts that may only be asked in encrypted form, because they once said so.

A dictionary of storage sessions, each a dictionary of hosts. A host enters it with its answer, so an entry shows that
the host was asked; it ends when the host said it does. But hosts of the list that is delivered with the system may
stand among them: they have no end (infinite, or 2**63), and are no more than a mention.

Known limits: no file was at hand. When a host was first asked is not stored, and an entry that has ended may be
removed. A host that never asked for encryption is not in it.

Sources: https://github.com/ydkhatri/mac_apt (cookies); RFC 6797; a property list of CFNetwork, schema version 3, as
printed in public; lists of the files of phones with iOS 15 and 16 (test data of iLEAPP)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import Domain, FormatError, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import plist
from bridle.formats.pointer import entries
from bridle.formats.table import col, records, rest
from bridle.formats.values import cocoa, real

_HOST, _SESSION, _ASKED, _LISTED = "(host)", "(session)", "(asked)", "(listed)"
_NO_END = 2.0**62


def _end(value: object) -> Utc | None:
    """When it ends; none for an end that is infinite or as far. Raises ValueError."""
    return None if _is_endless(value) else cocoa(value)


def _is_endless(value: object) -> bool:
    return isinstance(value, int | float) and value >= _NO_END


@record
class Host(Record):
    """A host that may only be asked in encrypted form."""

    session: str | None = col(_SESSION, doc="storage session it belongs to")
    host: str | None = col(_HOST, doc="the host, as stored")
    asked_host: Domain | None = col(_ASKED, doc="the host, where the entry has an end", surface="visited")
    listed_host: Domain | None = col(_LISTED, doc="the host, where it has none, as those delivered with the system")
    created: Utc | None = col("Create Time", cocoa, doc="when the entry was made")
    expires: Utc | None = col("Expiry", _end, doc="when it ends; none where it never does")
    include_subdomains: bool | None = col("Include Subdomains", doc="whether it holds for the hosts below")
    is_hsts: bool | None = col("HSTS Host", doc="whether the host said so itself, as the name of the key goes")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@record
class Fact(Record):
    """A fact about the store, such as the version of the list that is delivered with the system."""

    key: str = col("key", doc="name of the fact")
    value: str | None = col("value", doc="text of the fact")
    number: float | None = col("number", real, doc="number of the fact")


@artifact("/private/var/**/HSTS.plist")
def hsts(file: SourceFile) -> Iterator[Host | Fact | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary of storage sessions, got {stored!r:.60}")
    for found in entries(stored):
        if isinstance(found, Gap):
            yield found
        elif isinstance(found[2], Mapping):
            yield from records(_hosts(found[0], found[1], found[2]), Host)
        else:
            where = "value" if isinstance(found[2], str) else "number"
            yield from records([(found[0], {"key": found[1], where: found[2]})], Fact)


def _hosts(at: str, session: str, stored: Mapping[object, object]) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    for found in entries(stored, at):
        if isinstance(found, Gap):
            yield found
            continue
        place, host, entry = found
        if isinstance(entry, Mapping):
            kind = _LISTED if _is_endless(entry.get("Expiry")) else _ASKED
            yield place, {**entry, _SESSION: session, _HOST: host, kind: host}
        else:
            yield Gap(locator=place, reason=f"Host: expected a dictionary, got {entry!r:.60}")
