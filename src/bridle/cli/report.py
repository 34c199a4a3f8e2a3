"""`bridle report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridle.cli.opening import opened
from bridle.cli.terminal import fail, harmless
from bridle.report.exports import FORMS

if TYPE_CHECKING:
    from bridle.case.reader import Case
    from bridle.report.content import Content
    from bridle.report.details import Details
    from bridle.report.document import Document
    from bridle.report.words import Words

LANGUAGES = ("en", "ar", "es", "fr", "hi", "ru", "hu", "az", "pt")
_EXAMPLES = """\b
Examples:
  bridle report case1 --format csv > findings.csv
  bridle report --details-template person > details.toml
  bridle report case1 --for person --lang es --details details.toml --format pdf"""


def _print_template(ctx: click.Context, _: click.Parameter, audience: str | None) -> None:
    if audience is not None:
        from bridle.report.details import template

        click.echo(template(audience), nl=False)
        ctx.exit()


@click.command(epilog=_EXAMPLES)
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--for", "audience", default="analyst", show_default=True,
              type=click.Choice(("analyst", "person", "court")), help="Who reads it.")  # fmt: skip
@click.option("--format", "form", default="html", show_default=True, type=click.Choice(("html", "pdf", *FORMS)))
@click.option("--lang", "language", default="en", show_default=True, type=click.Choice(LANGUAGES),
              help="Of the reports for a person and a court.")  # fmt: skip
@click.option("--details", "details_file", type=click.Path(path_type=Path),
              help="What a report for a person or a court needs and no case holds, as TOML.")  # fmt: skip
@click.option("--details-template", type=click.Choice(("person", "court")), is_eager=True, expose_value=False,
              callback=_print_template, help="Print such a file to fill in, and end.")  # fmt: skip
@click.option("-o", "out", type=click.Path(path_type=Path, allow_dash=True),
              help="A file to write, or - for standard output, which is the default but for a person and a court:"
              " theirs go to a file with a neutral name.")  # fmt: skip
@click.option(
    "--identify", is_flag=True, help="Show name, number and serial of the device, which are masked otherwise."
)
def report(
    case: Path, audience: str, form: str, language: str, details_file: Path | None, out: Path | None, identify: bool
) -> None:
    """Write a case's report, or export its findings.

    The report for a person is one page in plain words, the one for a court is long; both say DRAFT until the case is
    signed off. A court's report, and forms that are made to be shared, are refused for a case without a consent record,
    unless all of it is synthetic.
    """
    from bridle.report.content import content_of

    if audience != "analyst" and form not in ("html", "pdf"):
        fail(f"the report for a {audience} is html or pdf; leave out --for to export findings as {form}")
    if audience == "analyst" and form == "pdf":
        fail("the analyst's report is html; print it from a browser, or use --for court")
    read = opened(case)
    if audience == "court" or (form in FORMS and FORMS[form].shared):
        _may_share(read)
    if audience != "analyst":
        made = _for_people(read, content_of(read, identify=identify), audience, language, details_file, form)
        _written(made, out or Path(f"{_file_name(audience)}.{form}"), told=out is None)
        return
    if form == "html" and not identify:
        made = (case / "report.html").read_bytes()
    elif form == "html":
        from bridle.report import html

        made = html.render(content_of(read, identify=True)).encode()
    else:
        made = FORMS[form].render(content_of(read, identify=identify))
    _written(made, out)


def _may_share(read: Case) -> None:
    from bridle.case.consent import SharingRefusedError, may_share_with, today

    try:
        may_share_with(read.meta, None, today())
    except SharingRefusedError as e:
        fail(str(e))


def _file_name(audience: str) -> str:
    from bridle.report import court, person

    return person.FILE_NAME if audience == "person" else court.FILE_NAME


def _for_people(
    read: Case, content: Content, audience: str, language: str, details_file: Path | None, form: str
) -> bytes:
    from bridle.report import details
    from bridle.report.words import Words

    if details_file is None:
        fail(f"a report for a {audience} needs --details FILE.toml; `bridle report --details-template {audience}`"
             " prints one to fill in")  # fmt: skip
    try:
        given = details.load(details_file, audience)
        document = _document(read, content, audience, given, Words(language))
    except details.DetailsError as e:
        fail(str(e))
    return _made(document, form)


def _document(read: Case, content: Content, audience: str, given: Details, words: Words) -> Document:
    """Ends with exit code 3 for a case whose chains cannot be read."""
    from bridle.case import logs, signoff
    from bridle.case.manifest import digest
    from bridle.report import court, person

    try:
        number, sign_off, log = digest(read.path), signoff.state(read.path), logs.read(read.path, logs.CUSTODY)
    except (OSError, ValueError) as e:
        fail(f"the case cannot be read: {e}", 3)
    if not sign_off.complete:
        why = "; ".join(sign_off.problems)
        click.echo(f"bridle: marked as a DRAFT: {harmless(why)}. `bridle sign-off` enters what is missing.", err=True)
    if audience == "court":
        beside = court.Custody(manifest_sha256=number, log=log, sign_off=sign_off)
        return court.document(content, given, words, beside)
    held = sign_off.dispositions if sign_off.complete else None
    return person.document(content, given, words, reference=number[:8], held=held)


def _made(document: Document, form: str) -> bytes:
    if form == "html":
        from bridle.report.document import render_html

        return render_html(document).encode()
    from bridle.report import pdf

    try:
        return pdf.render(document)
    except ImportError:
        fail("PDF needs an extra: pip install bridle[pdf]; or use --format html and print it")
    except pdf.PdfError as e:
        fail(f"{e}; use --format html and print it", 3)


def _written(made: bytes, out: Path | None, *, told: bool = False) -> None:
    if out is None or str(out) == "-":
        click.echo(made, nl=False)
        return
    try:
        with out.open("xb") as file:
            file.write(made)
    except FileExistsError:
        fail(f"{out} exists already; name a new file")
    except OSError as e:
        fail(f"{out} cannot be written: {e.strerror}")
    if told:
        click.echo(f"Written: {out}", err=True)
