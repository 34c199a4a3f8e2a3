"""`bridle report`."""

from __future__ import annotations

from pathlib import Path

import click

from bridle.cli.opening import opened
from bridle.cli.terminal import fail
from bridle.report.exports import FORMS


@click.command(epilog="Example: bridle report case1 --format csv > findings.csv")
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--format", "form", default="html", show_default=True, type=click.Choice(("html", *FORMS)))
@click.option("-o", "out", type=click.Path(path_type=Path), help="A file to write; by default standard output.")
@click.option(
    "--identify", is_flag=True, help="Show name, number and serial of the device, which are masked otherwise."
)
def report(case: Path, form: str, out: Path | None, identify: bool) -> None:
    """Write a case's report, or export its findings.

    `stix` is made to be shared: it is refused for a case without a consent record, unless all of it is synthetic.
    """
    from bridle.case.consent import SharingRefusedError, may_share
    from bridle.report.content import content_of

    read = opened(case)
    if form in FORMS and FORMS[form].shared:
        try:
            may_share(read.meta)
        except SharingRefusedError as e:
            fail(str(e))
    if form == "html" and not identify:
        made = (case / "report.html").read_bytes()
    elif form == "html":
        from bridle.report import html

        made = html.render(content_of(read, identify=True)).encode()
    else:
        made = FORMS[form].render(content_of(read, identify=identify))
    _written(made, out)


def _written(made: bytes, out: Path | None) -> None:
    if out is None:
        click.echo(made, nl=False)
        return
    try:
        with out.open("xb") as file:
            file.write(made)
    except FileExistsError:
        fail(f"{out} exists already; name a new file")
    except OSError as e:
        fail(f"{out} cannot be written: {e.strerror}")
