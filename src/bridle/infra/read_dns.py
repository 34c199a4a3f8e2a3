"""Passive DNS in the Common Output Format: one JSON object a line, each an answer that sensors saw, with its times.

A, AAAA, NS and CNAME become relations; other answers are facts, `dns-txt` and the like.

Source: https://datatracker.ietf.org/doc/draft-dulaunoy-dnsop-passive-dns-cof/ (times are seconds since 1970).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import Gap
from bridle.infra.base import Value
from bridle.infra.source_file import SourceFile
from bridle.infra.taking import Taking, address, host, moment

_TYPES = {"1": "A", "2": "NS", "5": "CNAME", "6": "SOA", "12": "PTR", "15": "MX", "16": "TXT", "28": "AAAA"}
"""Numbers of types (RFC 1035, RFC 3596), which some sensors write instead of names."""
_RELATIONS = {"A": "resolves-to", "AAAA": "resolves-to", "NS": "name-server", "CNAME": "alias-of"}
_MOST = 1000
"""Answers of one row that are read."""


def is_passive_dns(o: Mapping[str, Any]) -> bool:
    """Whether an object is a row of passive DNS."""
    return {"rrname", "rrtype", "rdata"} <= o.keys()


def read(file: SourceFile, take: Taking) -> None:
    """The answers of a file."""
    for item in file.objects():
        if isinstance(item, Gap):
            take.warn(item.locator, item.reason)
            continue
        place, o = item
        if not isinstance(o, dict) or not is_passive_dns(o):
            take.warn(place, f"expected an object with rrname, rrtype and rdata, got {o!a:.60}")
            continue
        _row(o, place, take)


def _row(o: Mapping[str, Any], place: str, take: Taking) -> None:
    name = host(o["rrname"]) if isinstance(o["rrname"], str) and len(o["rrname"]) < 300 else None
    if name is None:
        take.warn(place, f"rrname: expected a domain, got {o['rrname']!a:.60}")
        return
    given = str(o["rrtype"])[:20].upper()
    rrtype = _TYPES.get(given, given)
    first, last = (_time(o, key, place, take) for key in ("time_first", "time_last"))
    count = o.get("count")
    for answer in _answers(o["rdata"], place, take):
        if rrtype in _RELATIONS:
            other = _other(rrtype, answer)
            if other is None:
                take.warn(place, f"rdata of type {rrtype}: got {answer!a:.60}")
                continue
            take.writer.relation(
                name, _RELATIONS[rrtype], other, place, first=first, last=last,
                count=count if isinstance(count, int) else None,
            )  # fmt: skip
        else:
            take.writer.fact(name.kind, name.value, f"dns-{rrtype.lower()}", answer, place)


def _answers(rdata: Any, place: str, take: Taking) -> Iterator[str]:
    found = rdata if isinstance(rdata, list) else [rdata]
    if len(found) > _MOST:
        take.warn(place, f"rdata: {len(found) - _MOST:,} of {len(found):,} answers are not read")
    for answer in found[:_MOST]:
        if isinstance(answer, str):
            yield answer
        else:
            take.warn(place, f"rdata: expected text, got {answer!a:.60}")


def _other(rrtype: str, answer: str) -> Value | None:
    if rrtype in ("A", "AAAA"):
        found = address(answer)
        return found if found is not None and found.kind == "ip-address" else None
    found = host(answer) if len(answer) < 300 else None
    if found is None or found.kind != "domain":
        return None
    return Value("name-server", found.value) if rrtype == "NS" else found


def _time(o: Mapping[str, Any], key: str, place: str, take: Taking) -> str | None:
    value = o.get(key, o.get(f"zone_{key}"))
    found = moment(value)
    if value is not None and found is None:
        take.warn(place, f"{key}: expected seconds since 1970, got {value!a:.40}: as if it were not said")
    return found
