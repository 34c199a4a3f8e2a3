"""Words of findings that said more than their rows: each is held to what the rows can show."""

import re
from datetime import datetime

import pytest

from bridle.detect.baselines import shipped
from bridle.detect.examples import example_tables
from bridle.detect.finding import Finding
from bridle.detect.query import run_rule
from bridle.detect.rule import Rule, load_rules
from bridle.detect.surfaces import Meaning, meanings

RULES = {r.id: r for r in load_rules()}


def told(rule: Rule) -> list[Finding]:
    """What the first example of a rule makes it say."""
    return run_rule(example_tables(rule, rule.example[0]).connect(), rule)


def meaning(kind: str, surface: str) -> Meaning:
    return meanings()[kind, surface]


def test_a_day_on_which_an_app_changed_is_no_use_and_no_time_of_it() -> None:
    (found,) = told(RULES["android-extraction-tool-used"])
    times = {e.locator: e.time for e in found.evidence}
    assert times == {"line 1": datetime(2024, 3, 1, 10, 15), "line 3": None}
    said = {e.locator: e.values["what"] for e in found.evidence}
    assert said == {
        "line 1": "daily use, last at 2024-03-01 10:15:00",
        "line 3": "removed on the day that began at 2024-03-01 00:00:00",
    }


@pytest.mark.parametrize("kind", ["domain", "url", "ip-address", "email"])
def test_a_call_or_a_contact_is_not_called_a_message(kind: str) -> None:
    """Tables of this surface hold calls, contacts and appointments, too."""
    title = meaning(kind, "message").title
    assert all(word in title for word in ("messages", "calls", "contacts", "appointments"))


@pytest.mark.parametrize("kind", ["domain", "url", "ip-address"])
def test_a_cookie_or_an_icon_is_no_visit(kind: str) -> None:
    """Tables of this surface hold cookies, icons, tabs and caches, too."""
    m = meaning(kind, "visited")
    assert "visit" not in (m.title + m.message)


def test_files_without_a_direction_are_not_told_as_received() -> None:
    rule = RULES["ios-attachment-misnamed-repeated"]
    assert set(rule.needs) == {"ios.message_attachment.attachment"}
    assert "received" not in rule.title + rule.message


@pytest.mark.parametrize("rule", ["android-landfall-file", "android-chrysaor-file", "android-variston-file"])
def test_a_file_that_a_list_names_is_told_by_its_path_and_not_by_what_it_holds(rule: str) -> None:
    """A list of files has names and sizes: anybody can give a file such a name."""
    assert set(RULES[rule].needs) == {"android.androidqf_file.file"}
    (found,) = told(RULES[rule])
    assert re.match(r"A file (at a path|of a name) ", found.title)
    assert re.search(r"was published to|a name that", found.message)


def test_a_published_process_name_is_not_said_to_be_nobody_elses() -> None:
    """BackupAgent is published for Operation Triangulation, and a list of bridle has it as the system's own."""
    assert "BackupAgent" in shipped("ios_system_executables")
    said = meaning("process-name", "network-user").explanation
    assert "is known" not in said and "can bear the same name" in " ".join(said.split())
