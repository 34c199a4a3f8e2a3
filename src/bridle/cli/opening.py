"""Opening a case for a command, with one clear line when it cannot be opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bridle.cli.terminal import fail

if TYPE_CHECKING:
    from bridle.case.reader import Case


def opened(path: Path) -> Case:
    """The case at `path`. Ends with exit code 3 when it is locked or damaged, 2 when it is no case."""
    from bridle.case.keys import CaseLockedError
    from bridle.case.reader import open_case

    if not (path / "manifest.json").is_file():
        fail(f"{path} is not a case: it has no manifest.json. `bridle check SOURCE -o {path}` makes one.")
    try:
        return open_case(path)
    except CaseLockedError as e:
        fail(str(e), 3)
    except (OSError, ValueError) as e:
        fail(f"the case cannot be read: {e}", 3)
