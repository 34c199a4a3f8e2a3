"""Commands over a case that somebody else wrote, of which one file is damaged: no command may end with a fault.

Whatever a file holds, a command ends with one of its exit codes. The manifest fits what the others hold.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pyarrow.parquet as pq

from bridle.case.ledger import DEVICE, LEDGER
from bridle.case.meta import render_case_toml
from bridle.cli import bridle
from reliability.fuzz.others_case import in_folder
from reliability.fuzz.target import Target, fixtures_at_hand

fixtures_at_hand()

from building import SMS, Message, Process, rows, written  # noqa: E402

import made_report  # noqa: E402

_ENDS = (0, 1, 2, 3, 4)
_COMMANDS: dict[str, tuple[str, ...]] = {
    "report": ("report", "{case}", "--identify", "-o", "-"),
    "export": ("report", "{case}", "--format", "stix", "-o", "-"),
    "person": ("report", "{case}", "--for", "person", "--details", "{folder}/details.toml", "-o", "-"),
    "redact": ("report", "{case}", "--format", "jsonl", "--redact", "-o", "-"),
    "timeline": ("timeline", "{case}", "--json"),
    "sql": ("sql", "{case}", 'SELECT count(*), max(text) FROM "a.b.message"', "--json"),
    "diff": ("diff", "{case}", "{whole}", "--json"),
    "verify": ("verify", "{case}", "--findings"),
    "sign_off": ("sign-off", "{case}", "--template"),
    "consent": ("consent", "{case}"),
    "links": ("links", "{case}", "{whole}", "--json"),
}
_FILES = ("summary.json", "coverage.json", "findings.jsonl", "case.toml", "manifest.json")
_TABLES = ("records/a.b.message.parquet", "ledger.parquet", "device.parquet")


def targets() -> Iterator[Target]:
    """A target for each command and each file that it reads."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        _case(folder / "case")
        shutil.copytree(folder / "case", folder / "whole")
        (folder / "details.toml").write_text(render_case_toml(made_report.DETAILS), "utf-8")
        files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    for command, arguments in _COMMANDS.items():
        for name in (*_FILES, *_TABLES):
            yield _target(f"{command}.{name}", files, f"case/{name}", arguments)
    for suffix, seed in _FORMS.items():
        arguments = ("sign-off", "{case}", "--as", "A", "--from", "{folder}/form" + suffix)
        yield _target(f"sign_off.form{suffix}", {**files, f"form{suffix}": seed}, f"form{suffix}", arguments)
    links = ("links", "{case}", "{case}", "--strata", "{folder}/strata.tsv")
    yield _target("links.strata", {**files, "strata.tsv": b"case\tmx\nother\tin\n"}, "strata.tsv", links)


def _target(name: str, files: Mapping[str, bytes], damaged: str, arguments: Sequence[str]) -> Target:
    read = in_folder(files, damaged, lambda folder: _command(folder, damaged, arguments))
    return Target(name=f"others.command.{name}", seeds=(files[damaged],), read=read, documented=())


def _command(folder: Path, damaged: str, arguments: Sequence[str]) -> None:
    """One command, as a process of its own runs it; what it says goes nowhere."""
    os.environ["BRIDLE_CONFIG"] = str(folder / "configuration")
    case, name = folder / "case", damaged.removeprefix("case/")
    if name != "manifest.json" and (case / name).is_file():
        _told_in_the_manifest(case, name)
    places = {"case": case, "whole": folder / "whole", "folder": folder}
    with open(os.devnull, "w", encoding="utf-8") as nothing, redirect_stdout(nothing), redirect_stderr(nothing):
        try:
            bridle([a.format_map(places) for a in arguments])
        except SystemExit as e:
            assert e.code in _ENDS, f"ended with {e.code}"


def _told_in_the_manifest(case: Path, name: str) -> None:
    """As who wrote the file would tell it."""
    content, file = (case / name).read_bytes(), case / "manifest.json"
    manifest = json.loads(file.read_bytes())
    found = hashlib.sha256(content).hexdigest()
    manifest["files"][name] = {"content_sha256": found, "size": len(content), "stored_sha256": found}
    file.write_text(json.dumps(manifest), "utf-8")


def _case(folder: Path) -> None:
    """A small case as `check` leaves it, in plain text."""
    content = made_report.content(made_report.finding())
    tables = {
        "a.b.message": rows(Message, SMS, [{"locator": "message:7", "text": "see lure.example.org", "size": 3}]),
        "a.b.process": rows(Process, SMS, [{"locator": "1", "name": "bh"}]),
    }
    findings = b"".join(json.dumps(f).encode() + b"\n" for f in content.findings)
    files = {"summary.json": content.summary, "coverage.json": content.coverage}
    stored = {name: json.dumps(found).encode() for name, found in files.items()}
    meta = render_case_toml(
        {**content.meta, "case": {"schema": 1, "bridle": "0.1.0", "encrypted": False}, "consent": _CONSENT}
    ).encode()
    written(folder, None, tables, {**stored, "findings.jsonl": findings, "case.toml": meta})
    for name, schema in (("ledger", LEDGER), ("device", DEVICE)):
        pq.write_table(schema.empty_table(), folder / f"{name}.parquet")


_CONSENT = made_report.CONSENT | {
    "retention_until": "2999-12-31", "re_scan_until": "2999-12-31", "publish": True, "statistics": True,
}  # fmt: skip
_FORMS = {
    ".toml": b'[[finding]]\nid = "%s"\ndisposition = "benign"\nreason = "A newsletter."\n' % (b"f1" * 32),
    ".csv": b'id,disposition,reason\n%s,benign,"A newsletter, read."\n' % (b"f1" * 32),
}
