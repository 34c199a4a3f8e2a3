"""`--redact`: a report without what tells of a person, and the map back, which is written beside, encrypted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bridle.cli.terminal import fail

if TYPE_CHECKING:
    from bridle.report.content import Content
    from bridle.report.redaction import Tokens

_LARGEST = 256 << 20
NEEDED = (
    "a redacted file needs --redaction-map FILE: there the values behind the tokens are kept, encrypted to you."
    " Without it nobody could say later what a token stands for"
)


def redacted_content(content: Content, file: Path | None, *, keep_times: bool = False) -> tuple[Content, Tokens]:
    """The content redacted, with the tokens of the map where there is one already.

    Ends with exit code 2 for a file that is no map that the identity here opens, or one of another phone.
    """
    from bridle.report.redaction import RedactionMapError, redacted

    tokens = None if file is None or not file.exists() else _known(file)
    try:
        return redacted(content, tokens, keep_times=keep_times)
    except RedactionMapError as e:
        fail(f"--redaction-map {file}: {e}")


def _known(file: Path) -> Tokens:
    from bridle.case.keys import CaseLockedError, identity
    from bridle.report.redaction import RedactionMapError, Tokens

    try:
        with file.open("rb") as stored:
            return Tokens.decrypted(stored.read(_LARGEST + 1), list(identity(create=False).keys()))
    except OSError as e:
        fail(f"--redaction-map {file}: it cannot be read: {e.strerror}")
    except (CaseLockedError, RedactionMapError) as e:
        fail(f"--redaction-map {file}: {e}")


def keep_map(tokens: Tokens, file: Path) -> None:
    """Write the map, encrypted to the identity here; in one step, so that an older map is never lost.

    Ends with exit code 2 where it cannot be written.
    """
    from bridle.case.keys import CaseLockedError, own_recipient

    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as written:
                written.write(tokens.encrypted([own_recipient()]))
                written.flush()
                os.fsync(written.fileno())
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
    except CaseLockedError as e:
        fail(str(e))
    except OSError as e:
        fail(f"{file} cannot be written: {e.strerror}")
