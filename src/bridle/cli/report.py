"""`bridle report`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.classes import dataclass
from bridle.cli.opening import opened
from bridle.cli.redacting import NEEDED, keep_map, redacted_content
from bridle.cli.terminal import fail, one_line
from bridle.report.exports import FORMS

if TYPE_CHECKING:
    from bridle.case.reader import Case
    from bridle.case.signoff import SignOff
    from bridle.report.content import Content
    from bridle.report.details import Details
    from bridle.report.document import Document
    from bridle.report.redaction import Tokens
    from bridle.report.words import Words

LANGUAGES = ("en", "ar", "es", "fr", "hi", "ru", "hu", "az", "pt")
_EXAMPLES = """\b
Examples:
  bridle report case1 --format csv > findings.csv
  bridle report --details-template person > details.toml
  bridle report case1 --format jsonl --redact --redaction-map case1.map -o findings.jsonl
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
@click.option("--redact", is_flag=True, help="Replace what tells of a person by tokens, and times by their day.")
@click.option("--redaction-map", "map_file", type=click.Path(path_type=Path),
              help="Where the values behind the tokens are kept, encrypted to your identity; a map that is there"
              " already gives the same tokens again.")  # fmt: skip
@click.option("--keep-times", is_flag=True, help="With --redact: times as they are.")
def report(case: Path, audience: str, form: str, out: Path | None, **options: Any) -> None:
    """Write a case's report, or export its findings.

    The report for a person is one page in plain words, the one for a court is long; both say DRAFT until the case is
    signed off. A court's report, and forms that are made to be shared, are refused for a case without a consent record,
    unless all of it is synthetic.

    With --redact, what tells of a person is replaced by tokens. Read what you share before you share it.
    """
    asked = Asked(audience=audience, form=form, **options)
    if audience != "analyst":
        out, told = out or Path(f"{_file_name(audience)}.{form}"), out is None
    else:
        told = False
    to_file = out is not None and str(out) != "-"
    _refuse(asked, to_file=to_file)
    read = opened(case)
    if audience == "court" or (form in FORMS and FORMS[form].shared):
        _may_share(read)
    content, tokens = _content(read, asked)
    made = _made(read, content, tokens, asked)
    if asked.map_file is not None and tokens is not None:
        keep_map(tokens, asked.map_file)
    _written(made, out if to_file else None, told=told)
    _entered(case, made, asked)


