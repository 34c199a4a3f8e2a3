"""What the phone says of itself: its name, system and time zone, and who it was backed up to.

`data_ark.plist` is lockdownd's store: keys are a domain and a name joined by `-`, such as
`com.apple.international-Locale` or, of no domain, `-DeviceName`. `com.apple.mobile.ldbackup.plist` tells of backups;
`preferences.plist` of the system's configuration has the phone's name in the network. All of it is personal, and
belongs to the person who owns the phone.

Known limits: only what holds now is stored, not what was before. Of data and secrets only the length is told, and texts
are cut at 16,384 characters. What many of the names mean is not published.

Sources: the files of phones with iOS 15 and 16 (test data of iLEAPP); https://github.com/libimobiledevice/libimobiledevice
(domains of lockdownd).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bridle.core import FormatError, Gap, Record, SourceFile, Text, Utc, artifact, note, record
from bridle.formats import plist
from bridle.formats.setting import settings


@record
class Fact(Record):
    """One thing the phone knows of itself; personal."""

    domain: str | None = note(doc="domain of lockdownd, such as `com.apple.iTunes.backup`; none where there is none")
    name: str = note(doc="name, such as `DeviceName`, `TimeZone` or `ProductVersion`; keys below it joined by `/`")
    value: Text | None = note(doc="text, number or truth value, as text; none for a date, data and secrets")
    time: Utc | None = note(doc="the value, where it is a date")
    length: int | None = note(doc="bytes of data, or characters of a text that is not kept in whole")


@artifact(
    "/private/var/root/Library/Lockdown/data_ark.plist",
    "/private/var/mobile/Library/Preferences/com.apple.mobile.ldbackup.plist",
    "/private/var/preferences/SystemConfiguration/preferences.plist",
)
def lockdown_facts(file: SourceFile) -> Iterator[Fact | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, dict):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    of_ark = any(isinstance(key, str) and key.startswith("-") for key in stored)
    for found in settings(stored) if stored else ():
        if isinstance(found, Gap):
            yield replace(found, reason=found.reason.replace("Setting: ", "Fact: ", 1))
            continue
        domain, joined, name = found.key.partition("-") if of_ark else ("", "", "")
        yield Fact(
            locator=found.locator, domain=domain if domain and joined else None, name=name or found.key,
            value=found.value, time=found.time, length=found.length,
        )  # fmt: skip
