"""The captures of the corpus as tables of a case, so that rules can be asked about each."""

from __future__ import annotations

import dataclasses
import gzip
from collections import defaultdict
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from bridle.artifacts.network.capture import (
    Certificate,
    ClientHello,
    Dns,
    Flow,
    HttpRequest,
    HttpResponse,
    InjectionCandidate,
    ServerHello,
    Visibility,
)
from bridle.core import Gap, Record
from bridle.detect.examples import catalogue
from bridle.detect.memory import Memory
from bridle.formats import capture
from bridle.formats.arrow import ArrowBlock, schema

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "network"
ARTIFACT = "network.capture"
TABLES: dict[type[Record], str] = {
    Flow: "flow", Dns: "dns", ClientHello: "client_hello", ServerHello: "server_hello", Certificate: "certificate",
    HttpRequest: "http_request", HttpResponse: "http_response", InjectionCandidate: "injection_candidate",
    Visibility: "visibility",
}  # fmt: skip
_MAGICS = {
    b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a",
}  # fmt: skip


def captures() -> list[Path]:
    """Every capture of the corpus, by content."""
    return sorted(p for p in CORPUS.rglob("*") if p.is_file() and _magic(p) in _MAGICS)


def _magic(path: Path) -> bytes:
    with _opened(path) as stored:
        return stored.read(4)


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path) if path.suffix == ".gz" else path.open("rb"))


def tables(path: Path) -> dict[str, pa.Table]:
    """The tables of one capture, those without rows among them."""
    parts: dict[type[Record], list[pa.Table]] = defaultdict(list)
    with _opened(path) as stored:
        for found in capture.rows(stored, {t.__name__: t for t in TABLES}):
            if isinstance(found, ArrowBlock):
                parts[found.record].append(found.table)
            elif not isinstance(found, Gap):
                row = {f.name: getattr(found, f.name) for f in dataclasses.fields(found)}
                parts[type(found)].append(pa.Table.from_pylist([row], schema=schema(type(found))))
    return {f"{ARTIFACT}.{name}": _stamped(parts[of], f"{ARTIFACT}.{name}", path) for of, name in TABLES.items()}


def _stamped(parts: list[pa.Table], name: str, path: Path) -> pa.Table:
    wanted = catalogue()[name]
    if not parts:
        return wanted.empty_table()
    table = pa.concat_tables(parts)
    count = table.num_rows
    for stamp, value in (("_source", "S1"), ("_path", f"/capture/{path.name}"), ("_sha256", "0" * 64)):
        table = table.append_column(stamp, pa.array([value] * count, pa.string()))
    return table.select(wanted.names).cast(wanted)


def memory(found: dict[str, pa.Table]) -> Memory:
    """Tables opened the way a case is."""
    return Memory(found)
