"""The synthetic list of selected numbers."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from bridle.cli.phantom import phantom
from bridle.phantom import list_file, list_world
from bridle.phantom.list_numbers import as_written, ranges, spelled

SMALL = {"rows": 3000, "operators": 5}


def test_number_in_range() -> None:
    assert ranges()["GB"].number(12) == "+447700900012"
    assert ranges()["US"].number(305) == "+12135550105"  # 100 in each of 202, 206 and 212 come before
    assert ranges()["MX"].number(7) == "+522500000007"


@pytest.mark.parametrize("country", sorted(ranges()))
def test_no_person_has_them(country: str) -> None:
    phonenumbers = pytest.importorskip("phonenumbers")
    of, random = ranges()[country], Random(country)
    for _ in range(200):
        parsed = phonenumbers.parse(of.number(random.randrange(of.size)))
        assert phonenumbers.is_possible_number(parsed)
        if of.basis == "unassigned":
            assert not phonenumbers.is_valid_number(parsed)
            assert phonenumbers.region_code_for_number(parsed) == country


def test_written_as_of_then() -> None:
    before, after = datetime(2019, 8, 2, 23, 59, tzinfo=UTC), datetime(2019, 8, 3, tzinfo=UTC)
    assert as_written("+522500000007", before) == "+5212500000007"
    assert as_written("+522500000007", after) == "+522500000007"
    assert as_written("+2290170000007", after) == "+22970000007"
    assert as_written("+2290170000007", datetime(2024, 11, 30, tzinfo=UTC)) == "+2290170000007"


def test_spellings_keep_every_digit() -> None:
    random, seen = Random(1), set()
    for _ in range(300):
        raw = spelled("+966211234567", "SA", random)
        seen.add(raw)
        digits = "".join(str("٠١٢٣٤٥٦٧٨٩".find(c)) if c in "٠١٢٣٤٥٦٧٨٩" else c for c in raw)
        assert "".join(c for c in digits if c.isdecimal()).removeprefix("00") == "966211234567"
    assert seen == {
        "+966211234567", "+966 211 234 567", "+966-211-234-567", "00966211234567", "tel:+966-211-234-567",
        "+٩٦٦٢١١٢٣٤٥٦٧", "\u202a+966211234567\u202c", "+966 (211) 234 567", "+966\u00a0211\u00a0234\u00a0567\u200e",
    }  # fmt: skip


def test_world_is_as_asked() -> None:
    world = list_world.make(3, **SMALL)
    assert len(world.rows) == 3000
    assert world == list_world.make(3, **SMALL)
    assert [r.time for r in world.rows] == sorted(r.time for r in world.rows)
    assert {o.name: o.home for o in world.operators} == {
        "client-01": "MX", "client-02": "MA", "client-03": "AE", "client-04": "IN", "client-05": "AZ",
    }  # fmt: skip
    counts = Counter(r.operator for r in world.rows)  # 1 each, and 2995 by weights 15, 10, 10, 2, 1
    assert [counts[o.name] for o in world.operators] == [1183, 789, 790, 158, 80]
    home = sum(not world.crosses(r) for r in world.rows) / 3000
    assert home == pytest.approx(0.7, abs=0.05)


def test_sittings_are_short_and_of_one_client() -> None:
    world = list_world.make(3, **SMALL)
    sittings: dict[int, list[list_world.Selection]] = {}
    for row in world.rows:
        sittings.setdefault(row.sitting, []).append(row)
    assert sorted(sittings) == list(range(len(sittings)))
    for rows in sittings.values():
        assert len({r.operator for r in rows}) == 1
        assert rows[-1].time - rows[0].time < timedelta(hours=1)
    starts = [rows[0].time for _, rows in sorted(sittings.items())]
    assert starts == sorted(starts)


def test_planted_selections_are_in_it() -> None:
    time = datetime(2021, 5, 7, 9, 0, tzinfo=UTC)
    mine = list_world.Selection(
        number="+12025550123", country="US", time=time, operator="client-02", sitting=0, device="phone-01"
    )
    world = list_world.make(3, **SMALL, planted=[mine])
    assert len(world.rows) == 3000
    (found,) = [r for r in world.rows if r.device]
    assert (found.number, found.time, found.operator) == ("+12025550123", time, "client-02")
    assert world.operators[1].last == list_world.DAYS


@pytest.mark.parametrize(("rows", "operators", "share"), [(10, 11, 0.7), (100, 12, 0.7), (100, 0, 0.7), (100, 5, 1.5)])
def test_what_cannot_be_made(rows: int, operators: int, share: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        list_world.make(1, rows, operators, home_share=share)


def test_file_and_truth(tmp_path: Path) -> None:
    world = list_world.make(3, client_field=True, **SMALL)
    out = tmp_path / "list.csv"
    truth = json.loads(list_file.write(world, out).read_text("utf-8"))
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (len(rows), truth["rows"], len(truth["row"]["number"])) == (3000, 3000, 3000)
    assert rows[5] == {
        "number": world.rows[5].raw, "time": f"{world.rows[5].time:%Y-%m-%dT%H:%M:%SZ}",
        "client": world.rows[5].operator, "notes": "BRIDLE-SYNTHETIC",
    }  # fmt: skip
    pairs = Counter((r.operator, r.number) for r in world.rows)
    assert truth["repeats"] == sum(n - 1 for n in pairs.values())
    assert truth["cross_border"] == sum(world.crosses(r) for r in world.rows)
    assert truth["operators"][truth["row"]["operator"][5]]["name"] == world.rows[5].operator


def test_command(tmp_path: Path) -> None:
    out = tmp_path / "list.tsv"
    asked = ["list", str(out), "--rows", "200", "--operators", "3", "--seed", "4"]
    said = CliRunner().invoke(phantom, asked)
    assert (said.exit_code, said.output) == (0, f"{out}: 200 selections of 3 clients; see {out}.truth.json\n")
    assert out.read_text("utf-8").splitlines()[0] == "number\ttime\tnotes"
    again = CliRunner().invoke(phantom, asked)
    assert again.exit_code == 2
    assert "exists already" in again.output
