"""How far what is read of TLS and QUIC agrees with what other tools say of the same captures.

JA4 is compared with FoxIO's own results, value and raw form. nDPI's JA4 departs from the specification in places, which
are counted and not held against either: it writes `d` where there is no server name; other letters of a protocol (the
first two, `ht`, instead of the first and last, `h1`); and hashes nothing where the specification has zeros.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from network import oracles
from network.oracles import Flow, Said, flow_of
from network.tables import CORPUS, captures, tables

LEAST = 0.99
"""The share that must agree."""
_NOTHING, _HASH_OF_NOTHING = "000000000000", "e3b0c44298fc"
_FOXIO_OLD_RULE = "99"
"""What FoxIO's program in Python writes for a protocol that is no ASCII; the specification: hexadecimal digits."""


@dataclass
class Agreement:
    """Of one tool."""

    tool: str
    same: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)
    explained: Counter[str] = field(default_factory=Counter)
    """Differences that the other tool is known for, which are not counted as different."""
    different: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return sum(self.same.values()) / max(1, sum(self.of.values()))

    def add(self, what: str, same: bool, told: str) -> None:
        self.of[what] += 1
        self.same[what] += same
        if not same:
            self.different.append(f"{what}: {told}")


Seen = dict[Flow, dict[str, set[str]]]


@lru_cache(maxsize=512)
def seen(path: Path) -> Seen:
    """Flow to everything that was read of it, by field, in small letters."""
    found = tables(path)
    get = {name.rpartition(".")[2]: table.to_pylist() for name, table in found.items()}
    ends = {
        f["locator"]: flow_of(f["client_address"], f["client_port"] or 0, f["server_address"], f["server_port"] or 0)
        for f in get["flow"]
    }
    told: Seen = {flow: defaultdict(set) for flow in ends.values()}
    for row in get["client_hello"]:
        _note(told[ends[row["flow"]]], row, ("ja4", "ja4_raw", "ja3", "ja3_raw", "server_name"))
        told[ends[row["flow"]]]["alpn"] |= {p.lower() for p in row["alpn"][:1]}
    for row in get["server_hello"]:
        _note(told[ends[row["flow"]]], row, ("ja3s", "ja3s_raw"))
    for row in get["certificate"]:
        _note(told[ends[row["flow"]]], row, ("sha1", "sha256"))
    return told


def _note(told: dict[str, set[str]], row: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if row[name] is not None:
            told[name].add(row[name].lower())


def foxio() -> Agreement:
    """JA4 and its raw form, as often as FoxIO's program finds them."""
    result = Agreement("FoxIO")
    for path, wanted in oracles.foxio():
        rows = tables(path)["network.capture.client_hello"].to_pylist()
        have = Counter((r["ja4"], r["ja4_raw"]) for r in rows)
        for pair, count in wanted.items():
            for n in range(count):
                if n >= have[pair] and pair[0][8:10] == _FOXIO_OLD_RULE:
                    result.explained["a protocol that is no ASCII is written 99"] += 1
                else:
                    result.add("ja4", n < have[pair], f"{path.name} {pair[0]}")
    return result


def ndpi() -> Agreement:
    result = Agreement("nDPI")
    for said in oracles.ndpi():
        assert said.capture is not None
        _compare(result, said, _flow(seen(said.capture), said.flow))
    return result


def zeek() -> Agreement:
    """Zeek's results name no capture: a flow is looked for in all of its captures."""
    result = Agreement("Zeek")
    everything: Seen = defaultdict(lambda: defaultdict(set))
    for path in captures():
        if "zeek+zeek" in path.parts:
            for flow, told in seen(path).items():
                everything[flow]["flow"].add("")
                for name, values in told.items():
                    everything[flow][name] |= values
    for said in oracles.zeek():
        if said.flow in everything:
            _compare(result, said, everything[said.flow])
    return result


def suricata() -> Agreement:
    """Some flow of the capture must show all that one event of Suricata shows."""
    result = Agreement("Suricata")
    for said in oracles.suricata():
        assert said.capture is not None
        flows = list(seen(said.capture).values())
        for name, value in said.values.items():
            same = any(value.lower() in told.get(name, ()) for told in flows)
            result.add(_named(name, value), same, f"{said.capture.parent.name} {value:.60}")
    return result


def _named(name: str, value: str) -> str:
    return "ja4 of QUIC" if name == "ja4" and value.startswith("q") else name


def _flow(told: Seen, flow: Flow | None) -> dict[str, set[str]]:
    return told.get(flow, {}) if flow is not None else {}


def _compare(result: Agreement, said: Said, told: dict[str, set[str]]) -> None:
    for name, value in said.values.items():
        have = told.get(name, set())
        same = value in have
        if not same and name == "ja4":
            same = _same_but_for_ndpi(result, value, have)
        place = said.capture.name if said.capture else "a trace"
        result.add(_named(name, value), same, f"{place} {said.flow} {value}, have {have}")


def _same_but_for_ndpi(result: Agreement, value: str, have: set[str]) -> bool:
    """Whether one differs only where nDPI departs from the specification; counted by what departs."""
    for other in have:
        known = {
            "d where there is no server name": (value[3], other[3]) == ("d", "i"),
            "other letters of the protocol": value[8:10] != other[8:10],
            "a hash of nothing": (value[-12:], other[-12:]) == (_HASH_OF_NOTHING, _NOTHING),
        }
        hashes = value[-12:] == other[-12:] or known["a hash of nothing"]
        name = value[3] == other[3] or known["d where there is no server name"]
        if hashes and name and value[:3] + value[4:8] + value[10:-12] == other[:3] + other[4:8] + other[10:-12]:
            result.explained += Counter(k for k, departs in known.items() if departs)
            return True
    return False


def main() -> Iterator[str]:
    """Lines for docs/network-quality.md."""
    if not CORPUS.is_dir():
        yield "Conformance: not measured, the captures are not beside this checkout."
        return
    for result in (foxio(), ndpi(), zeek(), suricata()):
        parts = ", ".join(f"{name} {result.same[name]}/{result.of[name]}" for name in sorted(result.of))
        yield f"{result.tool}: {100 * result.share:.1f} % agree ({parts})"
        for what, count in sorted(result.explained.items()):
            yield f"  - known of {result.tool}, {count} times: {what}"
        for told in result.different:
            yield f"  - differs: {told}"


if __name__ == "__main__":
    print("\n".join(main()))
