"""A case's content without what tells whose device it is, or whom the person knows: for whoever may see the findings.

Everything that a record holds is hidden unless it is known to tell of nobody: see `redaction_words`. Sentences of
findings are written anew of what is left. Published values stay, for they are what was found; restricted ones were
hidden before. Times are given to the day, and counts of what the phone holds to two digits, never below five.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from bridle.detect import message as messages
from bridle.detect.grade import words
from bridle.detect.rule import Rule, load_rules
from bridle.report.content import Content
from bridle.report.exports.parts import is_withheld
from bridle.report.redaction_tokens import RedactionMapError as RedactionMapError
from bridle.report.redaction_tokens import Tokens as Tokens
from bridle.report.redaction_values import Values, counted

TO_THE_DAY = "Times are given to the day: 00:00:00 stands for any time of it."
_HIDDEN = "withheld"
_KEPT = (
    "id", "rule", "title", "level", "stage", "message", "explanation", "false_positives", "references", "attack",
    "first_seen", "last_seen", "count", "indicator", "surfaces", "attribution", "corroborated_by",
    "acquisition_related", "confidence", "forgeable_by", "tested", "legs", "superseded_by", "evidence",
)  # fmt: skip
"""Keys of a finding: a query for further rows can quote one, and what is not known here does not go out."""
_FACTS = {
    "model": re.compile(r"(?:iPhone|iPad|iPod)[0-9]{1,3},[0-9]{1,2}"),
    "os_version": re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}"),
    "build": re.compile(r"[0-9]{2}[A-Z][0-9]{1,5}[a-z]?|[A-Z0-9]{3,5}\.[0-9]{6}\.[0-9]{3}(\.[A-Z][0-9]{1,2})?"),
    "security_patch": re.compile(r"20[0-9]{2}-[0-9]{2}(-[0-9]{2})?"), "lockdown_mode": re.compile(r"on|off"),
}  # fmt: skip
"""Facts of a device that many share, and what they look like; a maker's own name of a model can be any text."""
_TABLE = r"(?:(?:ios|android|network|yara)\.[a-z0-9_.]+|ledger|processes)"
_TABLES = rf"{_TABLE}(?:, {_TABLE})*"
_SAID = re.compile(
    rf"not in this acquisition|nothing in these acquisitions gives {_TABLES}|no table {_TABLES}"
    r"|of [0-9]+ files? not read to the end: [0-9a-z ,;]+|1 file not read to the end: [0-9a-z ,;]+"
    rf"|(?:{_TABLES}: examined only in part)?(?:; )?(?:without {_TABLES})?|stopped after [0-9.]+ seconds"
    rf"|[0-9]+ of its [0-9]+ steps could be looked for; .*|(?:(?:; )?{_TABLE}: no file of it was read \([0-9a-z, ]+\))+"
    r"|needs more memory than a rule may have"
)
"""What bridle says of its own tables, rules and feeds; whatever else it says may quote a record."""
_DAYS = ("date", "retention_until", "re_scan_until")
_SCOPES = ("acquire", "analyse", "publish", "statistics")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNENCRYPTED = re.compile(r"[A-Za-z0-9]{1,8} is a backup that was made without encryption\. ")
_ROWS = re.compile(r"[0-9,]+ of [0-9,]+ rows?")
_SAID_OF_ROWS = re.compile(r"no row bears it out|the row does not bear it out|these acquisitions lack " + _TABLES)
_DATES = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ][0-9:]{8}(?:\.[0-9]+)?(?: UTC|Z)?")


def redacted(content: Content, tokens: Tokens | None = None, *, keep_times: bool = False) -> tuple[Content, Tokens]:
    """The content with tokens for what is hidden, and the tokens; with the same tokens again, the same content.

    A field of `Content` that this does not know falls back to its default: nothing goes out that was not thought of.

    Raises RedactionMapError for tokens of other acquisitions: equal ones in two cases would join two people.
    """
    tokens = _of_phone(Tokens() if tokens is None else tokens, content.meta)
    values = Values(tokens, _published(content.findings), keep_times=keep_times)
    case = _Case(tokens, values, keep_times)
    return Content(
        meta=case.meta(content.meta), summary=case.summary(content.summary),
        findings=[case.finding(f) for f in content.findings], coverage=case.coverage(content.coverage),
        ledger=[case.file(*row) for row in content.ledger],
    ), tokens  # fmt: skip


def _of_phone(tokens: Tokens, meta: Mapping[str, Any]) -> Tokens:
    """The tokens, if they are new or were made for these sources; a case that is examined again keeps its sources."""
    digests = sorted(str(s.get("digest")) for s in meta.get("sources", ()))
    of = hashlib.sha256("\n".join(digests).encode()).hexdigest()
    if tokens.of not in ("", of):
        raise RedactionMapError("the redaction map is of other acquisitions; name a new file for that of this case")
    tokens.of = of
    return tokens


