"""The PDF: PDF/A-2b, one page for a person, equal bytes, no file and no host in it, whatever the device stored."""

import re
import shutil
import subprocess
import zlib

import pytest

pytest.importorskip("typst", reason="the extra `pdf` is not installed")

from bridle.report import glyphs, pdf, person
from bridle.report.document import Document, render_html, text
from bridle.report.words import LANGUAGES, Words, evidence, value
from made_report import ANOMALIES, CONSENT, DETAILS, EXECUTION, content

LONGEST = dict.fromkeys(("organisation", "phone_help", "support", "data_holder", "withdraw"), "Ww iİ" * 24)


def page(language="en", details=DETAILS, **changes):
    return person.document(content(**changes), details, Words(language), reference="0123abcd", held=None)


def of(*lines):
    return Document(words=Words("en"), title="Title", blocks=[text(*lines)], time="2026-02-03T04:05:06Z")


def pages(file):
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", file))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verdict", [EXECUTION, ANOMALIES])
def test_a_person_gets_one_page_in_every_language(language, verdict):
    made = pdf.render(page(language, verdict=verdict))
    assert pages(made) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_page_is_enough_for_the_longest_details(language):
    shared = CONSENT | {"share_with": ["Example Organisation of Some Length"] * 4}
    assert pages(pdf.render(page(language, details=DETAILS | LONGEST, consent=shared, verdict=EXECUTION))) == 1


def test_it_says_that_it_is_a_pdf_a_of_part_2_level_b_and_when_the_last_record_was_written():
    made = pdf.render(page())
    assert b"<pdfaid:part>2</pdfaid:part>" in made
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in made
    assert b"(D:20260203000000Z)" in made


def test_equal_reports_are_equal_bytes_and_name_neither_program_nor_host():
    made = pdf.render(page())
    assert made == pdf.render(page())
    inflated = b"".join(_inflated(made))
    for word in (b"bridle", b"spyware", b"Pegasus", b"/work", b"/tmp", b"/home"):
        assert word not in made
        assert word not in inflated


def _inflated(file):
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", file, re.DOTALL):
        try:
            yield zlib.decompress(stream)
        except zlib.error:
            continue


def test_no_font_of_the_system_is_in_it():
    names = set(re.findall(rb"/FontName\s*/[A-Z]{6}\+([A-Za-z-]+)", pdf.render(page("ar"))))
    assert names == {b"NotoSans-Regular", b"NotoSans-Bold", b"NotoSansArabic-Regular", b"NotoSansArabic-Bold"}


def drawn(*lines):
    return pdf._drawn(of(*lines).as_dict(), glyphs.shown)


def test_what_no_font_draws_is_shown_by_its_number_and_the_page_says_so():
    made = drawn(evidence("a漢b"), value("\u202eevil"))
    assert [line[0]["text"] for line in made["blocks"][0]["lines"]] == ["aU+6F22b", "\\u202eevil"]
    assert made["replaced"] is True
    assert drawn(evidence("plain, ñ, ж, ə, ع, ह"))["replaced"] is False


@pytest.mark.parametrize(
    "hostile",
    ["漢字 😀 \U0010ffff \ufffe", "\u202e\u2066\x00\x1b[31m", "e\u0903\u0e31\u064b", "\u093f", "\u0301" * 50,
     "#eval(sys)", "ﷺ" * 300, '"); #read("/etc/passwd")', "\\u{41} *b* _i_ $x$ `r` @r <l> #", "a" * 100_000,
     "\u25cc\u094d\u200d", "\u06eb\u1cee\u0369"],
)  # fmt: skip
def test_no_text_of_a_device_keeps_a_report_from_being_made(hostile):
    """The last is of characters that fonts have one by one, and no font has together."""
    assert pages(pdf.render(of(evidence(hostile), value(hostile)))) >= 1


def test_a_text_is_not_markup_and_reads_no_file(tmp_path):
    (tmp_path / "secret").write_text("x" * 400)
    made = pdf.render(of(evidence(f'#read("{tmp_path}/secret") #import "/etc/passwd"')))
    same = pdf.render(of(evidence(f'#reax("{tmp_path}/secret") #impart "/etc/passwd"')))
    assert (pages(made), abs(len(made) - len(same)) < 2000) == (1, True)


def test_glyphs_are_read_from_the_fonts():
    known = glyphs.drawable()
    for c in "Aé ñ ж Ы ə ğ ı ş ő ű ع ﷲ ह क्ष ऑ – „“ «»".replace(" ", ""):
        assert ord(c) in known, c
    for c in "漢😀\ue000\u0e01":
        assert ord(c) not in known, c
    assert glyphs.shown("a\nb漢") == "a\nbU+6F22"
    assert glyphs.shown("é", plain=True) == "U+00E9"


def test_the_fonts_are_small_and_bring_their_licence():
    sizes = {f.name: f.stat().st_size for f in glyphs.FONTS.iterdir()}
    assert sum(sizes.values()) < 2_500_000
    assert sorted(sizes) == sorted(
        ["OFL.txt", *(f"NotoSans{script}-{weight}.ttf" for script in ("", "Arabic", "Devanagari")
                      for weight in ("Bold", "Regular"))]
    )  # fmt: skip
    assert "SIL OPEN FONT LICENSE" in (glyphs.FONTS / "OFL.txt").read_text()


def ink(picture, rows):
    """How far to the right the mean dark pixel of these rows is, from 0 to 1. Filters of PNG: RFC 2083, 6."""
    width = int.from_bytes(picture[16:20], "big")
    data, at = b"", 8
    while at < len(picture):
        size = int.from_bytes(picture[at : at + 4], "big")
        data += picture[at + 8 : at + 8 + size] if picture[at + 4 : at + 8] == b"IDAT" else b""
        at += size + 12
    raw, before, found = zlib.decompress(data), bytes(4 * width), []
    for row in range(rows[1]):
        start = row * (4 * width + 1)
        line = bytearray(raw[start + 1 : start + 1 + 4 * width])
        for n in range(len(line)):
            left, up, corner = (line[n - 4] if n > 3 else 0), before[n], (before[n - 4] if n > 3 else 0)
            nearest = min((left, up, corner), key=lambda v: abs(left + up - corner - v))
            line[n] = (line[n] + (0, left, up, (left + up) // 2, nearest)[raw[start]]) & 255
        if row >= rows[0]:
            found += [n // 4 for n in range(0, len(line), 4) if line[n] < 128]
        before = bytes(line)
    return sum(found) / len(found) / width


def test_an_arabic_page_begins_on_the_right():
    """The title, in the first 3 cm of the page."""
    arabic, french = (ink(pdf.pictures(page(language), 40)[0], (20, 47)) for language in ("ar", "fr"))
    assert (arabic > 0.6, french < 0.4) == (True, True)


CHROMIUM = shutil.which("chromium")


@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
@pytest.mark.parametrize("language", ["en", "ar", "hu"])
def test_the_page_in_a_browser_prints_on_one_page(language, tmp_path):
    (tmp_path / "page.html").write_text(render_html(page(language, verdict=EXECUTION)))
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
    printed = [
        "--no-pdf-header-footer",
        f"--print-to-pdf={tmp_path / 'page.pdf'}",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    subprocess.run([CHROMIUM, *flags, *printed, (tmp_path / "page.html").as_uri()],
                   capture_output=True, check=True, timeout=120)  # fmt: skip
    assert pages((tmp_path / "page.pdf").read_bytes()) == 1
