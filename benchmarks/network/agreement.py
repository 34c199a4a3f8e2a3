"""How far what is read of real captures agrees with what other tools are known to read of them.

nDPI publishes what it sees of each flow of its test captures, Zeek the logs of its traces, Suricata what its tests
expect of theirs. What they say and we do not read counts as wrong, whoever is right; each difference is printed.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bridle import artifacts
from bridle.core import FormatError, Record
from network.mixed import captures

Said = tuple[str, str, str]
"""What it is (dns, http, …), where (a flow or a file), and the value."""
_FLOW = re.compile(r"^\t\d+\t(TCP|UDP) (\S+) (?:->|<->) (\S+) \[proto: ([^\]]*)\](.*)$")
_NAMED = re.compile(r"\[(Hostname/SNI|URL|StatusCode|User-Agent): ([^\]]*)\]")


@dataclass
class Agreement:
    """Values that were said, those of them that were read, and those that were not."""

    said: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    missing: list[tuple[str, Said]] = field(default_factory=list)

    def compare(self, source: str, said: set[Said], read: set[Said]) -> None:
        for one in sorted(said):
            self.said[one[0]] += 1
            if one in read or any(r[:2] == one[:2] and _cut(r[2], one[2]) for r in read):
                self.read[one[0]] += 1
            else:
                self.missing.append((source, one))


def _cut(read: str, said: str) -> bool:
    """Whether what was said is an end of what was read: other tools keep long values only in part."""
    return len(said) > 60 and (read.startswith(said) or read.endswith(said))


@dataclass
class _File:
    path: Path

    def open(self) -> Any:
        return self.path.open("rb")


def rows(path: Path) -> dict[str, list[Record]]:
    """The rows of a capture, by type. What is no capture to the end gives what it gives."""
    found: dict[str, list[Record]] = defaultdict(list)
    try:
        for item in artifacts.load("network.capture").parse(_File(path)):  # type: ignore[arg-type]
            for row in [item] if isinstance(item, Record) else item:
                found[type(row).__name__].append(row)
    except FormatError:
        pass
    return found


def ndpi(corpus: Path, agreement: Agreement) -> None:
    """By flow: names of DNS, hosts, URLs, status codes and clients of HTTP, names of TLS and QUIC."""
    by_name = {p.name: p for p in captures(corpus)}
    for out in sorted(corpus.glob("ntop+nDPI/tests/cfgs/default/result/*.out")):
        if (capture := by_name.get(out.name.removesuffix(".out"))) is not None:
            agreement.compare(out.name, set(_ndpi_says(out)), set(_read_by_flow(rows(capture))))


_PORT = {"5": "dns", "7": "http", "91": "tls", "188": "quic", "8": "mdns", "154": "llmnr"}


def _ndpi_says(out: Path) -> Iterator[Said]:
    for line in out.read_text("utf-8", "replace").splitlines():
        found = _FLOW.match(line)
        if not found or "Match by port" in line or "Confidence: DPI" not in line:
            continue
        transport, a, b, protocol, rest = found.groups()
        kind = _PORT.get(protocol.split("/")[0].split(".")[0])
        if kind is None:
            continue
        flow = f"{transport.lower()} {' '.join(sorted((a, b)))}"
        for what, value in _NAMED.findall(rest):
            shown = value.strip().rstrip(".").lower()
            if what == "Hostname/SNI" and shown:
                yield f"{kind} name", flow, shown.partition(":")[0] if kind == "http" else shown
            elif kind == "http" and what in ("StatusCode", "User-Agent") and shown != "0":
                yield f"http {what.lower()}", flow, shown
            elif kind == "http" and what == "URL":
                yield "http url", flow, shown


def _read_by_flow(found: dict[str, list[Any]]) -> Iterator[Said]:
    flows = {f.locator: f for f in found["Flow"]}

    def flow_of(row: Any) -> str:
        f = flows[row.flow]
        ends = _end(f.client_address, f.client_port), _end(f.server_address, f.server_port)
        return f"{f.protocol} {' '.join(sorted(ends))}"

    for row in found["Dns"]:
        if row.query:
            yield f"{row.protocol} name", flow_of(row), row.query.lower()
    for row in found["HttpRequest"]:
        yield "http name", flow_of(row), (row.host or row.server_address).lower()
        yield "http url", flow_of(row), (row.url or row.target).lower().removeprefix("http://")
        yield "http user-agent", flow_of(row), (row.user_agent or "").lower().strip()
    for row in found["HttpResponse"]:
        yield "http statuscode", flow_of(row), str(row.status)
    for row in found["ClientHello"]:
        yield ("quic" if row.transport == "quic" else "tls") + " name", flow_of(row), (row.server_name or "").lower()


def _end(address: str, port: int | None) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def zeek(corpus: Path, agreement: Agreement) -> None:
    """By time and client: the rows of dns.log, http.log and ssl.log, over all traces."""
    read: set[Said] = set()
    for trace in captures(corpus / "zeek+zeek"):
        read |= set(_read_by_time(rows(trace)))
    clients = {one[1] for one in read}
    for log in sorted((corpus / "zeek+zeek" / "testing" / "btest" / "Baseline").glob("*/*.log")):
        said = set(_zeek_says(log))
        if said and {one[1] for one in said} & clients:
            agreement.compare(f"{log.parent.name}/{log.name}", said, read)


def _zeek_says(log: Path) -> Iterator[Said]:
    names: list[str] = []
    for line in log.read_text("utf-8", "replace").splitlines():
        if line.startswith("#fields"):
            names = line.split("\t")[1:]
        elif names and not line.startswith("#"):
            row = {n: v for n, v in zip(names, line.split("\t"), strict=False) if v not in ("-", "(empty)", "")}
            client = f"{row.get('id.orig_h')} {row.get('id.orig_p')}"
            if log.name.startswith("dns") and "query" in row:
                yield "dns name", client, row["query"].lower()
            elif log.name.startswith("http"):
                for key, what in (
                    ("host", "name"),
                    ("uri", "target"),
                    ("user_agent", "user-agent"),
                    ("status_code", "statuscode"),
                ):
                    if row.get(key, "0") != "0":
                        yield f"http {what}", client, row[key].lower()
            elif log.name.startswith("ssl") and "server_name" in row:
                yield "tls name", client, row["server_name"].lower()


def _read_by_time(found: dict[str, list[Any]]) -> Iterator[Said]:
    flows = {f.locator: f for f in found["Flow"]}

    def client_of(row: Any) -> str:
        f = flows[row.flow]
        return f"{f.client_address} {f.client_port}"

    for row in found["Dns"]:
        yield "dns name", client_of(row), (row.query or "").lower()
        for line in (*row.answers, *row.authority):  # Zeek tells these names where there is no question, and of updates
            yield "dns name", client_of(row), line.partition(" ")[0].lower()
    for row in found["HttpRequest"]:
        for what, value in (("name", row.host), ("target", row.target), ("user-agent", row.user_agent)):
            yield f"http {what}", client_of(row), (value or "").lower()
    for row in found["HttpResponse"]:
        yield "http statuscode", client_of(row), str(row.status)
    for row in found["ClientHello"]:
        yield "tls name", client_of(row), (row.server_name or "").lower()


_EXPECTED = re.compile(
    r"^\s*(dns\.(?:rrname|queries\[\d\]\.rrname|query\[\d\]\.rrname)|http\.(?:hostname|url|http_user_agent|status)"
    r"|tls\.sni|quic\.sni|(?:tls|quic)\.ja4|(?:tls|quic)\.ja3s?\.hash):\s*[\"']?([^\"'\n]+?)[\"']?\s*$",
    re.MULTILINE,
)


def suricata(corpus: Path, agreement: Agreement) -> None:
    """By test: names, URLs, fingerprints that are expected of its capture."""
    for folder in sorted((corpus / "OISF+suricata-verify" / "tests").glob("*")):
        found = captures(folder)
        expected = folder / "test.yaml"
        if len(found) != 1 or not expected.is_file():
            continue
        said = {(_short(key), "", value.lower()) for key, value in _EXPECTED.findall(expected.read_text("utf-8"))}
        said = {s for s in said if s[0] != "http2"}
        agreement.compare(folder.name, said, set(_read_by_kind(rows(found[0]))))


def _short(key: str) -> str:
    protocol, _, rest = key.partition(".")
    what = {"rrname": "name", "sni": "name", "hostname": "name"}.get(
        rest.rpartition(".")[2] if "rrname" in rest else rest, rest
    )
    return f"{protocol} {what}"


def _read_by_kind(found: dict[str, list[Any]]) -> Iterator[Said]:
    for row in found["Dns"]:
        yield "dns name", "", (row.query or "").lower()
    for row in found["HttpRequest"]:
        for what, value in (("name", row.host), ("url", row.target), ("http_user_agent", row.user_agent)):
            yield f"http {what}", "", (value or "").lower()
    for row in found["HttpResponse"]:
        yield "http status", "", str(row.status)
    for row in found["ClientHello"]:
        over = "quic" if row.transport == "quic" else "tls"
        for what, value in (("name", row.server_name), ("ja4", row.ja4), ("ja3.hash", row.ja3)):
            yield f"{over} {what}", "", (value or "").lower()
    for row in found["ServerHello"]:
        yield ("quic" if row.transport == "quic" else "tls") + " ja3s.hash", "", row.ja3s


def main(corpus: Path | None = None, *, verbose: bool = False) -> list[str]:
    """Lines of docs/network-quality.md."""
    corpus = corpus or Path(__file__).resolve().parents[3] / "shared" / "corpus" / "network"
    if not corpus.is_dir():
        return ["agreement: the corpus is not beside this checkout; not measured"]
    lines = []
    for name, compare in (("nDPI", ndpi), ("Zeek", zeek), ("Suricata", suricata)):
        agreement = Agreement()
        compare(corpus, agreement)
        for kind, said in sorted(agreement.said.items()):
            lines.append(
                f"{name}: {kind}: {agreement.read[kind]} of {said} ({100 * agreement.read[kind] / said:.1f} %)"
            )
        if verbose:
            lines += [f"    {name}: {source}: {one}" for source, one in agreement.missing]
    return lines


if __name__ == "__main__":
    print(*main(verbose="--verbose" in sys.argv), sep="\n")