def _published(findings: Iterable[Mapping[str, Any]]) -> list[str]:
    """The values of indicators that may be shown; a pattern's is the name of its place in a feed."""
    found = [f["indicator"] for f in findings if f["indicator"] is not None]
    return sorted({str(i["value"]) for i in found if not is_withheld(i) and i["kind"] != "pattern"})


@lru_cache(maxsize=1)
def _rules() -> dict[str, Rule]:
    return {r.id: r for r in load_rules()}


class _Case:
    """Redacts the parts of one case's content."""

    def __init__(self, tokens: Tokens, values: Values, keep_times: bool) -> None:
        self._tokens, self._values, self._keep_times = tokens, values, keep_times

    def meta(self, meta: Mapping[str, Any]) -> dict[str, Any]:
        """`case.toml`, of which only what is known is kept."""
        facts = [f for f in meta.get("device_facts", ()) if self._is_common(f["key"], f["value"])]
        device = meta.get("device", {})
        return {
            "consent": _consent(meta["consent"]) if isinstance(meta.get("consent"), Mapping) else "none recorded",
            "case": {k: v for k, v in meta.get("case", {}).items() if k in ("schema", "bridle", "encrypted")},
            "device": {k: v if self._is_common(k, v) else _HIDDEN for k, v in device.items() if k in _FACTS},
            "device_facts": [dict(f) | {"from": str(f["from"]).partition(" ")[0]} for f in facts],
            "sources": [self._source(s) for s in meta.get("sources", ())], "rules": dict(meta.get("rules", {})),
            "feeds": list(meta.get("feeds", ())), "baselines": [], "yara": {},
            "redaction": {"times": "" if self._keep_times else TO_THE_DAY},
        }  # fmt: skip

    def _is_common(self, key: str, value: Any) -> bool:
        return key in _FACTS and _FACTS[key].fullmatch(str(value)) is not None

    def _source(self, source: Mapping[str, Any]) -> dict[str, Any]:
        kept = {k: source[k] for k in ("id", "kind", "encrypted", "synthetic") if k in source}
        return kept | {
            "label": self._tokens.token("source", str(source["label"])),
            "digest": self._values.digest(source["digest"]),
        }

    def summary(self, summary: Mapping[str, Any]) -> dict[str, Any]:
        """`summary.json`: verdict and counts."""
        made = {k: summary[k] for k in ("schema", "findings", "synthetic", "consent", "exit") if k in summary}
        said = summary["verdict"]
        verdict: dict[str, Any] = {k: self._dated(said[k]) for k in ("text", "why") if k in said}
        verdict |= {k: self._values.time(said[k]) for k in ("from", "to") if k in said}
        horizon = {k: self._values.time(v) for k, v in summary["log_horizon"].items()}
        cover = dict(summary["coverage"]) | {"files": _counts(summary["coverage"].get("files", {}))}
        return made | {
            "verdict": verdict, "log_horizon": horizon, "coverage": cover, "rows": counted(summary["rows"]),
            "gaps": counted(summary["gaps"]), "feeds_not_loaded": list(summary.get("feeds_not_loaded", ())),
            "problems": [self._tokens.token("text", str(p)) for p in summary.get("problems", ())],
        }  # fmt: skip

    def _dated(self, text: str) -> str:
        return text if self._keep_times else _DATES.sub(r"\1", text)

    def coverage(self, coverage: Mapping[str, Any]) -> dict[str, Any]:
        """`coverage.json`: what was examined, in bridle's own words alone."""
        notes = [n for n in coverage.get("notes", ()) if _UNENCRYPTED.match(n)]
        return {k: coverage[k] for k in ("schema", "feeds", "indicators") if k in coverage} | {
            "artifacts": {k: self._examined(a) for k, a in coverage["artifacts"].items()},
            "rules": {k: self._examined(r) for k, r in coverage["rules"].items()},
            "horizon": {k: self._values.time(v) for k, v in coverage.get("horizon", {}).items()},
            "notes": notes if self._keep_times else [*notes, TO_THE_DAY],
            "files": _counts(coverage.get("files", {})),
        }  # fmt: skip

    def _examined(self, part: Mapping[str, Any]) -> dict[str, Any]:
        made = {k: part[k] for k in ("status", "missing", "files_not_read") if k in part}
        if "why" in part:
            made["why"] = part["why"] if not part["why"] or _SAID.fullmatch(part["why"]) else _HIDDEN
        if "files" in part:
            made["files"] = [self._unread(file) for file in part["files"]]
        made |= {k: counted(part[k]) for k in ("rows", "gaps") if k in part}
        return made | {k: self._values.time(part[k]) for k in ("first", "last") if k in part}

    def _unread(self, file: Mapping[str, Any]) -> dict[str, Any]:
        """A file that was not read to its end."""
        reason = _HIDDEN if file.get("reason") else None
        return {"path": self._values.path(str(file["path"])), "status": file["status"], "reason": reason}

    def file(
        self, artifact: str, status: str, reason: str, files: int, rows: int, gaps: int
    ) -> tuple[str, str, str, int, int, int]:
        """How files of a kind fared; why one was not read can quote it."""
        return artifact, status, _HIDDEN if reason else "", counted(files), counted(rows), counted(gaps)

    def finding(self, f: Mapping[str, Any]) -> dict[str, Any]:
        """A finding: what bridle and its rules say of it, and rows without what they hold of a person."""
        evidence = [self._values.evidence(e) for e in f["evidence"]]
        seen = {k: self._values.time(f[k]) for k in ("first_seen", "last_seen")}
        legs = [dict(leg) | {"finding": self._id(leg["finding"]), "time": self._values.time(leg["time"])}
                for leg in f.get("legs", ())]  # fmt: skip
        over = f.get("superseded_by")
        made = {k: f[k] for k in _KEPT if k in f} | seen | {
            "id": self._id(f["id"]), "corroborated_by": [self._id(i) for i in f["corroborated_by"]], "legs": legs,
            "superseded_by": self._id(over) if over else None, "evidence": evidence,
            "tested": [dict(t) | {"why": _tested(t["why"])} for t in f.get("tested", ())],
        }  # fmt: skip
        return made | {"message": self._dated(_message(made))}

    def _id(self, text: str) -> str:
        return self._tokens.identifier(str(text))


