"""idstatuscache.plist: the accounts that iMessage, FaceTime, HomeKit, photo sharing … looked up.

A dictionary of services; each holds the accounts it asked for, as `mailto:…` or `tel:…`, with the time and the answer.
Backups have an empty one since iOS 14.7; the file system keeps the second path. NUL characters in an account stay.

Known limits: only the last look-up of each account by each service is stored, and not which side began it. A service
that has looked nobody up gives no row.

Sources: the file of an iOS 14 phone (test data of plaso); https://github.com/log2timeline/plaso (ios_identityservices);
https://www.amnesty.org/en/latest/research/2021/07/forensic-methodology-report-how-to-catch-nso-groups-pegasus/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import Account, FormatError, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import plist
from bridle.formats.pointer import below, entries
from bridle.formats.table import col, records, rest
from bridle.formats.values import cocoa

_SERVICE, _ACCOUNT = "(service)", "(account)"
_VERSION = "CacheVersion"


@record(surface="look-up")
class LookUp(Record):
    """One account that one service asked for: the last time, and what came back."""

    service: str | None = col(_SERVICE, doc="who asked: `com.apple.madrid` is iMessage, `com.apple.ess` FaceTime …")
    account: Account | None = col(_ACCOUNT, doc="address or number that was looked up, as stored")
    time: Utc | None = col("LookupDate", cocoa, doc="when it was last looked up")
    status: int | None = col("IDStatus", doc="the answer: 0 unknown, 1 has the service, 2 has not")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@artifact(
    "/private/var/mobile/Library/Preferences/com.apple.identityservices.idstatuscache.plist",
    "/private/var/mobile/Library/IdentityServices/idstatuscache.plist",
)
def id_status_cache(file: SourceFile) -> Iterator[LookUp | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary of services, got {type(stored).__name__}")
    for found in entries(stored):
        if isinstance(found, Gap):
            yield found
            continue
        place, service, accounts = found
        if isinstance(accounts, Mapping):
            yield from records(_accounts(place, service, accounts), LookUp)
        elif service != _VERSION:
            yield Gap(locator=place, reason=f"LookUp: expected a dictionary of accounts, got {type(accounts).__name__}")


def _accounts(
    at: str, service: str, accounts: Mapping[object, object]
) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    """The look-ups of a service, numbered in their order: an account may hold anything, a locator is shown anywhere."""
    for number, (account, entry) in enumerate(accounts.items(), 1):
        place = below(at, number)
        if isinstance(entry, Mapping):
            yield place, {**entry, _SERVICE: service, _ACCOUNT: account}
        else:
            yield Gap(locator=place, reason=f"LookUp: expected a dictionary, got {type(entry).__name__}")
