"""Which form a feed has, told by its content, and the reader of that form."""

from __future__ import annotations

import json
import re
from typing import Any

from bridle.indicators import delimited, lists, maltrail, misp, records, rpz, stix, suricata
from bridle.indicators.reading import Read
from bridle.indicators.stix import FeedError

_OBJECTS = re.compile(r'"objects"\s*:')
_ADDRESS = re.compile(r"\s*\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]*\]")
_YARA = re.compile(
    r"^[ \t]*(?:(?:private|global)[ \t]+){0,2}rule[ \t]+\w{1,128}[ \t]*(?::[\w \t]{1,999})?\s{0,99}\{", re.MULTILINE
)
_CONVERT = "; convert it to STIX 2.1 or a MISP event ({how}), or put its values into a CSV with `kind,value`"
_OPENIOC = "OpenIOC is not read" + _CONVERT.format(how="MISP imports and exports both")
_STIX_XML = "STIX 1 (XML) is not read" + _CONVERT.format(how="the OASIS program stix2-elevator does it")


def read(name: str, data: bytes, stem: str) -> tuple[str, Read]:
    """The name of a feed's form, and what it says. Raises FeedError."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise FeedError(f"not UTF-8: byte {e.start}") from None
    first = re.search(r"\S", text)
    if first is None:
        raise FeedError("empty")
    begin = first[0]
    if (begin in "{[" and not _ADDRESS.match(text)) or name.lower().endswith((".stix2", ".json")):
        return _json(text, name)
    if begin == "<":
        raise FeedError(_xml(text[:8192]))
    return _text(name, text, stem)


def _json(text: str, name: str) -> tuple[str, Read]:
    if _OBJECTS.search(text):
        return "stix", stix.read(text, name)
    if records.is_lines(text):
        return "json lines", records.read_lines(text, name)
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise FeedError(f"not JSON: {type(e).__name__ if isinstance(e, RecursionError) else e}") from None
    if isinstance(found, dict):
        misp.refuse_what_is_none(found)
    if events := misp.events(found):
        return "misp", misp.read(events, name)
    if isinstance(found, list) and found:
        return "json", records.read_array(found, name)
    raise FeedError(records.NO_FEED)


def _xml(head: str) -> str:
    if "schemas.mandiant.com" in head or "openioc.org" in head or re.search(r"<(?:ioc|OpenIOC)[\s>]", head):
        return _OPENIOC
    if "stix" in head.lower():
        return _STIX_XML
    return "XML or HTML, which no feed is read from"


def is_published_xml(head: str) -> bool:
    """Whether XML is that of indicators, so that it is told when a folder of feeds holds it."""
    return _xml(head) in (_OPENIOC, _STIX_XML)


def _text(name: str, text: str, stem: str) -> tuple[str, Read]:
    if delimited.has_header(text):
        return "csv", delimited.read_csv(text, name)
    if suricata.is_rules(text):
        return "suricata", suricata.read(text, name)
    if _YARA.search(text[: 1 << 16]):
        raise FeedError("YARA rules, which are given with `bridle check --yara`")
    if rpz.is_zone(text):
        return "rpz", rpz.read(text, name)
    if maltrail.is_maltrail(text):
        return "maltrail", maltrail.read(text, name)
    if lists.is_hosts(text):
        return "hosts", lists.read_hosts(text, name)
    if name.lower().endswith((".csv", ".tsv")):
        return "csv", delimited.read_csv(text, name)
    if lists.is_base64(text):
        return "dataset", lists.read_base64(text, name)
    return "list", lists.read_text(text, name, stem)
