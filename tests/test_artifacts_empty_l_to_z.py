"""A store, list or log that is there and has nothing in it, for the artifacts of a phone from l to z.

Nothing stored is no row and no Gap, unless the file itself tells something, or is not what its name says.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from artifact_files import FIXTURES, Stored, as_json, bplist, makers, rows
from bridle import artifacts
from bridle.core import FormatError
from bridle.formats import sqlite

FOLDER = FIXTURES / "ios"
NAMES = sorted(p.stem for p in (Path(artifacts.__file__).parent / "ios").glob("[l-z]*.py"))

STORES = sorted(FOLDER.glob("[l-z]*/*.sql"))
TOLD: dict[str, list[dict[str, Any]]] = {
    "mail_envelope/another_store": [
        {"Gap": {"locator": "tables", "reason": "expected a table `messages` or `addresses`, got neither"}}
    ],
    "notes/oldest": [{"Gap": {"locator": "ZICNOTEDATA", "reason": "no such table"}}],
    "photos/another_store": [{"Gap": {"locator": "ZASSET", "reason": "no such table"}}],
    "telegram/another_store": [
        {"Gap": {"locator": "t7", "reason": "no such table"}},
        {"Gap": {"locator": "t2", "reason": "no such table"}},
    ],
}
"""What an emptied store still tells: tables that are not there."""
NO_OFFSET = [
    {
        "Gap": {
            "locator": "(times)",
            "reason": "PLStorageOperator_EventForward_TimeOffset: expected an offset, got none: no time can be told",
        }
    }
]
PATHS = {
    "managed_preferences": "/private/var/Managed Preferences/mobile/org.example.app.plist",
    "pairing_record": "/private/var/db/lockdown/A.plist",
    "profile_state": "/private/var/mobile/Library/ConfigurationProfiles/ProfileTruth.plist",
}
NOTHING = {"key": "", "locator": "(value)", "type": "dictionary"}
"""A property list that is an empty dictionary, which is a value too."""
LISTS: dict[str, dict[str, list[dict[str, Any]] | str]] = {
    "launchd_job": {"{}": [{"Job": {"locator": "(job)"}}], "[]": "expected a dictionary, got list"},
    "launchd_overrides": {"{}": [], "[]": "expected a dictionary of labels, got list"},
    "locationd_clients": {"{}": [], "[]": "expected a dictionary of clients, got list"},
    "lockdown_facts": {"{}": [], "[]": "expected a dictionary, got list"},
    "managed_preferences": {
        "{}": [
            {"Managed": {"locator": "(file)", "subject": "org.example.app", "settings": 0}},
            {"Setting": NOTHING},
        ],
        "[]": "expected a dictionary, got list",
    },
    "network_extension": {
        "{}": [{"Setting": NOTHING}],
        '{"uuid-mappings": {}}': [
            {"Setting": {"key": "uuid-mappings", "locator": "uuid-mappings", "type": "dictionary"}}
        ],
        "[]": "expected a dictionary, got list",
    },
    "osanalytics_addaily": {"{}": [], '{"netUsageBaseline": {}}': [], "[]": "expected a dictionary, got list"},
    "pairing_record": {
        "{}": [{"Pairing": {"locator": "(pairing)", "record": "A"}}],
        "[]": "expected a dictionary, got list",
    },
    "preferences": {
        "{}": [{"Setting": NOTHING}],
        "[]": [{"Setting": {"key": "", "locator": "(value)", "type": "list"}}],
    },
    "profile_events": {
        "{}": [],
        '{"ProfileEvents": []}': [],
        '{"Restrictions": {}}': [{"Setting": {"locator": "Restrictions", "key": "Restrictions", "type": "dictionary"}}],
        "[]": "expected a dictionary, got list",
    },
    "profile_state": {"{}": [{"Setting": NOTHING}], "[]": "expected a dictionary, got list"},
    "provisioning_profile": {
        "{}": [{"Profile": {"locator": "(profile)", "folder": "/private/var"}}],
        "[]": "provisioning profile: expected a dictionary, got list",
    },
    "safari_downloads": {
        '{"DownloadHistory": []}': [],
        "{}": "expected a dictionary with DownloadHistory, got {}",
        "[]": "expected a dictionary with DownloadHistory, got []",
    },
    "session_resource_log": {
        '{"browsingStatistics": []}': [],
        "{}": "expected a dictionary with browsingStatistics, got {}",
        "[]": "expected a dictionary with browsingStatistics, got []",
    },
    "tailspin_images": {"{}": [], "[]": "expected a dictionary, got list"},
    "webkit_device_salt": {"{}": [{"Salt": {"locator": "salt"}}], "[]": "expected a dictionary, got []"},
    "wifi_known_networks": {
        "{}": [{"Setting": NOTHING}],
        '{"List of known networks": []}': [
            {"Setting": {"key": "List of known networks", "locator": "List of known networks", "type": "list"}}
        ],
        "[]": "expected a dictionary, got list",
    },
}
"""Property lists with nothing in them, and the rows they give or why they are refused."""
NO_HEADINGS = "expected headings with PID and COMMAND, got none"
HEADINGS = b"USER   PID   TT   %CPU STAT PRI   STIME   UTIME COMMAND\n"
LOGS: dict[str, list[tuple[bytes, list[dict[str, Any]] | str]]] = {
    "lockdownd_log": [(b"\n\n", [])],
    "log_statistics": [(b"\n\n", [])],
    "logd_log": [(b"\n\n", [])],
    "mobile_activation": [(b"\n\n", [])],
    "mobile_installation": [(b"\n\n", [])],
    "mounts": [(b"\n\n", []), (b"Filesystem  Size  Used Avail Capacity iused ifree %iused  Mounted on\n", [])],
    "ps": [(b"\n\n", NO_HEADINGS), (HEADINGS, [])],
    "ps_thread": [(b"\n\n", NO_HEADINGS), (HEADINGS, [])],
    "remotectl": [(b"\n\n", [])],
    "shutdown_log": [(b"\n\n", [])],
    "signal_store": [(b"\n\n", "expected at least 101 bytes of a database, got 2")],
    "spindump": [(b"\n\n", [{"Gap": {"locator": "file", "reason": "expected a head and processes, got neither"}}])],
    "swcutil": [(b"\n\n", []), (b"=========== DATABASE ===========\n\n", [])],
    "sysdiagnose_log": [(b"\n\n", [])],
    "taskinfo": [(b"\n\n", [])],
    "wifi_scan": [(b"\n\n", [])],
    "wifi_status": [(b"\n\n", []), (b"{\n}\n", [])],
}
"""Texts with nothing in them, and the rows they give or why they are refused."""
MADE: dict[str, list[tuple[str, str, list[dict[str, Any]] | str]]] = {
    "message_attachment": [
        (
            "attachment",
            '{"zip": []}',
            [
                {
                    "Attachment": {
                        "locator": "file", "path": "/private/var/fixture", "name": "fixture", "name_length": 7,
                        "stem_length": 7, "size": 22, "is_jbig2_pdf": False, "kind": "zip",
                        "sha256": "8739c76e681f900923b900c9df0ef75cf421d39cabb54650c4b9ad19b6a76d85",
                    }
                }
            ],
        )
    ],
    "network_cache": [("webkit", "[]", "expected 4 bytes at byte 0, got 0")],
    "timesync": [("timesync", "[]", [])],
    "unified_log": [("tracev3", "[]", [])],
    "uuidtext": [
        (
            "uuidtext",
            '{"version": 2, "images": []}',
            [{"Cache": {"locator": "cache", "images": 0, "ranges": 0, "size": 0, "version": "2.0"}}],
        )
    ],
    "webkit_origin": [
        ("webkit", '["", "", {"truth": false}, "", "", {"truth": false}]', [{"Origin": {"locator": "origin"}}])
    ],
}  # fmt: skip
"""Files of formats of their own with nothing in them."""
OF_A_PATH = {"webkit_storage"}
"""The path of the file tells all of it: no content is read, and every file gives a row."""


def emptied(script: str) -> bytes:
    """The store of a fixture with its tables and without their rows."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for name, count in (("bplist", 1), ("attributed", 1), ("linked", 2), ("gzipped", 1)):
            connection.create_function(name, count, lambda *_: b"")
        connection.executescript(script)
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table not in ("sqlite_stat1", "sqlite_stat4"):
                connection.execute(f'DELETE FROM "{table}"')
        connection.execute("VACUUM")
        return connection.serialize()
    finally:
        connection.close()


