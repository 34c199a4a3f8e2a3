"""Safari's history: ordinary browsing on hosts nobody owns, and the injected redirect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bridle.phantom.attack import Attack
from bridle.phantom.entry import Entry, database, insert
from bridle.phantom.events import Tab, Visit
from bridle.phantom.life import Life, cocoa, guid

VISITS = 400
_HOSTS = {
    "Morning Herald": "www.morning-herald.example",
    "City Weather": "weather.example.com",
    "Recipes": "kitchen.example.net",
    "Railway Timetable": "timetable.rail.example",
    "Encyclopaedia": "en.encyclopaedia.example",
    "Forum": "forum.example.org",
    "Bookshop": "shop.books.example",
    "Library": "catalogue.library.example",
    "Football": "scores.football.example",
    "Maps": "maps.example.com",
    "Mail": "mail.example.org",
    "Search": "search.example",
}
PAGES = tuple(_HOSTS)
_PATHS = "today sport culture world opinion local weekend archive page topic results article gallery".split()
_SCHEMA = """
CREATE TABLE history_items (id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL UNIQUE, domain_expansion TEXT NULL,
  visit_count INTEGER NOT NULL, daily_visit_counts BLOB NOT NULL, weekly_visit_counts BLOB NULL,
  autocomplete_triggers BLOB NULL, should_recompute_derived_visit_counts INTEGER NOT NULL,
  visit_count_score INTEGER NOT NULL, status_code INTEGER NOT NULL DEFAULT 0);
CREATE TABLE history_visits (id INTEGER PRIMARY KEY AUTOINCREMENT,
  history_item INTEGER NOT NULL REFERENCES history_items(id) ON DELETE CASCADE, visit_time REAL NOT NULL,
  title TEXT NULL, load_successful BOOLEAN NOT NULL DEFAULT 1, http_non_get BOOLEAN NOT NULL DEFAULT 0,
  synthesized BOOLEAN NOT NULL DEFAULT 0,
  redirect_source INTEGER NULL UNIQUE REFERENCES history_visits(id) ON DELETE CASCADE,
  redirect_destination INTEGER NULL UNIQUE REFERENCES history_visits(id) ON DELETE CASCADE,
  origin INTEGER NOT NULL DEFAULT 0, generation INTEGER NOT NULL DEFAULT 0, attributes INTEGER NOT NULL DEFAULT 0,
  score INTEGER NOT NULL DEFAULT 0);
CREATE TABLE history_tombstones (id INTEGER PRIMARY KEY AUTOINCREMENT, start_time REAL NOT NULL, end_time REAL NOT NULL,
  url TEXT, generation INTEGER NOT NULL DEFAULT 0);
CREATE TABLE metadata (key TEXT NOT NULL UNIQUE, value);
CREATE TABLE history_client_versions (client_version INTEGER PRIMARY KEY, last_seen REAL NOT NULL);
CREATE INDEX history_visits__last_visit ON history_visits (history_item, visit_time DESC, synthesized ASC);
CREATE INDEX history_visits__origin ON history_visits (origin, generation);
"""

_STATE = """
CREATE TABLE browser_windows (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL, type INTEGER DEFAULT 0,
  active_document_index INTEGER DEFAULT 0, active_private_document_index INTEGER DEFAULT 0, scene_id TEXT);
CREATE TABLE tabs (id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, title TEXT, url TEXT COLLATE NOCASE,
  user_visible_url TEXT COLLATE NOCASE, order_index INTEGER NOT NULL, last_viewed_time REAL DEFAULT NULL,
  opened_from_link BOOL DEFAULT 0, showing_reader BOOL DEFAULT 0, private_browsing BOOL DEFAULT 0,
  browser_window_uuid TEXT NOT NULL, browser_window_id INTEGER NOT NULL);
CREATE TABLE tab_sessions (id INTEGER PRIMARY KEY AUTOINCREMENT, tab_uuid TEXT NOT NULL UNIQUE, session_data BLOB,
  uncompressed_session_data_size INTEGER NOT NULL DEFAULT 0);
