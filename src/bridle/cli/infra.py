"""`bridle infra`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.further import FurtherGroup
from bridle.cli.terminal import fail, one_line, say_json, talk
from bridle.core import TLP

if TYPE_CHECKING:
    from bridle.infra.importing import Imported

_FORMS = ("feed", "pairs", "warning-list", "passive-dns", "certificates", "transparency", "registrations", "scan")
_FURTHER = ("bridle.cli.infra_exchange", "bridle.cli.infra_inference")
"""Modules with further commands, each in its `COMMANDS`."""
_BASE = click.option("--base", "folder", required=True, metavar="DIR", type=click.Path(path_type=Path),
                     help="The folder of the knowledge base.")  # fmt: skip
_JSON = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")


@click.group(cls=FurtherGroup, further=_FURTHER)
def infra() -> None:
    """What sources say of infrastructure: keep it with its lineage, compare it, convert it, match it.

    Everything works on files that you have. No command here opens a connection.
    """


@infra.command("import", epilog="""
\b
Example: bridle infra import v4_domains.txt --base base --source "Amnesty International" --vendor "NSO Group"

\b
Exit codes: 0 all imported · 1 some rows were not understood · 2 wrong use · 3 a file could not be read at all.
""")  # fmt: skip
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@_BASE
@click.option("--source", metavar="NAME", help="Who published the files; by default each file's name and folder.")
@click.option("--as", "form", type=click.Choice(_FORMS), help="What the files are; by default told by their content.")
@click.option("--list", "list_name", metavar="NAME", help="The list that a file is a copy of; by default its folder "
              "and name. What a newer copy leaves out is taken back.")  # fmt: skip
@click.option(
    "--accept-shrunk", "may_shrink", is_flag=True, help="Take a copy of a list that lacks most of its values."
)
@click.option("--says", type=click.Choice(("attacker", "observed", "benign")), help="What the files say of values.")
@click.option("--vendor", metavar="NAME", help="Whose infrastructure the source says it is; so the next options.")
@click.option("--product", metavar="NAME")
@click.option("--generation", metavar="NAME", help="Such as v3.")
@click.option("--campaign", metavar="NAME")
@click.option("--operator", metavar="NAME")
@click.option("--country", metavar="NAME")
@click.option("--reference", metavar="URL", help="The report.")
@click.option("--confidence", type=click.IntRange(0, 100))
@click.option("--tlp", type=click.Choice(TLP))
@click.option("--observed", nargs=2, metavar="FIRST LAST", help="When the values were in use, as dates.")
@_JSON
def import_(
    files: tuple[Path, ...], folder: Path, as_json: bool, observed: tuple[str, str] | None, **options: Any
) -> None:
    """Import FILES, or what is in folders, into the knowledge base; each in one step, each row with its place.

    Read are feeds of indicators (STIX, MISP, CSV, lists, hosts files, Suricata, Maltrail, RPZ), domains with addresses,
    passive DNS (COF), certificates (PEM, DER, crt.sh, Cert Spotter), registrations (RDAP, WHOIS as JSON), scan exports
    (Censys, Shodan, zgrab) and MISP's warning lists; also as .gz. To import a file again changes nothing.
    """
    from bridle.infra.importing import Said, import_files
    from bridle.infra.schema import BaseError

    named = {k: options.pop(k) for k in ("source", "form", "list_name", "says", "may_shrink")}
    said = Said(**named, about={k: v for k, v in (options | _observed(observed)).items() if v is not None})
    bar = talk()
    done = []
    try:
        for found in import_files(files, folder, said):
            bar.stage(f"imported {found.file}")
            done.append(found)
    except BaseError as e:
        bar.close()
        fail(str(e))
    bar.close()
    if as_json:
        say_json([asdict(d) for d in done])
    else:
        _tell(done)
    raise SystemExit(3 if any(d.state == "refused" for d in done) else int(any(d.warnings for d in done)))


def _observed(given: tuple[str, str] | None) -> dict[str, str | None]:
    from bridle.infra.taking import moment

    if not given:
        return {}
    times = [moment(text) for text in given]
    if None in times:
        fail(f"--observed: expected two dates such as 2018-01-31, got {' '.join(given)!r:.60}")
    return {"observed_first": times[0], "observed_last": times[1]}


def _tell(done: Sequence[Imported]) -> None:
    """What became of the files, problems on stderr."""
    for d in done:
        for p in d.problems:
            click.echo(one_line(f"{d.list_name}: {p.locator}: {p.severity}: {p.reason}"), err=True)
    for d in done:
        counted = f"{d.claims:,} claims, {d.relations:,} relations, {d.facts:,} facts; {d.known:,} known already"
        back = f", {d.retracted:,} taken back" if d.retracted else ""
        warned = f", {d.warnings:,} not understood" if d.warnings else ""
        told = {"unchanged": "unchanged since it was imported", "refused": f"not imported: {d.reason}"}
        click.echo(one_line(f"{d.list_name}  {d.form}  " + told.get(d.state, counted + back + warned)))
    states = Counter(d.state for d in done)
    click.echo(", ".join(f"{n:,} {state}" for state, n in sorted(states.items())) or "No files.", err=True)


@infra.command(epilog="""
\b
Example: bridle infra show lure.example --base base

