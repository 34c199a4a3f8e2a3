"""dumpsys netstats: traffic of each user identifier over weeks, in steps of an hour or two.

An app is a user identifier here (the package dump says whose it is), apart for each network, for foreground and
background, and for tags an app gives to parts of its traffic:

    UID stats:
      Complete history:
      ident=[{type=WIFI, subType=COMBINED, networkId="Home", metered=false}] uid=10012 set=FOREGROUND tag=0x0
        NetworkStatsHistory: bucketDuration=7200
          st=1578470400 rb=1234 rp=10 tb=567 tp=8 op=0

st is the beginning in seconds since 1970, rb/rp and tb/tp bytes and packets received and sent, op operations. Before
Android 5 a step is `bucketStart=… rxBytes=…`, in milliseconds. The section CHECKIN NETSTATS has the same without
networks (`c,0,10012,0,0` and `b,1578470400,1234,10,567,8,0`).

Known limits: no package is named. Traffic of removed apps is counted to UID -4, of tethering to -5. Which of several
networks of one kind, only Android before 13 says by its name. Interfaces and settings are kept as lines.

Sources: AOSP `NetworkStatsCollection.dump`, `NetworkStatsHistory.dump`, `NetworkIdentity`,
https://android.googlesource.com/platform/packages/modules/Connectivity/+/refs/heads/main/framework-t/src/android/net/NetworkStatsCollection.java
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from bridle.core import Gap, Record, SourceFile, Utc, artifact, note, record
from bridle.formats.android_pairs import maybe, pairs, something, user_of, whole
from bridle.formats.lines import lines, too_long
from bridle.formats.values import unix, unix_milliseconds

_KEY = re.compile(r"ident=\[(.*)\] uid=(-?\d{1,10}) set=(\S+) tag=(\S+)")
_STEP = re.compile(
    r"st=(-?\d{1,15}) rb=(-?\d{1,19}) rp=(-?\d{1,19}) tb=(-?\d{1,19}) tp=(-?\d{1,19})(?: op=(-?\d{1,19}))?"
)
_LENGTH = re.compile(r"(?:NetworkStatsHistory: )?bucketDuration=(\d{1,15})")
_TYPE = re.compile(r"\btype=([^,\]}]+)")
_NAMED = re.compile(r"\b(?:networkId|wifiNetworkKey|subscriberId)=(?:\"([^\"]*)\"|([^,\]}]*))")
_SETS = {"-1": "ALL", "0": "DEFAULT", "1": "FOREGROUND", "1001": "DBG_VPN_IN", "1002": "DBG_VPN_OUT"}
_CHECKED = ("dev", "xt", "uid", "tag")


@record
class Bucket(Record):
    """Traffic in one step of time, of one user identifier on one kind of network."""

    section: str | None = note(doc="Dev stats, Xt stats, UID stats or UID tag stats; in the checkin form xt, uid, tag")
    ident: str | None = note(doc="networks, as stored; in the checkin form cell, wifi, eth or bt")
    network_type: str | None = note(doc="kind of network: WIFI, MOBILE, VPN, or its number")
    network_id: str | None = note(doc="name of the wireless network, where stored")
    uid: int | None = note(doc="user identifier; -1 all, -4 removed apps, -5 tethering, 0 the kernel, 1000 the system")
    user: int | None = note(doc="number of the Android user")
    set: str | None = note(doc="DEFAULT (background), FOREGROUND or ALL")
    tag: str | None = note(doc="mark the app gave the traffic, hexadecimal; none for all of it")
    begin: Utc | None = note(doc="when the step began")
    duration: int | None = note(doc="length of the step, seconds")
    rx_bytes: int | None = note(doc="bytes received")
    rx_packets: int | None = note(doc="packets received")
    tx_bytes: int | None = note(doc="bytes sent")
    tx_packets: int | None = note(doc="packets sent")
    operations: int | None = note(doc="operations the app counted")


@record
class Line(Record):
    """A line that no other table takes: interfaces in use, settings, counts of what is kept."""

    section: str | None = note(doc="heading it stands under")
    text: str = note(doc="the line, without the blanks around it")


@artifact("/**/dumpsys/netstats/*.txt", "/**/sections/CHECKIN NETSTATS/*.txt")
def netstats(file: SourceFile) -> Iterator[Bucket | Line | Gap]:
    state = _State()
    with file.open() as stored:
        for number, text in lines(stored):
            if text is None:
                yield too_long(number)
            elif line := text.strip():
                yield from state.take(f"line {number}", line, text[0] not in " \t")


class _State:
    """Whose traffic the steps are that come."""

    def __init__(self) -> None:
        self._section: str | None = None
        self._key: dict[str, Any] | None = None
        self._length: int | None = None

    def take(self, at: str, line: str, heading: bool) -> Iterator[Bucket | Line | Gap]:
        if found := _STEP.fullmatch(line):
            yield from self._bucket(at, found[1], unix, found.groups()[1:])
        elif line.startswith("ident=["):
            yield from self._ident(at, line)
        elif found := _LENGTH.match(line):
            self._length = int(found[1])
        elif line.startswith("bucketStart="):
            stored = pairs(line)
            counts = (stored.get(k) for k in ("rxBytes", "rxPackets", "txBytes", "txPackets", "operations"))
            yield from self._bucket(at, stored["bucketStart"], unix_milliseconds, tuple(counts), of_second=1000)
        elif line.startswith(("st=", "b,", "c,", "d,")) or line in _CHECKED:
            yield from self._checkin(at, line)
        else:
            if heading or line.endswith("stats:"):
                self._section, self._key, self._length = line.rstrip(":"), None, None
            yield Line(locator=at, section=self._section, text=line)

    def _ident(self, at: str, line: str) -> Iterator[Gap]:
        """What the steps below are about."""
        self._length = None
        found = _KEY.fullmatch(line)
        self._key = None
        if found is None:
            yield Gap(locator=at, reason=f"expected networks with uid, set and tag, got {line!a:.60}")
            return
        kind, named = _TYPE.search(found[1]), _NAMED.search(found[1])
        uid = maybe(whole, found[2])
        self._key = {
            "ident": found[1] or None, "network_type": kind[1] if kind else None,
            "network_id": something(named[1] or named[2]) if named else None, "uid": uid, "user": user_of(uid),
            "set": found[3], "tag": None if found[4] == "0x0" else found[4],
        }  # fmt: skip

    def _checkin(self, at: str, line: str) -> Iterator[Bucket | Gap]:
        kind, *values = line.split(",")
        if line in _CHECKED:
            self._section, self._key, self._length = line, None, None
        elif kind == "c" and len(values) == 4:
            uid = maybe(whole, values[1])
            self._key = {
                "ident": values[0], "network_type": values[0], "network_id": None, "uid": uid, "user": user_of(uid),
                "set": _SETS.get(values[2], values[2]), "tag": None if values[3] in ("0", "0x0") else values[3],
            }  # fmt: skip
        elif kind == "d" and len(values) == 1 and values[0].isdecimal():
            self._length = maybe(whole, values[0])
        elif kind == "b" and len(values) == 6:
            counts = tuple(None if v == "*" else v for v in values[1:])
            yield from self._bucket(at, values[0], unix, counts)
        else:
            yield Gap(locator=at, reason=f"expected a step of traffic, got {line!a:.60}")

    def _bucket(
        self, at: str, begin: str, read: Callable[[object], Utc], counts: tuple[str | None, ...], of_second: int = 1
    ) -> Iterator[Bucket | Gap]:
        if self._key is None:
            yield Gap(locator=at, reason="expected a line that says whose traffic it is, got a step without one")
            return
        number = maybe(whole, begin)
        time = None
        if number:
            try:
                time = read(number)
            except ValueError as e:
                yield Gap(locator=f"{at}:begin", reason=str(e))
        received, packets, sent, sent_packets, operations = (maybe(whole, c) for c in counts)
        yield Bucket(
            locator=at, section=self._section, begin=time,
            duration=None if self._length is None else self._length // of_second, rx_bytes=received,
            rx_packets=packets, tx_bytes=sent, tx_packets=sent_packets, operations=operations, **self._key,
        )  # fmt: skip
