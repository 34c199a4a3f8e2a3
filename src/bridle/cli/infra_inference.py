"""What `bridle infra` infers from a base: generations, themes, operators, and the report of all three."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridle.cli.terminal import each_line, fail, one_line, say_json
from bridle.core import TLP

if TYPE_CHECKING:
    from bridle.infra.base import Base
    from bridle.infra.cluster import Cluster
    from bridle.infra.generations import Evaluation, Labels
    from bridle.infra.themes import Theme

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
base_option = click.option("--base", "place", required=True, type=FOLDER, help="The folder of the knowledge base.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")

GENERATIONS = """
\b
Example:
  bridle infra import v3_domains.txt --vendor Pegasus --generation v3 --base known
  bridle infra generations --base known
  bridle infra generations --base known --evaluate
"""

THEMES = """
\b
Example:
  bridle infra themes --base known --sites test-lists/lists
"""

CLUSTER = """
\b
Example:
  bridle infra import certificates.json passive-dns.json warninglists/ --base known
  bridle infra cluster --base known
"""

REPORT = """
\b
Example:
  bridle infra report --base known --sites test-lists/lists -o infrastructure.html
"""


@contextmanager
def opened(place: Path, audience: str | None = None) -> Iterator[Base]:
    """The base in a folder; what is wrong with it, or cannot be inferred from it, ends the command with one line."""
    from bridle.infra.base import BaseError, read
    from bridle.infra.generations import InferenceError

    try:
        with read(place, audience) as base:
            yield base
    except (BaseError, InferenceError) as e:
        fail(str(e))


def say(lines: list[str]) -> None:
    """Lines on stdout, with what was read made harmless."""
    click.echo(each_line(lines))


@click.command(epilog=GENERATIONS)
@base_option
@click.option("--vendor", help="Whose domains; without it the vendor with the most domains of a known generation.")
@click.option(
    "--keep",
    default=0.82,
    show_default=True,
    type=click.FloatRange(0.05, 1.0),
    help="The share of domains to label; from the rest it abstains.",
)
@click.option("--evaluate", "evaluating", is_flag=True, help="Instead say how well it does, by cross-validation.")
@json_option
def generations(place: Path, vendor: str | None, keep: float, evaluating: bool, as_json: bool) -> None:
    """Say which generation a vendor's domains belong to, by their names, where that can be said.

    It learns from the domains in the base of which a source names the generation, and labels those of the same vendor
    without one. This sorts domains that are known to be the vendor's; it cannot tell whether a domain is.
    """
    from bridle.infra import generations as inferring

    with opened(place) as base:
        if evaluating:
            evaluation = inferring.evaluate(base, vendor, keep)
            if as_json:
                say_json(asdict(evaluation))
            else:
                say(_evaluation_lines(evaluation))
            return
        labels = inferring.generations(base, vendor, keep)
    if as_json:
        say_json(asdict(labels))
    else:
        say(_label_lines(labels))


def _label_lines(labels: Labels) -> list[str]:
    known = ", ".join(f"{n:,} of {name}" for name, n in labels.trained_on.items())
    lines = [f"Learned from {known} ({labels.vendor or 'no vendor named'})."]
    for label in labels.labels:
        said = label.generation or f"abstains (likeliest {label.likeliest})"
        beside = "".join(f"; beside {n} of {name}" for name, n in label.beside.items())
        lines.append(f"{label.probability:5.0%}  {said:<24} {label.domain}  [{'; '.join(label.reasons)}{beside}]")
    lines.append(
        "A rare generation is favoured: it may be named although another is likelier; `--json` has every probability."
    )
    abstained = sum(label.generation is None for label in labels.labels)
    lines.append(f"{len(labels.labels):,} domains without one generation; abstains from {abstained:,} of them.")
    if labels.doubted:
        lines.append("Listed under one generation, and named like another (judge for yourself):")
        lines += [f"{p:5.0%}  {found:<24} {domain}  [listed as {told}]" for domain, told, found, p in labels.doubted]
    return lines


def _evaluation_lines(found: Evaluation) -> list[str]:
    each = ", ".join(f"{name} {value:.3f}" for name, value in found.f1.items())
    repeats = ", ".join(f"{value:.3f}" for value in found.each)
    lines = [
        f"{found.domains:,} domains of known generation, nested cross-validation, {found.repeats} repeats.",
        f"Labelled {found.coverage:.1%}: macro-F1 {found.macro_f1:.3f} ({repeats}); {each}.",
        f"Calibration error {found.calibration_error:.3f}, over all domains {found.calibration_error_of_all:.3f}.",
        "Share labelled and macro-F1:",
    ]
    return lines + [f"  {share:4.0%}  {value:.3f}" for share, value in found.curve]


@click.command(epilog=THEMES)
@base_option
@click.option(
    "--sites", "folder", required=True, type=FOLDER,
    help="Reference lists: a folder of CSV files named by country (mx.csv), with a column `url`.",
)  # fmt: skip
@click.option("--vendor", help="Only domains of this vendor.")
@json_option
def themes(place: Path, folder: Path, vendor: str | None, as_json: bool) -> None:
    """Say which sites' names domains imitate, and in which countries those publish.

    The Citizen Lab's test lists are of that format (https://github.com/citizenlab/test-lists, CC BY-NC-SA); they are
    not part of bridle. A name near to another is a reason to look, not proof of whom it was meant for.
    """
    from bridle.infra import themes as inferring

    with opened(place) as base:
        found = inferring.themes(base, folder, vendor)
    for warning in found.warnings[:5]:
        click.echo(one_line(f"bridle: {warning}"), err=True)
    if len(found.warnings) > 5:
        click.echo(f"bridle: {len(found.warnings) - 5:,} more such rows; `--json` lists them", err=True)
    if as_json:
        say_json({**asdict(found), "countries": found.countries()})
        return
    said = [t for t in found.themes if not t.abstained]
    lines = [_theme_line(t) for t in said]
    lines.append(f"{len(said):,} of {found.examined:,} domains imitate one of {found.sites:,} sites.")
    if countries := found.countries():
        lines.append("Countries of the sites: " + ", ".join(f"{c} {n:,}" for c, n in countries.items()))
    lines += [f"  near to {t.name}: {t.domain} (nothing is said: {t.abstained})" for t in found.themes if t.abstained]
    say(lines)


def _theme_line(theme: Theme) -> str:
    where = ", ".join(theme.countries) or f"no country: {theme.no_country}"
    sites = ", ".join(theme.sites[:3])
    return f"{theme.domain:<32} {theme.how} as {sites} ({where})  [{'; '.join(theme.references[:2])}]"


@click.command(epilog=CLUSTER)
@base_option
@click.option("--vendor", help="Only domains of this vendor.")
@click.option("--sites", "folder", type=FOLDER, help="Reference lists, as of `themes`: a theme in common is a reason.")
@click.option(
    "--least", default=1.2, show_default=True, type=click.FloatRange(0.1, 10.0), help="The least weight of an edge."
)
@click.option("--thin", "show_thin", is_flag=True, help="Show also what is too thin to be called a cluster.")
@json_option
def cluster(place: Path, vendor: str | None, folder: Path | None, least: float, show_thin: bool, as_json: bool) -> None:
    """Say which domains one operator may run, by what they rarely share, and how firmly that holds.

    What many customers share says nothing: import warning lists for hosters, CDNs, parking and sinkholes. A cluster is
    a hypothesis. Each edge names the rows it was read from.
    """
    from bridle.infra import cluster as inferring
    from bridle.infra.themes import as_traits, themes

    with opened(place) as base:
        traits = as_traits(themes(base, folder, vendor)) if folder else None
        found = inferring.clusters(base, vendor, traits, least)
    if as_json:
        document = asdict(found)
        document.pop("hosts")
        say_json(document)
        return
    shown = found.clusters if show_thin else found.called()
    lines = [line for number, c in enumerate(shown, 1) for line in _cluster_lines(number, c)]
    thin = len(found.clusters) - len(found.called())
    joined = sum(len(c.members) for c in found.called())
    lines.append(
        f"{len(found.called()):,} clusters of {joined:,} of {found.domains:,} domains; {thin:,} groups too thin to be "
        f"called one. Not used: {len(found.suppressed):,} things that many share, {found.light:,} pairs that share too "
        f"little, {found.across:,} pairs of different generations."
    )
    say(lines)


def _cluster_lines(number: int, c: Cluster) -> list[str]:
    about = "; ".join(", ".join(some) for some in (c.vendors, c.generations, c.operators) if some)
    reasons = ", ".join(f"{kind} on {n} edges (without: {c.stability[kind]:.0%} left)" for kind, n in c.kinds.items())
    lines = [f"{number}. {len(c.members)} domains [{about}] {'too thin: ' + c.thin if c.thin else ''}".rstrip()]
    lines += [f"   by {reasons}", f"   {', '.join(c.members)}"]
    return lines


@click.command(epilog=REPORT)
@base_option
@click.option("-o", "out", required=True, type=click.Path(path_type=Path), help="The page to write; must not exist.")
@click.option("--vendor", help="Only domains of this vendor.")
@click.option("--sites", "folder", type=FOLDER, help="Reference lists, as of `themes`.")
@click.option("--evaluate", "evaluating", is_flag=True, help="Measure how well generations are labelled; takes longer.")
@click.option("--audience", default="TLP:CLEAR", show_default=True, metavar="TLP", type=click.Choice(TLP),
              help="Whom the page is for; what is marked for fewer is left out and counted.")  # fmt: skip
@json_option
def report(
    place: Path, out: Path, vendor: str | None, folder: Path | None, evaluating: bool, audience: str, as_json: bool
) -> None:
    """Write one page of what the base says and what follows: timeline, clusters, labels, themes, and their limits.

    The page has no scripts and loads nothing. Every edge leads to the rows that it was read from.
    """
    from bridle.infra.report import report as written

    if out.exists():
        fail(f"{out} exists already; name a new file")
    with opened(place, audience) as base:
        page, withheld = written(base, vendor, folder, evaluating), base.withheld
    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(page)
    except OSError as e:
        fail(f"{out} cannot be written: {e.strerror}")
    if as_json:
        say_json({"report": str(out), "bytes": len(page.encode()), "withheld": withheld})
    else:
        say(
            [
                f"Written: {out}",
                *([f"Withheld: {withheld:,} values, marked for fewer than {audience}"] if withheld else []),
            ]
        )


COMMANDS = (generations, themes, cluster, report)
"""What `bridle infra` takes from here."""
