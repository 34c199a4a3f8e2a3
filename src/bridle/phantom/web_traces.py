"""What browsing leaves beside the history: icons, answers kept for later, origins, and what WebKit counts of sites."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

from bridle.phantom.attack import Attack
from bridle.phantom.entry import Entry, database, insert, plist
from bridle.phantom.events import Cached
from bridle.phantom.life import Life, cocoa, guid
from bridle.phantom.web import PAGES, address, site

_SAFARI = "AppDomain-com.apple.mobilesafari"
_DATA = "Library/WebKit/WebsiteData"
_HOME = "/private/var/mobile/Containers/Data/Application/com.apple.mobilesafari"
_ICONS = """
CREATE TABLE page_url (url TEXT PRIMARY KEY NOT NULL, uuid TEXT NOT NULL);
CREATE TABLE icon_info (uuid TEXT PRIMARY KEY NOT NULL, url TEXT NOT NULL, timestamp REAL NOT NULL, width REAL,
  height REAL, has_generated_representations BOOLEAN);
"""
_CACHE = """
CREATE TABLE cfurl_cache_response(entry_ID INTEGER PRIMARY KEY AUTOINCREMENT UNIQUE, version INTEGER,
  hash_value INTEGER, storage_policy INTEGER, request_key TEXT UNIQUE,
  time_stamp NOT NULL DEFAULT CURRENT_TIMESTAMP, partition TEXT);
CREATE TABLE cfurl_cache_blob_data(entry_ID INTEGER PRIMARY KEY, response_object BLOB, request_object BLOB,
  proto_props BLOB, user_info BLOB);
CREATE TABLE cfurl_cache_receiver_data(entry_ID INTEGER PRIMARY KEY, isDataOnFS INTEGER, receiver_data BLOB);
"""
_OBSERVED = """
CREATE TABLE ObservedDomains (domainID INTEGER PRIMARY KEY, registrableDomain TEXT NOT NULL UNIQUE ON CONFLICT FAIL,
  lastSeen REAL NOT NULL, hadUserInteraction INTEGER NOT NULL, mostRecentUserInteractionTime REAL NOT NULL,
  grandfathered INTEGER NOT NULL, isPrevalent INTEGER NOT NULL, isVeryPrevalent INTEGER NOT NULL,
  dataRecordsRemoved INTEGER NOT NULL, timesAccessedAsFirstPartyDueToUserInteraction INTEGER NOT NULL,
  isScheduledForAllButCookieDataRemoval INTEGER NOT NULL);
CREATE TABLE TopFrameUniqueRedirectsTo (sourceDomainID INTEGER NOT NULL, toDomainID INTEGER NOT NULL);
"""


def entries(life: Life, attack: Attack | None) -> Iterator[Entry]:
    """What a backup has of it, too."""
    for path, content in (
        (f"{_DATA}/ResourceLoadStatistics/observations.db", _observations(life, attack)),
        (f"{_DATA}/ResourceLoadStatistics/full_browsing_session_resourceLog.plist", _resource_log(life, attack)),
    ):
        yield Entry(domain=_SAFARI, path=path, content=content, born=life.start, modified=life.backup)


def files(life: Life, attack: Attack | None) -> Iterator[tuple[str, datetime, bytes]]:
    """What only a file system has."""
    icons = "/private/var/mobile/Library/Safari/Favicons/Favicons.db"
    yield icons, life.backup, _icons(life, attack)
    yield f"{_HOME}/Library/Caches/com.apple.mobilesafari/Cache.db", life.backup, _cache(life, attack)
    for folder in sorted({c.folder for c in life.of(Cached)}):
        own = [c for c in life.of(Cached) if c.folder == folder]
        found = [(c.time, c.url, c.url.split("/")[2].split(":")[0], "text/html") for c in own]
        yield f"{folder}/Cache.db", own[-1].time, _answers(life.random(folder), found)
    random = life.random("origins")
    hosts = [site(page) for page in PAGES[:5]]
    if attack is not None and attack.infected:
        hosts.append(attack.redirect_url.split("/")[2])
    for host in hosts:
        folder = f"{random.getrandbits(160):040x}"
        place = f"{_HOME}/{_DATA}/Default/{folder}/{folder}/origin"
        yield place, life.backup, _origin(host) * 2


def _origin(authority: str) -> bytes:
    """A site as WebKit's coder writes it: scheme, host, and the port if it is an unusual one."""
    host, _, port = authority.partition(":")
    texts = b"".join(struct.pack("<I?", len(text), True) + text.encode("latin-1") for text in ("https", host))
    return texts + (struct.pack("<?H", True, int(port)) if port else struct.pack("<?", False))


