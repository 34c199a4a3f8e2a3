"""Kinds by first bytes and by name, and whether the two agree."""

import pytest

from bridle.formats import magic


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"GIF89a\1\0", "gif"), (b"GIF88a", None), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff\xe1", "jpeg"),
        (b"RIFF\x10\0\0\0WEBPVP8L", "webp"), (b"RIFF\x10\0\0\0WAVE", "wav"), (b"RIFF\x10\0\0\0????", "riff"),
        (b"8BPS\0\1", "psd"), (b"%PDF-1.7", "pdf"), (b"PK\3\4", "zip"), (b"\0\0\0\x18ftypheic", "heic"),
        (b"\0\0\0\x18ftypmif1", "heic"), (b"\0\0\0\x18ftypavif", "avif"), (b"\0\0\0\x14ftypqt  ", "quicktime"),
        (b"\0\0\0\x18ftypM4A ", "m4a"), (b"\0\0\0\x18ftyp3gp4", "3gp"), (b"\0\0\0\x18ftypisom", "mp4"),
        (b"\0\0\0\x08wide\0\0", "quicktime"), (b"\xcf\xfa\xed\xfe", "mach-o"), (b"\xca\xfe\xba\xbe\0\0\0\2", "mach-o"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", "java-class"), (b"bplist00", "bplist"), (b"<?xml version", "xml"),
        (b"\xef\xbb\xbf  <!DOCTYPE HTML>", "html"), (b"{\\rtf1", "rtf"), (b"BEGIN:VCARD\r\n", "vcard"),
        (b"caff\0\1", "caf"), (b"#!AMR\n", "amr"),
        (b"#!/bin/sh", "script"), (b"\x1f\x8b\x08", "gzip"), (b"\x97JB2\r\n\x1a\n", "jbig2"),
        (b"BM\x9a\0\0\0\0\0", "bmp"), (b"BMW offers", None), (b"MZ says", None), (b"", None), (b"hello", None),
    ],
)  # fmt: skip
def test_kind_of(head: bytes, kind: str | None) -> None:
    assert magic.kind_of(head) == kind


@pytest.mark.parametrize(
    ("name", "extension"),
    [("a.GIF", "gif"), ("a.b.c", "c"), ("a", None), (".profile", None), ("a.", None), ("", None), (".png.png", "png")],
)
def test_extension_of(name: str, extension: str | None) -> None:
    assert magic.extension_of(name) == extension


@pytest.mark.parametrize(
    ("name", "kind", "agrees"),
    [
        ("a.gif", "gif", True), ("a.gif", "psd", False), ("a.gif", None, False), ("a.jpg", "jpeg", True),
        ("a.mov", "mp4", True), ("a.mp4", "quicktime", True), ("a.heic", "jpeg", False), ("a.pkpass", "zip", True),
        ("a.txt", None, None), ("a.txt", "vcard", True), ("a.txt", "mach-o", False), ("a.unknown", "gif", None),
        ("a", "pdf", None), ("a.plist", "xml", True),
    ],
)  # fmt: skip
def test_agrees(name: str, kind: str | None, agrees: bool | None) -> None:
    assert magic.agrees(name, kind) is agrees


def test_the_kind_of_a_name_is_a_kind_of_bytes() -> None:
    assert [magic.kind_named(n) for n in ("a.JPG", "a.pkpass", "a.m4a", "a.none", "a")] == [
        "jpeg", "zip", "m4a", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(("length", "kind"), [(63, "bmp"), (64, "bmp"), (65, None)])
def test_a_kind_is_looked_for_in_the_first_64_bytes(length: int, kind: str | None) -> None:
    assert magic.kind_of(b"BM".ljust(length - 1, b"a") + b"\0") == kind
    assert magic.kind_of(b"<svg".rjust(length)) == ("xml" if kind else None)
