"""services.txt of AndroidQF and Bugbane: the system services that were registered.

The output of `service list`:

    Found 2 services:
    0	phone: [com.android.internal.telephony.ITelephony]
    1	vendor.example: []

Known limits: a service whose interface the shell may not ask for has none. That a service is there says nothing of who
provides it.

Sources: AOSP `frameworks/native/cmds/service/service.cpp`,
https://android.googlesource.com/platform/frameworks/native/+/refs/heads/main/cmds/service/service.cpp
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, Record, SourceFile, artifact, note, record
from bridle.formats.lines import lines, too_long

_LINE = re.compile(r"(\d{1,6})[\t ]+(.{1,1000}?): \[(.{0,1000})\]")
_COUNT = re.compile(r"Found \d{1,6} services?:|No services found\.?")


@record
class Service(Record):
    """One service."""

    number: int = note(doc="its place in the list")
    name: str = note(doc="name it is asked for by")
    interface: str | None = note(doc="interface it implements; None where it did not tell")


@artifact("/androidqf/services.txt")
def androidqf_services(file: SourceFile) -> Iterator[Service | Gap]:
    with file.open() as stored:
        for number, line in lines(stored):
            text = line.strip() if line is not None else ""
            if line is None:
                yield too_long(number)
            elif found := _LINE.fullmatch(text):
                yield Service(locator=f"line {number}", number=int(found[1]), name=found[2], interface=found[3] or None)
            elif text and not _COUNT.fullmatch(text):
                yield Gap(locator=f"line {number}", reason=f"expected number, name and [interface], got {text!a:.60}")
