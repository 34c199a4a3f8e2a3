"""What Messages archives beside a message: the attributed string and the preview of a link."""

from __future__ import annotations

from plistlib import UID

from bridle.phantom.entry import plist

_START = (
    b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x12NSAttributedString\x00\x84\x84\x08NSObject\x00\x85"
    b"\x92\x84\x84\x84\x08NSString\x01\x94\x84\x01+"
)
_DICTIONARY = b"\x92\x84\x84\x84\x0cNSDictionary\x00\x94\x84\x01i"
_PART = (
    b"\x92\x84\x96\x96\x1d__kIMMessagePartAttributeName\x86"
    b"\x92\x84\x84\x84\x08NSNumber\x00\x84\x84\x07NSValue\x00\x94\x84\x01*\x84\x99\x99\x00\x86"
)
_LINK = b"\x92\x84\x96\x96\x16__kIMLinkAttributeName\x86\x92\x84\x84\x84\x05NSURL\x00\x94\x84\x01c\x00\x92\x84\x96\x96"


def attributed_body(text: str, url: str | None = None) -> bytes:
    """An NSAttributedString as a typed stream, with a link attribute if there is a `url`."""
    link = _LINK + _run(url) + b"\x86\x86" if url is not None else b""
    units = len(text.encode("utf-16-le")) // 2
    attributes = _DICTIONARY + (b"\x02" if link else b"\x01") + link + _PART
    return _START + _run(text) + b"\x86\x84\x02iI\x01" + _count(units) + attributes + b"\x86\x86"


def _run(text: str) -> bytes:
    raw = text.encode("utf-8")
    return _count(len(raw)) + raw


def _count(number: int) -> bytes:
    return bytes([number]) if number < 0x80 else b"\x81" + number.to_bytes(2, "little")


def link_preview(url: str, title: str) -> bytes:
    """The archived preview of a link."""
    return plist(
        {
            "$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": UID(1)},
            "$objects": [
                "$null",
                {"richLinkIsPlaceholder": False, "richLinkMetadata": UID(2), "$class": UID(10)},
                {"originalURL": UID(3), "URL": UID(6), "title": UID(8), "version": 1, "$class": UID(9)},
                {"NS.base": UID(0), "NS.relative": UID(4), "$class": UID(5)},
                url,
                {"$classname": "NSURL", "$classes": ["NSURL", "NSObject"]},
                {"NS.base": UID(0), "NS.relative": UID(7), "$class": UID(5)},
                url,
                title,
                {"$classname": "LPLinkMetadata", "$classes": ["LPLinkMetadata", "NSObject"]},
                {"$classname": "RichLink", "$classes": ["RichLink", "NSObject"]},
            ],
        }
    )  # fmt: skip
