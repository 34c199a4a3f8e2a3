"""The bounds of containers and formats: how many there are, and which have a test at, below and above.

`COUNT` moves that many bounds only, spread over the list; `COUNT=0`, the default, moves all of the list.
"""

from __future__ import annotations

import os
import queue
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from reliability.inventory import Bound, inventory
from reliability.line import Line
from reliability.moved import Copy

AGAIN = "ONLY=bounds make bench-reliability"
READ = ("evidence", "formats", "artifacts", "sandbox", "engine")
"""The packages that read what is hostile, and what keeps it waiting."""
WATCHED = {
    "Decompressed bytes and their ratio": (
        "evidence.archive:Bounds.total", "evidence.archive:Bounds.member", "evidence.archive:Bounds.ratio",
        "evidence.archive:Bounds.ratio_from", "formats.gzipped:LIMIT", "formats.gzipped:RATIO",
        "formats.apk_content:MOST_BYTES",
    ),
    "Members, names and nesting of containers": (
        "evidence.archive:Bounds.members", "evidence.archive:Bounds.depth", "evidence.archive:_LONGEST",
        "evidence.further_reports:MOST", "evidence.further_reports:_MOST_LOOKED_INTO",
        "evidence.dumpstate:LIMIT", "formats.zip_members:MOST", "formats.apk_zip:MOST",
        "formats.apk_zip:_LONGEST_DIRECTORY", "formats.dumpstate:MOST", "formats.apk_content:MOST_STRINGS",
    ),
    "Images and other attachments, by their first bytes": (
        "artifacts.ios.message_attachment:_MOST_SEARCHED", "formats.magic:MOST", "formats.zip_members:LONGEST_HEAD",
        "formats.zip_members:_MOST_PACKED", "formats.zip_members:_LONGEST_DIRECTORY",
    ),
    "Work asked for by keys": (
        "evidence.keybag:_MAX_BYTES", "evidence.keybag:_MAX_ENTRIES", "evidence.keybag:_MAX_ITERATIONS",
        "evidence.adb_backup:_MAX_ROUNDS", "evidence.adb_backup:_MAX_HEADER",
        "evidence.age:_MAX_WORK", "evidence.age:_MAX_STANZAS",
        "evidence.age:_MAX_HEADER", "evidence.age:_MAX_LINE",
    ),
    "Property lists and archived objects": (
        "formats.plist:LIMIT", "formats.plist:MOST_VALUES", "formats.plist:DEEPEST",
        "formats.keyed_archive:MAX_OBJECTS", "formats.keyed_archive:MAX_DEPTH",
        "formats.leaves:MOST", "formats.leaves:DEEPEST", "formats.values:_MOST", "formats.values:LONGEST_TEXT",
        "artifacts.ios.configuration_profile:_MOST_PAYLOADS", "formats.offsets:MOST",
        "formats.session_history:_LONGEST",
        "formats.binarycookies:_LONGEST_PAGE", "formats.typedstream:_MAX_DEPTH",
        "formats.typedstream:_MAX_VALUES", "formats.typedstream:_MAX_ENCODING",
        "evidence.itunes_backup:_MAX_PLIST", "formats.mbfile:MAX_BYTES",
    ),
    "XML and JSON": (
        "formats.xml_elements:MAX_DEPTH", "formats.xml_elements:MOST_PENDING", "formats.abx:DEEPEST",
        "formats.abx:_MOST_ATTRIBUTES", "formats.abx:MOST", "formats.abx:_MOST_TEXT",
        "formats.axml:LONGEST", "formats.axml:MOST_ODDITIES", "formats.axml:_DEEPEST", "formats.axml:MOST_ELEMENTS",
        "formats.axml:LONGEST_TEXT", "formats.axml:MOST_GIVEN", "formats.axml:_MOST_DECODED",
        "formats.json_array:LONGEST", "formats.json_lines:LONGEST", "formats.nested:MOST", "formats.nested:DEEPEST",
        "formats.nested:LONGEST_SHOWN", "formats.json_array:_MOST_BAD", "formats.json_list:_MOST_BROKEN",
        "formats.ips:LIMIT", "formats.ips:_LONGEST_HEADER",
    ),
    "Protobuf and SEGB": (
        "formats.protobuf:MAX_DEPTH", "formats.protobuf:_LONGEST_VARINT", "formats.protobuf_tree:MAX_VALUES",
        "formats.protobuf_tree:MAX_DEPTH", "formats.protobuf_tree:MAX_GROUPS", "formats.segb:MAX_PAYLOAD",
        "formats.segb:MAX_ENTRIES", "formats.tombstone_proto:MOST_ROWS",
    ),
    "SQLite": (
        "formats._sqlite_tree:_MAX_DEPTH", "formats._sqlite_scan:MAX_VALUE", "formats._sqlite_scan:_MAX_DAMAGE",
        "formats._sqlite_leaves:_MAX_OVERFLOW", "formats.sqlite_recovery:_MAX_CELLS",
        "formats._sqlite_carving:_MAX_LOOKED_AT",
    ),
    "Lines, texts and addresses": (
        "formats.lines:LONGEST", "formats.log_lines:LONGEST", "formats.delimited:LONGEST", "formats.setting:LONGEST",
        "formats.urls:LONGEST_TEXT", "formats.urls:MOST",
        "formats.urls:MOST_NESTED", "formats.urls:_LONGEST_URL", "formats.indented:_DEEPEST", "formats.outline:DEEPEST",
        "formats.daemon_log:LONGEST_MESSAGE", "formats.package_tables:MOST_DETAILS",
        "formats.package_tables:LONGEST_DETAIL", "formats.package_blocks:MOST_IN_LIST",
        "formats.package_blocks:MOST_KEYS", "formats.accounts:LONGEST", "formats.accounts:MOST",
        "formats.tombstone_text:_MOST_FRAMES", "artifacts.ios.spindump:_MOST_LINES",
    ),
    "Certificates and signatures": (
        "formats.der:MOST_PARTS", "formats.der:_DEEPEST", "formats.certificate:LONGEST",
        "formats.apk_signature:MOST_CERTIFICATES", "formats.x509:MOST_NAMES",
        "formats.x509:LONGEST_NAME", "formats.certificate:LONGEST_NAME",
    ),
    "Files that wait for others": (
        "engine.collect:MOST_WAITING", "engine.beside:MOST_SIBLINGS", "engine.beside:MOST_COMPANIONS",
    ),
    "Captured traffic": (
        "formats.pcap:MOST", "formats.pcapng:_MOST_WORDS", "formats.dns_message:_LONGEST",
        "formats.dns_message:_MOST_POINTERS", "formats.dns_message:_MOST_QUESTIONS",
        "formats.dns_message:_MOST_RECORDS", "formats.tls:MOST_CERTIFICATES", "formats.tls_records:LONGEST_MESSAGE",
        "formats.ip_fragments:_MOST", "formats.capture:_MOST_FLOWS", "formats.link_layers:_MOST_HEADERS",
        "formats.packets:_DEEPEST",
    ),
}  # fmt: skip
"""Bounds that are moved, by what they bound."""


