"""What other tools say of the corpus: FoxIO's JA4, nDPI, Zeek and Suricata, each from the results its tests expect."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from network.tables import CORPUS

FOXIO, NDPI = CORPUS / "FoxIO-LLC+ja4", CORPUS / "ntop+nDPI" / "tests" / "cfgs" / "default"
ZEEK, SURICATA = CORPUS / "zeek+zeek" / "testing" / "btest", CORPUS / "OISF+suricata-verify" / "tests"
Flow = tuple[tuple[str, int], tuple[str, int]]
"""Address and port of both sides, the lower first: tools differ in which side began."""
_NDPI_LINE = re.compile(r"\t\d+\t(TCP|UDP) (\S+):(\d+) <?-> (\S+):(\d+) ")
_NDPI_FIELDS = {"JA4": "ja4", "JA3C": "ja3", "JA3S": "ja3s", "Hostname/SNI": "server_name", "Certificate SHA-1": "sha1"}
_TLS_LOGS = {"ssl.log", "quic.log"}


@dataclass(frozen=True)
class Said:
    """What a tool says of one flow, or of any flow of a capture."""

    capture: Path | None
    """None: of a capture that the result does not name."""
    flow: Flow | None
    values: dict[str, str]


def flow_of(address: str, port: int, other: str, other_port: int) -> Flow:
    one, two = sorted([(address, port), (other, other_port)])
    return one, two


def foxio() -> Iterator[tuple[Path, Counter[tuple[str, str]]]]:
    """Capture, and JA4 with its raw form as often as they occur, of the captures that are in the corpus."""
    for file in sorted((FOXIO / "python" / "test" / "testdata").glob("*.json")):
        path = FOXIO / "pcap" / file.stem
        if path.is_file() and (text := file.read_text("utf-8").strip()):
            found = [
                (value, entry[f"JA4_r{key[3:]}"])
                for entry in json.loads(text)
                for key, value in entry.items()
                if key.partition(".")[0] == "JA4"
            ]
            yield path, Counter(found)


def ndpi() -> Iterator[Said]:
    """Flows of TLS and QUIC."""
    for file in sorted((NDPI / "result").glob("*.out")):
        path = NDPI / "pcap" / file.name.removesuffix(".out")
        if not path.is_file():
            continue
        for line in file.read_text("utf-8", "replace").splitlines():
            place = _NDPI_LINE.match(line)
            if place and "[JA4: " in line:
                values = {}
                for name, field in _NDPI_FIELDS.items():
                    if found := re.search(rf"\[{re.escape(name)}: ([^\]]*)\]", line):
                        values[field] = found[1].partition(" (")[0].lower().replace(":", "" if field == "sha1" else ":")
                ends = (place[2].strip("[]"), int(place[3]), place[4].strip("[]"), int(place[5]))
                yield Said(path, flow_of(*ends), values)


def zeek() -> Iterator[Said]:
    """Flows of `ssl.log` and `quic.log`. The results do not name their captures: all of Zeek's are searched."""
    for file in sorted(f for f in (ZEEK / "Baseline").glob("*/*.log") if f.name in _TLS_LOGS):
        names: list[str] = []
        for line in file.read_text("utf-8", "replace").splitlines():
            if line.startswith("#fields"):
                names = line.split("\t")[1:]
            elif names and not line.startswith("#"):
                yield from _zeek_row(file.name, dict(zip(names, line.split("\t"), strict=False)))


def _zeek_row(log: str, row: dict[str, str]) -> Iterator[Said]:
    values = {}
    if row.get("server_name", "-") not in ("-", "(empty)"):
        values["server_name"] = row["server_name"].lower()
    if log == "quic.log" and row.get("client_protocol", "-") not in ("-", "(empty)"):
        values["alpn"] = row["client_protocol"].lower()
    if log == "ssl.log" and row.get("cert_chain_fps", "-") not in ("-", "(empty)"):
        values["sha256"] = row["cert_chain_fps"].partition(",")[0]
    if values and "id.orig_h" in row:
        ends = row["id.orig_h"], int(row["id.orig_p"]), row["id.resp_h"], int(row["id.resp_p"])
        yield Said(None, flow_of(*ends), values)


def suricata() -> Iterator[Said]:
    """What a capture must show at least once, of the tests whose capture is in the corpus."""
    for file in sorted(SURICATA.rglob("test.yaml")):
        test = yaml.safe_load(file.read_text("utf-8"))
        path = _suricata_capture(file, test)
        if path is None:
            continue
        for check in test.get("checks") or ():
            wanted = ((check or {}).get("filter") or {}).get("match") or {}
            if wanted.get("event_type") in ("tls", "quic") and (values := _suricata_values(wanted)):
                yield Said(path, None, values)


def _suricata_capture(file: Path, test: dict[str, Any]) -> Path | None:
    if test.get("pcap"):
        path = (file.parent / str(test["pcap"])).resolve()
        return path if path.is_file() else None
    found = sorted(p for p in file.parent.iterdir() if ".pcap" in p.name)
    return found[0] if len(found) == 1 else None


def _suricata_values(wanted: dict[str, Any]) -> dict[str, str]:
    names = {
        "tls.sni": "server_name", "tls.ja3.hash": "ja3", "tls.ja3.string": "ja3_raw", "tls.ja3s.hash": "ja3s",
        "tls.ja3s.string": "ja3s_raw", "tls.ja4": "ja4", "quic.ja4": "ja4", "tls.client_alpns[0]": "alpn",
        "tls.fingerprint": "sha1",
    }  # fmt: skip
    values = {names[k]: str(v) for k, v in wanted.items() if k in names}
    if "sha1" in values:
        values["sha1"] = values["sha1"].replace(":", "").lower()
    kinds: dict[str, dict[str, str]] = defaultdict(dict)
    for key, value in wanted.items():
        if found := re.fullmatch(r"quic\.extensions\[(\d+)\]\.(name|values\[0\])", key):
            kinds[found[1]][found[2]] = str(value)
    for kind in kinds.values():
        field = {"server_name": "server_name", "alpn": "alpn"}.get(kind.get("name", ""))
        if field and "values[0]" in kind:
            values[field] = kind["values[0]"]
    return values
