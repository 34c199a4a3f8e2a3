"""`bridle list operators` over an encrypted project: two hands, without and with a client field."""

import json

import pytest
from click.testing import CliRunner

from bridle.cli import bridle


def csv(client):
    """Sixty days: one hand selects two Mexican numbers at 15:00, the other a Hungarian and a French one at 08:00."""
    lines = ["number,selected" + (",client" if client else "")]
    for day in range(60):
        date = f"2018-0{5 + day // 30}-{day % 30 + 1:02}"
        for hand, hour, numbers in (
            ("m", 15, ("+525555550{:03}", "+525555551{:03}")), ("h", 8, ("+3615550{:03}", "+33199001{:03}"))
        ):  # fmt: skip
            named = f",secret-{hand}" if client else ""
            lines += [f"{n.format(day)},{date} {hour:02}:0{m}:00{named}" for m, n in enumerate(numbers)]
    return "\n".join(lines) + "\n"


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("BRIDLE_IDENTITY", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*args, code=0):
        done = CliRunner().invoke(bridle, ["list", *args])
        assert done.exit_code == code, done.output
        return done

    second = run("key", "second.txt").stdout.strip()
    for name, client in (("plain", False), ("told", True)):
        (tmp_path / f"{name}.csv").write_text(csv(client))
        made = ("import", f"{name}.csv", "--project", name, "--owner", "Lab", "--purpose", "Who was selected")
        run(*made, "--second-key", second)
    return run


def test_two_hands_are_told_apart_and_no_number_is_shown(desk):
    made = json.loads(desk("operators", "--project", "plain", "--components", "2", "--resamples", "1", "--json").stdout)
    assert (made["rows"], made["sittings"], made["without_time"], made["blind_check"]) == (240, 120, 0, None)
    assert {(o["most_selected"], o["selections"], o["cross_border"]) for o in made["operators"]} >= {("MX", 120, 0)}
    assert sorted(o["name"] for o in made["operators"]) == ["OP-01", "OP-02"]
    assert "attributions" not in made
    text = desk("operators", "--project", "plain", "--components", "2", "--resamples", "0").stdout
    assert "Rows         240 in 120 sittings" in text
    assert "not measured: too few numbers are selected again" in text
    assert "555555" not in text


def test_a_client_field_decides_and_its_values_are_not_shown(desk):
    done = desk("operators", "--project", "told", "--components", "2", "--resamples", "0", "--rows", "--json")
    made = json.loads(done.stdout)
    assert made["blind_check"] == {"clients": 2, "rows": 240, "agreement": 1.0, "same": 1.0}
    assert {a["basis"] for a in made["attributions"]} == {"client"}
    assert "secret" not in done.output


def test_wrong_use(desk):
    assert "--rows needs --json" in desk("operators", "--project", "plain", "--rows", code=2).stderr
    assert "is no list project" in desk("operators", "--project", "nothing", code=2).stderr
    # Only 31 May is left out: a pause of two days.
    assert "found 2 in 240 rows" in desk("operators", "--project", "plain", "--gap", "86400", code=2).stderr
