"""`bridle report`."""

from __future__ import annotations

from pathlib import Path

import click

from bridle.cli.opening import opened
from bridle.cli.terminal import fail

FORMATS = ("html", "csv", "jsonl", "stix")


@click.command(epilog="Example: bridle report case1 --format csv > findings.csv")
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--format", "form", default="html", show_default=True, type=click.Choice(FORMATS))
@click.option("-o", "out", type=click.Path(path_type=Path), help="A file to write; by default standard output.")
@click.option(
    "--identify", is_flag=True, help="Show name, number and serial of the device, which are masked otherwise."
)
def report(case: Path, form: str, out: Path | None, identify: bool) -> None:
    """Write a case's report, or export its findings.

    `stix` is made to be shared: it is refused for a case without a consent record, unless all of it is synthetic.
    """
    from bridle.case.consent import SharingRefusedError, may_share
    from bridle.report import export

    read = opened(case)
    if form == "stix":
        try:
            may_share(read.meta)
        except SharingRefusedError as e:
            fail(str(e))
    text = export.render(read, form, identify=identify)
    if out is None:
        click.echo(text, nl=False)
    elif out.exists():
        fail(f"{out} exists already; name a new file")
    else:
        out.write_text(text, "utf-8")
