"""What a generator planted, and whether the findings of a case name it where it was planted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

WHERE = {
    "sms": "ios.sms.message",
    "safari_history": "ios.safari_history.item",
    "whatsapp": "ios.whatsapp.message",
    "datausage": "ios.data_usage.process",
    "calendar": "ios.calendar.participant",
    "webkit_resource_load_statistics": "ios.resource_load_statistics.observed",
    "os_analytics_ad_daily": "ios.osanalytics_addaily.network_use",
    "id_status_cache": "ios.id_status_cache.look_up",
}
"""The peer's module to the table where the indicator must be cited."""
BY_RULE = {
    "http->bad fast redirect": "ios-safari-redirect-injection",
    "Quadream Meeting/Notes": "ios-calendar-meeting-notes",
    "notificationsettings payload": "ios-profile-hides-notifications",
}
"""What no indicator names, and the rule that must."""
BY_PATH = {
    "path mentions ": "ios.webkit_storage.origin",
    "file:name roleaccountd.plist": "roleaccountd.plist",
    "file:path+name com.apple.photolibraryd.plist": "com.apple.photolibraryd.plist",
}
STAGED = "/private/var/db/com.apple.xpc.roleaccountd.staging/subridged"
SYSDIAGNOSE = frozenset(
    {
        (STAGED, "ios.ps.process"),
        ("/private/var/tmp/takePhoto", "ios.ps.process"),
        (STAGED, "ios.shutdown_log.client"),
        (STAGED, "ios.crash_report.crash"),
        ("roleaccountd", "ios.crash_report.crash"),
    }
)
"""What the generator of sysdiagnoses plants: two processes, one of them in a shutdown log and a crash report too."""

Findings = Iterable[Mapping[str, Any]]


def findings_of(case: Path) -> list[dict[str, Any]]:
    """The findings of a case."""
    return [json.loads(line) for line in (case / "findings.jsonl").read_text().splitlines()]


def cited(findings: Findings) -> set[tuple[str, str]]:
    """(value of the indicator, table) of every row that is cited."""
    return {(f["indicator"]["value"], e["table"]) for f in findings if f["indicator"] for e in f["evidence"]}


def found(module: str, what: str, findings: Findings) -> bool:
    """Whether something planted is among the findings, in the place it was planted in."""
    findings = list(findings)
    if what in BY_RULE:
        return BY_RULE[what] in {f["rule"] for f in findings}
    pairs = cited(findings)
    for words, place in BY_PATH.items():
        if what.startswith(words) and place.startswith("ios."):
            return (what.removeprefix(words), place) in pairs
        if what.startswith(words):
            return (place, "ledger") in pairs
    return any(table == WHERE[module] and value in what for value, table in pairs)


def recalled(name: str, truth: Path | None, case: Path) -> str:
    """`16 of 16`, or empty where nobody says what was planted."""
    findings = findings_of(case)
    if name == "sysdiagnose":
        return f"{len(SYSDIAGNOSE & cited(findings))} of {len(SYSDIAGNOSE)}"
    if truth is None:
        return ""
    planted = json.loads(truth.read_text()).get("planted", ())
    if not planted or "what" not in planted[0]:
        return ""
    return f"{sum(found(p['module'], p['what'], findings) for p in planted)} of {len(planted)}"
