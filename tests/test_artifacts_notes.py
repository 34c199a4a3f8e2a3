"""Texts of notes that are too large, or are lost on the way; the same read from real bytes."""

from __future__ import annotations

import zlib

import pytest

from artifact_files import Stored, database, gaps, rows
from bridle import artifacts

NOTES = artifacts.load("ios.notes")
LARGEST = 16 << 20
TABLES = """
CREATE TABLE ZICCLOUDSYNCINGOBJECT (Z_PK INTEGER PRIMARY KEY);
CREATE TABLE ZICNOTEDATA (Z_PK INTEGER PRIMARY KEY, ZCRYPTOTAG BLOB, ZDATA BLOB);
"""


def field(number: int, content: bytes) -> bytes:
    size, length = len(content), b""
    while True:
        length += bytes([size & 0x7F | (0x80 if size > 0x7F else 0)])
        size >>= 7
        if not size:
            return bytes([number << 3 | 2]) + length + content


def body(document: bytes):
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    stored = packer.compress(document) + packer.flush()
    file = Stored(database(f"{TABLES} INSERT INTO ZICNOTEDATA VALUES (1, NULL, X'{stored.hex()}');"))
    found = rows(NOTES, file)
    return next(r for r in found if type(r).__name__ == "Body"), [g.reason for g in gaps(found)]


@pytest.mark.parametrize(
    ("over", "told"), [(-1, []), (0, []), (1, ["expected at most 16777216 bytes of text, got more"])]
)
def test_the_text_is_bounded(over: int, told: list[str]) -> None:
    overhead = len(field(2, field(3, field(2, b"a" * LARGEST)))) - LARGEST
    found, reasons = body(field(2, field(3, field(2, b"a" * (LARGEST - overhead + over)))))
    assert reasons == [f"Body: ZDATA: {t}" for t in told]
    assert len(found.text or "") == (0 if told else LARGEST - overhead + over)


@pytest.mark.parametrize(("count", "kept"), [(9_999, True), (10_000, True), (10_001, False)])
def test_the_number_of_links_is_bounded(count: int, kept: bool) -> None:
    runs = b"".join(field(5, field(9, b"https://example.org/%d" % n)) for n in range(count))
    found, reasons = body(field(2, field(3, field(2, b"text") + runs)))
    assert len(found.links or ()) == (count if kept else 0)
    assert reasons == ([] if kept else ["Body: ZDATA: expected at most 10000 links or attachments, got more"])


def test_a_text_that_is_no_utf_8_is_told() -> None:
    found, reasons = body(field(2, field(3, field(2, b"caf\xe9"))))
    assert found.text is None
    assert reasons == ["Body: ZDATA: expected UTF-8 text, got b'caf\\xe9'"]
