"""The report to a court: mandate, materials, custody, method and its errors, findings, opinion, limits, annexes.

What the records show and what the expert holds are kept apart: findings come from the case, the opinion from the
details that the expert fills in. Texts of rules are there in English only and are marked as English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bridle.case.logs import Log
from bridle.case.signoff import SignOff
from bridle.case.verify import Verification
from bridle.classes import dataclass
from bridle.report.content import Content
from bridle.report.court_parts import alternatives, annexes, custody, levels_of, method, verdict_words
from bridle.report.details import Details
from bridle.report.document import Block, Document, draft_word, facts, heading, subheading, table, text, warnings
from bridle.report.masking import masked
from bridle.report.redaction import Tokens, redacted_dispositions
from bridle.report.words import Line, Words, english, evidence, msg, value, words_of

FILE_NAME = "report"
"""Of the file that is written, without its ending."""
_FULL = ("critical", "high", "medium")
"""Levels whose findings are told in full; others are listed."""
_MOST_FULL = 100
"""Findings that are told in full; the others are listed."""
_LISTED = 200
"""Findings that are listed; all are counted."""
_PLAIN = (
    "time", "event", "bridle", "exit", "parser_network", "parser_system_calls", "sandbox", "format", "audience",
    "redacted",
)  # fmt: skip
"""What a redacted line of the custody log says."""


@dataclass(frozen=True, kw_only=True)
class Custody:
    """What lies beside the manifest of the case."""

    manifest_sha256: str
    log: Log
    sign_off: SignOff
    differences: tuple[str, ...] = ()
    """How the case differs from its manifest and its seal, a sentence each."""
    sealed_by: str | None = None
    """Fingerprint of the key whose seal holds."""
    stamped: str | None = None
    """When a time-stamping service saw the seal."""


def custody_of(checked: Verification, manifest_sha256: str, log: Log, sign_off: SignOff) -> Custody:
    """What is told of a case that was just checked."""
    key = checked.statement.key.fingerprint if checked.seal_holds and checked.statement else None
    time = checked.time.isoformat(timespec="seconds").replace("+00:00", "Z") if checked.time else None
    return Custody(
        manifest_sha256=manifest_sha256, log=log, sign_off=sign_off, differences=checked.differences, sealed_by=key,
        stamped=time if key else None,
    )  # fmt: skip


def redacted(beside: Custody, tokens: Tokens) -> Custody:
    """Without free text of the log and of the sign-off, and with the identifiers of redacted findings."""
    log, sign_off = beside.log, beside.sign_off
    entries = tuple(replace(e, values={k: e.values[k] for k in _PLAIN if k in e.values}) for e in log.entries)
    held = redacted_dispositions(sign_off.dispositions, tokens)
    return replace(beside, log=replace(log, entries=entries), sign_off=replace(sign_off, dispositions=held))


def document(content: Content, details: Details, words: Words, beside: Custody) -> Document:
    """The report."""
    signed = beside.sign_off.complete
    findings = masked(content.findings, content.masked)
    blocks = [
        *warnings(words, content.summary, signed=signed),
        *_redacted(content.meta, words),
        *_mandate(details, words),
        *_materials(content, beside, words),
        *custody(beside.log, words),
        *method(content, words),
        *_findings(findings, content, beside.sign_off, words),
        *_opinion(details, words),
        *_limits(content, words),
        *_reproduction(words),
        *_signature(details, beside.sign_off, words),
        *annexes(findings, words),
    ]
    title = "".join(run.text for run in words.say("Expert report on the examination of a device"))
    return Document(
        words=words, title=title, blocks=_numbered(blocks), draft=draft_word(words, signed=signed),
        time=content.summary["verdict"]["to"],
    )  # fmt: skip


def _redacted(meta: Mapping[str, Any], words: Words) -> list[Block]:
    """That it is redacted, where it is."""
    if "redaction" not in meta:
        return []
    lines = [words.say("What tells of a person is replaced by tokens in square brackets.")]
    if meta["redaction"].get("times"):
        lines.append(words.say("Times are given to the day."))
    return [Block(kind="note", lines=tuple(lines))]


def _numbered(blocks: Sequence[Block]) -> list[Block]:
    """With a number before each heading."""
    made: list[Block] = []
    number = 0
    for block in blocks:
        if block.kind == "heading":
            number += 1
            made.append(heading((*words_of(f"{number}. "), *block.lines[0])))
        else:
            made.append(block)
    return made


def _mandate(details: Details, words: Words) -> list[Block]:
    say = words.say
    rows = [
        (say("Expert"), "expert"), (say("Qualification"), "qualification"), (say("Organisation"), "organisation"),
        (say("Commissioned by"), "commissioned_by"), (say("Date of the mandate"), "mandate_date"),
        (say("Court and file number"), "court"), (say("Independence"), "independence"),
    ]  # fmt: skip
    return [
        heading(say("Mandate")),
        facts([(what, value(details[name])) for what, name in rows if details[name]]),
        subheading(say("Questions")),
        Block(kind="steps", lines=tuple(value(q) for q in details["questions"])),
    ]


def _materials(content: Content, beside: Custody, words: Words) -> list[Block]:
    say, meta = words.say, content.meta
    sources = [
        (evidence(s["id"]), evidence(s["label"]), evidence(s["kind"]), _yes(words, s.get("encrypted")),
         evidence(s["digest"])) for s in meta.get("sources", ())
    ]  # fmt: skip
    device = meta.get("device", {})
    rows = [
        (say("Device and system"), evidence(" ".join(str(device[k]) for k in ("model", "os_version", "build")
                                                     if device.get(k)) or "-")),
        *((evidence(k.replace("_", " ")), evidence(v)) for k, v in sorted(meta.get("acquisition", {}).items())),
        *((evidence(key.replace("_", " ")), evidence(text)) for key, text in content.identity),
        (say("Manifest of the case (SHA-256)"), evidence(beside.manifest_sha256)),
        (say("Seal"), _seal(beside, words)),
        (say("Program"), evidence(f"bridle {meta.get('case', {}).get('bridle', '-')}")),
        (say("Rules (SHA-256)"), evidence(meta.get("rules", {}).get("digest", "-"))),
        (say("Consent"), _consent(meta, words)),
    ]  # fmt: skip
    feeds = [(evidence(f["name"]), value(f"{f['indicators']:,}") if f["loaded"] else english(f.get("reason") or "-"),
              evidence(f.get("digest") or "-")) for f in content.coverage.get("feeds", ())]  # fmt: skip
    return [
        heading(say("Materials")),
        text(say("The examination rests on the following materials. The SHA-256 of each identifies it.")),
        table((say("Source"), say("Name"), say("Kind"), say("Encrypted"), say("SHA-256")), sources),
        facts(rows),
        _intact(beside, words),
        subheading(say("Published indicators")),
        table((say("Feed"), say("Indicators"), say("SHA-256")), feeds)
        if feeds
        else text(say("No published indicators were compared.")),
    ]


def _seal(beside: Custody, words: Words) -> Line:
    if beside.sealed_by is None:
        return words.say("not sealed")
    key = evidence(beside.sealed_by)
    if beside.stamped is None:
        return words.say("sealed with the key {key}", key=key)
    return words.say("sealed with the key {key}, time-stamped {time}", key=key, time=evidence(beside.stamped))


def _intact(beside: Custody, words: Words) -> Block:
    if not beside.differences:
        return text(words.say("When this report was written, every file of the case was as the manifest says."))
    said = [english(sentence) for sentence in beside.differences[:_LISTED]]
    return Block(kind="note", lines=(words.say("THE CASE IS NOT AS IT WAS WRITTEN:"), *said))


def _yes(words: Words, is_so: object) -> Line:
    return words.say("yes") if is_so else words.say("no")


def _consent(meta: Mapping[str, Any], words: Words) -> Line:
    consent = meta.get("consent")
    if not isinstance(consent, Mapping):
        return words.say("none is shown here")
    day, method, until = (value(consent.get(k) or "-") for k in ("date", "method", "retention_until"))
    return words.say("given on {day} ({method}); the data are kept until {until}", day=day, method=method, until=until)


def _findings(findings: Sequence[Mapping[str, Any]], content: Content, sign_off: SignOff, words: Words) -> list[Block]:
    say = words.say
    full = [f for f in findings if f["level"] in _FULL][:_MOST_FULL]
    told = {f["id"] for f in full}
    others = [f for f in findings if f["id"] not in told]
    made = [
        heading(say("Findings")),
        text(
            say("This part says what the records show. It is not an opinion. Texts of rules are in English."),
            say("Result over all findings: {verdict}", verdict=verdict_words(content.summary["verdict"], words)),
        ),
    ]
    if not findings:
        made.append(text(say("No rule and no indicator matched.")))
    for number, finding in enumerate(full, 1):
        made += _finding(number, finding, sign_off, words)
    if others:
        made += [
            subheading(say("Other findings")),
            table(
                (say("Level"), say("Rule"), say("Rows"), say("What it says")),
                [(levels_of(f["level"], words), evidence(f["rule"]), value(f"{f['count']:,}"), english(f["message"]))
                 for f in others[:_LISTED]],
            ),
        ]  # fmt: skip
    if len(others) > _LISTED:
        made.append(text(say("{count} more are in the case.", count=value(len(others) - _LISTED))))
    return made


def _finding(number: int, f: Mapping[str, Any], sign_off: SignOff, words: Words) -> list[Block]:
    say = words.say
    span = " – ".join(dict.fromkeys(str(t) for t in (f["first_seen"], f["last_seen"]) if t))
    rows = [
        (say("Identifier"), evidence(f["id"])), (say("Rule"), evidence(f["rule"])),
        (say("Level"), levels_of(f["level"], words)), (say("Stage"), levels_of(f["stage"], words)),
        (say("Time"), evidence(span) if span else say("no time recorded")), (say("Rows"), value(f"{f['count']:,}")),
        (say("What it says"), english(f["message"])),
        (say("Why it matters"), english(" ".join(f["explanation"].split()))),
    ]  # fmt: skip
    if f.get("indicator"):
        of = f["indicator"]
        rows.append((say("Published indicator"), (*english(f"{of['kind']} "), *evidence(of["value"]),
                                                  *english(f" ({', '.join(of['feeds'])})"))))  # fmt: skip
    if f.get("acquisition_related"):
        rows.append((say("Note"), say("The examination itself may have left this.")))
    if f["id"] in sign_off.dispositions:
        held, why = sign_off.dispositions[f["id"]]
        rows.append((say("Judged as"), (*levels_of(held, words), *((*words_of(": "), *value(why)) if why else ()))))
    return [
        subheading((*say("Finding {number}", number=value(number)), *words_of(": "), *english(f["title"]))),
        facts(rows),
        *alternatives(f, words),
    ]


def _opinion(details: Details, words: Words) -> list[Block]:
    return [
        heading(words.say("Opinion of the expert")),
        text(words.say("This part is the opinion of the expert. It rests on the findings and goes beyond them."),
             *(value(paragraph) for paragraph in details["opinion"])),
    ]  # fmt: skip


def _limits(content: Content, words: Words) -> list[Block]:
    say, summary, coverage = words.say, content.summary, content.coverage
    counts = summary["coverage"]["artifacts"]
    horizon = summary["log_horizon"]
    lines = [
        say("That nothing was found does not show that nothing happened."),
        say("Kinds of record: {examined} were examined, {partly} only in part, {not_examined} not at all.",
            examined=value(counts.get("examined", 0)), partly=value(counts.get("partly", 0)),
            not_examined=value(counts.get("not examined", 0))),
        say("Rows read: {rows}. Places that could not be read: {gaps}.", rows=value(f"{summary['rows']:,}"),
            gaps=value(f"{summary['gaps']:,}")),
    ]  # fmt: skip
    if horizon["first"] and horizon["last"]:
        lines.append(say("Logs exist from {first} to {last}; nothing can be said of other times.",
                         first=value(horizon["first"]), last=value(horizon["last"])))  # fmt: skip
    unable = sum(r["status"] != "examined" for r in coverage["rules"].values())
    lines.append(say("Rules that could not run, or only in part, for lack of records: {count} of {all}.",
                     count=value(unable), all=value(len(coverage["rules"]))))  # fmt: skip
    partly = [
        (evidence(name), value(f"{a['rows']:,}"), value(f"{a['gaps']:,}"), english(a["why"] or "-"))
        for name, a in sorted(coverage["artifacts"].items())
        if a["status"] == "partly" or a["gaps"]
    ]
    notes = tuple(english(n) for n in (*coverage.get("notes", ()), *summary.get("problems", ())))
    if len(notes) > _LISTED:
        notes = (*notes[:_LISTED], say("{count} more are in the case.", count=value(len(notes) - _LISTED)))
    return [
        heading(say("Limits")),
        text(*lines),
        *([table((say("Kind of record"), say("Rows"), say("Gaps"), say("Reason")), partly)] if partly else []),
        *([Block(kind="list", lines=notes)] if notes else []),
    ]


_STEPS = (
    (msg("Check that no file of the case has changed:"), "bridle verify CASE"),
    (msg("Derive every record and finding again from the evidence:"), "bridle verify CASE --evidence SOURCE"),
    (msg("Examine the evidence anew with the same indicators, and compare:"),
     "bridle check SOURCE -i FEED -o CASE2; bridle diff CASE CASE2"),
    (msg("Look up a row of the annex in the case:"),
     'bridle sql CASE \'SELECT * FROM "TABLE" WHERE locator = $$PLACE$$\''),
)  # fmt: skip


def _reproduction(words: Words) -> list[Block]:
    made = [
        heading(words.say("How to reproduce this")),
        text(words.say("Anybody who has the case and the evidence can repeat the examination with these commands.")),
    ]
    for what, command in _STEPS:
        made += [text(words.say(what)), Block(kind="code", lines=(evidence(command),))]
    return made


def _signature(details: Details, sign_off: SignOff, words: Words) -> list[Block]:
    say = words.say
    rows = [
        (say("Findings judged by"), value(sign_off.analyst) if sign_off.analyst else say("nobody yet")),
        (say("Second reader"), value(sign_off.second_reader) if sign_off.second_reader else say("nobody yet")),
        (say("Findings (SHA-256)"), evidence(sign_off.findings_sha256)),
        (say("Place and date"), value(f"{details['place']}, {details['date']}")),
        (say("Expert"), value(details["expert"])),
        (say("Signature"), value("_" * 40)),
    ]
    declaration = [text(value(details["declaration"]))] if details["declaration"] else []
    return [heading(say("Declaration and signature")), *declaration, facts(rows)]
