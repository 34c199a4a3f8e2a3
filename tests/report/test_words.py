"""The languages of the reports: whole catalogues, equal places, what is missing in sight, and who checked them."""

import shutil
from pathlib import Path

import polib
import pytest

from bridle.case.logs import Log
from bridle.case.signoff import SignOff
from bridle.cli import report as command
from bridle.report import court, person, words
from bridle.report.document import plain_text, render_html
from bridle.report.words import LANGUAGES, Words, evidence, value
from made_report import COURT, DETAILS, EXECUTION, content, finding

TRANSLATED = [code for code in LANGUAGES if code != "en"]
SIGN_OFF = SignOff(
    findings_sha256="0b" * 32, complete=True, analyst="A. Nalyst", second_reader="S. Reader", missing=(),
    dispositions={}, disputed=(), carried=(), problems=(), ignored=(),
)  # fmt: skip


def person_page(language):
    return person.document(content(verdict=EXECUTION), DETAILS, Words(language), reference="0123abcd", held={})


def court_report(language):
    beside = court.Custody(manifest_sha256="0a" * 32, log=Log(), sign_off=SIGN_OFF)
    return court.document(content(finding()), COURT, Words(language), beside)


def runs(document):
    return [
        run
        for b in document.blocks
        for line in (*b.lines, *b.head, *(c for row in b.rows for c in row))
        for run in line
    ]


def test_the_languages_are_those_of_the_command():
    assert tuple(LANGUAGES) == command.LANGUAGES == ("en", "ar", "es", "fr", "hi", "ru", "hu", "az", "pt")


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_in_every_catalogue_with_its_places(language):
    assert len(words.messages()) > 150
    assert words.problems(language) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_is_left_as_it_is_in_english(language):
    """But names, and words that are the same in that language."""
    texts, _ = words.catalogue(language)
    same = {m for m, text in texts.items() if m == text}
    assert same <= {"SHA-256", "no", "Questions", "Expert", "Qualification", "Organisation", "Source", "Type", "Note",
                    "Signature", "Rules (SHA-256)", "Program", "Annexes", "B. Sources"}  # fmt: skip


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_that_nobody_checked_says_so_on_top_in_its_language(language):
    notice = words.catalogue(language)[0][
        "A machine translated this page. No person has checked the translation yet. "
        "If something is not clear, ask for the English text."
    ]
    for document in (person_page(language), court_report(language)):
        assert document.blocks[0].kind == "note"
        assert plain_text(document.blocks[0].lines[-1]) == notice


def test_the_notice_goes_when_somebody_is_named(monkeypatch):
    texts, _ = words.catalogue("es")
    monkeypatch.setattr(words, "catalogue", lambda language: (texts, "R. Evisora, 2026-03-01"))
    assert person_page("es").blocks[0].kind == "heading"
    assert Words("en").machine_made is False


@pytest.mark.parametrize("make", [person_page, court_report])
@pytest.mark.parametrize("language", TRANSLATED)
def test_nothing_of_the_page_is_left_in_english_but_texts_of_rules(language, make):
    left = [run.text for run in runs(make(language)) if run.text.startswith("[en] ")]
    assert left == []


def test_a_sentence_that_is_missing_is_shown_in_english_and_marked():
    said = Words("es").say("Nobody translated {what}.", what=value("this"))
    assert [(run.kind, run.text) for run in said] == [
        ("english", "[en] Nobody translated "),
        ("value", "this"),
        ("english", "."),
    ]


def test_places_are_runs_of_their_own():
    said = Words("es").say("{count} more are in the case.", count=evidence("7"))
    assert [(run.kind, run.text) for run in said] == [
        ("words", "Hay "),
        ("evidence", "7"),
        ("words", " más en el caso."),
    ]
    with pytest.raises(KeyError):
        Words("de")


def test_arabic_runs_from_right_to_left_and_evidence_from_left_to_right():
    html = render_html(court_report("ar"))
    assert '<html lang="ar" dir="rtl">' in html
    assert f'<bdi class="evidence" dir="ltr" lang="">{"0a" * 32}</bdi>' in html
    assert '<dd class="only-english" dir="ltr"><span class="english" lang="en" dir="ltr">Links bring attacks.' in html
    assert '<html lang="fr" dir="ltr">' in render_html(court_report("fr"))
    sided = [line for line in (words.LOCALES.parent / "templates" / "document.css").read_text().splitlines()
             if "left" in line or "right" in line]  # fmt: skip
    assert [line.split("{")[0].strip() for line in sided] == ["pre"]


def test_update_adds_what_is_new_and_keeps_what_is_translated(tmp_path):
    file = tmp_path / "es.po"
    shutil.copy(words.LOCALES / "es.po", file)
    catalogue = polib.pofile(str(file))
    gone = catalogue.find("What we found")
    catalogue.remove(gone)
    catalogue.append(polib.POEntry(msgid="Said no more", msgstr="Ya no se dice"))
    catalogue.save()
    words.update(tmp_path)
    made = polib.pofile(str(file))
    assert made.find("What we found").msgstr == ""
    assert made.find("Your data").msgstr == "Sus datos"
    assert [e.msgid for e in made.obsolete_entries()] == ["Said no more"]
    assert made.metadata["X-Reviewed-By"] == ""
    assert len(polib.pofile(str(tmp_path / "messages.pot"))) == len(words.messages())


def test_the_catalogues_are_as_an_update_would_write_them(tmp_path):
    for file in words.LOCALES.glob("*.po"):
        shutil.copy(file, tmp_path / file.name)
    words.update(tmp_path)
    stale = [f.name for f in sorted(words.LOCALES.iterdir()) if f.read_bytes() != (tmp_path / f.name).read_bytes()]
    assert (stale, len(list(words.LOCALES.iterdir()))) == ([], 9)


def test_check_says_what_is_missing(capsys):
    assert words.main(["--check"]) == 0
    assert capsys.readouterr().out == "Every catalogue has every sentence.\n"
    assert words.main(["--nonsense"]) == 2
    assert Path(words.__file__).name == "words.py"