\b
Exit codes: 0 found · 1 nothing is known of it · 2 wrong use.
""")  # fmt: skip
@click.argument("value")
@_BASE
@click.option("--known-at", metavar="TIME", help="What the base said then; ISO 8601.")
@_JSON
def show(value: str, folder: Path, known_at: str | None, as_json: bool) -> None:
    """What sources say of one VALUE, each row with its file and place, and what they took back."""
    from bridle.infra.base import BaseError, read
    from bridle.infra.lineage import lineages
    from bridle.infra.taking import moment

    then = moment(known_at) if known_at else None
    if known_at and then is None:
        fail(f"--known-at: expected a time such as 2026-01-31T12:00:00Z, got {known_at!r:.40}")
    try:
        with read(folder) as base:
            found = lineages(base, value, then)
    except BaseError as e:
        fail(str(e))
    if as_json:
        say_json([x.as_json() for x in found])
    for x in found if not as_json else ():
        click.echo(one_line(f"{x.value.kind}  {x.value.value}"))
        for c in (*x.claims, *x.retracted):
            about = [c.vendor, c.product, c.generation, c.campaign, c.operator, c.country]
            back = f", taken back {c.recorded_to}" if c.recorded_to else ""
            told = f"{c.says}: " + (", ".join(a for a in about if a) or "no more")
            click.echo(one_line(f"  {c.source}  {told}  ({c.list_name}, {c.locator}; {c.recorded_from}{back})"))
        for r in x.relations:
            when = f", {r.first or '?'} to {r.last or '?'}" if r.first or r.last else ""
            click.echo(one_line(f"  {r.one.value} {r.type} {r.other.value}  ({r.list_name}, {r.locator}{when})"))
        for f in x.facts:
            click.echo(one_line(f"  {f.name}: {f.text}  ({f.list_name}, {f.locator})"))
    if not found:
        fail(f"the base says nothing of {value!r:.80}", 1)


@infra.command(epilog="""
\b
Example: bridle infra conflicts --base base --sort vendor

\b
Exit codes: 0 none · 1 some · 2 wrong use. `alone` is no contradiction, and is 0.
""")  # fmt: skip
@_BASE
@click.option("--sort", "sorts", multiple=True, type=click.Choice(("vendor", "generation", "benign", "alone")),
              help="Only this sort; repeatable.")  # fmt: skip
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=0), help="Shown of each sort.")
@_JSON
def conflicts(folder: Path, sorts: tuple[str, ...], limit: int, as_json: bool) -> None:
    """What sources disagree on: whose a value is, of which generation, whether it is an attacker's at all.

    `alone` lists what one source says where another lists the same maker's infrastructure and does not have it.
    --limit does not cut JSON.
    """
    from bridle.infra.base import BaseError, read
    from bridle.infra.conflicts import SORTS
    from bridle.infra.conflicts import conflicts as found

    counts: Counter[str] = Counter()
    out = []
    try:
        with read(folder) as base:
            for c in found(base, sorts or SORTS):
                counts[c.sort] += 1
                if as_json:
                    out.append(asdict(c))
                elif counts[c.sort] <= limit:
                    told = "; ".join(f"{s.source}: {s.says} ({s.list_name}, {s.locator})" for s in c.sides)
                    click.echo(one_line(f"{c.sort:10} {c.kind}  {c.value}  {told}"))
    except BaseError as e:
        fail(str(e))
    if as_json:
        say_json(out)
    click.echo(", ".join(f"{counts[s]:,} {s}" for s in sorts or SORTS), err=True)
    raise SystemExit(int(any(n for sort, n in counts.items() if sort != "alone")))