def redacted_dispositions(given: Mapping[str, tuple[str, str]], tokens: Tokens) -> dict[str, tuple[str, str]]:
    """What was held of each finding, by its id in redacted content; why it was held is somebody's own text."""
    return {
        tokens.identifier(i): (disposition, _HIDDEN if reason else "") for i, (disposition, reason) in given.items()
    }


def _consent(consent: Mapping[str, Any]) -> dict[str, Any]:
    """Days and what was allowed; nobody's name, nor how and to whom."""
    texts = dict.fromkeys(("given_by", "witness", "method", "language"), _HIDDEN)
    days = {k: v for k, v in consent.items() if k in _DAYS and _DAY.fullmatch(str(v))}
    return (
        texts | days | {k: v for k, v in consent.items() if k in _SCOPES and isinstance(v, bool)} | {"share_with": []}
    )


def _counts(counts: Mapping[str, int]) -> dict[str, int]:
    return {k: counted(v) for k, v in counts.items()}


def _tested(why: str) -> str:
    """What was said of a benign explanation, without what records say."""
    if _SAID_OF_ROWS.fullmatch(why):
        return why
    found = _ROWS.match(why)
    return found[0] if found else _HIDDEN


def _message(f: Mapping[str, Any]) -> str:
    """The sentence of a finding, written anew of what is shown."""
    if f["legs"]:
        steps = "; ".join(f"{leg['name']} ({(leg['time'] or 'no time')[:10]})" for leg in f["legs"])
        told = f"{len(f['legs'])} steps stand in this order: {steps}."
    elif f["indicator"] is not None:
        told = _of_indicator(f)
    else:
        told = _of_rule(f)
    who = words(f.get("forgeable_by", ()))
    return f"{told} {who}" if who else told


def _of_indicator(f: Mapping[str, Any]) -> str:
    found = f["indicator"]
    named = f"published for {', '.join(found['campaigns'])}" if found["campaigns"] else "published by a feed"
    rows = "One row names it." if f["count"] == 1 else f"{f['count']:,} rows name it."
    return f"{f['title']}: the {found['kind'].replace('-', ' ')} {found['value']}, {named}. {rows}"


def _of_rule(f: Mapping[str, Any]) -> str:
    """The rule's own sentence with the first row's values; its title where the row lacks what the sentence names."""
    rule = _rules().get(f["rule"])
    first = f["evidence"][0]["values"] if f["evidence"] else {}
    given = {"count": f["count"]} | first
    if rule is None or any(n not in given for n in messages.fields(rule.message)):
        told = f"{f['title'].rstrip('.')}."
    else:
        told = messages.write(rule.message, given)
    more = f["count"] - 1
    if more > 0:
        told += " One more row matches." if more == 1 else f" {more:,} more rows match."
    return told
