"""Hostile strings: as names and texts through every input, and every output of every command looked at.

`KINDS=ios-file-system,androidqf` names the phones, `MEGABYTES=10` the length of the longest line.
Survived means: the output does nothing on a terminal, in a browser or in a spreadsheet, is what its form says, and no
line of it begins in the middle of a text; nothing lies outside the folder; the case is intact and has the texts whole.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from reliability import hostile, strings_beside, strings_handed
from reliability.desk import FORMS, Desk
from reliability.line import Line

AGAIN = "ONLY=strings make bench-reliability"
CONSENT = """
given_by = {name}
date = 2026-01-05
language = "en"
method = {name}
witness = {name}
retention_until = 2999-12-31
[scopes]
acquire = true
analyse = true
re_scan_until = 2999-12-31
share_with = [{name}]
publish = true
statistics = true
"""
FEED = "type,value,comment\n" + "".join(
    f'{kind},{value},"{comment}"\n'
    for kind, value, comment in (
        ("domain", "lure.example", "=1+1"), ("process", "bh", "\x1b[31m"), ("domain", "\u202eexample.org", "<svg>"),
        ("email", "a\x1b@example.org", "{0}"), ("file", "../../hostile", "%s"),
        ("url", "https://example.org/'--", "\x9b"),
    )
)  # fmt: skip
STORED = {"report.html": "html", "summary.json": "json", "coverage.json": "json", "findings.jsonl": "jsonl",
          "case.toml": "toml"}  # fmt: skip
LOGS = ("custody.jsonl", "notes.jsonl", "signoff.jsonl")
"""What grows beside a case."""
READERS = (
    ("--for", "person", "--details", "person.toml"), ("--for", "court", "--details", "court.toml"),
    ("--redact", "--redaction-map", "map"), ("--for", "person", "--lang", "ar", "--details", "person.toml"),
)  # fmt: skip
FIELDS = "a dump has one value a line, by its key: a text of several lines, or with keys of its own, stands in fields"
SHORT = ("sql", "timeline")
"""Commands that a quick run looks at, beside `check`."""


def lines() -> Iterable[Line]:
    """A line for each phone."""
    for kind in os.environ.get("KINDS", "ios-file-system,androidqf").split(","):
        with tempfile.TemporaryDirectory(prefix="reliability-") as name:
            yield from examined(Path(name), kind, int(float(os.environ.get("MEGABYTES", "10")) * 1e6))


def examined(folder: Path, kind: str, longest: int, only: tuple[str, ...] = ()) -> Iterator[Line]:
    """One phone, from the file to every output; the faults stand in the note."""
    desk = Desk(folder)
    planter = prepared(desk, kind, longest)
    checked(desk, quick=bool(only))
    for arguments, form in commands(desk):
        if not only or arguments[0] in only:
            desk.run(*arguments, form=form)
    written(desk, only)
    kept, wrong = stored(desk)
    if not only:
        strings_handed.handed_over(desk)
        strings_beside.beside(desk)
        for name in LOGS:
            desk.written(desk.inside / desk.case / name, "jsonl")
        strings_handed.withdrawn(desk)
    desk.tell("outside", [str(p) for p in folder.rglob("*hostile*") if desk.inside not in p.parents])
    what = f"{kind}: outputs that do nothing, with {len(hostile.HOSTILE)} kinds of strings in {planter.count:,} texts"
    bad = {f.partition(": ")[0] for f in desk.faults}
    yield Line(what=what, tried=desk.tried, survived=desk.tried - len(bad), command=AGAIN, note=_note(desk.faults))
    what = f"{kind}: texts that are in the case as they were on the phone"
    note = f"{FIELDS}: {_note(wrong)}" if wrong and kind == "androidqf" else _note(wrong)
    yield Line(what=what, tried=kept, survived=kept - len(wrong), command=AGAIN, note=note)


def _note(faults: list[str]) -> str:
    return ascii("; ".join(faults[:6]))[1:-1].replace("|", "/") if faults else ""


def prepared(desk: Desk, kind: str, longest: int) -> hostile.Hostile:
    """The phone, another one beside it, the feeds and the consent."""
    planter = hostile.Hostile(longest)
    desk.run("phantom", "device", "phone", "--kind", kind)
    desk.run("phantom", "device", "other", "--kind", kind, "--seed", "2")
    desk.run("phantom", "feed", "feeds.stix2")
    planter.everywhere(desk.inside / "phone")
    if kind == "ios-file-system":
        desk.evidence = "phone.zip"
        hostile.zipped(desk.inside / "phone", desk.inside / desk.evidence)
    feeds = desk.inside / desk.feeds
    feeds.mkdir()
    (desk.inside / "feeds.stix2").rename(feeds / f"{hostile.file_names()[1]}.stix2")
    (feeds / "\u202e\x1b[31m'feed.csv").write_text(FEED, "utf-8")
    (desk.inside / "consent.toml").write_text(CONSENT.format(name=_named()), "utf-8")
    return planter


def checked(desk: Desk, *, quick: bool) -> None:
    """The case, made twice: once told as text, once as JSON."""
    label = hostile.HOSTILE["markup of rich"] + hostile.HOSTILE["terminal escape"] + hostile.HOSTILE["right to left"]
    given = ("-i", desk.feeds, "--consent", "consent.toml", "--label", label, "--jobs", "2")
    desk.run("check", desk.evidence, "-o", desk.case, *given)
    if not quick:
        desk.run("recheck", desk.case, "-i", desk.feeds, "-o", "second", "--json", form="json")
        desk.run("check", "other", "-o", "another", *given[:4], "--label", f"other {label}")
    for name in ("terminal escape", "half a pair", "line feed"):
        text = hostile.HOSTILE[name].replace("/", "").replace("\ud800", "\udcff")
        desk.run("check", f"no {text}", "-o", "none", "--json", expected=(3,))


def commands(desk: Desk) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is asked of the case, and the form of what is answered."""
    case, feeds = desk.case, desk.feeds
    everything = "SELECT * FROM ledger UNION ALL SELECT * FROM ledger LIMIT 3000"
    yield ("verify", case), "text"
    yield ("verify", case, "--json"), "json"
    yield ("timeline", case), "text"
    yield ("timeline", case, "--json"), "jsonl"
    yield ("timeline", case, "--csv"), "csv"
    yield ("sql", case, everything), "text"
    yield ("sql", case, everything, "--json"), "json"
    yield ("sql", case, "SELECT * FROM gaps"), "text"
    yield ("sql", case, "SELECT * FROM findings", "--json"), "json"
    yield ("timeline", case, "--from", "2001-01-01", "--to", "2030-01-01"), "text"
    yield ("diff", case, "second"), "text"
    yield ("diff", case, "second", "--json"), "json"
    yield ("hunt", case, "-i", feeds), "text"
    yield ("hunt", case, "-i", feeds, "--json"), "json"
    yield ("links", case, "another"), "text"
    yield ("custody", case), "text"
    yield ("custody", case, "--json"), "json"
    yield ("consent", case), "text"
    yield ("sign-off", case), "text"
    yield ("sign-off", case, "--template"), "toml"
    yield ("indicators", "list", feeds), "text"
    yield ("indicators", "lint", feeds), "text"
    yield ("indicators", "lint", feeds, "--json"), "json"
    yield ("indicators", "show", "lure.example", "-i", feeds, "--json"), "json"
    yield ("infra", "import", feeds, "--base", "base"), "text"
    yield ("infra", "show", "lure.example", "--base", "base"), "text"
    file = next(p.name for p in (desk.inside / feeds).glob("*.stix2"))
    yield ("infra", "convert", f"{feeds}/{file}", "-o", "-", "--to", "misp"), "json"
    yield ("debug-bundle", case), "json"
    for form, shape in FORMS.items():
        if form != "html":
            yield ("report", case, "--format", form), shape


