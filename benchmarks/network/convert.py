"""Converting, linting and matching, on published feeds and published banners of spyware servers.

Feeds: each is written in a format and read again; it comes back if everything that was said of every value is equal.
Banners: those that the Citizen Lab published of Hacking Team's servers; the answers of ordinary servers are those in
the captures of the corpus, as far as one packet holds their head.
"""

from __future__ import annotations

import re
import sqlite3
import struct
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bridle.indicators.standard import departures
from bridle.infra.convert import convert, read_items
from bridle.infra.matching import fits, load
from bridle.infra.scans import Service
from bridle.infra.source_file import UnreadableError

SHARED = Path(__file__).resolve().parents[3] / "shared"
CORPUS = SHARED / "corpus/network"
BANNERS = CORPUS / "citizenlab+spyware-scan/ht/results/ht.db"
SERVERS = CORPUS / "citizenlab+spyware-scan/ff/results/ff.csv"
FORMATS = {"stix": "a.stix2", "mvt": "b.stix2", "misp": "c.json", "csv": "d.csv"}
ANSWER = re.compile(rb"HTTP/1\.[01] \d{3}[^\r\n]*\r\n(?:[^\r\n]+\r\n)+\r\n", re.DOTALL)


def feeds() -> list[Path]:
    """STIX of two publishers, and MISP and CSV of a third."""
    stix = sorted((SHARED / "indicators/stix2").rglob("*.stix2"))
    lab = CORPUS / "citizenlab+malware-indicators"
    return [*stix, *sorted(lab.rglob("*.json")), *sorted(lab.rglob("*.csv"))]


def converted() -> Iterator[str]:
    """How many feeds and values come back from each format."""
    back: Counter[str] = Counter()
    values: Counter[str] = Counter()
    read = unread = total = 0
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        for path in feeds():
            try:
                items = read_items(path).items
            except UnreadableError:
                unread += 1
                continue
            read, total = read + 1, total + len(items)
            for to, name in FORMATS.items():
                (Path(folder) / name).write_text(convert(items, to, path.stem).text, "utf-8")
                found = read_items(Path(folder) / name).items
                back[to] += found == items
                values[to] += len(set(found) & set(items))
    seconds = time.process_time() - begun
    for to in FORMATS:
        yield f"| feeds that come back from {to} | all | {back[to]} of {read}, {values[to]:,} of {total:,} values |"
    yield f"| feeds without any value that is an indicator | | {unread} |"
    yield f"| CPU seconds for all {4 * read} ways there and back | | {seconds:.1f} |"


def linted() -> Iterator[str]:
    """What the linter finds in the published bundles."""
    found = [
        d for f in sorted((SHARED / "indicators/stix2").rglob("*.stix2")) for d in departures(f.read_text("utf-8"))
    ]
    sorts = Counter(d.sort for d in found)
    yield f"| bad values that lint finds | 11 | {sorts['value']} |"
    yield f"| patterns that STIX 2.1 does not define | about 260 | {sorts['property']} |"


def matched() -> Iterator[str]:
    """Published banners that match, and answers of ordinary servers that do not."""
    known = load()
    db = sqlite3.connect(f"{BANNERS.as_uri()}?mode=ro&immutable=1", uri=True)
    rows = db.execute("SELECT banner, count(*), group_concat(DISTINCT ip) FROM banner b JOIN http_hit h USING (md5) "
                      "GROUP BY b.md5").fetchall()  # fmt: skip
    db.close()
    hits, addresses, banners = 0, set(), 0
    for text, count, ips in rows:
        raw = text.replace("\\n\\n", "\r\n").replace("\\n", "\n").encode()
        if any(fits(f, Service(locator="", ip="192.0.2.1", raw=raw)) for f in known if f.id.startswith("rcs-")):
            banners, hits = banners + 1, hits + count
            addresses |= set(ips.split(","))
    yield f"| published banners of RCS that match | 33 | {banners}, seen {hits:,} times at {len(addresses)} addresses |"
    with SERVERS.open(encoding="utf-8") as file:
        servers = [line.rstrip("\n").rsplit(",", 7)[1:6] for line in file][1:]
    passive = sum(any(s[n] == "Y" for n in (0, 2, 3, 4)) for s in servers)
    yield f"| published servers of FinFisher whose fingerprint an export can show | | {passive} of {len(servers)} |"
    answers = set(ordinary())
    wrong = Counter(f.id for raw in answers for f in known if fits(f, Service(locator="", ip="192.0.2.1", raw=raw)))
    told = ", ".join(f"{n} {name}" for name, n in sorted(wrong.items())) or "0"
    yield f"| matches in {len(answers):,} different answers of ordinary servers | 0 | {told} |"


def ordinary() -> Iterator[bytes]:
    """Answers of web servers in captures, each from its status line to the end of its packet."""
    for path in sorted(p for p in CORPUS.rglob("*") if p.suffix in (".pcap", ".pcapng", ".cap", ".trace")):
        for packet in packets(path.read_bytes()):
            if (found := ANSWER.search(packet)) is not None:
                yield packet[found.start() :]


def packets(data: bytes) -> Iterator[bytes]:
    """The packets of a pcap or pcapng file, as far as it is whole."""
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        order = "<" if data[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
        at = 0
        while at + 12 <= len(data):
            kind, length = struct.unpack_from(f"{order}II", data, at)
            if kind == 6 and at + 28 <= len(data):
                size = struct.unpack_from(f"{order}I", data, at + 20)[0]
                yield data[at + 28 : at + 28 + size]
            at += max(length, 12)
        return
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack_from(f"{order}I", data, at + 8)[0]
        yield data[at + 16 : at + 16 + size]
        at += 16 + size


def main() -> Iterator[str]:
    """Lines for docs/network-quality.md."""
    if not BANNERS.is_file() or not feeds():
        yield "Converters and fingerprints: not measured, the published feeds and banners are not beside this checkout."
        return
    yield "Converters, the linter and fingerprints of servers, on what is published."
    yield ""
    yield "| what | goal | measured |"
    yield "| --- | --- | --- |"
    yield from converted()
    yield from linted()
    yield from matched()


if __name__ == "__main__":
    print("\n".join(main()))
