"""Canaries in the files of synthetic phones: in clear stands none that no finding cites, and redacted none at all."""

from __future__ import annotations

import re

import pyrage
import pytest
from click.testing import CliRunner

from bridle.case.reader import Case, open_case
from bridle.cli import bridle
from bridle.report import html
from bridle.report.content import content_of
from bridle.report.exports import FORMS
from bridle.report.redaction import redacted
from reliability.planting import Planter

_FOUND = re.compile(r"canary[0-9]+x", re.IGNORECASE)
_LEAST = {"ios-file-system": 300, "androidqf": 500}
"""Canaries that are read into each phone's tables, at least."""


class _Canaries(Planter):
    """Puts a canary into every text that it is given."""

    def __init__(self) -> None:
        self.count = 0

    def mark(self, text: str) -> str:
        self.count += 1
        return f"{text} canary{self.count}x"

    def in_database(self, table: str, column: str, text: str) -> str | None:
        """Within an address, not behind it."""
        if " " not in text and "://" not in text:
            return None
        if not text.startswith("http"):
            return self.mark(text)
        self.count += 1
        return f"{text}/canary{self.count}x"


def run(*arguments: object) -> str:
    done = CliRunner().invoke(bridle, list(map(str, arguments)))
    assert done.exit_code in (0, 1, 3, 4), done.output
    return done.output


def canaries(text: str) -> set[str]:
    return {m[0].lower() for m in _FOUND.finditer(text)}


@pytest.fixture(scope="module", params=list(_LEAST))
def examined(request, tmp_path_factory) -> tuple[str, Case, str, str]:
    """The kind of phone, its case, what the examination said, and what the report gave and said redacted."""
    folder = tmp_path_factory.mktemp("planted")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BRIDLE_CONFIG", str(folder / "config"))
        patched.setenv("BRIDLE_DATA", str(folder / "data"))
        run("phantom", "device", "--kind", request.param, "--state", "infected", folder / "phone")
        run("phantom", "feed", folder / "feed.stix2")
        _Canaries().everywhere(folder / "phone")
        said = run("check", folder / "phone", "-o", folder / "case", "-i", folder / "feed.stix2", "--jobs", "2")
        asked = ("--format", "timesketch", "--redact", "--redaction-map", folder / "map", "-o", folder / "shared")
        printed = run("report", folder / "case", *asked)
        printed += run("report", folder / "case", "--format", "jsonl", "--redact")
        return request.param, open_case(folder / "case"), said, printed + (folder / "shared").read_text("utf-8")


def in_tables(case: Case) -> set[str]:
    """Every canary that was read."""
    return {c for name in case.tables() for batch in case.batches(name) for c in canaries(str(batch.to_pydict()))}


def test_only_cited_canaries_are_in_clear(examined: tuple[str, Case, str, str]) -> None:
    kind, case, said, _ = examined
    read = in_tables(case)
    assert len(read) >= _LEAST[kind]
    findings = (case.path / "findings.jsonl").read_text("utf-8")
    cited = canaries(findings)
    assert cited < read
    clear = {p.name: p.read_bytes().decode("latin-1") for p in case.path.rglob("*") if p.is_file()}
    clear["what check said"] = said
    clear |= {form: FORMS[form].render(content_of(case)).decode("latin-1") for form in FORMS}
    assert {name: canaries(text) - cited for name, text in clear.items() if canaries(text) - cited} == {}


def test_no_canary_is_in_what_is_shared_redacted(examined: tuple[str, Case, str, str]) -> None:
    _, case, _, given = examined
    content = content_of(case)
    assert len(content.findings) >= 20
    shared, tokens = redacted(content)
    made = {form: FORMS[form].render(shared).decode("latin-1") for form in FORMS}
    made["html"] = html.render(shared)
    made |= {"content": str(shared), "what report gave": given}
    assert "[text " in given
    made["map"] = tokens.encrypted([str(pyrage.x25519.Identity.generate().to_public())]).decode("latin-1")
    assert {name: canaries(text) for name, text in made.items() if canaries(text)} == {}


ORDINARY = {
    "NEVPNProtocolIKEv2", "com.apple.vpn.managed", "activity", "classes.dex", "files.json", "packages.json",
    "processes.json", "synthetic",
}  # fmt: skip
"""Words of systems and of tools, which rules, patterns of paths and bridle itself have too."""
PERSONAL = {"phone-number", "account", "email", "text", "url", "file-name"}


def test_nothing_that_people_wrote_or_called_is_in_what_is_shared_redacted(
    examined: tuple[str, Case, str, str],
) -> None:
    """Every number, account, text and address that any record of the phone holds, but the published ones."""
    _, case, _, _ = examined
    content = content_of(case)
    shared, _ = redacted(content)
    published = {f["indicator"]["value"] for f in content.findings if f["indicator"]}
    values = {v for v in personal(case) if len(v) >= 8 and not any(p in v or v in p for p in published)}
    assert len(values) > 100
    made = "\n".join(FORMS[form].render(shared).decode() for form in FORMS if not FORMS[form].binary)
    assert sorted(v for v in values - ORDINARY if v in made) == []


def personal(case: Case) -> set[str]:
    """The texts of fields that hold what a person wrote, called or opened."""
    found: set[str] = set()
    for name, schema in case.tables().items():
        columns = [f.name for f in schema if (f.metadata or {}).get(b"kind", b"").decode() in PERSONAL]
        for batch in case.batches(name, columns) if columns else ():
            for column in batch.to_pydict().values():
                for value in column:
                    found.update(value if isinstance(value, list) else [value] if value else [])
    return found
