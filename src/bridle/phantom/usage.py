"""What processes used the network, counted elsewhere: netusage.sqlite and the daily count of osanalytics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bridle.phantom.attack import Attack
from bridle.phantom.entry import Entry, database, insert, plist
from bridle.phantom.events import Use
from bridle.phantom.life import Life, cocoa, naive
from bridle.phantom.network_use import APPS, SYSTEM

PATH = "/private/var/networkd/netusage.sqlite"
_SHOWN = 16
"""Characters of a process's name that netusage.sqlite keeps up to iOS 14."""
_SCHEMA = """
CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZFIRSTTIMESTAMP TIMESTAMP,
  ZTIMESTAMP TIMESTAMP, ZBUNDLENAME VARCHAR, ZPROCNAME VARCHAR);
CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZKIND INTEGER, ZTAG INTEGER, ZHASPROCESS INTEGER, ZALLFLOWS FLOAT,
  ZTIMESTAMP TIMESTAMP, ZWIFIIN FLOAT, ZWIFIOUT FLOAT, ZWWANIN FLOAT, ZWWANOUT FLOAT);
CREATE TABLE ZNETWORKATTACHMENT (Z_PK INTEGER PRIMARY KEY, ZKIND INTEGER, ZISKNOWNGOOD INTEGER,
  ZFIRSTTIMESTAMP TIMESTAMP, ZOVERALLSTAYMEAN FLOAT, ZTIMESTAMP TIMESTAMP, ZIDENTIFIER VARCHAR);
CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
"""


def entries(life: Life, attack: Attack | None) -> Iterator[Entry]:
    random, counted = life.random("daily count"), naive(life.backup - timedelta(hours=14))
    baseline: dict[str, list[object]] = {
        name: [counted, *(float(random.randrange(10**7)) for _ in range(4))]
        for name in (*random.sample(SYSTEM, 24), *APPS)
    }
    if attack is not None and attack.infected:
        baseline[attack.by.daemon] = [naive(attack.exfiltration), 0.0, 0.0, 401_223.0, float(attack.exfiltrated)]
    yield Entry(
        domain="HomeDomain", path="Library/Preferences/com.apple.osanalytics.addaily.plist",
        content=plist({"netUsageBaseline": baseline, "lastRun": counted}), born=life.start,
        modified=life.backup - timedelta(hours=14),
    )  # fmt: skip


def files(life: Life, attack: Attack | None) -> Iterator[tuple[str, datetime, bytes]]:
    """netusage.sqlite, which no backup has."""
    yield PATH, life.backup, _net_usage(life, attack)


def _net_usage(life: Life, attack: Attack | None) -> bytes:
    random, found = life.random("net usage"), []
    for name in (*SYSTEM, *APPS):
        first = life.start + timedelta(seconds=random.randrange(900_000))
        last = first + (life.backup - first) * random.uniform(0.2, 0.999)
        got = random.randrange(9_000_000)
        found.append((first, last, name if name in APPS else None, name[:_SHOWN], got, got * random.uniform(0.02, 0.4)))
    if attack is not None and attack.infected:
        sent = float(attack.exfiltrated)
        found.append((attack.daemon_first, attack.exfiltration, None, attack.by.daemon, 401_223, sent))
    for use in life.of(Use):
        if not use.deleted:
            last = use.time + timedelta(minutes=use.minutes)
            found.append((use.time, last, use.bundle, use.process[:_SHOWN], use.received, float(use.sent)))
    found.sort(key=lambda p: p[0])
    processes = [(n, 15, 1, cocoa(a), cocoa(b), app, name) for n, (a, b, app, name, _, _) in enumerate(found, 1)]
    usage = [(n, 0, 0, n, 12.0, cocoa(p[1]), 0.0, 0.0, float(p[4]), round(p[5], 0)) for n, p in enumerate(found, 1)]
    networks = [
        (n, 1, 1, cocoa(life.start + timedelta(days=n)), 3134.5, cocoa(life.backup), f"{name}-02:00:5e:10:00:0{n}")
        for n, name in enumerate(("Campus", "Home"), 1)
    ]
    return database(
        _SCHEMA,
        (insert("ZPROCESS", "Z_PK Z_ENT Z_OPT ZFIRSTTIMESTAMP ZTIMESTAMP ZBUNDLENAME ZPROCNAME"), processes),
        ("INSERT INTO ZLIVEUSAGE VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", usage),
        ("INSERT INTO ZNETWORKATTACHMENT VALUES (?, ?, ?, ?, ?, ?, ?)", networks),
        ("INSERT INTO Z_PRIMARYKEY VALUES (?, ?, ?, ?)", [(15, "Process", 0, len(processes))]),
    )
