"""The services of fingerprint, face and other biometrics: how often each user was let in and turned away.

    {"service":"Fingerprint Manager","prints":[{"id":0,"count":2,"accept":31,"reject":4,"acquire":120,"lockout":1,…}]}
    HAL Deaths: 0

Counts are since boot. `id` is the user. Rejections and lockouts of a phone out of its owner's hands may be attempts.

Known limits: they have no times. Since Android 11 a service has one such line for each sensor, among other lines,
which are kept as facts.

Sources: AOSP `FingerprintService`, `FaceService`, `PerformanceTracker`, `BiometricScheduler`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/biometrics/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import Gap, Record, SourceFile, artifact, note, record
from bridle.formats import indented
from bridle.formats.lines import lines
from bridle.formats.table import col, records, rest

_MOST = 1_000


@record
class Count(Record):
    """Attempts of one user at one sensor."""

    service: str | None = col("(service)", doc="service or sensor, as stored")
    user: int | None = col("id", doc="number of the user")
    enrolled: int | None = col("count", doc="fingers or faces that are known")
    accept: int | None = col("accept", doc="attempts that were let in")
    reject: int | None = col("reject", doc="attempts that were turned away")
    acquire: int | None = col("acquire", doc="pictures that were taken")
    lockout: int | None = col("lockout", doc="times it stopped for half a minute after five rejections")
    permanent_lockout: int | None = col("permanentLockout", doc="times it stopped until a PIN was given")
    accept_crypto: int | None = col("acceptCrypto", doc="attempts let in that released a key, such as to pay")
    reject_crypto: int | None = col("rejectCrypto", doc="attempts turned away that would have released a key")
    extra: str | None = rest(doc="other values, as JSON")


@record
class Fact(Record):
    """Any other line of the dump."""

    service: str = note(doc="service that wrote it: fingerprint, face, biometric, iris or auth")
    place: str | None = note(doc="the headings above it, joined by /")
    name: str | None = note(doc="name of the value; none for a sentence")
    value: str | None = note(doc="value or sentence, as stored; none if empty")


@artifact(
    "/**/dumpsys/fingerprint/*.txt",
    "/**/dumpsys/face/*.txt",
    "/**/dumpsys/biometric/*.txt",
    "/**/dumpsys/iris/*.txt",
    "/**/dumpsys/auth/*.txt",
)
def biometric(file: SourceFile) -> Iterator[Count | Fact | Gap]:
    service = file.path.parent.name
    with file.open() as stored:
        for line in indented.tree(lines(stored)):
            if isinstance(line, Gap):
                yield line
            elif line.text.startswith("{"):
                yield from records(_counts(line), Count)
            elif not line.text.endswith(":"):
                name, value = line.named()
                yield Fact(locator=f"line {line.number}", service=service, place=line.place, name=name, value=value)


def _counts(line: indented.Line) -> Iterator[tuple[str, Mapping[str, Any]] | Gap]:
    locator = f"line {line.number}"
    try:
        found = json.loads(line.text)
    except (ValueError, RecursionError):
        yield Gap(locator=locator, reason=f"expected counts as JSON, got {line.text!a:.60}")
        return
    users = next((v for v in found.values() if isinstance(v, list)), []) if isinstance(found, dict) else []
    service = next((v for v in found.values() if isinstance(v, str)), None) if isinstance(found, dict) else None
    if not users:
        yield Gap(locator=locator, reason=f"expected counts of users, got {line.text!a:.60}")
    for number, user in enumerate(users[:_MOST], 1):
        if isinstance(user, dict):
            yield f"{locator}:{number}", {**user, "(service)": service}
        else:
            yield Gap(locator=f"{locator}:{number}", reason=f"expected counts of a user, got {user!a:.60}")
