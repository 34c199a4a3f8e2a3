"""Cases as devices and edges: which may be put beside others, which are of one device, and what reached each.

A label, D-01 and on, follows the digests of the cases, so that it says nothing of a person. Of a device only its serial
number is read, to know that two cases are of one; it reaches no result.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from bridle.case.consent import ReScanRefusedError, SharingRefusedError, may_re_scan, may_share
from bridle.case.keys import CaseLockedError, Identity, unwrap
from bridle.case.manifest import digest
from bridle.case.reader import Case
from bridle.classes import dataclass
from bridle.links.edges import CUSTOMER, Edge, read_findings, read_observables

MOST = 1 << 20
SERIAL = ("serial_number", "udid", "unique_device_id")


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A case that takes no part, and why."""

    case: str
    state: str
    """`refused` (consent) or `unreadable`."""
    why: str


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """What was read of all cases."""

    edges: tuple[Edge, ...]
    devices: Mapping[str, tuple[str, ...]]
    """Of each label the digests of its cases' manifests."""
    operators: Mapping[str, tuple[str, ...]]
    folders: Mapping[str, str]
    """The label of each case's folder name, to tell strata by. Not for output."""
    left_out: tuple[LeftOut, ...]


def read(paths: Sequence[Path], today: date, identity: Identity | None = None) -> Cohort:
    """Read cases. What is wrong with one leaves it out, and is told."""
    left_out: list[LeftOut] = []
    cases: dict[str, Case] = {}
    for path in paths:
        try:
            name = digest(path)
            case = Case(path, unwrap(path, own=identity))
            _may_be_linked(case, today)
            cases[name] = case
        except (SharingRefusedError, ReScanRefusedError) as e:
            left_out.append(LeftOut(case=str(path), state="refused", why=str(e)))
        except (CaseLockedError, OSError, ValueError, tomllib.TOMLDecodeError) as e:
            left_out.append(LeftOut(case=str(path), state="unreadable", why=str(e) or type(e).__name__))
    return _read(cases, left_out)


def _may_be_linked(case: Case, today: date) -> None:
    """To put a case beside others shows one person's traces to the others' analysts, and examines it again."""
    may_share(case.meta)
    may_re_scan(case.meta, today)


def _read(cases: Mapping[str, Case], left_out: list[LeftOut]) -> Cohort:
    edges: dict[str, list[Edge]] = {}
    operators: dict[str, tuple[str, ...]] = {}
    serials: dict[str, set[str]] = {}
    weak: dict[str, frozenset[tuple[str, str]]] = {}
    for name, case in sorted(cases.items()):
        try:
            found = read_findings(name, case.findings())
            serials[name] = _serials(case)
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as e:
            left_out.append(LeftOut(case=str(case.path), state="unreadable", why=f"{e!r:.120}"))
            continue
        edges[name], operators[name], weak[name] = list(found.edges), found.operators, found.weak
    sought = {(e.kind, e.value) for own in edges.values() for e in own if e.kind in CUSTOMER}
    for name, own in edges.items():
        try:
            judged = {(e.kind, e.value) for e in own} | weak[name]
            own.extend(read_observables(name, cases[name], sought, judged))
        except (OSError, ValueError, KeyError) as e:
            why = f"its observables cannot be read, its findings are: {e!r:.120}"
            left_out.append(LeftOut(case=str(cases[name].path), state="unreadable", why=why))
    return _labelled(cases, edges, operators, serials, left_out)


def _serials(case: Case) -> set[str]:
    if "device" not in case.tables():
        return set()
    rows = (row for batch in case.batches("device", ("key", "value")) for row in batch.to_pylist())
    return {row["value"] for row in rows if row["key"] in SERIAL and row["value"]}


def _labelled(
    cases: Mapping[str, Case], edges: Mapping[str, list[Edge]], operators: Mapping[str, tuple[str, ...]],
    serials: Mapping[str, set[str]], left_out: list[LeftOut],
) -> Cohort:  # fmt: skip
    """Cases as devices: those with a serial number in common are one."""
    groups: list[tuple[set[str], list[str]]] = []
    for name in sorted(edges):
        known, names = set(serials[name]), [name]
        for group in [g for g in groups if g[0] & known]:
            groups.remove(group)
            known |= group[0]
            names += group[1]
        groups.append((known, sorted(names)))
    labels = {name: f"D-{n:02}" for n, (_, names) in enumerate(sorted(groups, key=lambda g: g[1]), 1) for name in names}
    by_label: dict[str, list[str]] = {}
    for name, label in labels.items():
        by_label.setdefault(label, []).append(name)
    return Cohort(
        edges=tuple(_renamed(e, labels[name]) for name, own in edges.items() for e in own),
        devices={label: tuple(sorted(names)) for label, names in sorted(by_label.items())},
        operators={
            label: tuple(sorted({o for name in names for o in operators[name]})) for label, names in by_label.items()
        },
        folders={cases[name].path.name: label for name, label in labels.items()},
        left_out=tuple(left_out),
    )


def _renamed(e: Edge, device: str) -> Edge:
    return Edge(device=device, kind=e.kind, value=e.value, first=e.first, last=e.last, carriers=e.carriers)


def strata(file: Path, folders: Mapping[str, str]) -> dict[str, str]:
    """Lines of a case's folder name, a tab and its stratum, by label. Raises ValueError or OSError."""
    with file.open("rb") as opened:
        text = opened.read(MOST).decode("utf-8")
    out = {}
    for n, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, tab, stratum = line.partition("\t")
        if not tab or not stratum.strip():
            raise ValueError(f"{file.name}: line {n}: expected a case's folder, a tab and its stratum")
        if name.strip() in folders:
            out[folders[name.strip()]] = stratum.strip()
    return out
