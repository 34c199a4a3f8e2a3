"""`bridle indicators`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.feeds import COMMANDS
from bridle.cli.terminal import each_line, fail, one_line, say_json

if TYPE_CHECKING:
    from bridle.indicators.looking_up import LookedUp
    from bridle.indicators.model import Indicator, Warning_

_FEEDS = click.option("-i", "feeds", multiple=True, type=click.Path(path_type=Path),
                      help="Feeds; by default the stored ones. Repeatable; `-i stored` adds those.")  # fmt: skip


@click.group()
def indicators() -> None:
    """Look at indicator feeds, fetch them, and carry them to machines that are offline."""


for _command in COMMANDS:
    indicators.add_command(_command)


def _named(feeds: Sequence[Path]) -> list[Path]:
    """The feeds that were asked for, or the stored ones. What does not exist is wrong use."""
    from bridle.indicators import stored_folder

    named = [stored_folder() if str(f) == "stored" else f for f in feeds] or [stored_folder()]
    for path in named:
        if not path.exists() and path != stored_folder():
            fail(f"{path} does not exist")
    return named


@indicators.command("list", epilog="Example: bridle indicators list feeds/ --json")
@click.argument("feeds", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
def list_(feeds: tuple[Path, ...], as_json: bool) -> None:
    """The feeds in FILES or folders (without any: the stored ones), with digest and number of indicators."""
    from bridle.indicators import load

    found = load(_named(feeds))
    if as_json:
        say_json([{"name": f.name, "sha256": f.digest, "format": f.format, "indicators": f.indicators,
                   "loaded": f.loaded, "reason": f.reason} for f in found.feeds])  # fmt: skip
        return
    for f in found.feeds:
        state = "" if f.loaded else f"  not loaded: {f.reason}"
        click.echo(one_line(f"{f.digest[:12]:12}  {f.indicators:>9,}  {f.format:10}  {f.name}{state}"))
    kinds = Counter(i.kind for i in found.indicators)
    if found.compounds:
        kinds["pattern"] = len(found.compounds)
    click.echo(", ".join(f"{n:,} {k}" for k, n in sorted(kinds.items())) or "No indicators.", err=True)
    if found.warnings:
        click.echo(f"{len(found.warnings):,} problems; `bridle indicators lint` tells them.", err=True)


@indicators.command(epilog="Example: bridle indicators show lure.example -i feeds/")
@click.argument("value")
@_FEEDS
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
def show(value: str, feeds: tuple[Path, ...], as_json: bool) -> None:
    """What the feeds say of one VALUE, such as a domain, and of what is listed above it. Exit code 1 if nothing."""
    from bridle.indicators.looking_up import look_up

    answer = look_up(_named(feeds), value)
    for feed in answer.feeds:
        if not feed.loaded:
            click.echo(f"bridle: {one_line(feed.name)} was not loaded: {one_line(feed.reason or '')}", err=True)
    if as_json:
        say_json([_as_json(x) for x in answer.found])
    if not answer.found:
        loaded = sum(f.loaded for f in answer.feeds)
        fail(f"none of {loaded} feeds has {value!r:.80}, or anything above it", 1)
    if not as_json:
        for x in answer.found:
            _tell(x)


def _as_json(x: LookedUp) -> dict[str, Any]:
    i = x.indicator
    return {
        "kind": i.kind, "value": i.value, "shown": i.shown, "how": x.how, "feeds": i.feeds, "campaigns": i.campaigns,
        "related": _related(i), "tlp": i.tlp, "confidence": i.confidence,
        "valid_from": i.valid_from, "valid_until": i.valid_until, "revoked": i.revoked,
        "surfaces": sorted(i.surfaces) if i.surfaces is not None else None,
        "why": x.restriction.why if x.restriction else None,
        "too_general": {"why": x.general.why, "looked_for": not x.general.refused} if x.general else None,
        "said": [
            {"feed": s.feeds[0], "place": s.place, "shown": s.shown, "campaigns": s.campaigns, "related": _related(s),
             "tlp": s.tlp, "confidence": s.confidence, "valid_from": s.valid_from, "valid_until": s.valid_until,
             "revoked": s.revoked}
            for s in x.said
        ],
    }  # fmt: skip


def _related(i: Indicator) -> list[dict[str, Any]]:
    return [{"role": r.role, "name": r.name, "feed": r.feed, "confidence": r.confidence} for r in i.related]


_HOW = {
    "exact": "", "sub-domain": "  (the value is below it)", "host": "  (the value is on it)",
    "folder": "  (the value lies in it)", "network": "  (the value is inside it)",
}  # fmt: skip


def _tell(x: LookedUp) -> None:
    """One indicator for people."""
    i = x.indicator
    lines = [f"{i.kind}  {i.shown}{_HOW[x.how]}"]
    if x.general is not None:
        lines.append(f"  too general: {x.general.why}" + ("; it is not looked for" if x.general.refused else ""))
    if i.revoked:
        lines.append("  revoked; it is not looked for")
    for s in x.said:
        lines.append(f"  feed        {s.feeds[0]}, {s.place}")
        lines += [f"    {line}" for line in _told(s)]
    where = ", ".join(sorted(i.surfaces)) if i.surfaces is not None else "wherever its kind stands"
    lines.append(f"  surfaces    {where}")
    if x.restriction is not None and i.surfaces is not None:
        lines.append(f"    {' '.join(x.restriction.why.split())}")
    click.echo(each_line(lines))


def _told(s: Indicator) -> list[str]:
    """What one feed says beside the value."""
    until = f"until {s.valid_until}" if s.valid_until else ""
    since = f"from {s.valid_from}" if s.valid_from else ""
    told = [
        ("campaigns", ", ".join(s.campaigns)),
        *((r.role, r.name) for r in s.related if r.name not in s.campaigns),
        ("marking", s.tlp or ""), ("confidence", "" if s.confidence is None else f"{s.confidence} of 100"),
        ("valid", f"{since} {until}".strip()), ("state", "revoked" if s.revoked else ""),
    ]  # fmt: skip
    return [f"{name:12}{text}" for name, text in told if text]


@indicators.command(epilog="Example: bridle indicators lint feed.stix2")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
@click.option(
    "--limit", default=200, show_default=True, type=click.IntRange(min=0), help="Problems shown of each feed."
)
@click.option("--strict", is_flag=True, help="Notes count as problems too.")
def lint(files: tuple[Path, ...], as_json: bool, limit: int, strict: bool) -> None:
    """Explain each problem of the feeds in FILES or folders, with its place and what to do.

    An error was not loaded, a warning is looked for wider or weaker than it is meant, a note is worth knowing. Exit
    code 1 if there is an error or a warning.
    """
    from datetime import UTC, datetime

    from bridle.indicators import lint as problems
    from bridle.indicators.feeds import files_of

    named = _named(files)
    if next(files_of(named), None) is None:
        fail(
            f"no feed lies in {', '.join(map(str, files))}; in folders *.stix2, *.json, *.csv and *.txt are looked for"
        )
    found = problems(named, datetime.now(UTC).date())
    shown = _first(found, limit)
    if as_json:
        say_json([{"feed": p.feed, "place": p.place, "severity": p.severity, "reason": p.reason, "advice": p.advice}
                  for p in shown])  # fmt: skip
    else:
        for p in shown:
            place = p.feed if p.place == p.feed else f"{p.feed}: {p.place}"
            click.echo(one_line(f"{place}: {p.severity}: {p.reason}" + (f" -> {p.advice}" if p.advice else "")))
    counts = Counter(p.severity for p in found)
    told = ", ".join(f"{counts[s]:,} {s}s" for s in ("error", "warning", "note"))
    beyond = f"; {len(found) - len(shown):,} are not shown (--limit)" if len(shown) < len(found) else ""
    click.echo(f"{told}{beyond}", err=True)
    raise SystemExit(1 if counts["error"] or counts["warning"] or (strict and found) else 0)


def _first(found: Sequence[Warning_], limit: int) -> list[Warning_]:
    """As many problems of each feed as are wanted; they come with the worst first."""
    seen: Counter[str] = Counter()
    out = []
    for p in found:
        seen[p.feed] += 1
        if seen[p.feed] <= limit:
            out.append(p)
    return out
