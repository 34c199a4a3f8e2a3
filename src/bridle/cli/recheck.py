"""`bridle recheck`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.ending import answer
from bridle.cli.terminal import each_line, fail, say_json, talk, unwritten
from bridle.core import LEVELS, TLP

if TYPE_CHECKING:
    from bridle.engine.recheck import Rechecked

EXAMPLE = """
\b
Example: bridle recheck case1 -i new.stix2 -o case2

\b
Exit codes: 0 nothing new · 1 a new finding, or one whose level rose · 2 wrong use, or the consent does not
cover it · 3 the case cannot be read, or is not as its manifest says.
"""


@click.command(epilog=EXAMPLE)
@click.argument("case", type=click.Path(path_type=Path))
@click.option("-o", "out", required=True, type=click.Path(path_type=Path), help="The new case; must not exist.")
@click.option("-i", "indicators", multiple=True, metavar="FILE_OR_DIR",
              help="Indicator feeds instead of the stored ones; `-i stored` adds those. Repeatable.")  # fmt: skip
@click.option("--baseline", "baselines", multiple=True, metavar="DIR", type=click.Path(path_type=Path),
              help="Names of ordinary devices, as `bridle baseline build` writes them. Repeatable.")  # fmt: skip
@click.option("--consent", type=click.Path(path_type=Path), help="A new consent record, instead of the case's.")
@click.option(
    "--encrypt-to", multiple=True, metavar="RECIPIENT", help="Also lets this age recipient open the new case."
)
@click.option("--damaged", is_flag=True, help="Take a case that is not as its manifest says, as far as it is readable.")
@click.option("--fail-on", default="high", show_default=True, metavar="LEVEL", type=click.Choice(LEVELS),
              help="What the summary of the new case counts as alarming, as in `check`.")  # fmt: skip
@click.option("--audience", default="TLP:CLEAR", show_default=True, metavar="TLP", type=click.Choice(TLP),
              help="Whose eyes the outputs are for; indicators beyond it are masked.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the differences and the new summary as JSON.")
def recheck(case: Path, as_json: bool, **options: Any) -> None:
    """Examine a case again with other feeds and today's rules, from its stored records.

    The evidence is not needed. The result is a new case that names the one it comes from; findings are those that a
    fresh `check` of the same evidence would give. What was not examined then is not examined now.
    """
    from bridle.case.consent import ConsentError, ReScanRefusedError
    from bridle.case.keys import CaseLockedError, RecipientError
    from bridle.case.writer import CaseExistsError
    from bridle.engine.opening import NO_ROOM
    from bridle.engine.options import UsageError
    from bridle.engine.recheck import Again, DamagedError
    from bridle.engine.recheck import recheck as examine

    if not (case / "manifest.json").is_file():
        fail(f"{case} is not a case: it has no manifest.json. `bridle check SOURCE -o {case}` makes one.")
    bar = talk()
    try:
        done = examine(Again(case=case, **options), bar)
    except ReScanRefusedError as e:
        bar.close()
        fail(f"{case} is not examined again: {e}")
    except (UsageError, CaseExistsError, ConsentError, RecipientError) as e:
        bar.close()
        fail(str(e))
    except (DamagedError, CaseLockedError) as e:
        bar.close()
        fail(str(e), 3)
    except (OSError, ValueError, KeyError) as e:
        bar.close()
        if isinstance(e, OSError) and (e.errno in NO_ROOM or _is_of(options["out"], e)):
            fail(unwritten(options["out"], e))
        fail(f"the case cannot be read: {e}", 3)
    finally:
        bar.close()
    with answer(int(done.diff.has_new)):
        _say(done, options["out"], as_json)


def _is_of(out: Path, error: OSError) -> bool:
    """Whether it is the new case that cannot be written."""
    if error.filename is None:
        return False
    at = Path(os.fsdecode(error.filename))
    return at in out.parents or at.name.startswith(f".{out.name}.building")


def _say(done: Rechecked, out: Path, as_json: bool) -> None:
    from bridle.engine.diff import told

    if as_json:
        say_json({"findings": done.diff.as_dict(), "summary": done.summary, "new": done.diff.has_new})
        return
    lines = [*told(done.diff), f"Verdict    {done.summary['verdict']['text']}", f"Report     {out / 'report.html'}"]
    click.echo(each_line(lines))
