"""What an indicator means where it stands."""

from pathlib import Path

import pytest

from bridle.core import SURFACES
from bridle.detect.rule import RULES, RuleError
from bridle.detect.surfaces import KINDS, meanings


def test_every_kind_on_every_surface_has_one_meaning() -> None:
    assert set(meanings()) == {(k, s) for k in KINDS for s in SURFACES}
    assert len(meanings()) == 140


@pytest.mark.parametrize(
    ("kind", "surface", "level", "stage"),
    [
        ("domain", "message", "high", "targeting"),
        ("domain", "visited", "high", "targeting"),
        ("url", "mention", "low", "targeting"),
        ("email", "look-up", "high", "targeting"),
        ("process-name", "network-user", "critical", "execution"),
        ("process-name", "running-process", "critical", "execution"),
        ("process-name", "crash", "high", "execution"),
        ("process-name", "file-present", "low", "exposure"),
        ("file-path", "file-present", "high", "exploitation"),
        ("file-path", "running-process", "critical", "execution"),
        ("file-name", "file-present", "medium", "exploitation"),
        ("sha256", "file-present", "high", "exploitation"),
        ("app-id", "installed-app", "high", "exploitation"),
        ("profile-id", "installed-app", "high", "exploitation"),
    ],
)
def test_levels_and_stages(kind: str, surface: str, level: str, stage: str) -> None:
    m = meanings()[kind, surface]
    assert (m.level, m.stage) == (level, stage)


def test_only_a_record_of_a_process_or_an_app_in_use_is_execution() -> None:
    executions = {(k, s) for (k, s), m in meanings().items() if m.stage == "execution"}
    assert {s for _, s in executions} == {"network-user", "running-process", "crash", "mention"}
    assert {k for k, s in executions if s == "mention"} == {"process-name"}


def test_no_text_judges_the_device() -> None:
    text = (RULES / "any" / "surfaces.toml").read_text("utf-8").replace("Exposure is not infection", "").lower()
    assert "infected" not in text
    assert " clean" not in text


def test_a_pair_told_twice_or_not_at_all_is_refused(tmp_path: Path) -> None:
    whole = (RULES / "any" / "surfaces.toml").read_text("utf-8")
    twice, missing = tmp_path / "twice.toml", tmp_path / "missing.toml"
    twice.write_text(whole.replace('surfaces = ["visited"]', 'surfaces = ["visited", "message"]', 1), "utf-8")
    missing.write_text(whole.replace('kinds = ["domain", "url", "ip-address"]', 'kinds = ["domain"]', 1), "utf-8")
    with pytest.raises(RuleError, match="told twice"):
        meanings(twice)
    with pytest.raises(RuleError, match="no meaning for"):
        meanings(missing)


def test_a_message_may_name_only_what_a_hit_has(tmp_path: Path) -> None:
    whole = (RULES / "any" / "surfaces.toml").read_text("utf-8")
    file = tmp_path / "surfaces.toml"
    file.write_text(whole.replace("{published};", "{operator};", 1), "utf-8")
    with pytest.raises(RuleError, match="operator"):
        meanings(file)


def test_risky_states_are_at_most_low() -> None:
    told = {pair: m.level for pair, m in meanings().items() if m.stage == "exposure"}
    assert told
    assert set(told.values()) <= {"informational", "low"}
