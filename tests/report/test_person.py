"""The page for the person: one of three results, what to do, whom to call, in plain words and under a neutral name."""

import re
import subprocess
from pathlib import Path

import pytest

from bridle.report import person
from bridle.report.details import DetailsError
from bridle.report.document import plain_text, render_html
from bridle.report.words import Words
from made_report import (
    ANOMALIES,
    CONSENT,
    DETAILS,
    EXECUTION,
    NOTHING,
    TARGETING,
    TOO_LITTLE,
    VERDICTS,
    content,
    finding,
)

VALIDATORS = Path(__file__).parents[2] / ".venv-validators" / "bin" / "python"


def page(*findings, words="en", details=DETAILS, held=None, **changes):
    made = content(*findings, **changes)
    return person.document(made, details, Words(words), reference="0123abcd", held=held)


def lines(document):
    return [plain_text(line) for b in document.blocks for line in (*b.lines, *(cell for row in b.rows for cell in row))]


def block(document, kind):
    (found,) = (b for b in document.blocks if b.kind == kind)
    return [plain_text(line) for line in found.lines]


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (EXECUTION, ["We found traces that an attack may have left.",
                     "They look like what spy software leaves behind on a phone.",
                     "This is not your fault. We will go through it with you."]),
        (TARGETING, ["We found traces that an attack may have left.",
                     "They may mean that someone tried to attack the phone. They do not show that it worked.",
                     "This is not your fault. We will go through it with you."]),
        (NOTHING, [("We found no known traces of an attack in what we looked at. "
                    "This does not mean that the phone is safe."),
                   "No copy holds everything that is on a phone. What was not in it, we could not look at.",
                   ("Some attacks leave no traces. "
                    "Others leave traces that no one knows yet, or that are gone by now.")]),
        (ANOMALIES, ["We could not tell.",
                     "We saw things that we cannot explain. They may be harmless. An attack may have left them."]),
        (TOO_LITTLE, ["We could not tell.",
                      "There was not enough data to look at. So we can say neither yes nor no."]),
    ],
)  # fmt: skip
def test_each_verdict_is_told_as_one_of_three_results(verdict, said):
    assert block(page(verdict=verdict), "result") == said


def test_the_whole_page_for_an_iphone():
    assert lines(page()) == [
        "This is a draft. It has not been checked and signed yet. Do not rely on it.",
        "What we looked at",
        (
            "Example Lab looked at data from your phone: a backup of the iPhone. "
            "We searched it for traces of known attacks."
        ),
        (
            "Its logs go from 2026-01-02 to 2026-02-03. Some cover only a few days of that time. "
            "We cannot say what took place before or after."
        ),
        "What we found",
        "We found no known traces of an attack in what we looked at. This does not mean that the phone is safe.",
        "No copy holds everything that is on a phone. What was not in it, we could not look at.",
        "Some attacks leave no traces. Others leave traces that no one knows yet, or that are gone by now.",
        "What to do now",
        (
            "Do not talk or write about this on the phone that we looked at, or next to it. "
            "Use another phone, or meet in person."
        ),
        (
            "Do not update, reset or replace the phone yet. That could destroy the evidence. "
            "Wait until Example Lab confirms that the evidence is safe."
        ),
        (
            "After that, install all updates. Then turn on Lockdown Mode: "
            "open Settings, then Privacy & Security, then Lockdown Mode."
        ),
        "Whom to call",
        "If you have a question about your phone",
        "Robin, +1 555 0100, every day 9:00 to 18:00",
        "If you are afraid, worried or cannot sleep, and want to talk to someone",
        "Example Support Line, +1 555 0101, day and night",
        "Your data",
        "Example Lab keeps the data until 2027-12-31. Then it must be deleted.",
        "You agreed that these may see it: Example Court. Nobody else gets it from us.",
        (
            "You can change your mind at any time and take back your consent: "
            "Write to help@example.org or call +1 555 0100."
        ),
        "Number of this letter: 0123abcd",
    ]


def test_an_android_phone_has_another_setting_and_an_unknown_one_both():
    assert block(page(platform="android", kind="bugreport"), "steps")[2] == (
        "After that, install all updates. Then turn on Advanced Protection: open Settings, then Security & privacy, "
        "then Advanced Protection. It needs Android 16 or newer."
    )
    assert block(page(platform="network", kind="capture"), "steps")[2] == (
        "After that, install all updates. Then turn on Lockdown Mode (iPhone) "
        "or Advanced Protection (Android 16 or newer)."
    )