def check(name: str, content: bytes, expected: list[dict[str, Any]] | str) -> None:
    """The rows a file gives, or why it is refused."""
    file = Stored(content, PurePosixPath(PATHS.get(name, "/private/var/fixture")))
    if isinstance(expected, str):
        with pytest.raises(FormatError) as refused:
            rows(artifacts.load(f"ios.{name}"), file)
        assert str(refused.value) == expected
    else:
        assert [as_json(row) for row in rows(artifacts.load(f"ios.{name}"), file)] == expected


def test_every_artifact_is_here() -> None:
    stores = {p.parent.name for p in STORES}
    assert sorted(stores | set(LISTS) | set(LOGS) | set(MADE) | OF_A_PATH) == NAMES


def _expected(store: Path) -> list[dict[str, Any]]:
    if store.parent.name == "power_log":
        return NO_OFFSET
    return TOLD.get(f"{store.parent.name}/{store.stem}", [])


@pytest.mark.parametrize("store", STORES, ids=[f"{p.parent.name}/{p.stem}" for p in STORES])
def test_a_store_with_tables_and_no_row(store: Path) -> None:
    content = emptied(store.read_text("utf-8"))
    with sqlite.connect(Stored(content)) as database:
        assert database.tables()
    if store.parent.name == "signal_store":
        told = {"locator": "offset 0x0", "size": len(content), "encrypted": False, "plain_header": True}
        check("signal_store", content, [{"Store": told}])
    else:
        check(store.parent.name, content, _expected(store))


@pytest.mark.parametrize(("name", "stored"), [(name, stored) for name, of in LISTS.items() for stored in of])
def test_a_property_list_with_nothing_in_it(name: str, stored: str) -> None:
    check(name, bplist(stored), LISTS[name][stored])


@pytest.mark.parametrize(
    ("name", "stored", "expected"), [(name, stored, told) for name, of in LOGS.items() for stored, told in of]
)
def test_a_log_without_an_entry(name: str, stored: bytes, expected: list[dict[str, Any]] | str) -> None:
    check(name, stored, expected)


@pytest.mark.parametrize(
    ("name", "kind", "stored", "expected"), [(name, *of) for name, all_ in MADE.items() for of in all_]
)
def test_a_file_of_its_own_format_with_nothing_in_it(
    name: str, kind: str, stored: str, expected: list[dict[str, Any]] | str
) -> None:
    check(name, makers()[kind](stored), expected)
