"""Parts of the report to a court: the custody log, the method and its errors, alternatives, annexes, fixed words."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from bridle.case.logs import Entry, Log
from bridle.detect.verdict import ANOMALIES, EXECUTION, INCONCLUSIVE, NOTHING, TARGETING
from bridle.report.content import Content
from bridle.report.document import Block, heading, subheading, table, text
from bridle.report.words import Line, Words, english, evidence, msg, value, words_of

_MOST_CUSTODY = 500
"""Lines of the custody log that are shown, the last ones; all are counted."""
_MOST_ROWS = 50
"""Rows of evidence of one finding in the annex; `findings.jsonl` has up to 1,000."""
_MOST_ROWS_OF_ALL = 2000
"""Rows of evidence of all findings in the annex."""
_MOST_VALUES = 400
"""Characters of what one row holds in the annex."""
_WORDS = {
    "critical": msg("critical"), "high": msg("high"), "medium": msg("medium"), "low": msg("low"),
    "informational": msg("informational"), "targeting": msg("targeting: a sign of a lure or a look-up"),
    "exploitation": msg("exploitation: a sign of a way in"),
    "execution": msg("execution: a record names a program that is not known"),
    "exfiltration": msg("exfiltration: a sign that data left the device"),
    "tampering": msg("tampering: a sign that traces were removed"),
    "exposure": msg("exposure: the device is in a risky state"),
    "access": msg("access: somebody held the device"), "installation": msg("installation: a program was put on it"),
    "confirmed": msg("confirmed"), "benign": msg("harmless"), "inconclusive": msg("inconclusive"),
    "needs-more": msg("needs more evidence"), "fits": msg("fits the records"),
    "does not fit": msg("does not fit the records"), "could not be tested": msg("could not be tested"),
}  # fmt: skip
_VERDICTS = {
    EXECUTION: msg("traces of a program that is spyware or that nothing known accounts for"),
    TARGETING: msg("traces that an attack may have left; none of them shows that it worked"),
    ANOMALIES: msg("things in the records that have no known cause"),
    NOTHING: msg("no known traces in what was examined"),
    INCONCLUSIVE: msg("too little was examined to say anything"),
}
_RATES = {
    "real": msg("Real data presumed clean: wrongly with a finding of level medium or above"),
    "synthetic-ios": msg("Synthetic iPhones without an attack: wrongly with a finding of level medium or above"),
    "synthetic-android": msg("Synthetic Android phones without an attack: "
                             "wrongly with a finding of level medium or above"),
    "forged": msg("Traces forged on purpose: wrongly told as execution or as critical"),
    "known-answer": msg("Published indicators planted in every kind of place: not found"),
    "planted-ios": msg("Traces of published attacks planted in iPhones: not found"),
    "planted-android": msg("Traces of published attacks planted in Android phones: not found"),
}  # fmt: skip


def levels_of(word: str, words: Words) -> Line:
    """A level, stage, disposition or outcome in the report's language; in English where it is a new one."""
    return words.say(_WORDS[word]) if word in _WORDS else english(word)


def verdict_words(verdict: Mapping[str, Any], words: Words) -> Line:
    """A verdict in the report's language."""
    known = next((said for told, said in _VERDICTS.items() if str(verdict["text"]).startswith(told)), None)
    return words.say(known) if known else english(verdict["text"])


def custody(log: Log, words: Words) -> list[Block]:
    """What was done with the case, line by line, and whether the lines follow from one another."""
    say = words.say
    rows = [(value(e.number), evidence(e.text("time")), evidence(e.text("event")), evidence(_others(e)),
             evidence(e.sha256)) for e in log.entries[-_MOST_CUSTODY:]]  # fmt: skip
    lines = [say("Every line names the SHA-256 of the line before it, so that a change is seen.")]
    if not log.entries:
        lines.append(say("The log is empty."))
    if len(log.entries) > _MOST_CUSTODY:
        lines.append(say("The log has {count} lines; the last {shown} are shown.", count=value(len(log.entries)),
                         shown=value(_MOST_CUSTODY)))  # fmt: skip
    if log.broken:
        lines.append(say("THE LOG DOES NOT HOLD:"))
        lines += [english(sentence) for sentence in log.broken[:20]]
    elif log.entries:
        lines.append(say("When this report was written, every line followed from the one before."))
    head = (value("#"), say("Time"), say("Event"), say("Details"), say("SHA-256"))
    return [heading(say("Chain of custody")), text(*lines), *([table(head, rows)] if rows else [])]