def test_no_indicator_and_no_evidence_reaches_the_page():
    html = render_html(page(finding(), verdict=TARGETING))
    assert [t for t in ("lure", "sms.db", "indicator-domain", "newsletter", "ab" * 6) if t in html] == []


def test_nothing_in_the_head_of_the_page_says_what_it_is_about():
    html = render_html(page(finding(), verdict=EXECUTION))
    head = html[: html.index("<style>")]
    assert "<title>About your phone</title>" in head
    for word in ("spy", "bridle", "pegasus", "forensic", "attack"):
        assert word not in head.lower()
        assert word not in person.FILE_NAME


def test_who_keeps_the_data_without_a_consent_record_is_in_the_details_or_missed():
    with pytest.raises(DetailsError, match=r"^keep_until must be filled in"):
        page(consent=None)
    made = lines(page(consent=None, details=DETAILS | {"keep_until": "2028-02-29"}))
    assert "Example Lab keeps the data until 2028-02-29. Then it must be deleted." in made
    assert "You have not agreed that others may see it, so we do not pass it on." in made


def test_the_consent_record_says_until_when_whatever_the_details_say():
    made = lines(page(details=DETAILS | {"keep_until": "2099-01-01"}, consent=CONSENT | {"share_with": []}))
    assert "Example Lab keeps the data until 2027-12-31. Then it must be deleted." in made
    assert "You have not agreed that others may see it, so we do not pass it on." in made


def test_once_signed_it_is_no_draft_and_tells_what_people_hold():
    found = finding()
    held = {found["id"]: ("confirmed", "Seen by two people.")}
    signed = page(found, verdict=TARGETING, held=held)
    assert (signed.draft, [b.kind for b in signed.blocks if b.kind == "note"]) == (None, [])
    assert page(found, verdict=TARGETING).draft == "DRAFT"
    assert block(signed, "result")[0] == "We found traces that an attack may have left."
    benign = page(found, verdict=TARGETING, held={found["id"]: ("benign", "A newsletter.")})
    assert block(benign, "result") == [
        "We could not tell.",
        "There was not enough data to look at. So we can say neither yes nor no.",
    ]
    open_ = page(found, verdict=TARGETING, held={found["id"]: ("needs-more", "The other phone.")})
    assert block(open_, "result") == [
        "We could not tell.",
        "We saw things that we cannot explain. They may be harmless. An attack may have left them.",
    ]


def test_what_somebody_filled_in_cannot_become_markup():
    html = render_html(page(details=DETAILS | {"phone_help": '<script>alert("1")</script>\u202eabc'}))
    assert "<script" not in html
    assert "<bdi>&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;\\u202eabc</bdi>" in html


def syllables(word):
    """Groups of vowels, but for a silent e at the end: near enough for English."""
    word = re.sub(r"[^a-z]", "", word.lower())
    silent = len(word) > 3 and word.endswith("e") and not word.endswith(("le", "ee"))
    return max(1, len(re.findall(r"[aeiouy]+", word)) - silent)


def grade(text):
    """Flesch and Kincaid's: years of school that a text takes."""
    sentences = len(re.findall(r"[.!?](?:\s|$)", text))
    found = re.findall(r"[A-Za-z]+", text)
    return 0.39 * len(found) / sentences + 11.8 * sum(map(syllables, found)) / len(found) - 15.59


def read_aloud(document):
    """What the page says, as sentences."""
    return " ".join(line if line.endswith(".") else f"{line}." for line in lines(document))


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize(("platform", "kind"), [("ios", "itunes-backup"), ("android", "bugreport")])
def test_eight_years_of_school_are_enough(verdict, platform, kind):
    assert grade(read_aloud(page(verdict=verdict, platform=platform, kind=kind))) < 8


def test_the_grade_is_flesch_and_kincaids():
    """6 words of 1 syllable; 5 words of 22."""
    assert round(grade("The cat sat on the mat."), 2) == -1.45
    assert round(grade("The institution investigates unauthorised telecommunication."), 2) == 38.28


@pytest.mark.skipif(not VALIDATORS.exists(), reason="the environment of validators is not here")
@pytest.mark.parametrize("verdict", VERDICTS)
def test_textstat_agrees(verdict):
    code = "import sys, textstat; print(textstat.flesch_kincaid_grade(sys.stdin.read()))"
    given = read_aloud(page(verdict=verdict))
    done = subprocess.run([VALIDATORS, "-c", code], input=given, capture_output=True, text=True, check=True, timeout=60)
    assert float(done.stdout) <= 8
