"""What an artifact gives for a store with nothing in it: no row and no Gap, or exactly what is written down here."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from artifact_files import FIXTURES, Stored, artifact_of, as_json, bplist, database, makers, rows, stored
from bridle import artifacts
from bridle.core import FormatError

NAMES = sorted(n for n in artifacts.paths() if re.match(r"ios\.[a-k]", n))
SCRIPTS = sorted(f for f in FIXTURES.glob("ios/*/*.sql") if f"ios.{f.parent.name}" in NAMES)
_COMMENT = re.compile(r"\A(?:\s|--[^\n]*\n)*")


def statements(script: str) -> Iterator[str]:
    """The statements of a script, without the comments before them."""
    begun = ""
    for line in script.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            yield _COMMENT.sub("", begun)
            begun = ""
    assert not _COMMENT.sub("", begun).strip(), f"not a whole statement: {begun:.60}"


def tables_only(script: str) -> bytes:
    """The store a script makes, without its rows."""
    return database("".join(s for s in statements(script) if s.upper().startswith("CREATE")))


def given(name: str, file: Stored) -> list[dict[str, Any]]:
    return [as_json(row) for row in rows(artifacts.load(name), file)]


def missing(*names: str) -> list[dict[str, Any]]:
    return [{"Gap": {"locator": name, "reason": "no such table"}} for name in names]


NO_BLUETOOTH = [
    {"Gap": {"locator": "tables", "reason": "expected a table PairedDevices or OtherDevices, got none"}},
]
OF_SCRIPTS = {
    "application_state/few_tables": missing("key_tab", "kvs"),
    "bluetooth_devices/neither": NO_BLUETOOTH,
    "data_usage/no_usage_table": missing("ZLIVEUSAGE"),
    "interaction_c/few_tables": missing("ZCONTACTS"),
}
"""What is told of fixtures whose tables are not all there; of all others nothing."""


@pytest.mark.parametrize("script", SCRIPTS, ids=[f"{f.parent.name}/{f.stem}" for f in SCRIPTS])
def test_tables_without_rows_give_nothing(script: Path) -> None:
    content = tables_only(script.read_text("utf-8"))
    file = stored(script, content)
    found = [as_json(row) for row in rows(artifact_of(script), file)]
    assert found == OF_SCRIPTS.get(f"{script.parent.name}/{script.stem}", [])


def test_the_tables_are_there_and_their_rows_are_not(tmp_path: Path) -> None:
    """Or else the test above shows nothing."""
    assert len({f.parent.name for f in SCRIPTS}) == 21
    for script in SCRIPTS:
        text, counts = script.read_text("utf-8"), []
        for name, content in (("full", database(text)), ("bare", tables_only(text))):
            (tmp_path / name).write_bytes(content)
            with sqlite3.connect(tmp_path / name) as db:
                tables = [t for (t,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
                counts.append({t: db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables})
            db.close()
        full, bare = counts
        assert set(full) == set(bare)
        assert set(bare.values()) == {0}
        assert any(full.values()) or script.stem == "neither"


OTHER_TABLES: dict[str, list[dict[str, Any]]] = {
    "accounts": missing("ZACCOUNT"),
    "app_installation": [],
    "application_state": missing("application_identifier_tab", "key_tab", "kvs"),
    "bluetooth_devices": NO_BLUETOOTH,
    "calendar": missing("CalendarItem"),
    "calls": missing("ZCALLRECORD"),
    "cellular_usage": missing("subscriber_info"),
    "chromium_favicons": missing("favicons", "icon_mapping"),
    "chromium_history": missing("urls", "visits"),
    "contacts": missing("ABPerson", "ABMultiValue"),
    "data_usage": missing("ZPROCESS", "ZLIVEUSAGE"),
    "favicons": missing("page_url", "icon_info"),
    "firefox_browser": missing("history"),
    "firefox_places": missing("moz_places", "moz_historyvisits"),
    "home_store": [],
    "identity_services": [],
    "indexed_db": missing("IDBDatabaseInfo", "ObjectStoreInfo"),
    "interaction_c": missing("ZINTERACTIONS", "ZCONTACTS"),
    "itunes_stored": [],
    "knowledge_c": missing("ZOBJECT"),
}
"""What is told of a store that has none of the tables. Those that are read whatever their names give no row."""


@pytest.mark.parametrize("name", OTHER_TABLES)
def test_a_store_of_other_tables(name: str) -> None:
    assert given(f"ios.{name}", Stored(database("CREATE TABLE other (a);"))) == OTHER_TABLES[name]


def test_a_store_of_other_tables_holds_no_events_of_the_keychain() -> None:
    with pytest.raises(FormatError, match=r"\Aexpected tables of events, samples or counts, got none of them\Z"):
        given("ios.keychain_analytics", Stored(database("CREATE TABLE other (a);")))


APP = "/private/var/containers/Bundle/Application/0A1B"
EMPTY_SETTING = {"Setting": {"locator": "(value)", "key": "", "type": "dictionary"}}
"""An empty dictionary is a value too."""
DICTIONARIES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "app_bundle": (
        f"{APP}/Example.app/Info.plist",
        [{"Bundle": {"locator": "(bundle)", "folder": f"{APP}/Example.app"}}],
    ),
    "backup_info": ("/backup/Info.plist", []),
    "bluetooth_devices": ("/private/var/preferences/com.apple.MobileBluetooth.devices.plist", []),
    "commcenter_data": ("/private/var/wireless/Library/Preferences/com.apple.commcenter.plist", [EMPTY_SETTING]),
    "configuration_profile": (
        "/private/var/mobile/Library/ConfigurationProfiles/profile-0A1B.stub",
        [{"Profile": {"locator": "(profile)"}}],
    ),
    "dhcp_leases": (
        "/private/var/db/dhcpclient/leases/en0.plist",
        [{"Lease": {"locator": "(lease)", "interface": "en0"}}],
    ),
    "global_preferences": ("/private/var/preferences/.GlobalPreferences.plist", [EMPTY_SETTING]),
    "home_preferences": (
        "/private/var/mobile/Library/Preferences/com.apple.homed.plist",
        [{"Setting": {"locator": "value", "key": ""}}],
    ),
    "hsts": ("/private/var/mobile/Library/Cookies/HSTS.plist", []),
    "id_status_cache": ("/private/var/mobile/Library/IdentityServices/idstatuscache.plist", []),
    "identity_services": (
        "/private/var/mobile/Library/Preferences/com.apple.identityservicesd.plist",
        [{"Setting": {"locator": "value", "key": ""}}],
    ),
    "installed_app": (f"{APP}/iTunesMetadata.plist", [{"Application": {"locator": "(app)", "folder": APP}}]),
}
"""What is told of a property list that is an empty dictionary, by the path of the file."""
EMPTY_XML = b'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict/></plist>\n'


@pytest.mark.parametrize("content", [bplist("{}"), EMPTY_XML], ids=["binary", "xml"])
@pytest.mark.parametrize("name", DICTIONARIES)
def test_an_empty_dictionary(name: str, content: bytes) -> None:
    path, wanted = DICTIONARIES[name]
    assert given(f"ios.{name}", Stored(content, PurePosixPath(path))) == wanted


def test_an_empty_note_of_the_installer() -> None:
    file = Stored(bplist("{}"), PurePosixPath(f"{APP}/BundleMetadata.plist"))
    assert given("ios.installed_app", file) == [{"Installation": {"locator": "(bundle)", "folder": APP}}]


def test_empty_dictionaries_inside_are_no_rows_of_what_they_would_hold() -> None:
    wallet = bplist('{"PersonalWallet": {}, "unique-sim-label-store": {}}')
    assert [next(iter(row)) for row in given("ios.commcenter_data", Stored(wallet))] == ["Setting", "Setting"]
    assert given("ios.hsts", Stored(bplist('{"com.apple.CFNetwork.defaultStorageSession": {}}'))) == []
    assert given("ios.id_status_cache", Stored(bplist('{"com.apple.madrid": {}}'))) == []
    assert given("ios.backup_info", Stored(bplist('{"Applications": {}, "Installed Applications": []}'))) == []
    assert given("ios.configuration_profile", Stored(bplist('{"PayloadContent": [], "SignerCerts": []}'))) == [
        {"Profile": {"locator": "(profile)"}},
        {"Setting": {"locator": "PayloadContent", "key": "PayloadContent", "type": "list"}},
    ]


OTHERS = sorted(set(DICTIONARIES) - {"home_preferences", "identity_services"})


@pytest.mark.parametrize("name", OTHERS)
def test_an_empty_list_is_no_dictionary(name: str) -> None:
    path = DICTIONARIES[name][0]
    with pytest.raises(FormatError, match="expected a dictionary"):
        given(f"ios.{name}", Stored(bplist("[]"), PurePosixPath(path)))


LINES: dict[str, list[tuple[bytes, list[dict[str, Any]]]]] = {
    "activation_request": [(b"\n\n", []), (b"BODY: {}\n", [])],
    "analytics_journal": [(b"\n\n", []), (b"{}\n", [{"Count": {"locator": "line 1"}}])],
    "app_privacy_report": [(b"\n\n", []), (b"{}\n", [{"Other": {"locator": "line 1"}}])],
    "cloud_documents": [(b"\n\n", []), (b"boot_history (0 entries)\n----------------------------------------\n", [])],
    "container_manager": [(b"\n\n", [])],
    "crash_report": [
        (
            b'{"bug_type":"309"}\n{}\n',
            [{"Report": {"locator": "header", "bug_type": "309", "form": "json", "length": 22}}],
        ),
        (b'{"bug_type":"309"}\n', [{"Report": {"locator": "header", "bug_type": "309", "form": "text", "length": 19}}]),
    ],
    "crash_summary": [(b"\n\n", [])],
}


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [(name, content, wanted) for name, cases in LINES.items() for content, wanted in cases],
    ids=[f"{name}-{n}" for name, cases in LINES.items() for n in range(1, len(cases) + 1)],
)
def test_lines_without_content(name: str, content: bytes, wanted: list[dict[str, Any]]) -> None:
    assert given(f"ios.{name}", Stored(content)) == wanted


def test_a_report_needs_more_than_an_empty_line() -> None:
    with pytest.raises(FormatError, match=r"\Aexpected a diagnostic report, got b'\\n'\Z"):
        given("ios.crash_report", Stored(b"\n"))


NO_ENTRIES: dict[str, list[bytes]] = {
    "biome": [makers()["segb"](json.dumps({"version": version, "entries": []})) for version in (1, 2)],
    "cookies": [makers()["binarycookies"](pages) for pages in ("[]", "[[]]")],
    "itunes_prefs": [b"frpd".ljust(384, b"\0"), b"frpd".ljust(384 + 192, b"\0")],
}


@pytest.mark.parametrize(
    ("name", "content"),
    [(name, content) for name, contents in NO_ENTRIES.items() for content in contents],
    ids=[f"{name}-{n}" for name, contents in NO_ENTRIES.items() for n in range(1, len(contents) + 1)],
)
def test_a_file_without_entries_gives_nothing(name: str, content: bytes) -> None:
    assert given(f"ios.{name}", Stored(content)) == []


def test_no_artifact_is_left_out() -> None:
    told = {f.parent.name for f in SCRIPTS} | set(DICTIONARIES) | set(LINES) | set(NO_ENTRIES)
    assert sorted(f"ios.{name}" for name in told) == NAMES
    assert {f.parent.name for f in SCRIPTS} == set(OTHER_TABLES) | {"keychain_analytics"}
