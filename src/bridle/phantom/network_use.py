"""DataUsage.sqlite: what the phone's processes sent and received, and what the attack did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bridle.phantom.attack import Attack
from bridle.phantom.entry import Entry, database, insert, plist
from bridle.phantom.events import Purge, Use
from bridle.phantom.life import Life, cocoa, guid

PROCESSES = 60
APPS = {
    "org.example.tidings": "Tidings",
    "org.example.rail": "Rail",
    "com.example.chat": "Chat",
    "com.example.maps": "Maps",
    "net.example.bank": "Bank",
    "org.example.podcasts": "Podcasts",
    "com.example.photos": "Photos",
    "org.example.notes": "Notes",
}
"""Installed apps by bundle identifier."""
SYSTEM = """apsd mDNSResponder imagent nsurlsessiond cloudd identityservicesd locationd timed CommCenter itunesstored
accountsd dataaccessd assistantd mediaserverd callservicesd adid softwareupdateservicesd mobileassetd geod rapportd
sharingd parsecd suggestd passd remindd calaccessd networkserviceproxy homed MobileSafari weatherd searchpartyd trustd
mobileactivationd storekitd appstored bird itunescloudd com.apple.WebKit.Networking syncdefaultsd fmfd findmydeviced
mapspushd adprivacyd familycircled""".split()
_SCHEMA = """
CREATE TABLE ZLIVEUSAGE ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZKIND INTEGER, ZMETADATA INTEGER,
  ZTAG INTEGER, ZHASPROCESS INTEGER, ZBILLCYCLEEND TIMESTAMP, ZTIMESTAMP TIMESTAMP, ZWIFIIN FLOAT, ZWIFIOUT FLOAT,
  ZWWANIN FLOAT, ZWWANOUT FLOAT );
CREATE TABLE ZPROCESS ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZFIRSTTIMESTAMP TIMESTAMP,
  ZTIMESTAMP TIMESTAMP, ZBUNDLENAME VARCHAR, ZPROCNAME VARCHAR );
CREATE TABLE ZCHECKUPEVENT ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZTIMESTAMP TIMESTAMP,
  ZSYNDROMEID VARCHAR );
CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
CREATE TABLE Z_METADATA (Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);
CREATE INDEX ZLIVEUSAGE_ZHASPROCESS_INDEX ON ZLIVEUSAGE (ZHASPROCESS);
"""

_USAGE = "Z_PK Z_ENT Z_OPT ZKIND ZMETADATA ZTAG ZHASPROCESS ZTIMESTAMP ZWIFIIN ZWIFIOUT ZWWANIN ZWWANOUT"


@dataclass(frozen=True, kw_only=True)
class _Process:
    first: datetime
    last: datetime
    name: str
    bundle: str | None
    traffic: tuple[tuple[datetime, int, int], ...]
    """Time, bytes received and bytes sent over cellular of each row of ZLIVEUSAGE."""
    deleted: bool = False


def entries(life: Life, attack: Attack | None) -> Iterator[Entry]:
    random = life.random("network use")
    processes = [_process(life, random, name, bundle) for name, bundle in _names(life, random)]
    if attack is not None and attack.infected:
        processes += _planted(attack)
    processes += _told(life)
    processes.sort(key=lambda p: p.first)
    yield Entry(
        domain="WirelessDomain",
        path="Library/Databases/DataUsage.sqlite",
        content=_database(random, processes),
        born=life.start,
        modified=max(p.last for p in processes),
        protection=4,
    )


def _names(life: Life, random: Random) -> list[tuple[str, str | None]]:
    """Process and app: system processes, apps, and what the system did for them."""
    folder = guid(random)
    names: list[tuple[str, str | None]] = [(name, None) for name in SYSTEM]
    names += [(f"{folder}/{bundle}", bundle) for bundle in APPS]
    names += [(f"mDNSResponder/{bundle}", bundle) for bundle in APPS]
    more = range(len(names), PROCESSES * life.scale)
    names += [(f"nsurlsessiond/org.example.extension{i}", f"org.example.extension{i}") for i in more]
    return names[: PROCESSES * life.scale]


def _process(life: Life, random: Random, name: str, bundle: str | None) -> _Process:
    first = life.start + timedelta(microseconds=round(random.expovariate(1 / 200_000) * 1e6))
    first = min(first, life.backup - timedelta(days=1))
    last = first + (life.backup - first) * random.uniform(0.2, 0.999)
    return _Process(first=first, last=last, name=name, bundle=bundle, traffic=tuple(_traffic(random, first, last)))


def _traffic(random: Random, first: datetime, last: datetime) -> Iterator[tuple[datetime, int, int]]:
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        received = round(random.lognormvariate(12, 2))
        yield first + (last - first) * random.random(), received, round(received * random.uniform(0.02, 0.4))


def _planted(attack: Attack) -> Iterator[_Process]:
    by, end = attack.by, attack.deleted
    yield _Process(
        first=attack.stager_first,
        last=attack.daemon_first,
        name=by.stager,
        bundle=None,
        traffic=((attack.daemon_first, 812_344, 20_991),),
    )
    yield _Process(
        first=attack.daemon_first,
        last=attack.exfiltration,
        name=by.daemon,
        bundle=None,
        traffic=((attack.exfiltration, 401_223, attack.exfiltrated),),
    )
    yield _Process(
        first=attack.resembling_first,
        last=attack.exfiltration,
        name=by.resembling,
        bundle=None,
        traffic=((attack.exfiltration, 9_120, 4_411),),
    )
    yield _Process(
        first=attack.resembling_first + timedelta(seconds=1),
        last=end,
        name="pstid",
        bundle=None,
        traffic=((end, 55_102, attack.deleted_bytes),),
        deleted=True,
    )


def _told(life: Life) -> Iterator[_Process]:
    for use in life.of(Use):
        last = use.time + timedelta(minutes=use.minutes)
        traffic = ((last, use.received, use.sent),)
        yield _Process(
            first=use.time, last=last, name=use.process, bundle=use.bundle, traffic=traffic, deleted=use.deleted
        )
    for purge in life.of(Purge):
        for n in range(purge.count):
            name = f"nsurlsessiond/org.example.gone{n}"
            first, traffic = purge.time - timedelta(days=9, hours=n), ((purge.time, 4_000 + n, 700 + n),)
            yield _Process(first=first, last=purge.time, name=name, bundle=None, traffic=traffic, deleted=True)


def _database(random: Random, processes: list[_Process]) -> bytes:
    rows = [(i, 7, 1, cocoa(p.first), cocoa(p.last), p.bundle, p.name) for i, p in enumerate(processes, 1)]
    usage = sorted((time, number, got, sent) for number, p in enumerate(processes, 1) for time, got, sent in p.traffic)
    live = [
        (i, 5, 1, 0, 0, 1, number, cocoa(time), 0.0, 0.0, float(got), float(sent))
        for i, (time, number, got, sent) in enumerate(usage, 1)
    ]
    return database(
        _SCHEMA,
        (insert("ZPROCESS", "Z_PK Z_ENT Z_OPT ZFIRSTTIMESTAMP ZTIMESTAMP ZBUNDLENAME ZPROCNAME"), rows),
        (insert("ZLIVEUSAGE", _USAGE), live),
        (
            "INSERT INTO Z_PRIMARYKEY VALUES (?, ?, ?, ?)",
            [(1, "CheckUpEvent", 0, 0), (5, "LiveUsage", 0, len(live)), (7, "Process", 0, len(rows))],
        ),
        ("INSERT INTO Z_METADATA VALUES (?, ?, ?)", [(1, guid(random), plist({"NSStoreType": "SQLite"}))]),
        ("DELETE FROM ZPROCESS WHERE Z_PK = ?", [(i,) for i, p in enumerate(processes, 1) if p.deleted]),
    )
