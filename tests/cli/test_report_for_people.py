"""`bridle report` for a person and for a court: what it needs, where it writes, when it refuses."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridle.case import signoff
from bridle.case.keys import identity
from bridle.case.ledger import device_table, ledger_table
from bridle.case.meta import render_case_toml
from bridle.case.seal import seal
from bridle.case.writer import CaseWriter
from bridle.cli import bridle
from bridle.report.redaction import Tokens
from made_report import COURT, DETAILS, content, finding

DRAFT = (
    "bridle: marked as a DRAFT: no analyst has signed; no second reader has signed."
    " `bridle sign-off` enters what is missing.\n"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where commands run: two cases in clear, one without a consent record, and what is filled in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    case_of(content(), tmp_path / "case")
    case_of(content(consent=None), tmp_path / "unagreed")
    (tmp_path / "person.toml").write_text("".join(f"{name} = {json.dumps(text)}\n" for name, text in DETAILS.items()))
    return tmp_path


def case_of(made, path: Path):
    writer = CaseWriter(path, None)
    writer.finish_tables()
    tables: dict[str, pa.Table] = {"ledger": ledger_table(()), "device": device_table(())}
    for name, table in tables.items():
        writer.write_table(name, table)
    files = {
        "case.toml": render_case_toml({**made.meta, "case": {**made.meta["case"], "encrypted": False}}),
        "summary.json": json.dumps(made.summary), "coverage.json": json.dumps(made.coverage),
        "findings.jsonl": "".join(f"{json.dumps(f)}\n" for f in made.findings), "report.html": "<p>for an analyst",
    }  # fmt: skip
    for name, text in files.items():
        writer.write_file(name, text.encode())
    writer.commit()


def run(*arguments):
    done = CliRunner().invoke(bridle, ["report", *arguments])
    return done.exit_code, done.stdout, done.stderr


def test_the_analysts_report_is_on_standard_output_as_ever(folder):
    assert run("case") == (0, "<p>for an analyst", "")


@pytest.mark.parametrize(("form", "magic"), [("html", b"<!doctype html>"), ("pdf", b"%PDF-1.7")])
def test_a_persons_page_goes_to_a_file_with_a_neutral_name(folder, form, magic):
    if form == "pdf":
        pytest.importorskip("typst", reason="the extra `pdf` is not installed")
    asked = ("case", "--for", "person", "--details", "person.toml", "--format", form)
    assert run(*asked) == (0, "", f"{DRAFT}Written: letter.{form}\n")
    first = (folder / f"letter.{form}").read_bytes()
    assert first.startswith(magic)
    assert run(*asked) == (2, "", f"{DRAFT}bridle: letter.{form} exists already; name a new file\n")
    assert run(*asked, "-o", "other") == (0, "", DRAFT)
    assert (folder / "other").read_bytes() == first


def test_a_persons_page_is_on_standard_output_where_that_is_asked_for(folder):
    code, out, _ = run("case", "--for", "person", "--details", "person.toml", "-o", "-")
    assert (
        code,
        out.startswith("<!doctype html>"),
        "We found no known traces of an attack in what we looked at." in out,
    ) == (0, True, True)
    assert '<div class="draft" aria-hidden="true">DRAFT</div>' in out


def test_what_is_lacking_is_named(folder):
    assert run("case", "--for", "person") == (
        2, "", ("bridle: a report for a person needs --details FILE.toml;"
        " `bridle report --details-template person` prints one to fill in\n"),
    )  # fmt: skip
    (folder / "person.toml").write_text('organisation = "Example Lab"\nphone_help = "Robin, +1 555 0100"\n')
    code, _, said = run("case", "--for", "person", "--details", "person.toml")
    assert (code, said.startswith("bridle: person.toml: support must be filled in. Psychosocial help")) == (2, True)


def test_the_template_needs_no_case(folder):
    code, out, _ = run("--details-template", "person")
    assert (code, out.splitlines()[2:4]) == (
        0,
        ["# Who examined the phone, as the person knows you.", 'organisation = ""'],
    )


def test_forms_that_do_not_go_together_are_refused(folder):
    code, _, said = run("case", "--for", "person", "--format", "csv")
    assert (code, said) == (
        2, "bridle: the report for a person is html or pdf; leave out --for to export findings as csv\n"
    )  # fmt: skip
    assert run("case", "--format", "pdf")[0] == 2


def test_a_person_may_have_their_page_without_a_consent_record(folder):
    code, _, said = run("unagreed", "--for", "person", "--details", "person.toml")
    assert (code, "keep_until must be filled in" in said) == (2, True)
    filled = (folder / "person.toml").read_text().replace('keep_until = ""', "keep_until = 2028-01-01")
    (folder / "person.toml").write_text(filled)
    assert run("unagreed", "--for", "person", "--details", "person.toml")[0] == 0


def court_details(folder):
    lines = (f"{name} = {json.dumps(list(v) if isinstance(v, tuple) else v)}\n" for name, v in COURT.items())
    (folder / "court.toml").write_text("".join(lines))
    return "--for", "court", "--details", "court.toml"


def test_a_courts_report_says_what_it_lacks_to_be_more_than_a_draft(folder):
    code, out, said = run("case", *court_details(folder))
    assert (code, out) == (0, "")
    assert said == f"{DRAFT}Written: report.html\n"
    assert ">DRAFT<" in (folder / "report.html").read_text()


def test_a_case_that_two_people_signed_gives_no_draft(folder):
    for who, role in (("A. Nalyst", "analyst"), ("S. Reader", "second-reader")):
        signoff.enter(folder / "case", who, role)
    assert run("case", *court_details(folder)) == (0, "", "Written: report.html\n")
    assert "DRAFT" not in (folder / "report.html").read_text()


def test_a_courts_report_is_refused_without_consent(folder):
    code, _, said = run("unagreed", *court_details(folder))
    assert (code, said.startswith("bridle: this case has no consent record, so it is not shared")) == (2, True)
    assert not (folder / "report.html").exists()


def test_a_courts_report_tells_the_seal_and_a_file_that_was_changed(folder):
    secret = Ed25519PrivateKey.generate()
    (folder / "key").write_bytes(secret.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    (folder / "key").chmod(0o600)
    key = seal(folder / "case", folder / "key").key.fingerprint
    assert run("case", *court_details(folder), "-o", "sealed")[0] == 0
    assert f'sealed with the key <bdi class="evidence" dir="ltr" lang="">{key}</bdi>' in (folder / "sealed").read_text()
    (folder / "case" / "report.html").write_text("<p>another")
    code, _, said = run("case", *court_details(folder), "-o", "changed")
    assert (code, "the case is not as it was written, and the report says so" in said) == (0, True)
    made = (folder / "changed").read_text()
    assert "THE CASE IS NOT AS IT WAS WRITTEN:" in made
    assert "report.html: changed" in made


def test_a_damaged_chain_ends_with_3(folder):
    (folder / "case" / "custody.jsonl").mkdir()
    assert run("case", *court_details(folder))[0] == 3


PERSONAL = "robin.person@example.org"


@pytest.fixture
def personal(folder):
    """A case whose finding cites an account, with who signed it."""
    row = finding()["evidence"][0] | {"values": {"account": PERSONAL}}
    case_of(content(finding(evidence=[row], message=f"The record shows {PERSONAL}.", level="high")), folder / "cited")
    given = [signoff.Disposition(finding="f1" * 32, disposition="confirmed", reason=f"Read with {PERSONAL}.")]
    signoff.enter(folder / "cited", "A. Nalyst", "analyst", given)
    signoff.enter(folder / "cited", "S. Reader", "second-reader")
    return folder


@pytest.mark.parametrize("asked", [("--format", "jsonl"), ("--format", "html"), ("court",)])
def test_a_redacted_file_has_tokens_and_the_map_that_is_kept_tells_them(personal, asked):
    arguments = court_details(personal) if asked == ("court",) else asked
    assert run("cited", *arguments, "--redact", "--redaction-map", "map", "-o", "out")[0] == 0
    made = (personal / "out").read_text()
    assert PERSONAL not in made
    assert PERSONAL not in made.replace("[.]", ".").replace("[@]", "@")
    tokens = Tokens.decrypted((personal / "map").read_bytes(), list(identity(create=False).keys()))
    known = [token for token, value in tokens.originals.items() if value == PERSONAL]
    assert (len(known), all(token in made for token in known)) == (1, True)
    assert PERSONAL.encode() not in (personal / "map").read_bytes()
    assert (personal / "map").stat().st_mode & 0o777 == 0o600


def test_a_map_that_is_there_gives_the_same_tokens_again(personal):
    for out in ("one", "two"):
        assert run("cited", "--format", "jsonl", "--redact", "--redaction-map", "map", "-o", out)[0] == 0
    assert (personal / "one").read_bytes() == (personal / "two").read_bytes()
    assert sorted(p.name for p in personal.iterdir() if "map" in p.name) == ["map"]


def test_a_redacted_court_report_tells_the_judgement_without_its_words(personal):
    assert run("cited", *court_details(personal), "--redact", "--redaction-map", "map", "-o", "out")[0] == 0
    made = (personal / "out").read_text()
    assert '<dt>Judged as</dt><dd>confirmed: <bdi class="whole">withheld</bdi></dd>' in made
    assert "What tells of a person is replaced by tokens in square brackets." in made
    assert "host:" not in made


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "out", "--redact"), "a redacted file needs --redaction-map FILE"),
        (("--redact", "--identify"), "--redact hides whose device it is and --identify shows it; choose one"),
        (("--redaction-map", "map"), "--redaction-map and --keep-times are for --redact"),
        (("--for", "person", "--redact", "--details", "person.toml"), "leave out --redact"),
        (("-o", "out", "--redact", "--redaction-map", "person.toml"), "bridle: --redaction-map person.toml: "),
    ],
)
def test_what_does_not_go_with_redaction_is_refused(personal, arguments, said):
    code, out, error = run("cited", *arguments)
    assert (code, out, said in error) == (2, "", True)
    assert not (personal / "out").exists()


def test_times_are_days_unless_they_are_kept(personal):
    _, coarse, _ = run("cited", "--format", "jsonl", "--redact")
    _, kept, _ = run("cited", "--format", "jsonl", "--redact", "--keep-times")
    assert [json.loads(text)["first_seen"] for text in (coarse, kept)] == [
        "2026-01-02T00:00:00Z", "2026-01-02T03:04:05Z"
    ]  # fmt: skip


def test_a_redacted_export_may_go_to_standard_output_without_a_map(personal):
    code, out, _ = run("cited", "--format", "jsonl", "--redact")
    assert (code, PERSONAL in out, "[account " in out) == (0, False, True)
