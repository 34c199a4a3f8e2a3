"""What the correlation reads of cases: who may be counted, what was examined, when traces are, how wrong clocks were.

`identified` reads nothing that was found, so that a study can be registered before anything is looked at; `traces`
reads the findings. Names, paths and numbers of a device reach no result: its label is a number, and its case's digest.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case import manifest
from bridle.case.consent import StatisticsRefusedError, may_count
from bridle.case.damage import CaseDamagedError
from bridle.case.reader import Case
from bridle.classes import dataclass
from bridle.detect.rule import RULES
from bridle.detect.verdict import EXECUTION, TARGETING
from bridle.targets.windows import GAP, Interval, episodes, merged

STAGES = ("targeting", "exploitation", "execution", "exfiltration")
"""Of findings that are traces of an attack; tampering and exposure have other causes too often."""
LEVELS = ("critical", "high")
"""As for the verdict of a case."""
ORDINARY = (
    ("ios.data_usage.process", "first_used"), ("ios.power_log.process_start", "time"),
    ("android.usagestats.event", "time_utc"), ("android.package.install_session", "created"),
)  # fmt: skip
"""Tables of ordinary events, for a control: what no finding cites of them."""
MOST_ORDINARY = 20
"""Ordinary episodes of a device; more add nothing to a control."""
_MOST_ROWS = 200_000
_CLOCKS_AGREE = 60
_BACKUP = "ios.backup_info.fact"
_LARGEST = 1 << 20
_DAMAGE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""What files of a case raise that were changed since it was written."""


class CohortError(ValueError):
    """A cohort that cannot be tested as it is. One sentence with the next step."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the analyst says of a case: none of it is in the acquisition."""

    control: bool = False
    """A phone that is not on the list, examined in the same way."""
    clock_ahead: int | None = None
    """Seconds by which the phone's clock was ahead, as measured at the acquisition."""
    owned: Interval | None = None
    """When the number was the person's."""
    numbers: tuple[str, ...] = field(default=(), repr=False)
    """Those that the acquisition may not hold. They are looked for on the list, and kept nowhere."""

    def sealed(self) -> dict[str, Any]:
        """What a registration keeps: not the numbers, whose tokens it has."""
        return {"control": self.control, "clock_ahead": self.clock_ahead, "owned": self.owned}


@dataclass(frozen=True, kw_only=True)
class Examined:
    """One case, without what was found in it."""

    label: str
    digest: str
    """SHA-256 of its manifest."""
    platform: str
    """ios, android or other."""
    numbers: tuple[str, ...]
    windows: tuple[Interval, ...]
    clock_ahead: int | None
    """Seconds; None: not measured, taken as right."""
    told: Told
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Traces:
    """What was found in one case."""

    outcome: str
    """execution, targeting or inconclusive."""
    times: tuple[int, ...]
    ordinary: tuple[int, ...]
    """Onsets of ordinary episodes."""
    notes: tuple[str, ...]


