"""`bridle demo --project`: an investigation re-enacted, at a small size."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridle import demo_project
from bridle.cli import bridle
from bridle.detect.verdict import ANOMALIES, EXECUTION, INCONCLUSIVE, NOTHING, TARGETING
from bridle.phantom import cohort
from bridle.report.consortium import NOT_EXAMINED, Phone


def test_it_runs_over_a_cohort(tmp_path: Path) -> None:
    source, folder = tmp_path / "cohort", tmp_path / "demo"
    truth = cohort.write(source, "small", 3)
    env = {"BRIDLE_CONFIG": str(tmp_path / "config")}
    done = CliRunner(env=env).invoke(bridle, ["demo", str(folder), "--project", "--from", str(source), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["re_enactment"], said["phones"], said["verdicts_right"], said["false_accusations"]) == (True, 3, 3, 0)
    assert said["verdicts"] == {EXECUTION: 1, TARGETING: 1, INCONCLUSIVE: 1}
    assert said["infrastructure"]["truth"] == {"clients": 2, "pair_precision": 1.0, "pair_recall": 1.0}
    assert said["seconds"] > 0
    page = (folder / "report.html").read_text("utf-8")
    assert "RE-ENACTMENT" in page
    assert all(p["number"] not in page for p in truth["phones"])
    again = CliRunner(env=env).invoke(bridle, ["demo", str(folder), "--project", "--from", str(source)])
    assert (again.exit_code, "exists already" in again.output) == (2, True)


def test_what_is_no_cohort(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    said = CliRunner().invoke(bridle, ["demo", str(tmp_path / "d"), "--project", "--from", str(tmp_path / "source")])
    assert said.exit_code == 2
    assert "is no cohort: it has no phones.csv" in said.output


def test_options_of_the_project_alone(tmp_path: Path) -> None:
    said = CliRunner().invoke(bridle, ["demo", str(tmp_path / "d"), "--json"])
    assert (said.exit_code, "go with --project" in said.output) == (2, True)


@pytest.mark.parametrize(
    ("planted", "verdict", "right", "accused"),
    [
        ("infected", EXECUTION, 1, 0), ("infected", TARGETING, 0, 0), ("targeted", TARGETING, 1, 0),
        ("none", NOTHING, 1, 0), ("none", INCONCLUSIVE, 1, 0), ("none", ANOMALIES, 0, 0), ("none", TARGETING, 0, 1),
        ("none", EXECUTION, 0, 1), ("none", NOT_EXAMINED, 0, 0),
    ],
)  # fmt: skip
def test_scoring(planted: str, verdict: str, right: int, accused: int) -> None:
    phone = Phone(
        name="phone-01", platform="ios", kind="backup", verdict=verdict, why="", first=None, last=None, findings={},
        artifacts={},
    )  # fmt: skip
    found = demo_project.scored([phone], {"phones": [{"name": "phone-01", "truth": planted}]})
    assert (found["verdicts_right"], found["false_accusations"]) == (right, accused)


def test_pairs_of_clusters() -> None:
    found = [["a", "b", "x"], ["c", "d"]]
    said = demo_project.together(found, {"one": ["a", "b", "c"], "two": ["d", "x"]})
    assert said == {"clients": 2, "pair_precision": 0.25, "pair_recall": 0.25}  # of a-b, a-x, b-x, c-d only a-b
