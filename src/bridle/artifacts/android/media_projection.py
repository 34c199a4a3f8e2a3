"""dumpsys media_projection: which app records or mirrors the screen at the time of the dump.

    MEDIA PROJECTION MANAGER (dumpsys media_projection)
    Media Projection:
    (com.example.recorder, uid=10123): TYPE_SCREEN_CAPTURE

Known limits: only the session of now; earlier ones are in the log and in app operations (PROJECT_MEDIA).

Sources: AOSP `MediaProjectionManagerService.dump`, `MediaProjection.dump`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/media/projection/MediaProjectionManagerService.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, PackageName, Record, SourceFile, artifact, note, record
from bridle.formats import service_text
from bridle.formats.service_text import fact, outlined

_SESSION = re.compile(r"\(([A-Za-z0-9_.]{1,255}), uid=(\d{1,10})\): ?(\S{0,60})(.*)")


@record(surface="running-process")
class Session(Record):
    """An app that had the screen."""

    package_name: PackageName = note(doc="app")
    uid: int = note(doc="user identifier of the app")
    type: str = note(doc="`TYPE_SCREEN_CAPTURE`, `TYPE_MIRRORING` or `TYPE_PRESENTATION`")
    detail: str = note(doc="the entry as stored")


@record
class Fact(service_text.Fact):
    """Any other line of the dump; `null` is no session."""


@artifact("/**/dumpsys/media_projection/*.txt")
def media_projection(file: SourceFile) -> Iterator[Session | Fact | Gap]:
    with file.open() as stored:
        for item in outlined(stored):
            if isinstance(item, Gap):
                yield item
                continue
            number, above, text = item
            if found := _SESSION.fullmatch(text):
                yield Session(
                    locator=f"line {number}", package_name=found[1], uid=int(found[2]), type=found[3], detail=text
                )
            elif text.startswith("("):
                yield Gap(
                    locator=f"line {number}", reason=f"Session: expected (package, uid=…): type, got {text!a:.60}"
                )
            elif not text.startswith("MEDIA PROJECTION MANAGER"):
                row = fact(Fact, number, above, text)
                if row is not None:
                    yield row
