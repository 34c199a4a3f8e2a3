"""iOS idstatuscache.plist: accounts this phone looked up before it could reach them by iMessage, FaceTime, HomeKit …

Empty in backups since iOS 14.7; in full file systems it is at a newer place.

Sources: stores of iOS 13 to 16; Amnesty International's methodology report of July 2021,
https://www.amnesty.org/en/latest/research/2021/07/forensic-methodology-report-how-to-catch-nso-groups-pegasus/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bridle.core import Account, FormatError, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import plist
from bridle.formats.table import col, records, rest
from bridle.formats.values import cocoa


@record(surface="look-up")
class LookUp(Record):
    """One account that was looked up for one service."""

    service: str | None = col("service", doc="com.apple.madrid is iMessage")
    account: Account | None = col("account", doc="as stored, such as mailto:… or tel:+…; NULs kept")
    time: Utc | None = col("LookupDate", cocoa, doc="when it was looked up last")
    status: int | None = col("IDStatus", doc="0 unknown, 1 reachable, 2 not reachable")
    extra: str | None = rest(doc="other stored keys, as JSON")


@artifact(
    "/private/var/mobile/Library/Preferences/com.apple.identityservices.idstatuscache.plist",
    "/private/var/mobile/Library/IdentityServices/idstatuscache.plist",
)
def id_status_cache(file: SourceFile) -> Iterator[LookUp | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, dict):
        raise FormatError(f"expected a dictionary of services, got {type(stored).__name__}")
    for service, accounts in stored.items():
        if isinstance(accounts, dict):
            for n, (account, found) in enumerate(accounts.items(), 1):
                yield from _look_up(f"{service}/{n}", service, account, found)


def _look_up(locator: str, service: Any, account: Any, found: Any) -> Iterator[LookUp | Gap]:
    if isinstance(found, dict):
        yield from records([(locator, {**found, "service": service, "account": account})], LookUp)
    else:
        yield Gap(locator=locator, reason=f"LookUp: expected a dictionary, got {type(found).__name__}")
