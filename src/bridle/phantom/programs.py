"""Shortcuts, and what the home screen keeps of apps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from plistlib import UID

from bridle.phantom.attack import Attack
from bridle.phantom.entry import Entry, database, insert, plist
from bridle.phantom.events import Automation, Installed
from bridle.phantom.itunes_backup import store_facts
from bridle.phantom.life import Life, cocoa, guid
from bridle.phantom.network_use import APPS
from bridle.phantom.running import app_path

STATE = "/private/var/mobile/Library/FrontBoard/applicationState.db"
_SHORTCUTS = """
CREATE TABLE ZSHORTCUT (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, ZACTIONCOUNT INTEGER,
  ZHIDDENFROMLIBRARYANDSYNC INTEGER, ZRUNEVENTSCOUNT INTEGER, ZTOMBSTONED INTEGER, ZTRIGGERCOUNT INTEGER,
  ZCREATIONDATE TIMESTAMP, ZLASTRUNEVENTDATE TIMESTAMP, ZMODIFICATIONDATE TIMESTAMP, ZACTIONSDESCRIPTION VARCHAR,
  ZNAME VARCHAR, ZWORKFLOWID VARCHAR);
CREATE TABLE ZSHORTCUTACTIONS (Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, ZSHORTCUT INTEGER, ZDATA BLOB);
CREATE TABLE ZTRIGGER (Z_PK INTEGER PRIMARY KEY, ZENABLED INTEGER, ZSHOULDPROMPT INTEGER, ZSHORTCUT INTEGER,
  ZTRIGGERID VARCHAR, ZDATA BLOB);
"""
_STATE = """
CREATE TABLE application_identifier_tab (id INTEGER PRIMARY KEY, application_identifier TEXT NOT NULL);
CREATE TABLE key_tab (id INTEGER PRIMARY KEY, key TEXT NOT NULL);
CREATE TABLE kvs (id INTEGER PRIMARY KEY, application_identifier INTEGER, key INTEGER, value BLOB);
"""
_Shortcut = tuple[str, datetime, list[dict[str, object]], bool]
"""Name, when it was made, its actions, and whether it is hidden and starts by itself."""


def entries(life: Life, attack: Attack | None) -> Iterator[Entry]:
    yield Entry(
        domain="HomeDomain", path="Library/Shortcuts/Shortcuts.sqlite", content=_shortcuts(life, attack),
        born=life.start, modified=life.backup,
    )  # fmt: skip


def files(life: Life) -> Iterator[tuple[str, datetime, bytes]]:
    """applicationState.db, and where an app came from beside the app; no backup has them."""
    yield STATE, life.backup, _state(life)
    for app in life.of(Installed):
        folder = f"/private/var/containers/Bundle/Application/{guid(life.random(f'bundle/{app.bundle}'))}"
        yield f"{folder}/iTunesMetadata.plist", app.time, plist(store_facts(app))


def _action(name: str, **parameters: object) -> dict[str, object]:
    return {"WFWorkflowActionIdentifier": f"is.workflow.actions.{name}", "WFWorkflowActionParameters": parameters}


def _shortcuts(life: Life, attack: Attack | None) -> bytes:
    """Two of the person; and an automation that loads a page from the server whenever an app is opened."""
    random = life.random("shortcuts")
    opening = _action("openurl", WFInput="https://timetable.rail.example/")
    found: list[_Shortcut] = [
        ("Timetable", life.start + timedelta(days=4), [opening], False),
        ("Turn text into audio", life.start + timedelta(days=9), [_action("speaktext")], False),
    ]  # fmt: skip
    if attack is not None and attack.infected:
        load = _action("downloadurl", UUID=guid(random), WFURL=f"https://{attack.by.server}/again")
        found.append(("", attack.profile_installed, [load], True))
    found += [
        ("", told.time, [_action("downloadurl", UUID=guid(random), WFURL=told.url)], True)
        for told in life.of(Automation)
    ]
    rows, actions = [], []
    triggers: list[tuple[object, ...]] = []
    for n, (name, made, steps, hidden) in enumerate(found, 1):
        at, runs = cocoa(made), random.randrange(1, 30)
        rows.append((n, 5, len(steps), int(hidden), runs, 0, int(hidden), at, cocoa(life.backup) - 4000, at, None, name,
                     guid(random)))  # fmt: skip
        actions.append((n, 6, n, plist(steps)))
        if hidden:
            opened = plist({"selectedBundleIdentifiers": ["com.apple.mobilesafari"], "onFocus": True})
            triggers.append((len(triggers) + 1, 1, 0, n, guid(random), opened))
    columns = """Z_PK Z_ENT ZACTIONCOUNT ZHIDDENFROMLIBRARYANDSYNC ZRUNEVENTSCOUNT ZTOMBSTONED ZTRIGGERCOUNT
    ZCREATIONDATE ZLASTRUNEVENTDATE ZMODIFICATIONDATE ZACTIONSDESCRIPTION ZNAME ZWORKFLOWID"""
    return database(
        _SHORTCUTS,
        (insert("ZSHORTCUT", columns), rows),
        ("INSERT INTO ZSHORTCUTACTIONS VALUES (?, ?, ?, ?)", actions),
        ("INSERT INTO ZTRIGGER VALUES (?, ?, ?, ?, ?, ?)", triggers),
    )


def _state(life: Life) -> bytes:
    applications, values = list(enumerate(APPS, 1)), []
    for n, bundle in applications:
        folder = app_path(life, bundle).rpartition("/")[0]
        data = f"/private/var/mobile/Containers/Data/Application/{guid(life.random(f'container/{bundle}'))}"
        archive = plist({
            "$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": UID(1)},
            "$objects": [
                "$null", {"$class": UID(5), "bundleIdentifier": UID(2), "bundlePath": UID(3), "sandboxPath": UID(4)},
                bundle, folder, data,
                {"$classname": "XBApplicationLaunchCompatibilityInfo",
                 "$classes": ["XBApplicationLaunchCompatibilityInfo", "NSObject"]},
            ],
        })  # fmt: skip
        values.append((n, n, 1, plist(archive)))
    return database(
        _STATE,
        ("INSERT INTO application_identifier_tab VALUES (?, ?)", applications),
        ("INSERT INTO key_tab VALUES (?, ?)", [(1, "compatibilityInfo"), (2, "_UninstallDate")]),
        ("INSERT INTO kvs VALUES (?, ?, ?, ?)", values),
    )
