"""Contents of a report that are made up, and what people fill in beside them."""

from bridle.report.content import Content

DETAILS = {
    "organisation": "Example Lab",
    "phone_help": "Robin, +1 555 0100, every day 9:00 to 18:00",
    "support": "Example Support Line, +1 555 0101, day and night",
    "data_holder": "Example Lab",
    "withdraw": "Write to help@example.org or call +1 555 0100.",
    "keep_until": "",
}
CONSENT = {
    "given_by": "P1", "date": "2026-01-05", "language": "en", "method": "signed paper", "witness": "",
    "retention_until": "2027-12-31", "acquire": True, "analyse": True, "re_scan_until": "2027-12-31",
    "share_with": ["Example Court"], "publish": False, "statistics": False,
}  # fmt: skip
EXECUTION, TARGETING, ANOMALIES = "traces of execution", "traces of targeting", "unexplained anomalies"
NOTHING = "no known traces in what was examined, 2026-01-02 to 2026-02-03"
TOO_LITTLE = "inconclusive: too little was examined"
VERDICTS = (EXECUTION, TARGETING, ANOMALIES, NOTHING, TOO_LITTLE)


def finding(**changes):
    evidence = {
        "table": "ios.sms.message", "path": "/private/var/mobile/Library/SMS/sms.db", "sha256": "ab" * 32,
        "locator": "message:7", "time": "2026-01-02T03:04:05Z", "values": {"text": "see lure.example.org"},
    }  # fmt: skip
    return {
        "id": "f1" * 32, "rule": "indicator-domain", "title": "A message holds a listed domain", "level": "high",
        "stage": "targeting", "message": "The record shows lure.example.org.", "explanation": "Links bring attacks.",
        "false_positives": ["A newsletter."], "references": ["https://example.org/a"], "attack": ["T1660"],
        "first_seen": "2026-01-02T03:04:05Z", "last_seen": "2026-01-02T03:04:05Z", "count": 1,
        "indicator": {"kind": "domain", "value": "lure.example.org", "feeds": ["feed A"], "campaigns": [], "tlp": None},
        "surfaces": ["message"], "attribution": None, "corroborated_by": [], "acquisition_related": False,
        "confidence": "medium", "forgeable_by": ["sender"],
        "tested": [{"explanation": "The text quotes it.", "outcome": "does not fit", "why": "It has one host."}],
        "legs": [], "superseded_by": None, "evidence": [evidence],
    } | changes  # fmt: skip


def artifact(status="examined", **changes):
    return {"status": status, "why": None if status == "examined" else "not in this acquisition", "files": [],
            "files_not_read": 0, "rows": 5, "gaps": 0, "first": "2026-01-02T00:00:00Z",
            "last": "2026-02-03T00:00:00Z"} | changes  # fmt: skip


def content(*findings, verdict=NOTHING, consent=CONSENT, platform="ios", kind="itunes-backup", **changes):
    """A case of one source; by default one in which nothing was found."""
    levels = ("critical", "high", "medium", "low", "informational")
    meta = {
        "case": {"schema": 1, "bridle": "0.1.0", "encrypted": True},
        "device": {"model": "iPhone12,1", "os_version": "14.4.2", "build": "18D70"},
        "acquisition": {"acquired": "2026-02-03T10:00:00Z"},
        "sources": [{"id": "S1", "label": "phone", "kind": kind, "digest": "cd" * 32, "encrypted": False,
                     "synthetic": False}],
        "rules": {"digest": "ef" * 32},
        "feeds": [{"name": "feed A", "digest": "12" * 32, "indicators": 3, "loaded": True}],
    }  # fmt: skip
    if consent:
        meta["consent"] = consent
    summary = {
        "verdict": {"text": verdict, "from": "2026-01-02T00:00:00Z", "to": "2026-02-03T00:00:00Z", "why": "Because."},
        "findings": {level: sum(f["level"] == level for f in findings) for level in levels},
        "coverage": {"artifacts": {"examined": 2, "partly": 0, "not examined": 1},
                     "rules": {"examined": 3, "partly": 0, "not examined": 1}, "files": {"parsed": 2}},
        "log_horizon": {"first": "2026-01-02T00:00:00Z", "last": "2026-02-03T00:00:00Z"},
        "rows": 10, "gaps": 1, "problems": [], "feeds_not_loaded": [], "synthetic": False,
        "consent": "recorded" if consent else "none", "exit": 0,
    }  # fmt: skip
    coverage = {
        "artifacts": {f"{platform}.sms": artifact(), f"{platform}.calls": artifact(gaps=1),
                      f"{platform}.notes": artifact("not examined", rows=0, first=None, last=None)},
        "rules": {"one": {"status": "examined", "why": None},
                  "two": {"status": "not examined", "why": "no table ios.notes.note"}},
        "feeds": [{"name": "feed A", "loaded": True, "indicators": 3, "digest": "12" * 32, "reason": None}],
        "horizon": summary["log_horizon"], "notes": ["S1 is a backup that was made without encryption."],
    }  # fmt: skip
    made = {"meta": meta, "summary": summary, "findings": [*findings], "coverage": coverage, "ledger": []}
    return Content(**made | changes)


COURT = {
    "expert": "Dr. Robin Example", "qualification": "M.Sc.; ten years of examinations.",
    "organisation": "Example Lab, 1 Example Street", "commissioned_by": "Example Court", "mandate_date": "2026-02-01",
    "court": "", "questions": ("Does the phone show traces of an attack?",), "independence": "The court pays.",
    "opinion": ("The records fit an attack.",), "declaration": "", "place": "Example City", "date": "2026-03-01",
}  # fmt: skip
