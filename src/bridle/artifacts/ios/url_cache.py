"""Cache.db: what an app or a daemon asked servers for, and what they answered (URL loading system, `NSURLCache`).

Every process that asks by URL has a cache of its own; the path says whose. An entry shows that the PROCESS asked for
the address and was answered: that is use of the network, and no visit of a person; a page that a person visited is one
of the reasons for it. Implants were found by what a cache named: addresses of a delivery server in those of the music
app and of coretelephony.

A response is kept in `response_object`, the request in `request_object`: property lists with an `Array` of values in a
fixed order. Address, time, status, header fields and kind of content are taken from their places; the method is the
first text in capitals. Values of header fields that let somebody in (cookies, authorisation) are not kept; more than
1,000 fields, or 8,192 characters of one, are a gap. Bodies are not read.

Known limits: the order is that of the store that was examined (response 1, request 9); others give gaps.

Sources: the store of Safari of an iOS 16 phone (test data of iLEAPP); https://github.com/mvt-project/mvt
(cache_files); https://www.amnesty.org/en/latest/research/2021/07/forensic-methodology-report-how-to-catch-nso-groups-pegasus/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import Block, Domain, FileName, FormatError, Gap, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import plist, sqlite
from bridle.formats.table import col, records, rest
from bridle.formats.values import cocoa, utc_text

_OBJECTS = ("response_object", "request_object", "proto_props", "user_info")
_URL = "_CFURLString"
_METHOD = re.compile(r"[A-Z]{3,20}")
_FILE = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_SECRET = re.compile(r"cookie|auth|token|secret|session|api-?key|signature|passw", re.IGNORECASE)
_HEADERS_AGAIN = "__hhaa__"
_CUT = "(cut)"
_MOST_HEADERS = 1000
_LONGEST_HEADER = 8192


def _file_name(value: object) -> str | None:
    return value if isinstance(value, str) and _FILE.fullmatch(value) else None


def _size(value: object) -> int | None:
    """Bytes of a body in the store; none for the name of a file."""
    if isinstance(value, bytes):
        return len(value)
    return None if _file_name(value) is not None else len(str(value).encode())


@record(surface="network-user")
class Response(Record):
    """An address that was asked for and answered."""

    entry_id: int | None = col("entry_ID", doc="number of the entry")
    url: Url | None = col("request_key", doc="address that was asked for")
    time: Utc | None = col("time_stamp", utc_text, doc="when the answer was stored")
    partition: Domain | None = col("partition", doc="site in whose page it was asked for", surface="mention")
    storage_policy: int | None = col("storage_policy", doc="0 may be stored, 1 in memory only, 2 not at all")
    version: int | None = col("version", doc="version of the entry; 0 in the store that was examined")
    hash_value: int | None = col("hash_value", doc="hash of the address; how it is reckoned is not published")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="network-user")
class Exchange(Record):
    """What is kept of the request and of the answer, but for the body."""

    entry_id: int | None = col("entry_id", doc="Response.entry_id")
    response_url: Url | None = col("(response_url)", doc="address that answered, which can differ after a redirect")
    response_time: Utc | None = col("(response_time)", cocoa, doc="when it answered")
    status: int | None = col("(status)", doc="status of the answer, as 200")
    mime_type: str | None = col("(mime_type)", doc="kind of content")
    response_headers: Text | None = col("(response_headers)", doc="header fields, as JSON", surface="mention")
    request_url: Url | None = col("(request_url)", doc="address in the request")
    document_url: Url | None = col("(document_url)", doc="address of the page that asked, where it says so")
    method: str | None = col("(method)", doc="how it was asked for: `GET`, `POST` …")
    request_headers: Text | None = col("(request_headers)", doc="header fields, as JSON", surface="mention")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Body(Record):
    """Where the body of an answer is; the body itself is not read."""

    entry_id: int | None = col("entry_ID", doc="Response.entry_id")
    is_in_file: bool | None = col("isDataOnFS", doc="whether it is a file in `fsCachedData`")
    file_name: FileName | None = col("receiver_data", _file_name, doc="name of that file")
    size: int | None = col("receiver_data", _size, doc="bytes of a body that is in the store")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/private/var/**/Cache.db")
def url_cache(file: SourceFile) -> Iterator[Block[Response] | Exchange | Block[Body] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("cfurl_cache_response", Response)
        yield from records(_exchanges(db), Exchange)
        yield from db.table("cfurl_cache_receiver_data", Body, optional=True)


def _exchanges(db: sqlite.Database) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    if "cfurl_cache_blob_data" not in db.tables():
        return
    for row in db.rows("cfurl_cache_blob_data"):
        if isinstance(row, Gap):
            yield row
            continue
        kept: dict[str, Any] = {k.lower(): v for k, v in row.items() if k.lower() not in _OBJECTS}
        wrong = []
        for column in _OBJECTS:
            try:
                kept |= _object(column, row[column])
                if (reason := kept.pop(_CUT, None)) is not None:
                    wrong.append(Gap(locator=f"{row.locator}.{column}/headers", reason=f"Exchange: {reason}"))
            except FormatError as e:
                wrong.append(Gap(locator=f"{row.locator}.{column}", reason=f"Exchange: {column}: {e!s:.200}"))
        yield row.locator, kept
        yield from wrong


def _object(column: str, stored: object) -> dict[str, Any]:
    """What one of the property lists says. Raises FormatError."""
    if stored is None:
        return {}
    if type(stored) is not bytes:
        raise FormatError(f"expected bytes, got {stored!r:.60}")
    found = plist.loads(stored, max_objects=100_000)
    if column in ("proto_props", "user_info"):
        return {column: found}
    values = found.get("Array") if isinstance(found, Mapping) else None
    if not isinstance(values, list):
        raise FormatError(f"expected a dictionary with Array, got {found!r:.60}")
    return _answer(values) if column == "response_object" else _request(values)


def _answer(values: list[Any]) -> dict[str, Any]:
    return {
        "(response_url)": _url(_at(values, 0)),
        "(response_time)": _at(values, 1),
        "(status)": _at(values, 3),
        "(mime_type)": _at(values, 6),
        **_headers("(response_headers)", _at(values, 4)),
    }


def _request(values: list[Any]) -> dict[str, Any]:
    headers = next((v for v in values if isinstance(v, Mapping) and _URL not in v), None)
    return {
        "(request_url)": _url(_at(values, 1)),
        "(document_url)": _url(_at(values, 4)),
        "(method)": next((v for v in values if isinstance(v, str) and _METHOD.fullmatch(v)), None),
        **_headers("(request_headers)", headers),
    }


def _at(values: list[Any], number: int) -> Any:
    return values[number] if number < len(values) else None


def _url(value: object) -> object:
    return value.get(_URL) if isinstance(value, Mapping) else None


def _headers(column: str, value: object) -> dict[str, Any]:
    """Header fields as JSON, without the values that let somebody in; beside them what does not decode or is cut."""
    kept: dict[str, str] = {}
    wrong: dict[str, Any] = {}
    cut = False
    for number, field in enumerate(value.items() if isinstance(value, Mapping) else (), 1):
        name, stored = field
        if number > _MOST_HEADERS:
            cut = True
            break
        if damaged := [part for part in field if isinstance(part, plist.Unreadable)]:
            wrong[f"{column}.{number}"] = damaged[0]
        elif name != _HEADERS_AGAIN:
            text = str(stored).encode("utf-8", "backslashreplace").decode()
            hidden = _SECRET.search(str(name)) is not None
            cut = cut or len(str(name)) > _LONGEST_HEADER or (len(text) > _LONGEST_HEADER and not hidden)
            kept[str(name)[:_LONGEST_HEADER]] = f"({len(text)} characters)" if hidden else text[:_LONGEST_HEADER]
    if cut:
        wrong[_CUT] = f"expected at most {_MOST_HEADERS} header fields of {_LONGEST_HEADER} characters, got more"
    return {column: json.dumps(kept, sort_keys=True, ensure_ascii=False) if kept else None, **wrong}