def told_of(file: Path | None) -> dict[str, Told]:
    """By the folder's name of each case. TOML: `[CASE]`, then what `Told` has. Raises CohortError.

    Times of ownership are dates, `owned_from` and `owned_until`, both included.
    """
    if file is None:
        return {}
    try:
        with file.open("rb") as stored:
            values = tomllib.loads(stored.read(_LARGEST).decode())
    except OSError as e:
        raise CohortError(f"{file}: {e.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as e:
        raise CohortError(f"{file} is not TOML: {e!s:.80}") from None
    return {name: _told(f"{file}: {name}", value) for name, value in values.items()}


def _told(where: str, value: Any) -> Told:
    known: dict[str, type] = {
        "control": bool, "clock_ahead": int, "owned_from": datetime.date, "owned_until": datetime.date,
        "numbers": list,
    }  # fmt: skip
    if not isinstance(value, dict):
        raise CohortError(f"{where}: expected a table with the name of a case's folder, got {value!r:.60}")
    for key, given in value.items():
        texts = key != "numbers" or all(isinstance(n, str) for n in (given if isinstance(given, list) else [None]))
        if type(given) is not known.get(key) or not texts:
            raise CohortError(f"{where}: {key}: expected one of {', '.join(known)}, got {given!r:.60}")
    first, last = value.get("owned_from", datetime.date(1970, 1, 1)), value.get("owned_until", datetime.date.max)
    owned = (_day(first), _day(last) + 86_399) if {"owned_from", "owned_until"} & value.keys() else None
    return Told(
        control=value.get("control", False), clock_ahead=value.get("clock_ahead"), owned=owned,
        numbers=tuple(value.get("numbers", ())),
    )  # fmt: skip


def _day(date: datetime.date) -> int:
    return (date.toordinal() - datetime.date(1970, 1, 1).toordinal()) * 86_400


def refused(cases: Iterable[Case], today: datetime.date) -> list[str]:
    """Why cases may not be counted, each with its folder; empty if all may."""
    out = []
    for case in cases:
        try:
            may_count(case.meta, today)
        except StatisticsRefusedError as e:
            out.append(f"{case.path}: {e}")
    return out


def identified(cases: Sequence[Case], told: Mapping[str, Told]) -> list[Examined]:
    """The cases in the order of their digests, so that a label says nothing of a person. Raises CohortError."""
    if unknown := told.keys() - {c.path.name for c in cases}:
        raise CohortError(f"{min(unknown)!r:.60} is the folder of no case that was given")
    digests = {manifest.digest(c.path): c for c in cases}
    if len(digests) < len(cases):
        raise CohortError("a case was given twice; a device counts once")
    out = []
    for n, digest in enumerate(sorted(digests), 1):
        case = digests[digest]
        try:
            out.append(_identified(f"D-{n:02}", digest, case, told.get(case.path.name, Told())))
        except _DAMAGE as e:
            raise CohortError(_damaged(case, e)) from e
    return out


def _damaged(case: Case, error: Exception) -> str:
    if isinstance(error, CaseDamagedError):
        return f"{error}; or use another copy"
    return f"{case.path} cannot be read: {error!s:.80}; run `bridle verify` on it, and use another copy"


def _identified(label: str, digest: str, case: Case, told: Told) -> Examined:
    facts = _facts(case)
    clock, note = _clock(facts) if told.clock_ahead is None else (told.clock_ahead, None)
    at = windows(case.coverage())
    artifacts = {name.partition(".")[0] for name in case.tables()}
    platform = next((p for p in ("ios", "android") if p in artifacts), "other")
    numbers = tuple(dict.fromkeys([*(value for key, value, _ in facts if key == "phone_number"), *told.numbers]))
    lacking = [] if numbers else ["the acquisition holds no number of the phone, and none was given"]
    return Examined(
        label=label, digest=digest, platform=platform, numbers=numbers, windows=at, clock_ahead=clock, told=told,
        notes=(*lacking, *([note] if note else []), *([] if at else ["no log of it has a time"])),
    )  # fmt: skip


def _facts(case: Case) -> list[tuple[str, str, str | None]]:
    """Key, value and table."""
    if "device" not in case.tables():
        return []
    return [
        (row["key"], row["value"], row["table"])
        for batch in case.batches("device", ("key", "value", "table"))
        for row in batch.to_pylist()
    ]


def _clock(facts: Sequence[tuple[str, str, str | None]]) -> tuple[int | None, str | None]:
    """Seconds ahead, where that was measured. What a backup tells holds the time it took, so only a lag is certain."""
    found = []
    for key, value, table in facts:
        if key == "clock_difference":
            try:
                seconds = int(value)
            except ValueError:
                continue
            if table == _BACKUP and seconds > _CLOCKS_AGREE:
                return None, f"its clock was ahead by at most {seconds} s, or the backup took that long: taken as right"
            found.append(seconds)
    if not found:
        return None, "its clock was not compared with another: taken as right"
    if max(found) - min(found) > _CLOCKS_AGREE:
        return None, f"its clock was measured as {min(found)} and {max(found)} s ahead: taken as right"
    return found[0], None


@lru_cache(maxsize=1)
def _not_logs() -> frozenset[str]:
    return frozenset(tomllib.loads((RULES / "any" / "verdict.toml").read_text("utf-8"))["horizon"]["not_logs"])


def windows(coverage: Mapping[str, Any]) -> tuple[Interval, ...]:
    """The time from the first to the last record of each log that was examined, in seconds; what overlaps as one."""
    spans = []
    for name, about in coverage["artifacts"].items():
        if about["status"] != "not examined" and about["first"] and about["last"] and name not in _not_logs():
            spans.append((seconds(about["first"]), seconds(about["last"])))
    return merged(spans)


def seconds(iso: str) -> int:
    """Since 1970, of a time in ISO 8601; parts of a second are cut off."""
    return int(datetime.datetime.fromisoformat(iso).timestamp() // 1)


def traces(case: Case, gap: int = GAP) -> Traces:
    """What was found in a case. Times are as its clock showed them. Raises CohortError for a damaged one."""
    try:
        return _traces(case, gap)
    except _DAMAGE as e:
        raise CohortError(_damaged(case, e)) from e


def _traces(case: Case, gap: int) -> Traces:
    findings = [f for f in case.findings() if f["stage"] in STAGES and f["level"] in LEVELS]
    counted = [f for f in findings if not f["acquisition_related"]]
    times = sorted(t for f in counted for t in _times(f))
    undated = sum(1 for f in counted if not any(_times(f)))
    verdict = str(case.summary()["verdict"]["text"])
    outcome = {EXECUTION: "execution", TARGETING: "targeting"}
    ordinary = episodes(sorted(_ordinary(case)), gap)
    return Traces(
        outcome=next((o for text, o in outcome.items() if verdict.startswith(text)), "inconclusive"),
        times=tuple(times),
        ordinary=ordinary[:: max(1, -(-len(ordinary) // MOST_ORDINARY))],
        notes=(f"{undated} of its findings have no time and are not counted",) if undated else (),
    )


def _times(finding: Mapping[str, Any]) -> Iterator[int]:
    """Of its evidence; where not all of that is listed, its ends too."""
    listed = [e["time"] for e in finding["evidence"]]
    ends = [finding["first_seen"], finding["last_seen"]] if finding["count"] > len(listed) or not any(listed) else []
    return (seconds(t) for t in (*listed, *ends) if t)


def _ordinary(case: Case) -> Iterator[int]:
    """Times of ordinary events that no finding of any level cites."""
    cited = {(e["table"], e["path"], e["locator"]) for f in case.findings() for e in f["evidence"]}
    known = case.tables()
    for table, column in ORDINARY:
        if table in known and column in known[table].names:
            yield from _uncited(case, table, column, cited)


def _uncited(case: Case, table: str, column: str, cited: set[tuple[str, str, str]]) -> Iterator[int]:
    read = 0
    for batch in case.batches(table, (column, "_path", "locator")):
        micros = batch.column(column).cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
        whole = pc.divide(micros, 1_000_000).to_pylist()
        for time, path, locator in zip(
            whole, batch.column("_path").to_pylist(), batch.column("locator").to_pylist(), strict=True
        ):
            if time is not None and (table, path, locator) not in cited:
                yield time
        read += batch.num_rows
        if read >= _MOST_ROWS:
            return