def _entered(case: Path, made: bytes, asked: Asked) -> None:
    """In the custody log, so that a withdrawal finds what was written; a case that is only read is told."""
    from bridle.case.custody import output, recorded

    event = output("report", made, format=asked.form, audience=asked.audience, redacted=asked.redact)
    if why := recorded(case, event):
        click.echo(f"bridle: {one_line(why)}", err=True)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked for."""

    audience: str
    form: str
    language: str
    details_file: Path | None
    identify: bool
    redact: bool
    map_file: Path | None
    keep_times: bool


def _refuse(asked: Asked, *, to_file: bool) -> None:
    """Ends with exit code 2 for what does not go together."""
    audience, form = asked.audience, asked.form
    if audience != "analyst" and form not in ("html", "pdf"):
        fail(f"the report for a {audience} is html or pdf; leave out --for to export findings as {form}")
    if audience == "analyst" and form == "pdf":
        fail("the analyst's report is html; print it from a browser, or use --for court")
    if form in FORMS and FORMS[form].binary and not to_file and sys.stdout.isatty():
        fail(f"{form} is not text; name a file with -o FILE{FORMS[form].suffix}")
    if audience == "person" and asked.redact:
        fail("the page for a person names nobody but them and those they may call; leave out --redact")
    if asked.redact and asked.identify:
        fail("--redact hides whose device it is and --identify shows it; choose one")
    if asked.redact and to_file and asked.map_file is None:
        fail(NEEDED)
    if (asked.map_file is not None or asked.keep_times) and not asked.redact:
        fail("--redaction-map and --keep-times are for --redact; add that, or leave them out")


def _content(read: Case, asked: Asked) -> tuple[Content, Tokens | None]:
    """What the report is made of; with the tokens if it is redacted. Ends with exit code 3 for a damaged case."""
    from bridle.case.damage import CaseDamagedError
    from bridle.report.content import content_of

    read.whole_meta()
    try:
        content = content_of(read, identify=asked.identify)
    except CaseDamagedError:
        raise
    except (OSError, ValueError) as e:
        fail(f"the case cannot be read: {e}", 3)
    return redacted_content(content, asked.map_file, keep_times=asked.keep_times) if asked.redact else (content, None)


def _made(read: Case, content: Content, tokens: Tokens | None, asked: Asked) -> bytes:
    if asked.audience != "analyst":
        return _for_people(read, content, tokens, asked)
    if asked.form in FORMS:
        return FORMS[asked.form].render(content)
    if not asked.identify and not asked.redact:
        from bridle.case.damage import reading

        with reading(read.path, "report.html"):
            return (read.path / "report.html").read_bytes()
    from bridle.report import html

    return html.render(content).encode()


def _may_share(read: Case) -> None:
    from bridle.case.consent import SharingRefusedError, may_share_with, today

    try:
        may_share_with(read.meta, None, today())
    except SharingRefusedError as e:
        fail(str(e))


def _file_name(audience: str) -> str:
    from bridle.report import court, person

    return person.FILE_NAME if audience == "person" else court.FILE_NAME


def _for_people(read: Case, content: Content, tokens: Tokens | None, asked: Asked) -> bytes:
    from bridle.report import details
    from bridle.report.words import Words

    if asked.details_file is None:
        fail(f"a report for a {asked.audience} needs --details FILE.toml;"
             f" `bridle report --details-template {asked.audience}` prints one to fill in")  # fmt: skip
    try:
        given = details.load(asked.details_file, asked.audience)
        words = Words(asked.language)
        if asked.audience == "court":
            document = _for_court(read, content, tokens, given, words)
        else:
            document = _for_person(read, content, given, words)
    except details.DetailsError as e:
        fail(str(e))
    return _drawn(document, asked.form)


def _for_court(read: Case, content: Content, tokens: Tokens | None, given: Details, words: Words) -> Document:
    from bridle.case import logs
    from bridle.case.verify import verify
    from bridle.report import court

    number, sign_off = _signed(read)
    try:
        log, checked = logs.read(read.path, logs.CUSTODY), verify(read.path)
    except (OSError, ValueError) as e:
        fail(f"the case cannot be read: {e}", 3)
    if checked.differences:
        click.echo("bridle: the case is not as it was written, and the report says so; `bridle verify` tells how",
                   err=True)  # fmt: skip
    beside = court.custody_of(checked, number, log, sign_off)
    return court.document(content, given, words, beside if tokens is None else court.redacted(beside, tokens))


def _for_person(read: Case, content: Content, given: Details, words: Words) -> Document:
    from bridle.report import person

    number, sign_off = _signed(read)
    held = sign_off.dispositions if sign_off.complete else None
    return person.document(content, given, words, reference=number[:8], held=held)


def _signed(read: Case) -> tuple[str, SignOff]:
    """The digest of the manifest and the sign-off. Ends with exit code 3 for a case whose chains cannot be read."""
    from bridle.case import signoff
    from bridle.case.manifest import digest

    try:
        number, sign_off = digest(read.path), signoff.state(read.path)
    except (OSError, ValueError) as e:
        fail(f"the case cannot be read: {e}", 3)
    if not sign_off.complete:
        why = "; ".join(sign_off.problems)
        click.echo(f"bridle: marked as a DRAFT: {one_line(why)}. `bridle sign-off` enters what is missing.", err=True)
    return number, sign_off


def _drawn(document: Document, form: str) -> bytes:
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
    if told:
        click.echo(one_line(f"Written: {out}"), err=True)
