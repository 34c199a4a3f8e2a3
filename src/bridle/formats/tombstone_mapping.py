"""A line of a tombstone's memory map: a stretch of the process's memory, and the file that is mapped there.

    e7a00000-e7a2ffff r-x         0     30000  /system/lib/libc.so (BuildId: fef5b751) (load bias 0x1000)

Sources: as `bridle.formats.tombstone_text`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bridle.formats import tombstone
from bridle.formats.table import Repeated

BUILD_ID = re.compile(r"(.*) \(BuildId: ([0-9a-f]{1,128})\)")
_MAPPING = re.compile(
    r"(?:--->| {4})([0-9a-f']{1,17})-([0-9a-f']{1,17}) ([r-][w-][x-]) +([0-9a-f]{1,16}) +([0-9a-f]{1,16})(?:  (.*))?"
)
_BIAS = re.compile(r"(.*) \(load bias 0x([0-9a-f]{1,16})\)")


@lru_cache(maxsize=tombstone.KNOWN)
def mapped(line: str) -> Repeated | None:
    """The values of a mapping; None for another line.

    Those of the system's libraries are the same in all apps since a start of the phone.
    """
    found = _MAPPING.fullmatch(line)
    if found is None:
        return None
    values = Repeated(
        begin=int(found[1].replace("'", ""), 16), end=int(found[2].replace("'", ""), 16) + 1,
        permissions=found[3], offset=int(found[4], 16),
    )  # fmt: skip
    name = (found[6] or "").strip()
    if name.endswith(")"):
        if bias := _BIAS.fullmatch(name):
            name, values["load_bias"] = bias[1], int(bias[2], 16)
        if build := BUILD_ID.fullmatch(name):
            name, values["build_id"] = build[1], build[2]
    values["path"] = name or None
    return values
