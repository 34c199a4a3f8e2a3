"""A finding and a row of evidence to vary."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bridle.detect.finding import Evidence, Finding

NOON = datetime(2021, 7, 18, 12, 0, 0, 500_000, tzinfo=UTC)


def evidence(path: str = "/p", locator: str = "Z:1", time: datetime | None = NOON, table: str = "a.b.c") -> Evidence:
    return Evidence(
        table=table, path=path, sha256="ab", locator=locator, time=time, values={"name": "bh", "raw": b"\0"}
    )


def finding(**more: Any) -> Finding:
    made = Finding(
        id="1", rule="r", title="T", level="high", stage="execution", message="M", explanation="E",
        false_positives=("F",), references=("https://example.org",), attack=("T1437",), first_seen=NOON, last_seen=NOON,
        count=1, indicator=None, surfaces=("crash",), evidence=(evidence(),),
    )  # fmt: skip
    return replace(made, **more)
