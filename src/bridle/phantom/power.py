"""PowerLog: when processes started, what they sent, and what a person did, on the log's own clock."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta

from bridle.phantom.attack import Attack
from bridle.phantom.entry import database, insert
from bridle.phantom.life import Life
from bridle.phantom.network_use import APPS
from bridle.phantom.running import BUILD, MODEL, booted, collected, running

ARCHIVE = "/private/var/containers/Shared/SystemGroup/systemgroup.com.apple.powerlog/Library/BatteryLife/Archives"
_BEHIND = 211.5
"""Seconds that the log's own clock is behind."""
_SCHEMA = """
CREATE TABLE PLStorageOperator_EventForward_TimeOffset (ID INTEGER PRIMARY KEY, timestamp REAL, baseband REAL,
  kernel REAL, system REAL);
CREATE TABLE PLConfigAgent_EventNone_Config (ID INTEGER PRIMARY KEY, timestamp REAL, Build TEXT, Device TEXT,
  DeviceBootTime REAL);
CREATE TABLE PLProcessMonitorAgent_EventForward_ProcessID (ID INTEGER PRIMARY KEY, timestamp REAL, BundleID TEXT,
  PID INTEGER, ProcessName TEXT);
CREATE TABLE PLProcessNetworkAgent_EventInterval_UsageDiff (ID INTEGER PRIMARY KEY, timestamp REAL, timestampEnd REAL,
  BundleName TEXT, CellIn INTEGER, CellOut INTEGER, ProcessName TEXT, WifiIn INTEGER, WifiOut INTEGER);
CREATE TABLE PLCameraAgent_EventForward_Camera (ID INTEGER PRIMARY KEY, timestamp REAL, BundleId TEXT,
  CameraType INTEGER, State INTEGER);
CREATE TABLE PLSpringBoardAgent_EventForward_SBLock (ID INTEGER PRIMARY KEY, timestamp REAL, Locked INTEGER);
CREATE TABLE PLApplicationAgent_EventNone_AllApps (ID INTEGER PRIMARY KEY, timestamp REAL, AppBundleId TEXT,
  AppName TEXT, AppExecutable TEXT, AppBundleVersion TEXT, AppBuildVersion TEXT, AppDeletedDate REAL,
  AppIs3rdParty INTEGER);
"""


def name(life: Life) -> str:
    """Of the archive, with the time of its last event."""
    return f"powerlog_{collected(life):%Y-%m-%d_%H-%M}_SYNTHETIC.PLSQL.gz"


def archive(life: Life, attack: Attack | None) -> bytes:
    """The log as it is archived: a database, compressed."""
    return gzip.compress(_database(life, attack), 6, mtime=0)


def _clock(time: datetime) -> float:
    return time.timestamp() - _BEHIND


def _database(life: Life, attack: Attack | None) -> bytes:
    random, now, boot = life.random("power log"), collected(life), booted(life)
    first = now - timedelta(days=6)
    starts = [(p.since, None, p.pid, p.name) for p in running(life, attack)]
    spans = []
    for _ in range(120):
        begin, bundle = first + timedelta(seconds=random.randrange(6 * 86_400 - 3600)), random.choice(list(APPS))
        spans.append((begin, bundle, bundle, random.randrange(90_000), random.randrange(9_000)))
    if attack is not None and attack.infected:
        starts.append((attack.daemon_first, None, 1391, attack.by.daemon))
        begin = attack.exfiltration - timedelta(minutes=4)
        spans.append((begin, attack.by.daemon, attack.by.daemon, 401_223, attack.exfiltrated))
    camera = [(first + timedelta(hours=11 * n), "com.example.photos", 1, n % 2) for n in range(8)]
    locks = [(first + timedelta(hours=3 * n, minutes=random.randrange(150)), n % 2) for n in range(40)]
    apps = [(_clock(now), bundle, title, title, "1.0", "1", 0, 1) for bundle, title in APPS.items()]
    return database(
        _SCHEMA,
        (insert("PLStorageOperator_EventForward_TimeOffset", "timestamp system"), [(_clock(first), _BEHIND)]),
        (insert("PLConfigAgent_EventNone_Config", "timestamp Build Device DeviceBootTime"),
         [(_clock(now), BUILD, MODEL, _clock(boot))]),
        (insert("PLProcessMonitorAgent_EventForward_ProcessID", "timestamp BundleID PID ProcessName"),
         [(_clock(t), *rest) for t, *rest in sorted(starts, key=lambda s: s[0])]),
        (insert("PLProcessNetworkAgent_EventInterval_UsageDiff",
                "timestamp timestampEnd BundleName CellIn CellOut ProcessName WifiIn WifiOut"),
         [(_clock(t), _clock(t) + 300, bundle, got, sent, process, 0, 0)
          for t, bundle, process, got, sent in sorted(spans, key=lambda s: s[0])]),
        (insert("PLCameraAgent_EventForward_Camera", "timestamp BundleId CameraType State"),
         [(_clock(t), *rest) for t, *rest in camera]),
        (insert("PLSpringBoardAgent_EventForward_SBLock", "timestamp Locked"), [(_clock(t), on) for t, on in locks]),
        (insert("PLApplicationAgent_EventNone_AllApps",
                "timestamp AppBundleId AppName AppExecutable AppBundleVersion AppBuildVersion AppDeletedDate "
                "AppIs3rdParty"), apps),
    )  # fmt: skip
