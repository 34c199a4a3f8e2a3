"""`--limit`: bounds that a user moves, of every command that examines evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from bridle.cli.terminal import fail

if TYPE_CHECKING:
    from bridle.engine.bounds import Moved

LIMIT = click.option(
    "--limit", "moved", multiple=True, metavar="NAME=NUMBER",
    help="Move a bound, such as `unpacked=2TiB`: members, unpacked, file, ratio, folders, parser-memory,"
    " parser-seconds, parser-cpu. Repeatable.",
)  # fmt: skip


def moved_by(texts: Sequence[str]) -> Moved:
    """The bounds with those moved that were given. Ends with exit code 2 where a text names none."""
    from bridle.engine.bounds import given
    from bridle.engine.options import UsageError

    try:
        return given(texts)
    except UsageError as e:
        fail(str(e), 2)