def _icons(life: Life, attack: Attack | None) -> bytes:
    random, pages, icons = life.random("icons"), [], []
    for time, page in zip(life.moments(random, len(PAGES)), PAGES, strict=True):
        icon = guid(random)
        pages += [(address(random, page), icon) for _ in range(3)]
        icons.append((icon, f"https://{site(page)}/favicon.ico", cocoa(time), 32, 32, 1))
    if attack is not None and attack.infected:
        icon = guid(random)
        pages.append((attack.redirect_url, icon))
        base = attack.redirect_url.rpartition("/")[0]
        icons.append((icon, f"{base}/favicon.ico", cocoa(attack.redirect), 16, 16, 0))
    return database(
        _ICONS,
        ("INSERT OR IGNORE INTO page_url VALUES (?, ?)", pages),
        ("INSERT INTO icon_info VALUES (?, ?, ?, ?, ?, ?)", icons),
    )


def _cache(life: Life, attack: Attack | None) -> bytes:
    """The cache of answers; the server's is among them."""
    random = life.random("cache")
    found: list[tuple[datetime, str, str, str]] = []
    for time in life.moments(random, 60):
        page = random.choice(PAGES)
        found.append((time, f"{address(random, page)}&n={len(found)}", site(page), "text/html"))
    if attack is not None and attack.infected:
        found.append((attack.redirect, attack.redirect_url, attack.by.server, "text/html"))
    found.sort(key=lambda f: f[0])
    return _answers(random, found)


def _answers(random: Random, found: list[tuple[datetime, str, str, str]]) -> bytes:
    """A cache of these answers: time, address, site and kind of each."""
    responses, blobs, bodies = [], [], []
    for n, (time, url, part, kind) in enumerate(found, 1):
        text = {"_CFURLStringType": 15, "_CFURLString": url}
        headers = {"Content-Type": kind, "Server": "example"}
        answer = plist({"Version": 1, "Array": [text, cocoa(time), 0, 200, headers, 2048, kind]})
        null = "__CFURLRequestNullTokenString__"
        asked = {"Accept": "text/html"}
        request = plist({"Version": 9, "Array": [False, text, 60.0, 0, text, True, 4, null, 2, "GET", asked]})
        responses.append((n, 0, random.getrandbits(31), 0, url, f"{time:%Y-%m-%d %H:%M:%S}", part))
        blobs.append((n, answer, request, None, None))
        bodies.append((n, 0, random.randbytes(64)))
    return database(
        _CACHE,
        ("INSERT INTO cfurl_cache_response VALUES (?, ?, ?, ?, ?, ?, ?)", responses),
        ("INSERT INTO cfurl_cache_blob_data VALUES (?, ?, ?, ?, ?)", blobs),
        ("INSERT INTO cfurl_cache_receiver_data VALUES (?, ?, ?)", bodies),
    )


def _domains(life: Life, attack: Attack | None) -> list[tuple[str, datetime, bool]]:
    """Domain, when it was last seen, and whether the person did something there."""
    random = life.random("domains")
    names = dict.fromkeys(".".join(site(page).split(".")[-2:]) for page in PAGES)
    found = [(name, time, True) for name, time in zip(names, life.moments(random, len(names)), strict=True)]
    if attack is not None and attack.infected:
        found += [("daily-tidings.example", attack.visit, True), (attack.by.server, attack.redirect, False)]
    return found


def _observations(life: Life, attack: Attack | None) -> bytes:
    found = _domains(life, attack)
    rows = [
        (n, name, float(int(time.timestamp())), int(used), time.timestamp() if used else -1.0, 0, 0, 0, 0, int(used), 0)
        for n, (name, time, used) in enumerate(found, 1)
    ]
    redirects = [(len(found) - 1, len(found))] if attack is not None and attack.infected else []
    return database(
        _OBSERVED,
        ("INSERT INTO ObservedDomains VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows),
        (insert("TopFrameUniqueRedirectsTo", "sourceDomainID toDomainID"), redirects),
    )


def _resource_log(life: Life, attack: Attack | None) -> bytes:
    """The older list of the same."""
    found: list[dict[str, Any]] = []
    for name, time, used in _domains(life, attack):
        seen = {"PrevalentResourceDomain": name, "hadUserInteraction": used, "lastSeen": float(int(time.timestamp())),
                "mostRecentUserInteraction": time.timestamp() if used else -1.0,
                "isPrevalentResource": False}  # fmt: skip
        if attack is not None and name == attack.by.server:
            seen["topFrameUniqueRedirectsFrom"] = [{"domain": "daily-tidings.example"}]
        found.append(seen)
    return plist({"version": 17, "browsingStatistics": found})