def _others(entry: Entry) -> str:
    """What a line says beyond time and event."""
    rest = {k: v for k, v in entry.values.items() if k not in ("time", "event", "previous", "check")}
    return "; ".join(f"{k}: {v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)}" for k, v in rest.items())


@lru_cache(maxsize=1)
def error_rates() -> dict[str, Any]:
    """What was measured of the method, when, and with which rules."""
    return tomllib.loads(files("bridle.report").joinpath("error_rates.toml").read_text("utf-8"))


def method(content: Content, words: Words) -> list[Block]:
    """How the examination was done, and how often such an examination was wrong."""
    say, measured = words.say, error_rates()
    rows = [(say(_RATES[r["of"]]), value(f"{r['n']:,}"), value(f"{r['errors']:,}"), value(r["at_most"] or "-"))
            for r in measured["rate"]]  # fmt: skip
    same = str(content.meta.get("rules", {}).get("digest", "")).startswith(measured["rules"])
    return [
        heading(say("Method")),
        text(
            say("The evidence was only read, never changed. Each file was read by a program part for its format, in a "
                "process of its own. What could not be read was noted as a gap; nothing was left out in silence."),
            say("Rules and published indicators were then compared with the records. Each finding names the file, "
                "its SHA-256 and the place in it, so that others can look it up."),
            say("For each finding, harmless explanations that are known were compared with the records."),
        ),
        subheading(say("Measured errors")),
        table((say("What was measured"), say("Number"), say("Errors"), say("Share at most (95 %)")), rows),
        text(
            say("Measured on {day}; source: {source}.", day=value(measured["measured"]),
                source=evidence(measured["source"])),
            say("The rules of this case are those that were measured.") if same else
            say("The rules of this case are not exactly those that were measured."),
            say("The real data are presumed clean; nobody vouches for them. The other data are synthetic. "
                "How many attacks on real phones are found is not known."),
        ),
    ]  # fmt: skip


def alternatives(finding: Mapping[str, Any], words: Words) -> list[Block]:
    """What else could explain a finding, and which of it was compared with the records."""
    say = words.say
    known = tuple(english(a) for a in finding["false_positives"])
    made = [text(say("Other explanations:")), Block(kind="list", lines=known)]
    if tested := finding.get("tested"):
        made.append(table((say("Explanation"), say("Result"), say("Reason")),
                          [(english(t["explanation"]), levels_of(t["outcome"], words), english(t["why"]))
                           for t in tested]))  # fmt: skip
    if forgers := finding.get("forgeable_by"):
        made.append(text(say("These could have written such a record without an attack: {who}",
                             who=words.listed(english(who) for who in forgers))))  # fmt: skip
    return made


def annexes(findings: Sequence[Mapping[str, Any]], words: Words) -> list[Block]:
    """The rows that findings cite, and what is published on them."""
    say = words.say
    made = [heading(say("Annexes")), subheading(say("A. Rows that the findings cite"))]
    left = _MOST_ROWS_OF_ALL
    for f in findings:
        shown = f["evidence"][: min(_MOST_ROWS, left)]
        left -= len(shown)
        if shown:
            made += [
                text((*english(f["title"]), *words_of(" · "), *evidence(f["id"][:12]))),
                table((say("Table and file"), say("Place"), say("Time"), say("What it holds")), map(_row, shown)),
            ]  # fmt: skip
        if shown and f["count"] > len(shown):
            made.append(text(say("{shown} of {count} rows are shown; the case has the others.",
                                 shown=value(len(shown)), count=value(f"{f['count']:,}"))))  # fmt: skip
    if (omitted := sum(1 for f in findings if f["evidence"]) - sum(1 for b in made if b.kind == "table")) > 0:
        made.append(text(say("Rows of {count} more findings are in the case.", count=value(omitted))))
    references = list(dict.fromkeys(r for f in findings for r in f["references"]))
    if not any(f["evidence"] for f in findings):
        made.append(text(say("None.")))
    made.append(subheading(say("B. Sources")))
    made.append(Block(kind="list", lines=tuple(evidence(r) for r in references)) if references else text(say("None.")))
    return made


def _row(e: Mapping[str, Any]) -> tuple[Line, ...]:
    values = "; ".join(f"{k}: {v}" for k, v in e["values"].items() if v is not None)
    values = values if len(values) <= _MOST_VALUES else f"{values[:_MOST_VALUES]} […]"
    where = evidence(f"{e['table']} {e['path']} · SHA-256 {e['sha256'] or '-'}")
    return where, evidence(e["locator"]), evidence(e["time"] or "-"), evidence(values)
