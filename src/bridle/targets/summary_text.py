"""A summary as text: tables, and plots of blocks that fit a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.targets.summary import DAYS, GAP, Summary

_WIDE = 40
_SHADES = " ░▒▓█"
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_STATUSES = {
    "valid_now": "valid today",
    "valid_then": "valid at the time, rewritten by a migration",
    "possible": "of a possible length",
    "invalid": "no valid number",
}


def lines(made: Summary, top: int = 20) -> Iterator[str]:
    """The summary, `top` countries at most. Names of clients are as the list has them."""
    yield f"{made.rows:,} selections of {made.numbers:,} numbers; {made.repeated:,} were selected more than once"
    if made.first and made.last:
        yield f"from {made.first:%Y-%m-%d} to {made.last:%Y-%m-%d}"
    if made.sittings:
        mean = made.in_sittings / made.sittings
        yield (f"{made.sittings:,} sittings (gaps of at most {GAP // 60} minutes, over the whole list), "
               f"{mean:.1f} selections each")  # fmt: skip
    yield from _table("Status", {_STATUSES[s]: n for s, n in made.statuses.most_common()})
    yield from _table("Migrations applied", dict(made.migrations.most_common()))
    shown = dict(made.countries.most_common(top))
    yield from _table("Country of the number's plan (| where it may be of several)", shown)
    if len(made.countries) > top:
        yield f"  and {len(made.countries) - top:,} more"
    yield from _table("Client, as the list names it", dict(made.operators.most_common(top)))
    yield from _table("Month", dict(sorted(made.months.items())))
    yield from _table("Selected so many times", {f"{n}": c for n, c in sorted(made.repeats.items())[:10]})
    yield from _week(made)


def _table(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    if not counts:
        return
    yield ""
    yield title
    wide, most = min(50, max(len(k) for k in counts)), max(counts.values())
    for name, count in counts.items():
        yield f"  {name:{wide}.50}  {count:>11,}  {_bar(count / most)}".rstrip()


def _bar(share: float) -> str:
    eighths = round(share * _WIDE * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8]


def _week(made: Summary) -> Iterator[str]:
    """One line for each weekday, one cell for each hour; the darkest is the hour with the most."""
    if not made.hours:
        return
    yield ""
    yield f"Weekday and hour ({made.zone})"
    yield "       " + "".join(f"{h:<6}" for h in range(0, 24, 6))
    most = max(made.hours.values())
    for day, name in enumerate(DAYS):
        cells = (made.hours.get((day, hour), 0) for hour in range(24))
        total = sum(made.hours.get((day, hour), 0) for hour in range(24))
        yield f"  {name}  {''.join(_SHADES[-(-n * 4 // most)] for n in cells)}  {total:>11,}"