def lines() -> Iterator[Line]:
    """What is there, and what is held by tests."""
    found = {b.key: b for b in inventory()}
    chosen = choose(int(os.environ.get("COUNT", "0")))
    reading = [b for b in found.values() if b.module.partition(".")[0] in READ]
    yield listed(len(found), reading)
    outcomes = move([found[key] for keys in chosen.values() for key in keys])
    for what, keys in chosen.items():
        yield told(what, {key: outcomes[key] for key in keys})


def choose(count: int) -> dict[str, list[str]]:
    """So many of WATCHED, spread evenly; all for 0."""
    every = [(what, key) for what, keys in WATCHED.items() for key in keys]
    step = max(1, len(every) // count) if count else 1
    chosen: dict[str, list[str]] = {}
    for what, key in every[::step][: count or None]:
        chosen.setdefault(what, []).append(key)
    return chosen


def listed(everywhere: int, reading: list[Bound]) -> Line:
    """The inventory: every bound has a value that can be told."""
    watched = {key for keys in WATCHED.values() for key in keys}
    note = f"of {everywhere} bounds that the code names; {len(watched)} of these are moved below"
    known = sum(b.key in watched for b in reading)
    return Line(what="Bounds of what reads evidence", tried=len(reading), survived=len(reading) if known else 0,
                note=note, command="PYTHONPATH=src:benchmarks python -m reliability.inventory")  # fmt: skip


def move(bounds: list[Bound]) -> dict[str, tuple[bool | None, bool | None]]:
    """Whether tests notice each bound when it is one lower, and one higher."""
    jobs = int(os.environ.get("JOBS", "2"))
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        copies: queue.Queue[Copy] = queue.Queue()
        made = [Copy(Path(folder) / f"copy{n}") for n in range(jobs)]
        for copy in made:
            copies.put(copy)

        def both(bound: Bound) -> tuple[bool | None, bool | None]:
            copy = copies.get()
            try:
                return copy.noticed(bound, -1), copy.noticed(bound, 1)
            finally:
                copies.put(copy)

        try:
            return dict(zip([b.key for b in bounds], pool.map(both, bounds), strict=True))
        finally:
            for copy in made:
                copy.close()


def told(what: str, outcomes: dict[str, tuple[bool | None, bool | None]]) -> Line:
    """One group. A bound survives if moving it by one, either way, makes a test fail."""
    held = [key for key, (lower, higher) in outcomes.items() if lower and higher]
    words = {(False, True): "lower", (True, False): "higher"}
    rest = [f"{key} ({words.get(both, 'either way')})" for key, both in outcomes.items() if key not in held]  # type: ignore[call-overload]
    note = "moved by one unnoticed: " + ", ".join(rest) if rest else "moved by one, either way, each makes a test fail"
    return Line(what=what, tried=len(outcomes), survived=len(held), note=note, command=AGAIN)
