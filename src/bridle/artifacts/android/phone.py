"""dumpsys phone, isms, sensor_privacy: state of telephony and of the privacy switches, and their logs.

    SmsManager for subId = -1:
      2020-01-08T15:29:46.286 - Failed to add GSM cell broadcast channels range 4370 to 4370

Many phones answer the shell with `Security exception: …` alone, which is a gap: what there was to tell is not known.

Known limits: facts and events without a meaning of their own; what differs by manufacturer is kept as it stands.

Sources: AOSP `PhoneInterfaceManager.dump`, `SmsController.dump`, `SensorPrivacyService.dump`, `LocalLog`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/sensorprivacy/SensorPrivacyService.java
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Gap, SourceFile, artifact, record
from bridle.formats import service_text
from bridle.formats.service_text import event, fact, outlined


@record
class Event(service_text.Event):
    """A line of a log."""


@record
class Fact(service_text.Fact):
    """Any other line of a dump."""


@artifact("/**/dumpsys/phone/*.txt", "/**/dumpsys/isms/*.txt", "/**/dumpsys/sensor_privacy/*.txt")
def phone(file: SourceFile) -> Iterator[Event | Fact | Gap]:
    with file.open() as stored:
        for item in outlined(stored):
            if isinstance(item, Gap):
                yield item
                continue
            row = event(Event, *item) or fact(Fact, *item)
            if row is not None:
                yield row
