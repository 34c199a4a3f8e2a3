"""A cohort of synthetic phones with their list and infrastructure."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bridle.cli.phantom import phantom
from bridle.phantom import cohort, cohort_infrastructure
from bridle.phantom.truth import in_order


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("cohort") / "small"
    return out, cohort.write(out, "small", 3)


def test_the_preset_has_the_published_totals() -> None:
    groups = cohort.presets()["pegasus-project"]["group"]
    by_truth, by_platform = Counter[str](), Counter[tuple[str, str]]()
    for g in groups:
        platform = "ios" if g["kind"].startswith("ios") else "android"
        by_truth[g["truth"]] += g["count"]
        by_platform[platform, g["truth"]] += g["count"]
    assert by_truth == {"infected": 23, "targeted": 14, "none": 30}
    assert by_platform == {
        ("ios", "infected"): 23, ("ios", "targeted"): 11, ("ios", "none"): 18,
        ("android", "targeted"): 3, ("android", "none"): 12,
    }  # fmt: skip


def test_no_two_phones_have_one_number() -> None:
    plans = cohort.planned(cohort.presets()["pegasus-project"], 7)
    assert len(plans) == 67
    assert len({p.owner.number for p in plans}) == 67
    assert len({p.seed for p in plans}) == 67
    assert plans == cohort.planned(cohort.presets()["pegasus-project"], 7)


def test_an_attempt_ends_after_an_hour_of_silence() -> None:
    begun = datetime(2021, 5, 7, 9, 0, tzinfo=UTC)
    rows = [(0, "targeting"), (59, "exploitation"), (118, "execution"), (179, "targeting"), (400, "exposure")]
    traces = in_order([(begun + timedelta(minutes=m), stage, "t", "v", "d") for m, stage in rows])
    assert cohort.episodes(traces) == [begun, begun + timedelta(minutes=179)]


def test_what_it_writes(small: tuple[Path, dict[str, Any]]) -> None:
    out, truth = small
    assert sorted(p.name for p in out.iterdir()) == [
        "indicators", "infrastructure", "list.csv", "password.txt", "phones", "phones.csv", "truth", "truth.json",
    ]  # fmt: skip
    assert json.loads((out / "truth.json").read_text("utf-8")) == truth
    with (out / "phones.csv").open(encoding="utf-8", newline="") as file:
        register = list(csv.DictReader(file))
    assert [r["phone"] for r in register] == ["phone-01", "phone-02", "phone-03"]
    assert {r["acquisition"] for r in register} == {p.name for p in (out / "phones").iterdir()}
    assert Counter(p["truth"] for p in truth["phones"]) == {"infected": 1, "targeted": 1, "none": 1}
    assert sorted(p.name for p in (out / "truth").iterdir()) == [
        "list.truth.json", "phone-01.truth.json", "phone-02.truth.json", "phone-03.truth.json",
    ]  # fmt: skip


def test_selections_come_minutes_before_attempts(small: tuple[Path, dict[str, Any]]) -> None:
    _, truth = small
    for phone in truth["phones"]:
        selected = [datetime.fromisoformat(t) for t in phone["selections"]]
        assert selected
        if phone["truth"] == "none":
            assert phone["attempts"] == []
            continue
        last = datetime.fromisoformat(phone["attempts"][-1])
        assert any(timedelta(0) <= last - t < timedelta(hours=2) for t in selected)


def test_the_list_has_them(small: tuple[Path, dict[str, Any]]) -> None:
    out, truth = small
    told = json.loads((out / "truth" / "list.truth.json").read_text("utf-8"))
    assert told["rows"] == 600 == truth["list"]["rows"]
    on_list = Counter(told["row"]["device"].values())
    assert on_list == {p["name"]: len(p["selections"]) for p in truth["phones"]}
    numbers = {p["name"]: p["number"] for p in truth["phones"]}
    names = [o["name"] for o in told["operators"]]
    clients = {p["name"]: p["client"] for p in truth["phones"]}
    for row, phone in told["row"]["device"].items():
        assert told["row"]["number"][int(row)] == numbers[phone]
        assert names[told["row"]["operator"][int(row)]] == clients[phone]


def test_infrastructure_is_of_the_feeds(small: tuple[Path, dict[str, Any]]) -> None:
    out, truth = small
    feeds = "".join(p.read_text("utf-8") for p in (out / "indicators").iterdir())
    assert sorted(truth["infrastructure"]) == ["client-02", "client-03"]
    for domains in truth["infrastructure"].values():
        assert len(domains) == 7
        assert all(f"[domain-name:value='{d}']" in feeds for d in domains)
    lines = (out / "infrastructure" / "passive-dns.json").read_text("utf-8").splitlines()
    assert len(lines) == 2 * 8 + 60  # each client's seven, one of them at the hoster too, and sixty of others


def test_certificates_join_all_hosts_of_a_client() -> None:
    named = ["a", "b", "c", "d", "e"]
    begun = datetime(2020, 1, 1, tzinfo=UTC)
    first, second = cohort_infrastructure._certificates(7, named, begun)
    assert (first["name_value"], second["name_value"]) == ("a\nb\nc", "c\nd\ne")


def test_command(tmp_path: Path) -> None:
    out = tmp_path / "cohort"
    refused = CliRunner().invoke(phantom, ["cohort", str(out), "--preset", "unknown"])
    assert refused.exit_code == 2
    assert "expected a preset among pegasus-project, small, got 'unknown'" in refused.output
    assert not out.exists()
    (tmp_path / "there").mkdir()
    assert CliRunner().invoke(phantom, ["cohort", str(tmp_path / "there")]).exit_code == 2
