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
LOG, EVENTS = 300_000, 30_000
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


def test_no_rule_fails_on_a_busy_android_phone(tmp_path):
    wall, day = datetime(2025, 1, 2), timedelta(days=1)
    makers = ("04f2", "041e", "1130")
    entries = [{"buffer": "main", "priority": "I", "tag": "x", "message": f"entry {n} of many",
                "time": wall + timedelta(milliseconds=400 * n)}
               for n in range(LOG)]  # fmt: skip
    devices = [{"entry": f"line {n}", "action": "found", "vendor_id": makers[n % 3], "product_id": "0001",
                "time": wall + timedelta(seconds=n)}
               for n in range(EVENTS)]  # fmt: skip
    denials = [{"entry": f"line {n}", "result": "denied", "permissions": ["read"], "comm": "find",
                "source_context": "u:r:su:s0", "time": wall + timedelta(milliseconds=n)}
               for n in range(EVENTS)]  # fmt: skip
    crashes = [{"_path": f"/t/{n % 32}", "form": "text", "process_name": "com.whatsapp", "pid": n, "uid": 10100,
                "signal_name": "SIGILL", "wall_clock": wall + timedelta(seconds=n)}
               for n in range(320)]  # fmt: skip
    inside = [{"_path": f"/t/{n % 32}", "begin": "0x1", "end": "0x2", "permissions": "r-x",
               "path": "/data/data/com.example.other/x.so"}
              for n in range(EVENTS)]  # fmt: skip
    frames = [{"_path": f"/t/{n % 32}", "stack": "current", "number": n // 32, "path": "/system/lib64/libskia.so"}
              for n in range(EVENTS)]  # fmt: skip
    asked = [{"package_name": f"com.example.app{n % 50}", "hostname": f"h{n % 700}.example.org",
              "time": BEGIN + timedelta(seconds=60 * n)}
             for n in range(EVENTS)]  # fmt: skip
    started = [{"package_name": f"com.example.app{n % 50}", "time": BEGIN + day * (n % 50)} for n in range(EVENTS)]
    attempts = [{"event": "attempt", "success": False, "time": BEGIN + timedelta(seconds=9 * n)} for n in range(EVENTS)]
    installed = [{"change": "installed", "package_name": f"com.example.new{n}", "time": BEGIN + timedelta(seconds=n)}
                 for n in range(EVENTS)]  # fmt: skip
    numbered = [{"tag": "x", "event_id": 2 * n, "time": BEGIN + timedelta(seconds=n)} for n in range(EVENTS)]
    sent = [{"section": "UID stats", "uid": 10000 + n % 300, "begin": BEGIN + timedelta(hours=2 * (n // 300)),
             "tx_bytes": 9_000_000, "rx_bytes": 1000}
            for n in range(EVENTS)]  # fmt: skip
    rows = {
        "logcat.entry": entries, "logcat.usb_device": devices, "logcat.denial": denials, "tombstone.crash": crashes,
        "tombstone.mapping": inside, "tombstone.frame": frames, "intrusion_log.dns_event": asked,
        "intrusion_log.process_start": started, "intrusion_log.keyguard": attempts,
        "intrusion_log.package_change": installed, "intrusion_log.security_event": numbered, "netstats.bucket": sent,
    }  # fmt: skip
    tables = {f"android.{name}": table(f"android.{name}", values) for name, values in rows.items()}
    found, lacking = run_rules(stored(tmp_path / "case", tables), load_rules())
    assert [(n.rule, n.why) for n in lacking if not n.missing] == []
    counts = {f.rule: f.count for f in found}
    assert counts["android-usb-exploit-chain-in-log"] == EVENTS
    assert counts["android-root-searches-files"] == EVENTS
    assert counts["android-code-of-another-app"] == EVENTS
    assert counts["android-crash-like-an-exploit"] == 320
    assert counts["android-security-log-numbers-missing"] == EVENTS - 2
    assert counts["android-network-use-mostly-sent"] > 0
    assert counts["android-installed-after-failed-unlocks"] > 0
