"""The map of a redaction in a file: encrypted, used again, of one phone alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from bridle.case.keys import identity
from bridle.report.redaction import RedactionMapError, Tokens
from bridle.report.redaction_map import redacted_with_map
from made_content import content, finding, row


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))


def test_a_second_export_has_the_tokens_of_the_first(tmp_path: Path) -> None:
    file = tmp_path / "map.age"
    once, tokens = redacted_with_map(content([finding()]), file)
    stored = file.read_bytes()
    assert stored.startswith(b"age-encryption.org/v1")
    assert file.stat().st_mode & 0o777 == 0o600
    again, _ = redacted_with_map(content([finding()]), file)
    assert again == once
    assert file.read_bytes() == stored
    more, _ = redacted_with_map(content([finding(), finding(id="f2", evidence=[row(values={"text": "new"})])]), file)
    assert more.findings[0] == once.findings[0]
    kept = Tokens.decrypted(file.read_bytes(), identity().keys())
    assert tokens.originals.items() < kept.originals.items()
    assert "new" in kept.originals.values()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_map_of_another_phone_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "map.age"
    redacted_with_map(content([finding()]), file)
    other = content([finding()])
    meta = dict(other.meta) | {"sources": [dict(other.meta["sources"][0]) | {"digest": "99" * 32}]}
    with pytest.raises(RedactionMapError, match="of other acquisitions; name a new file"):
        redacted_with_map(replace(other, meta=meta), file)


def test_whoever_it_is_encrypted_to_reads_it(tmp_path: Path) -> None:
    colleague = pyrage.x25519.Identity.generate()
    file = tmp_path / "map.age"
    _, tokens = redacted_with_map(content([finding()]), file, recipients=[str(colleague.to_public())])
    assert Tokens.decrypted(file.read_bytes(), [colleague]) == tokens


def test_what_is_no_map_is_said(tmp_path: Path) -> None:
    file = tmp_path / "map.age"
    file.write_bytes(b"hello")
    identity()
    with pytest.raises(RedactionMapError, match="no identity here opens the redaction map"):
        redacted_with_map(content([finding()]), file)
    with pytest.raises(RedactionMapError, match="cannot be written"):
        redacted_with_map(content([finding()]), tmp_path / "absent" / "map.age")