"""
_ITEM = "id url visit_count daily_visit_counts should_recompute_derived_visit_counts visit_count_score"
_VISIT = "id history_item visit_time title redirect_source redirect_destination generation score load_successful"


@dataclass(frozen=True, kw_only=True)
class _Visit:
    time: datetime
    url: str
    title: str | None
    leads_on: bool = False
    """Whether the next visit is where this one was redirected to."""
    loaded: bool = True


def site(page: str) -> str:
    """The host of one of `PAGES`."""
    return _HOSTS[page]


def address(random: Random, page: str) -> str:
    """An address on the host of one of `PAGES`."""
    path = "/".join(random.choices(_PATHS, k=random.randrange(1, 4)))
    return f"https://{_HOSTS[page]}/{path}" + (f"?id={random.randrange(100, 9999)}" if random.random() < 0.3 else "")


def entries(life: Life, attack: Attack | None) -> Iterator[Entry]:
    random = life.random("web")
    legs = list(_ordinary(life, random))
    if attack is not None and attack.infected:
        legs.append(
            [
                _Visit(time=attack.visit, url=attack.visit_url, title=None, leads_on=True),
                _Visit(time=attack.redirect, url=attack.redirect_url, title=None),
            ]
        )
    legs += [_leg(visit) for visit in life.of(Visit)]
    legs.sort(key=lambda leg: leg[0].time)
    visits = [v for leg in legs for v in leg]
    yield Entry(
        domain="HomeDomain",
        path="Library/Safari/History.db",
        content=_database(life, random, visits),
        born=life.start,
        modified=visits[-1].time,
    )
    if tabs := life.of(Tab):
        yield Entry(
            domain="HomeDomain", path="Library/Safari/BrowserState.db", content=_tabs(life, tabs), born=life.start,
            modified=tabs[-1].time,
        )  # fmt: skip


def _leg(visit: Visit) -> list[_Visit]:
    """A visit that is told of, and where it was redirected to."""
    led = visit.redirect is not None
    leg = [_Visit(time=visit.time, url=visit.url, title=visit.title, leads_on=led, loaded=visit.loaded)]
    if visit.redirect is not None:
        leg.append(_Visit(time=visit.time + timedelta(seconds=visit.after), url=visit.redirect, title=None))
    return leg


def _ordinary(life: Life, random: Random) -> Iterator[list[_Visit]]:
    """Visits, each with the one it was redirected to, if it was: mostly from http to https on the same host."""
    left = VISITS * life.scale
    for time in life.moments(random, left):
        if left <= 0:
            return
        title = random.choice(PAGES)
        url, chance = address(random, title), random.random()
        if chance < 0.05 and left > 1:
            first = _Visit(time=time, url=url.replace("https://", "http://"), title=None, leads_on=True)
            leg = [first, _Visit(time=time + timedelta(milliseconds=random.randrange(80, 600)), url=url, title=title)]
        elif chance < 0.06 and left > 1:
            first = _Visit(
                time=time, url=f"http://short.example/{random.randrange(36**4):x}", title=None, leads_on=True
            )
            leg = [
                first,
                _Visit(time=time + timedelta(milliseconds=random.randrange(1200, 2500)), url=url, title=title),
            ]
        else:
            leg = [_Visit(time=time, url=url, title=title)]
        left -= len(leg)
        yield leg


def _tabs(life: Life, tabs: list[Tab]) -> bytes:
    """The open tabs. None has a page behind it: what it would show was never loaded."""
    random = life.random("tabs")
    window, rows = guid(random), []
    for n, tab in enumerate(tabs, 1):
        rows.append((n, guid(random), tab.title, tab.url, tab.url, n - 1, cocoa(tab.time), 1, 0, window, 1))
    columns = """id uuid title url user_visible_url order_index last_viewed_time opened_from_link private_browsing
    browser_window_uuid browser_window_id"""
    return database(
        _STATE,
        ("INSERT INTO browser_windows VALUES (?, ?, ?, ?, ?, ?)", [(1, window, 0, 0, 0, None)]),
        (insert("tabs", columns), rows),
        ("INSERT INTO tab_sessions VALUES (?, ?, ?, ?)", [(row[0], row[1], None, 0) for row in rows]),
    )


def _database(life: Life, random: Random, visits: list[_Visit]) -> bytes:
    numbers: dict[str, int] = {}
    counts: dict[str, int] = {}
    rows = []
    for i, v in enumerate(visits, 1):
        item = numbers.setdefault(v.url, len(numbers) + 1)
        counts[v.url] = counts.get(v.url, 0) + 1
        came_from = i - 1 if i > 1 and visits[i - 2].leads_on else None
        rows.append((i, item, cocoa(v.time), v.title, came_from, i + 1 if v.leads_on else None, 1, 100, int(v.loaded)))
    items = [
        (n, url, counts[url], counts[url].to_bytes(4, "little"), 0, 100 * counts[url]) for url, n in numbers.items()
    ]
    cleared = life.moments(random, 2)
    tombstones = [(cocoa(t), cocoa(t + timedelta(minutes=30)), None, 7) for t in cleared]
    return database(
        _SCHEMA,
        (insert("history_items", _ITEM), items),
        (insert("history_visits", _VISIT), rows),
        (insert("history_tombstones", "start_time end_time url generation"), tombstones),
        ("INSERT INTO metadata VALUES (?, ?)", [("current_generation", 8), ("last_sync_generation", 7)]),
        ("INSERT INTO history_client_versions VALUES (?, ?)", [(15, cocoa(life.backup))]),
    )
