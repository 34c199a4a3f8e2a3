"""What a network capture could not show, told beside what was not found in it.

A capture without a hit says nothing about hosts whose names were encrypted, nor about what passed before, after or
beside it. So each capture is told with its length and with the share of its flows that name no host.
"""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import Any

from bridle.detect.message import cut, iso
from bridle.detect.query import Examined, instant

TABLE = "network.capture.visibility"
_MOST = 50
"""Captures that are told."""
_COLUMNS = (
    "_path", "first", "last", "packets", "flows", "flows_encrypted", "flows_without_name", "flows_ech",
    "flows_encrypted_dns", "flows_begun_before", "flows_unrecognised", "packets_unread", "packets_cut", "lost_bytes",
)  # fmt: skip


def notes(case: Examined) -> list[str]:
    """A paragraph for each capture of the case; none where it has no capture."""
    if TABLE not in case.tables() or not case.rows()[TABLE]:
        return []
    columns = ", ".join(f'epoch_us("{c}")' if c in ("first", "last") else f'"{c}"' for c in _COLUMNS)
    with closing(case.connect()) as db:
        rows = db.execute(
            f'SELECT {columns} FROM "{TABLE}" ORDER BY _source, _path LIMIT {_MOST}'  # noqa: S608 - our own names
        ).fetchall()
    return [_told(dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def _told(row: dict[str, Any]) -> str:
    sentences = [
        f"{cut(row['_path'])} is a capture of {_length(row)}: {row['packets']:,} packets in {row['flows']:,} flows.",
        _encrypted(row),
    ]
    for key, text in _FURTHER.items():
        if row[key]:
            sentences.append(text.format(row[key]))
    sentences.append("What passed before it, after it or by another way is not in it.")
    return " ".join(sentences)


_FURTHER = {
    "flows_ech": "{:,} have an encrypted ClientHello, or a sham of one: the name that is seen may be a front's.",
    "flows_encrypted_dns": "{:,} go to encrypted DNS or a relay: what is asked and reached there is not seen.",
    "flows_unrecognised": "{:,} are of protocols that are not read.",
    "flows_begun_before": "{:,} TCP flows began before it, so that their hellos may be missing.",
    "packets_unread": "{:,} packets could not be read.",
    "packets_cut": "Of {:,} packets only the beginning was kept.",
    "lost_bytes": "{:,} bytes are missing in streams that were read.",
}


def _encrypted(row: dict[str, Any]) -> str:
    nameless, encrypted = row["flows_without_name"], row["flows_encrypted"]
    if not encrypted:
        return "None of its flows is known to be TLS or QUIC."
    share = f"{100 * nameless / row['flows']:.0f} %"
    return f"{share} of its flows are TLS or QUIC that name no host in clear ({nameless:,} of {encrypted:,} encrypted)."


def _length(row: dict[str, Any]) -> str:
    first, last = instant(row["first"]), instant(row["last"])
    if first is None or last is None:
        return "unknown length"
    span: timedelta = last - first
    minutes, hours = span / timedelta(minutes=1), span / timedelta(hours=1)
    length = f"{span.total_seconds():.0f} s" if minutes < 2 else f"{minutes:.0f} min" if hours < 3 else f"{hours:.0f} h"
    return f"{length}, {iso(first)} to {iso(last)}"
