"""Traces that anybody can leave: none is told as execution or critical, and the finding says why."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from bridle.detect.examples import catalogue
from bridle.detect.finding import Finding
from bridle.detect.memory import Memory
from bridle.detect.run import detect
from bridle.indicators import Indicator, IndicatorSet

NOON = datetime(2021, 7, 18, 12, 0, tzinfo=UTC)
NEWSLETTER = "Read also: " + " ".join(f"https://host{n}.example.net/a" for n in range(6)) + " and attack.example"
APP = "/private/var/containers/Bundle/Application/3F2504E0-4F89-41D3-9A0C-0305E82C3301/bh.app"


def table(name: str, *rows: dict[str, Any]) -> tuple[str, pa.Table]:
    stamps = {"_source": "S1", "_path": f"/of/{name.rpartition('.')[0]}", "_sha256": "ab"}
    columns = catalogue()[name]
    made = ({**stamps, "locator": str(n), **r} for n, r in enumerate(rows, 1))
    return name, pa.Table.from_pylist([{f.name: r.get(f.name) for f in columns} for r in made], columns)


def found(indicator: tuple[str, str], *tables: tuple[str, pa.Table]) -> Finding:
    made = Indicator(kind=indicator[0], value=indicator[1], shown=indicator[1], feeds=("one",), campaigns=("Chimera",))
    (finding,) = detect(Memory(dict(tables)), IndicatorSet(indicators=(made,), feeds=()), ()).findings
    return finding


def outcomes(f: Finding) -> dict[str, tuple[str, str]]:
    """The tested explanations by their first words."""
    return {" ".join(t.explanation.rstrip(".").split()[:4]): (t.outcome, t.why) for t in f.tested}


HOST, NAME = ("domain", "attack.example"), ("process-name", "bh")


def test_a_process_that_no_app_accounts_for_stays_critical() -> None:
    f = found(NAME, table("ios.data_usage.process", {"name": "bh", "first_used": NOON}))
    assert (f.level, f.stage, f.forgeable_by, f.confidence) == ("critical", "execution", ("user",), "medium")
    assert outcomes(f)["An app of the"] == ("does not fit", "the row does not bear it out")


def test_two_independent_artifacts_that_nobody_could_forge_give_high_confidence() -> None:
    staged = "/private/var/db/com.apple.xpc.roleaccountd.staging/bh"
    f = found(
        NAME, table("ios.data_usage.process", {"name": "bh", "first_used": NOON}),
        table("ios.shutdown_log.client", {"path": staged, "shutdown": NOON}),
    )  # fmt: skip
    assert (f.level, f.forgeable_by, f.confidence) == ("critical", (), "high")


@pytest.mark.parametrize(
    ("row", "more", "why"),
    [
        ({"bundle_id": "org.example.bh"}, (), "the record names the app: org.example.bh"),
        ({}, ("ios.app_bundle.bundle", {"folder": APP, "executable": "bh", "bundle_id": "org.example.x"}),
         "installed: org.example.x"),
        ({}, ("ios.backup_info.application", {"bundle_id": "org.example.BH", "name": "Beach"}),
         "installed: org.example.BH"),
        ({}, ("ios.installed_app.application", {"bundle_id": "org.example.x", "name": "bh"}),
         "installed: org.example.x"),
    ],
)  # fmt: skip
def test_a_renamed_app(row: dict[str, Any], more: Any, why: str) -> None:
    tables = [table("ios.data_usage.process", {"name": "bh", "first_used": NOON, **row})]
    f = found(NAME, *tables, *([table(*more)] if more else []))
    assert (f.level, f.stage, f.confidence) == ("low", "exposure", "low")
    assert outcomes(f)["An app of the"] == ("fits", why)
    assert (
        "A benign explanation fits the records: An app of the user bears the name: anybody may call an app so "
        f"({why}). It is told as low, not critical." in f.message
    )


def test_an_app_that_crashed_from_its_own_container() -> None:
    f = found(NAME, table("ios.crash_report.crash", {"time": NOON, "process_name": "bh", "path": f"{APP}/bh"}))
    assert (f.level, f.stage) == ("low", "exposure")


def test_an_app_does_not_explain_a_program_elsewhere() -> None:
    f = found(
        NAME, table("ios.crash_report.crash", {"time": NOON, "process_name": "bh", "path": f"{APP}/bh"}),
        table("ios.data_usage.process", {"name": "bh", "first_used": NOON}),
    )  # fmt: skip
    assert (f.level, f.stage) == ("critical", "execution")
    assert outcomes(f)["An app of the"] == ("does not fit", f"1 of 2 rows: the record names the app: {APP}/bh")


def test_a_vendors_own_site_is_no_trace_of_an_attack() -> None:
    f = found(
        ("domain", "nsogroup.com"), table("ios.safari_history.item", {"item_id": 1, "url": "https://nsogroup.com/"}),
        table("ios.safari_history.visit", {"item_id": 1, "time": NOON, "load_successful": True}),
    )  # fmt: skip
    assert (f.level, f.stage) == ("low", "targeting")
    assert outcomes(f)["The site is public:"] == ("fits", "the published value is such a site")
    assert f.forgeable_by == ("website", "user")


def visited(*visits: dict[str, Any]) -> Finding:
    rows = ({"item_id": 1, "time": NOON, "load_successful": True, "origin": 0, **v} for v in visits)
    return found(
        HOST, table("ios.safari_history.item", {"item_id": 1, "url": "https://attack.example/x"}),
        table("ios.safari_history.visit", *rows),
    )  # fmt: skip


def test_a_visit_that_loaded_stays_high() -> None:
    f = visited({}, {"load_successful": False})
    assert (f.level, f.stage) == ("high", "targeting")
    assert outcomes(f)["The page was asked"][0] == "does not fit"
    assert f.message.endswith(
        "A page that is visited or whoever holds the unlocked device could have caused all of this."
    )


def test_a_page_that_never_arrived() -> None:
    f = visited({"load_successful": False}, {"load_successful": False})
    assert f.level == "medium"
    assert outcomes(f)["The page was asked"] == ("fits", "every recorded visit failed to load")


def test_a_visit_on_another_device() -> None:
    f = visited({"origin": 1})
    assert (f.level, outcomes(f)["Another device of the"][0]) == ("medium", "fits")


def test_a_redirect_is_told_and_lowers_nothing() -> None:
    f = visited({"redirect_source": 7})
    assert (f.level, [t for t in f.tested if t.outcome == "fits"]) == ("high", [])
    assert (
        "Another page sent the browser there: nobody chose it. Advertising does so, and so does an injected redirect "
        "(every recorded visit is the end of a redirect)." in f.message
    )
    assert outcomes(visited({}))["Another page sent the"][0] == "does not fit"


@pytest.mark.parametrize(
    ("more", "level"),
    [({}, "medium"), ({"last_visit": NOON}, "high"), ({"local_url": "https://attack.example/y"}, "high")],
)
def test_a_tab_opened_offline(more: dict[str, Any], level: str) -> None:
    tab = {"uuid": "T", "url": "https://attack.example/x", "added": NOON, **more}
    f = found(
        HOST, table("ios.safari_tabs.tab", tab),
        table("ios.safari_tabs.history_entry", {"tab_uuid": "T", "url": "https://attack.example/x"}),
    )  # fmt: skip
    assert (f.level, f.stage) == (level, "targeting")


@pytest.mark.parametrize(("loaded", "level"), [(False, "medium"), (True, "high")])
def test_a_tab_whose_page_never_arrived(loaded: bool, level: str) -> None:
    url = "https://attack.example/x"
    f = found(
        HOST, table("ios.safari_browser_state.tab", {"uuid": "T", "url": url, "last_viewed": NOON}),
        table("ios.safari_history.item", {"item_id": 1, "url": url}),
        table("ios.safari_history.visit", {"item_id": 1, "time": NOON, "load_successful": loaded}),
    )  # fmt: skip
    assert f.level == level


def test_a_text_with_several_published_hosts_is_a_list_of_them() -> None:
    hosts = ("attack.example", "a.other.example.org", "third.example.net")
    text = "From the report, do not open: " + " ".join(f"https://{h}/a" for h in hosts)
    known = tuple(Indicator(kind="domain", value=h, shown=h, feeds=("one",), campaigns=("Chimera",)) for h in hosts)
    case = Memory(dict([table("ios.sms.message", {"time": NOON, "text": text})]))
    all_three = detect(case, IndicatorSet(indicators=known, feeds=()), ()).findings
    assert [(f.level, outcomes(f)["The text is a"]) for f in all_three] == [
        ("low", ("fits", "it names 3 published hosts at once, as a list of them does"))
    ] * 3
    two = detect(case, IndicatorSet(indicators=known[:2], feeds=()), ()).findings
    assert [f.level for f in two] == ["high"] * 2


@pytest.mark.parametrize(
    ("message", "level"),
    [
        ({"text": "your parcel: https://attack.example/x"}, "high"),
        ({"text": NEWSLETTER}, "low"),
        ({"text": "attack.example " + "is discussed here. " * 90}, "medium"),
        ({"text": "do not open attack.example", "is_from_me": True}, "low"),
    ],
)  # fmt: skip
def test_quoted_links(message: dict[str, Any], level: str) -> None:
    f = found(HOST, table("ios.sms.message", {"time": NOON, "is_from_me": False, **message}))
    assert (f.level, f.stage) == (level, "targeting")


@pytest.mark.parametrize(("summary", "level"), [("your parcel: https://attack.example/x", "high"), (NEWSLETTER, "low")])
def test_a_mailing_list_that_quotes_a_host(summary: str, level: str) -> None:
    f = found(HOST, table("ios.mail_envelope.summary", {"summary": summary}))
    assert (f.level, f.stage) == (level, "targeting")


def test_explanations_of_several_rows_together() -> None:
    rows = ({"time": NOON, "text": NEWSLETTER}, {"time": NOON, "text": "see attack.example", "is_from_me": True})
    f = found(HOST, table("ios.sms.message", *rows))
    assert (f.level, outcomes(f)["The text quotes it:"][0]) == ("medium", "fits")
    assert outcomes(f)["The owner of the"] == ("fits", "1 of 2 rows; the other rows have another explanation")


def test_what_cannot_be_tested_is_told() -> None:
    f = found(HOST, table("ios.safari_history.item", {"item_id": 1, "url": "https://attack.example/x"}))
    assert outcomes(f)["The page was asked"] == (
        "could not be tested", "these acquisitions lack ios.safari_history.visit",
    )  # fmt: skip
    assert f.level == "high"


def test_an_address_in_the_query_of_another() -> None:
    row = {"item_id": 1, "url": "https://scan.example.org/?q=https://attack.example/x"}
    f = found(HOST, table("ios.safari_history.item", row))
    assert outcomes(f)["Another site's address names"] == ("fits", "the host of the address is another")
    assert (f.level, f.stage) == ("medium", "targeting")


def test_a_card_of_a_contact() -> None:
    f = found(
        ("email", "a@example.org"), table("ios.contacts.value", {"account": "a@example.org", "value": "a@example.org"})
    )
    assert (f.level, outcomes(f)["The address stands in"][0]) == ("informational", "fits")


@pytest.mark.parametrize(
    ("row", "level"),
    [
        ({"installer": "com.android.vending", "initiating_package": "com.android.vending"}, "medium"),
        ({"installer": "com.android.vending", "initiating_package": "com.android.shell"}, "high"),
        ({"installer": "com.android.vending"}, "high"), ({"installer": "com.android.shell"}, "high"),
        ({"code_path": "/system/app/Spy"}, "medium"), ({"code_path": "/data/app/spy"}, "high"),
    ],
)  # fmt: skip
def test_an_android_app_from_the_store_or_the_maker(row: dict[str, Any], level: str) -> None:
    spy = {"package_name": "com.example.spy", "hidden_system": False, **row}
    assert found(("app-id", "com.example.spy"), table("android.package.package", spy)).level == level


def test_a_record_older_than_the_setup() -> None:
    setup = {"_path": "/private/var/mobile/Library/Preferences/com.apple.purplebuddy.plist", "key": "SetupLastExit"}
    later = table("ios.preferences.setting", {**setup, "time": datetime(2022, 1, 1, tzinfo=UTC)})
    f = found(NAME, table("ios.data_usage.process", {"name": "bh", "first_used": NOON}), later)
    assert outcomes(f)["The record is older"] == ("fits", "set up at 2022-01-01 00:00 UTC")
    assert (f.level, f.stage) == ("high", "targeting")


def test_a_file_of_the_apps_own() -> None:
    row = {"source": "S1", "type": "file", "status": "not wanted", "rows": 0, "gaps": 0, "member": "m"}
    folder = "/private/var/mobile/Library/Mobile Documents/com~apple~CloudDocs"
    f = found(("file-name", "kept.plist"), table("ledger", {**row, "path": f"{folder}/kept.plist"}))
    assert f.level in ("low", "informational")
    assert outcomes(f)["The file lies where"][0] == "fits"
