"""`bridle report` in the forms that are shared: refused without consent, times kept if asked, one map for one phone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridle.case.ledger import device_table, ledger_table
from bridle.case.meta import render_case_toml
from bridle.case.writer import CaseWriter
from bridle.cli import bridle
from bridle.report.exports import FORMS
from made_content import content, finding

CONSENT = {
    "given_by": "P1", "date": "2026-01-05", "language": "en", "method": "signed paper", "witness": "",
    "retention_until": "2999-12-31", "acquire": True, "analyse": True, "re_scan_until": "2999-12-31",
    "share_with": ["Example Lab"], "publish": False, "statistics": False,
}  # fmt: skip


def written(path: Path, *, digest: str = "11" * 32, consent: object = CONSENT) -> None:
    """A case in clear with one finding."""
    made = content([finding()])
    source = dict(made.meta["sources"][0]) | {"digest": digest}
    meta = {k: v for k, v in made.meta.items() if k != "consent"} | {"sources": [source]}
    meta |= {"case": {"bridle": "0.1.0", "encrypted": False}} | ({"consent": consent} if consent else {})
    writer = CaseWriter(path, None)
    writer.finish_tables()
    writer.write_table("ledger", ledger_table(()))
    writer.write_table("device", device_table(()))
    texts = {
        "case.toml": render_case_toml(meta), "summary.json": json.dumps(made.summary),
        "coverage.json": json.dumps(made.coverage), "findings.jsonl": json.dumps(made.findings[0]) + "\n",
        "report.html": "<p>",
    }  # fmt: skip
    for name, text in texts.items():
        writer.write_file(name, text.encode())
    writer.commit()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    written(tmp_path / "case")
    written(tmp_path / "other", digest="99" * 32)
    written(tmp_path / "unagreed", consent=None)
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(bridle, ["report", *arguments])
    return done.exit_code, done.stderr


@pytest.mark.parametrize("form", [name for name, form in FORMS.items() if form.shared])
def test_forms_that_are_shared_are_refused_without_a_consent_record(folder: Path, form: str) -> None:
    code, said = run("unagreed", "--format", form, "-o", "out")
    assert (code, "this case has no consent record" in said) == (2, True)
    assert not (folder / "out").exists()
    assert run("case", "--format", form, "-o", "out") == (0, "")


@pytest.mark.parametrize("form", [name for name, form in FORMS.items() if not form.shared])
def test_forms_of_ones_own_work_are_not(folder: Path, form: str) -> None:
    assert run("unagreed", "--format", form, "-o", "out") == (0, "")


def test_times_are_kept_where_that_is_asked_for(folder: Path) -> None:
    redacted = ("--format", "jsonl", "--redact", "--redaction-map", "map")
    assert run("case", *redacted, "-o", "days")[0] == 0
    assert run("case", *redacted, "--keep-times", "-o", "times")[0] == 0
    seen = [json.loads((folder / name).read_text())["first_seen"] for name in ("days", "times")]
    assert seen == ["2026-01-02T00:00:00Z", "2026-01-02T03:04:05.5Z"]
    code, said = run("case", "--format", "jsonl", "--keep-times", "-o", "out")
    assert (code, said) == (
        2,
        "bridle: --redaction-map and --keep-times are for --redact; add that, or leave them out\n",
    )


def test_the_map_of_another_phone_is_refused(folder: Path) -> None:
    redacted = ("--format", "jsonl", "--redact", "--redaction-map", "map")
    assert run("case", *redacted, "-o", "one")[0] == 0
    code, said = run("other", *redacted, "-o", "two")
    assert (code, "map: the redaction map is of other acquisitions; name a new file" in said) == (2, True)
    assert not (folder / "two").exists()


def test_a_summary_without_a_count_is_told_with_the_next_step(folder: Path) -> None:
    file = folder / "case" / "summary.json"
    summary = json.loads(file.read_bytes())
    del summary["coverage"]["rules"]["not examined"]
    file.write_text(json.dumps(summary))
    done = CliRunner().invoke(bridle, ["report", "case", "--identify", "-o", "-"])
    told = "bridle: summary.json of case is damaged: coverage: rules: not examined: expected it, found nothing"
    assert (done.exit_code, done.stderr) == (3, f"{told}; `bridle verify case` says what differs\n")


def test_a_case_without_its_ledger_is_told_with_the_next_step(folder: Path) -> None:
    (folder / "case" / "ledger.parquet").unlink()
    done = CliRunner().invoke(bridle, ["report", "case", "--format", "csv", "-o", "-"])
    told = "bridle: ledger.parquet of case is damaged: it is missing; `bridle verify case` says what differs\n"
    assert (done.exit_code, done.stderr) == (3, told)
