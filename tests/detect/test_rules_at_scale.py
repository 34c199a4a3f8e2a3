"""Rules that join tables, over a phone with a long history: a join without a good key would run out of memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from bridle.case.reader import Case
from bridle.case.writer import CaseWriter
from bridle.detect.examples import catalogue
from bridle.detect.rule import load_rules
from bridle.detect.run import run_rules

VISITS, PROCESSES, CRASHES = 40_000, 8_000, 5_000
BEGIN = datetime(2021, 7, 1, tzinfo=UTC)


def table(name, rows):
    stamps = {"_source": "S1", "_path": "/p", "_sha256": "0"}
    schema = catalogue()[name]
    return pa.Table.from_pylist([stamps | {"locator": f"r:{n}"} | row for n, row in enumerate(rows)], schema)


def stored(path, tables):
    """A case with these tables; how they are stored decides what the database knows of their sizes."""
    writer = CaseWriter(path, None)
    for name, rows in tables.items():
        writer.add(name, ("S1", name, ""), rows)
    writer.finish_tables()
    writer.commit()
    return Case(path, None)


def test_no_rule_fails_on_a_long_history(tmp_path):
    half = VISITS // 2
    items = [{"item_id": n, "url": f"{'http' if n < half else 'https'}://site{n}.example{n % 700}.org/a/b/c?d={n}"}
             for n in range(VISITS)]  # fmt: skip
    visits = [
        {"visit_id": n, "item_id": n,
         "time": BEGIN + timedelta(seconds=60 * (n % half), milliseconds=500 * (n >= half)),
         "redirect_destination": n + half if n < half else None}
        for n in range(VISITS)
    ]  # fmt: skip
    processes = [{"process_id": n, "name": f"proc{n}x", "first_used": BEGIN + timedelta(seconds=113 * n + 30)}
                 for n in range(PROCESSES)]  # fmt: skip
    usage = [
        {"usage_id": n, "process_id": n, "time": BEGIN + timedelta(seconds=n), "wwan_out": 1.0}
        for n in range(PROCESSES)
    ]
    look_ups = [{"service": "com.apple.madrid", "account": f"mailto:u{n}@example.org",
                 "time": BEGIN + timedelta(seconds=97 * n)}
                for n in range(PROCESSES)]  # fmt: skip
    crashes = [{"process_name": "imagent", "time": BEGIN + timedelta(seconds=90 * n)} for n in range(CRASHES)]
    case = stored(
        tmp_path / "case",
        {
            "ios.safari_history.item": table("ios.safari_history.item", items),
            "ios.safari_history.visit": table("ios.safari_history.visit", visits),
            "ios.data_usage.process": table("ios.data_usage.process", processes),
            "ios.data_usage.usage": table("ios.data_usage.usage", usage),
            "ios.id_status_cache.look_up": table("ios.id_status_cache.look_up", look_ups),
            "ios.sms.handle": table("ios.sms.handle", []),
            "ios.crash_report.crash": table("ios.crash_report.crash", crashes),
            "gaps": table("gaps", []),
        },
    )
    found, lacking = run_rules(case, load_rules())
    assert [(n.rule, n.why) for n in lacking if not n.missing] == []
    counts = {f.rule: f.count for f in found}
    assert counts["ios-safari-redirect-injection"] >= half
    assert counts["ios-redirect-then-new-process"] > 0
    assert counts["ios-crash-of-message-parsers"] == CRASHES
