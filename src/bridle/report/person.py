"""The page for the person whose phone was examined: what was looked at, what came of it, what to do, whom to call.

Its words are plain and it names no indicator. Title and file name are neutral: the page may be seen by others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bridle.detect.verdict import ANOMALIES, EXECUTION, NOTHING, TARGETING
from bridle.report.content import Content
from bridle.report.details import Details, DetailsError
from bridle.report.document import Block, Document, day, draft_word, heading, text, warnings
from bridle.report.judged import Held, judged, platforms
from bridle.report.words import Line, Words, msg, value

FILE_NAME = "letter"
"""Of the file that is written, without its ending."""
TRACES, NO_TRACES, UNCLEAR = "traces", "no traces", "unclear"
_KINDS = {
    "itunes-backup": msg("a backup of the iPhone"),
    "file-system": msg("a copy of the files of the phone"),
    "sysdiagnose": msg("a collection of logs of the iPhone"),
    "crash-logs": msg("reports of crashes of the iPhone"),
    "bugreport": msg("a report that the phone wrote about itself"),
    "androidqf": msg("data and lists of apps of the phone"),
    "adb-backup": msg("a backup of the phone"),
    "apk": msg("an app"),
    "capture": msg("a record of the internet use of the phone"),
    "intrusion-logs": msg("security logs of the phone"),
    "network-logs": msg("logs of network use of the phone"),
    "hash-list": msg("a list of the files of the phone"),
}
"""Kinds of source, as a person would call them."""


def document(content: Content, details: Details, words: Words, *, reference: str, held: Held | None) -> Document:
    """The page. `reference` is what the case is known by; `held` are the dispositions of a complete sign-off.

    Raises DetailsError if nothing says how long the data are kept.
    """
    say, signed = words.say, held is not None
    verdict = {**content.summary["verdict"], "text": judged(content, held)}
    blocks = [
        *warnings(words, content.summary, signed=signed),
        *_looked_at(content, details, words),
        heading(say("What we found")),
        _result(verdict, words),
        heading(say("What to do now")),
        Block(kind="steps", lines=_steps(set(platforms(content.coverage)), details, words)),
        heading(say("Whom to call")),
        Block(kind="facts", rows=(
            (say("If you have a question about your phone"), value(details["phone_help"])),
            (say("If you are afraid, worried or cannot sleep, and want to talk to someone"), value(details["support"])),
        )),
        *_data(content.meta, details, words),
        Block(kind="small", lines=(say("Number of this letter: {reference}", reference=value(reference)),)),
    ]  # fmt: skip
    title = "".join(run.text for run in say("About your phone"))
    return Document(
        words=words, title=title, blocks=blocks, one_page=True, draft=draft_word(words, signed=signed),
        time=verdict["to"],
    )  # fmt: skip


def result_of(verdict: str) -> str:
    """What a verdict comes to for a person: one of three."""
    if verdict in (EXECUTION, TARGETING):
        return TRACES
    return NO_TRACES if verdict.startswith(NOTHING) else UNCLEAR


def _looked_at(content: Content, details: Details, words: Words) -> list[Block]:
    say = words.say
    kinds = list(dict.fromkeys(str(s["kind"]) for s in content.meta.get("sources", ())))
    what = words.listed(say(_KINDS[k]) if k in _KINDS else value(k) for k in kinds)
    lines = [say("{organisation} looked at data from your phone: {what}. We searched it for traces of known attacks.",
                 organisation=value(details["organisation"]), what=what)]  # fmt: skip
    verdict = content.summary["verdict"]
    if verdict["from"] and verdict["to"]:
        lines.append(say(
            "Its logs go from {first} to {last}. Some cover only a few days of that time. "
            "We cannot say what took place before or after.", first=day(verdict["from"]), last=day(verdict["to"]),
        ))  # fmt: skip
    else:
        lines.append(say("There are no logs with a date in it. So we cannot say what time it covers."))
    return [heading(say("What we looked at")), text(*lines)]


def _result(verdict: Mapping[str, Any], words: Words) -> Block:
    say = words.say
    result = result_of(verdict["text"])
    if result == TRACES:
        lines = [say("We found traces that an attack may have left.")]
        if verdict["text"] == EXECUTION:
            lines.append(say("They look like what spy software leaves behind on a phone."))
        else:
            lines.append(say("They may mean that someone tried to attack the phone. They do not show that it worked."))
        lines.append(say("This is not your fault. We will go through it with you."))
    elif result == NO_TRACES:
        lines = [
            say(
                "We found no known traces of an attack in what we looked at. This does not mean that the phone is safe."
            ),
            say("No copy holds everything that is on a phone. What was not in it, we could not look at."),
            say("Some attacks leave no traces. Others leave traces that no one knows yet, or that are gone by now."),
        ]
    else:
        lines = [say("We could not tell.")]
        if verdict["text"] == ANOMALIES:
            lines.append(
                say("We saw things that we cannot explain. They may be harmless. An attack may have left them.")
            )
        else:
            lines.append(say("There was not enough data to look at. So we can say neither yes nor no."))
    return Block(kind="result", lines=tuple(lines))


def _steps(found: set[str], details: Details, words: Words) -> tuple[Line, ...]:
    say = words.say
    organisation = value(details["organisation"])
    if found == {"ios"}:
        after = say("After that, install all updates. Then turn on Lockdown Mode: "
                    "open Settings, then Privacy & Security, then Lockdown Mode.")  # fmt: skip
    elif found == {"android"}:
        after = say("After that, install all updates. Then turn on Advanced Protection: "
                    "open Settings, then Security & privacy, then Advanced Protection. "
                    "It needs Android 16 or newer.")  # fmt: skip
    else:
        after = say("After that, install all updates. Then turn on Lockdown Mode (iPhone) "
                    "or Advanced Protection (Android 16 or newer).")  # fmt: skip
    return (
        say("Do not talk or write about this on the phone that we looked at, or next to it. "
            "Use another phone, or meet in person."),
        say("Do not update, reset or replace the phone yet. That could destroy the evidence. "
            "Wait until {organisation} confirms that the evidence is safe.", organisation=organisation),
        after,
    )  # fmt: skip


def _data(meta: Mapping[str, Any], details: Details, words: Words) -> list[Block]:
    say = words.say
    consent = meta.get("consent")
    consent = consent if isinstance(consent, Mapping) else {}
    until = str(consent.get("retention_until") or details["keep_until"])
    if not until:
        raise DetailsError("keep_until must be filled in: the case has no consent record that says how long it is kept")
    shared: Sequence[str] = consent.get("share_with") or ()
    if shared:
        with_whom = say("You agreed that these may see it: {names}. Nobody else gets it from us.",
                        names=words.listed(value(name) for name in shared))  # fmt: skip
    else:
        with_whom = say("You have not agreed that others may see it, so we do not pass it on.")
    return [
        heading(say("Your data")),
        text(
            say("{holder} keeps the data until {day}. Then it must be deleted.",
                holder=value(details["data_holder"]), day=value(until)),
            with_whom,
            say("You can change your mind at any time and take back your consent: {how}",
                how=value(details["withdraw"])),
        ),
    ]  # fmt: skip
