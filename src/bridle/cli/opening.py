"""Opening a case for a command, with one clear line when it cannot be opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridle.cli.terminal import fail, one_line

if TYPE_CHECKING:
    from bridle.case.reader import Case


def require_case(path: Path) -> None:
    """Ends with exit code 2 where no case is, or none any more."""
    if (path / "manifest.json").is_file():
        return
    if (path / "withdrawn.json").is_file():
        fail(f"{path} was destroyed when its consent was withdrawn; withdrawn.json there says when")
    fail(f"{path} is not a case: it has no manifest.json. `bridle check SOURCE -o {path}` makes one.")


def opened(path: Path) -> Case:
    """The case at `path`. Ends with exit code 3 when it is locked or damaged, 2 when it is no case.

    A case that should have been destroyed by now is opened, and that is told on stderr.
    """
    from bridle.case.consent import overdue, today
    from bridle.case.damage import CaseDamagedError
    from bridle.case.keys import CaseLockedError
    from bridle.case.reader import open_case

    require_case(path)
    try:
        case = open_case(path)
        late = overdue(case.meta, today())
    except CaseLockedError as e:
        fail(str(e), 3)
    except CaseDamagedError:
        raise
    except (OSError, ValueError) as e:
        fail(f"the case cannot be read: {e}", 3)
    if late:
        click.echo(one_line(f"bridle: {path}: {late}"), err=True)
    return case
