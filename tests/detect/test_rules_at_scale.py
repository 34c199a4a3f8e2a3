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
UNRESPONSIVE = "GPUProcessProxy::childConnectionDidBecomeUnresponsive"


def table(name, rows):
    stamps = {"_source": "S1", "_path": "/p", "_sha256": "0"}
    schema = pa.schema([f.with_nullable(True) for f in catalogue()[name]])
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


def test_no_rule_fails_on_many_messages_and_logs(tmp_path):
    """Windows, not joins: everything falls into the same hours."""
    folder = "/private/var/mobile/Library/SMS/Attachments"
    names = [f"{folder}/{n % 256:02x}/{n // 256:02x}/x/a.gif" for n in range(VISITS)]
    at = [BEGIN + timedelta(milliseconds=500 * n) for n in range(VISITS)]
    attachments = [{"attachment_id": n, "device_path": names[n], "transfer_name": "a.gif", "size": 748, "time": at[n],
                    "is_outgoing": False}
                   for n in range(VISITS)]  # fmt: skip
    files = [{"path": name, "name": "a.gif", "extension": "gif", "extension_kind": "gif", "size": 748, "sha256": "aa",
              "kind": "psd", "magic_matches": False}
             for name in names]  # fmt: skip
    messages = [{"message_id": n, "handle_id": 1 + n % 3, "is_from_me": False, "time": at[n]} for n in range(VISITS)]
    backup = [{"domain": "MediaDomain", "flags": flags, "relative_path": path, "modified": at[n], "changed": at[n]}
              for n in range(VISITS)
              for flags, path in ((2, f"Library/SMS/Attachments/{n:05x}"), (1, names[n].split("/mobile/")[1]))
              ]  # fmt: skip
    marks = [{"time": at[n], "process_name": "wifid", "text": "x", "why": [("[CHAIN]", "TASKROP", UNRESPONSIVE)[n % 3]]}
             for n in range(VISITS)]  # fmt: skip
    crashes = [{"process_name": ("mediaplaybackd", "homed", "MessagesBlastDoorService", "imagent")[n % 4],
                "time": at[n], "exception": "EXC_GUARD", "subtype": "EXC_ARM_DA_ALIGN", "uuid": f"u{n % 2}",
                "path": "/usr/libexec/x"}
               for n in range(VISITS)]  # fmt: skip
    listed = [{"path": f"/private/var/mobile/Library/Logs/CrashReporter/mediaplaybackd-{n}.ips",
               "name": f"mediaplaybackd-{n}.ips", "time": at[n].replace(tzinfo=None)}
              for n in range(VISITS)]  # fmt: skip
    held = [{"source": "S1", "member": str(n), "type": "file", "path": row["path"],
             "status": "not wanted", "rows": 0, "gaps": 0}
            for n, row in enumerate(listed) if n % 2 == 0]  # fmt: skip
    boots = [{"uuid": f"b{n}", "time": BEGIN + timedelta(days=3 * n)} for n in range(1_000)]
    shutdowns = [{"time": BEGIN, "rounds": 1, "_path": "/private/var/db/diagnostics/shutdown.log"}]
    nicknames = [{"account": f"u{n}@example.org", "time": BEGIN + timedelta(hours=n)} for n in range(PROCESSES)]
    unknown = [{"process_id": n, "name": f"locat1ond{n}", "first_used": at[n]} for n in range(PROCESSES)]
    rows = {
        "sms.attachment": attachments, "message_attachment.attachment": files, "sms.message": messages,
        "sms.message_attachment": [{"message_id": n, "attachment_id": n} for n in range(VISITS)],
        "sms.handle": [{"handle_id": n, "id": f"u{n}@example.org"} for n in range(4)],
        "manifest.file": backup, "unified_log.message": marks, "crash_report.crash": crashes,
        "crash_report.report": [{"os_version": "iPhone OS 18.5", "time": BEGIN}], "crash_summary.listed": listed,
        "timesync.boot": boots, "shutdown_log.shutdown": shutdowns, "nickname_cache.entry": nicknames,
        "data_usage.process": unknown,
    }  # fmt: skip
    tables = {f"ios.{name}": table(f"ios.{name}", values) for name, values in rows.items()}
    ledger = catalogue()["ledger"]
    tables["ledger"] = pa.Table.from_pylist(held, ledger)
    found, lacking = run_rules(stored(tmp_path / "case", tables), load_rules())
    assert [(n.rule, n.why) for n in lacking if not n.missing] == []
    counts = {f.rule: f.count for f in found}
    assert counts["ios-attachment-content-repeated"] == VISITS
    assert counts["ios-attachment-record-repeated"] == VISITS
    assert counts["ios-attachments-of-one-name-from-stranger"] == VISITS
    assert counts["ios-crash-of-message-parsers"] == VISITS
    assert counts["ios-darksword-like-crashes"] == VISITS // 4
    assert counts["ios-pwnyourhome-like-crashes"] == VISITS // 2
    assert counts["ios-gpu-process-unresponsive"] == VISITS // 3
    assert counts["ios-unified-log-darksword"] == VISITS - VISITS // 3
    assert counts["ios-crash-report-missing"] == VISITS // 2 - 1  # one is of the second of the oldest that is held
    assert counts["ios-restarts-not-noted"] == len(boots) - 1
    assert counts["ios-unknown-network-user"] == PROCESSES
    assert "ios-triangulation-side-evidence" not in counts


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