def written(desk: Desk, only: tuple[str, ...]) -> None:
    """What is written as a file: the case's own, the reports for each reader, and the redacted ones."""
    inside = desk.inside
    for file, form in STORED.items():
        desk.look(file, (inside / desk.case / file).read_bytes(), form)
    if only:
        return
    for reader in ("person", "court"):
        filled = desk.run("report", "--details-template", reader).decode()
        (inside / f"{reader}.toml").write_text(
            re.sub(r'^(\w+) = (""|\[.*\])', _filled, filled, flags=re.MULTILINE), "utf-8"
        )
    court = ("--for", "court", "--details", "court.toml", "--format", "pdf")
    desk.run("report", desk.case, *court, "-o", "report \u202e%s.pdf", expected=(0,))
    for n, more in enumerate(READERS):
        out = f"report{n}.html"
        desk.run("report", desk.case, "--format", "html", *more, "-o", out)
        if (inside / out).exists():
            desk.look(f"report {' '.join(more)}", (inside / out).read_bytes(), "html")


def _filled(line: re.Match[str]) -> str:
    """A line of what people fill in beside a report."""
    if "date" in line[1] or line[1] == "keep_until":
        return f'{line[1]} = "2026-12-31"'
    return f"{line[1]} = [{_named()}]" if line[2].startswith("[") else f"{line[1]} = {_named()}"


def _named() -> str:
    """A hostile name as a string of TOML."""
    escaped = (c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04X}" for c in hostile.SOMEBODY)
    return '"' + "".join(escaped) + '"'


def stored(desk: Desk) -> tuple[int, list[str]]:
    """How many of the planted texts are in the case's tables, and which are not as they were planted.

    Observables are left out, which are spelled in one way, and gaps, which quote; JSON is read as such.
    """
    code = (
        "import sys, json, pathlib; from bridle.case.reader import open_case\n"
        "case = open_case(pathlib.Path(sys.argv[1]))\n"
        "for name in case.tables().keys() - {'observables', 'gaps'}:\n"
        "    for batch in case.batches(name):\n"
        "        for column in batch.to_pydict().values():\n"
        "            for v in column:\n"
        "                for one in v if isinstance(v, list) else [v]:\n"
        "                    if isinstance(one, str) and 'elitsoh' in one: print(json.dumps(one))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, desk.case], cwd=desk.inside, env=desk.environment, capture_output=True, check=False
    )
    if done.returncode:
        return 1, [f"the case cannot be read: {done.stderr[-200:]!r}"]
    cells = [str(json.loads(line)) for line in done.stdout.splitlines()]
    return len(cells), hostile.lost(cells)
