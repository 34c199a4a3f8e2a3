"""Lines of the kernel's own log, as `dmesg`, /proc/kmsg, /proc/last_kmsg and pstore have them.

    <6>[   12.993652] usb 1-1: new high-speed USB device number 2 using xhci-hcd
    [   12.993652] ...            (dmesg without -r, pstore's console)
    <4>[  305.123456@2] ...       <6>[  305.123456] [0: swapper/0:    0] ...      (some vendors)

Sources: Linux `kernel/printk/printk.c`, `fs/pstore`,
https://www.kernel.org/doc/Documentation/ABI/testing/dev-kmsg
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

LINE = re.compile(r"(?:<(\d{1,4})>)?\s?\[ *(\d{1,9}(?:\.\d{1,9})?)(?:[@,][^\]]{0,20})?\] ?(.*)", re.DOTALL)
PRIORITY_ONLY = re.compile(r"<(\d{1,4})>(.*)", re.DOTALL)
_TAKEN = re.compile(rb"== dumpstate: (\d{4}-\d\d-\d\d[ -]\d\d:\d\d:\d\d)")
_UPTIME = re.compile(rb"(?m)^Uptime: +up +([^\r\n]{1,80})")
_SPAN = re.compile(r"(\d{1,6}) (week|day|hour|minute)s?")
_SECONDS = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60}


def booted(header: bytes) -> datetime | None:
    """When the phone was booted by its own clock, to the minute, from the header of a report; None if not told.

    It is the time of the report without `Uptime: up 1 week, 2 days, 3 hours, 4 minutes`.
    """
    taken, uptime = _TAKEN.search(header), _UPTIME.search(header)
    if taken is None or uptime is None:
        return None
    spans = _SPAN.findall(uptime[1].decode("ascii", "replace"))
    try:
        time = datetime.strptime(taken[1].decode("ascii").replace(" ", "-", 1), "%Y-%m-%d-%H:%M:%S")  # noqa: DTZ007
        return time - timedelta(seconds=sum(int(n) * _SECONDS[unit] for n, unit in spans)) if spans else None
    except (ValueError, OverflowError):
        return None
