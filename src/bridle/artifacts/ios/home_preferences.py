"""com.apple.homed.plist and its siblings: the preferences of homed, which runs HomeKit.

Every value is told with its keys, and with the addresses and numbers in it: accounts that homes were shared with or
that invited. An invitation from an account the person does not know was the first step of the attack PWNYOURHOME
(2022). Which keys there are differs between systems and is not published.

Known limits: accounts are found by their form, and a number without `+` or `tel:` is not taken for one. What was
overwritten is gone: there is no history.

Sources: https://citizenlab.ca/2023/04/nso-groups-pegasus-spyware-returns-in-2022/ ; file names of a backup of iOS 14
(https://github.com/mvt-project/mvt) and of iOS 16 (listings of iLEAPP, https://github.com/abrignoni/iLEAPP). No file
with accounts was at hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Account, Gap, Record, SourceFile, Text, Utc, artifact, record
from bridle.formats import accounts, plist
from bridle.formats.table import col, records
from bridle.formats.values import naive_utc


@record
class Setting(Record):
    """One value of the preferences."""

    key: str | None = col(accounts.KEY, doc="keys on the way to the value, joined by `/`")
    value: Text | None = col(accounts.VALUE, doc="text, number or truth value, as text")
    time: Utc | None = col(accounts.TIME, naive_utc, doc="the value, where it is a date")
    length: int | None = col(accounts.LENGTH, doc="bytes of data, or characters of a secret; not kept")
    accounts: tuple[Account, ...] | None = col(
        accounts.ACCOUNTS, tuple, doc="addresses and numbers in key and value, as stored", surface="look-up"
    )


@artifact(
    "/private/var/mobile/Library/Preferences/com.apple.homed.plist",
    "/private/var/mobile/Library/Preferences/com.apple.homed.*.plist",
)
def home_preferences(file: SourceFile) -> Iterator[Setting | Gap]:
    yield from records(accounts.facts(plist.load(file)), Setting)
