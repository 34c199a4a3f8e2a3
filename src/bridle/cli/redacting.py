"""`--redact`: a report without what tells of a person, and the map back, which is kept beside, encrypted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bridle.cli.terminal import fail

if TYPE_CHECKING:
    from bridle.report.content import Content
    from bridle.report.redaction import Tokens

NEEDED = (
    "a redacted file needs --redaction-map FILE: there the values behind the tokens are kept, encrypted to you."
    " Without it nobody could say later what a token stands for"
)


def redacted_content(content: Content, file: Path | None, *, keep_times: bool) -> tuple[Content, Tokens]:
    """The content redacted, with its tokens, which are afterwards in the map.

    Ends with exit code 2 for a file that is no map of this phone, or that the identity here does not open.
    """
    from bridle.case.keys import CaseLockedError
    from bridle.report.redaction import RedactionMapError, redacted
    from bridle.report.redaction_map import redacted_with_map

    if file is None:
        return redacted(content, keep_times=keep_times)
    try:
        return redacted_with_map(content, file, keep_times=keep_times)
    except (CaseLockedError, RedactionMapError) as e:
        fail(f"--redaction-map {file}: {e}")
