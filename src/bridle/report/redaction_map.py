"""Redacting with the map in a file: opened where it is there, written where tokens were added, always encrypted."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bridle.case.keys import Ask, identity, own_recipient
from bridle.report.content import Content
from bridle.report.redaction import RedactionMapError, Tokens, redacted

_LARGEST = 256 << 20


def redacted_with_map(
    content: Content, file: Path, *, keep_times: bool = False, recipients: Sequence[str] = (), ask: Ask | None = None
) -> tuple[Content, Tokens]:
    """Redacted content, and its tokens, which are afterwards in `file`: an age file of the analyst and `recipients`.

    A map that is there is opened with the analyst's identity and used again, so that equal values have equal tokens in
    all that is shared of one phone. Raises RedactionMapError, for a map of another phone too, and CaseLockedError.
    """
    of = _phone(content.meta)
    tokens = _opened(file, of, ask) if file.exists() else Tokens(of=of)
    before = len(tokens.originals)
    made, tokens = redacted(content, tokens, keep_times=keep_times)
    if len(tokens.originals) != before or not file.exists():
        _write(file, tokens.encrypted(list(dict.fromkeys([own_recipient(), *recipients]))))
    return made, tokens


def _phone(meta: Mapping[str, Any]) -> str:
    """Which acquisitions a map is for; a case that is examined again keeps its sources."""
    digests = sorted(str(s.get("digest")) for s in meta.get("sources", ()))
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _opened(file: Path, of: str, ask: Ask | None) -> Tokens:
    try:
        with file.open("rb") as stored:
            tokens = Tokens.decrypted(stored.read(_LARGEST + 1), identity(create=False, ask=ask).keys())
    except OSError as e:
        raise RedactionMapError(f"{file} cannot be read: {e.strerror}") from None
    if tokens.of != of:
        raise RedactionMapError(f"{file} is the redaction map of other acquisitions; name a new file")
    return tokens


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all, for its owner alone."""
    try:
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".redaction-")
        try:
            with os.fdopen(descriptor, "wb") as made:
                made.write(content)
                made.flush()
                os.fsync(made.fileno())
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as e:
        raise RedactionMapError(f"{file} cannot be written: {e.strerror}") from None
