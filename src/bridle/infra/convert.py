"""Converting feeds of indicators: STIX 2.1, the dialect of MVT, MISP, CSV, Suricata rules, hosts files.

STIX, MISP and CSV hold everything: what a format has no place for stands beside the value in a field of bridle's own
(`x_bridle`, the comment of an attribute, a column `bridle`), as JSON, so that nothing is lost there and back.
Rules and hosts files hold less, and what they cannot hold is told. Equal input gives equal bytes: objects are named by
what they say (UUIDv5), not by chance.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bridle.indicators import forms, misp
from bridle.indicators.model import CompoundIndicator, Indicator, Warning_, covers, strictest
from bridle.indicators.stix import FeedError
from bridle.infra import convert_csv, convert_misp, convert_rules, convert_stix
from bridle.infra.item import Item
from bridle.infra.source_file import SourceFile, UnreadableError

FORMATS = ("stix", "mvt", "misp", "csv", "suricata", "hosts")
_WHOLE: Mapping[str, Callable[[Sequence[Item], frozenset[int], str], str]] = {
    "stix": convert_stix.standard, "mvt": convert_stix.dialect, "misp": convert_misp.write, "csv": convert_csv.write,
}  # fmt: skip
"""Formats that hold everything; the numbers are those of items that need a field of bridle's own."""
_RULES: Mapping[str, Callable[[Sequence[Item]], tuple[str, Counter[str]]]] = {
    "suricata": convert_rules.suricata, "hosts": convert_rules.hosts,
}  # fmt: skip


@dataclass(kw_only=True)
class Read:
    """What a feed holds, each value once."""

    items: tuple[Item, ...]
    form: str
    warnings: tuple[Warning_, ...] = ()
    """What of the feed was not understood, and is therefore not converted."""
    lost: tuple[str, ...] = ()
    """What stands beside the indicators of a STIX bundle and is not converted, such as descriptions of malware."""
    again: int = 0
    """Values that were there more than once, and were put together."""


@dataclass(kw_only=True)
class Converted:
    """A feed in another format."""

    text: str
    written: int
    left_out: Counter[str] = field(default_factory=Counter)
    """Why values were not written, and how many."""
    carried: int = 0
    """Values of which something stands in a field of bridle's own."""


def read_items(path: Path) -> Read:
    """The items of a feed, by kind and value. Raises UnreadableError and OSError."""
    file = SourceFile(path)
    name = path.name.removesuffix(".gz")
    text = _decoded(file.whole())
    carried, rest = _carried(text)
    stem = name.rpartition(".")[0].lower() or name.lower()
    try:
        form, (found, warnings) = forms.read(name, rest.encode(), stem)
    except FeedError as e:
        if not carried:
            raise UnreadableError(str(e)) from None
        form, found, warnings = "bridle", (), []
    more = _more(form, rest)
    items = [*carried, *(_item(i, more) for i in found)]
    if not items:
        raise UnreadableError("it holds no indicator that can be read; `bridle indicators lint` says why")
    together: dict[tuple[str, str], Item] = {}
    for item in items:
        key = (item.kind, item.value)
        together[key] = item if key not in together else _merged(together[key], item)
    return Read(
        items=tuple(together[key] for key in sorted(together)), form=form, again=len(items) - len(together),
        warnings=tuple(warnings), lost=tuple(convert_stix.lost(json.loads(rest))) if form == "stix" else (),
    )  # fmt: skip


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise UnreadableError(f"not UTF-8: byte {e.start}") from None


def convert(items: Sequence[Item], to: str, title: str, audience: str = "TLP:CLEAR") -> Converted:
    """Items in a format of `FORMATS`. What has no field for markings gets only what `audience` may see."""
    if to in _WHOLE:
        write = _WHOLE[to]
        plain = write(items, frozenset(), title)
        needs = frozenset(_changed(items, plain, to))
        text = write(items, needs, title) if needs else plain
        return Converted(text=text, written=len(items), carried=len(needs))
    shown = [i for i in items if covers(audience, i.tlp) and not i.revoked]
    text, left_out = _RULES[to](shown)
    marked = sum(not covers(audience, i.tlp) for i in items)
    if marked:
        left_out[f"marked for fewer than {audience}, which the format cannot say"] = marked
    if revoked := sum(i.revoked and covers(audience, i.tlp) for i in items):
        left_out["revoked"] = revoked
    return Converted(text=text, written=len(items) - sum(left_out.values()), left_out=left_out)


def _changed(items: Sequence[Item], plain: str, to: str) -> Iterable[int]:
    """The numbers of items that do not come back from a text as they went in."""
    name = {"stix": "a.stix2", "mvt": "a.stix2", "misp": "a.json", "csv": "a.csv"}[to]
    back: dict[tuple[str, str], Item | None] = {}
    try:
        form, (found, _) = forms.read(name, plain.encode(), "a")
        more = _more(form, plain)
        for i in found:
            item = _item(i, more)
            back[item.kind, item.value] = None if (item.kind, item.value) in back else item
    except FeedError:
        pass
    return (n for n, item in enumerate(items) if back.get((item.kind, item.value)) != item)


def _item(i: Indicator | CompoundIndicator, more: Mapping[str, Mapping[str, Any]]) -> Item:
    beside = more.get(i.place)
    compound = isinstance(i, CompoundIndicator)
    return Item(
        kind="pattern" if compound else i.kind, value=i.value, shown=i.value if compound else i.shown,
        campaigns=i.campaigns, related=tuple((r.role, r.name, r.confidence) for r in i.related), tlp=i.tlp,
        confidence=i.confidence, valid_from=i.valid_from, valid_until=i.valid_until, revoked=i.revoked,
        surfaces=None if isinstance(i, CompoundIndicator) or i.surfaces is None else tuple(sorted(i.surfaces)),
        more=json.dumps(beside, sort_keys=True, ensure_ascii=False) if beside else "",
    )  # fmt: skip


def _more(form: str, text: str) -> Mapping[str, Mapping[str, Any]]:
    """What stands beside a value that bridle's readers have no field for, by its place."""
    if form == "stix":
        return convert_stix.further(json.loads(text))
    if form == "misp":
        return convert_misp.further(misp.events(json.loads(text)))
    return {}


def _carried(text: str) -> tuple[list[Item], str]:
    """Items that stand in fields of bridle's own, and the text without what they stand beside."""
    if '"x_bridle"' in text:
        return convert_stix.carried(text)
    if "bridle:{" in text and '"Attribute"' in text:
        return convert_misp.carried(text)
    return convert_csv.carried(text)


def _merged(a: Item, b: Item) -> Item:
    """What two entries of one feed say of one value; it is for as few as the stricter says."""
    said = [i for i in (a.confidence, b.confidence) if i is not None]
    return replace(
        a, campaigns=tuple(dict.fromkeys((*a.campaigns, *b.campaigns))), tlp=strictest((a.tlp, b.tlp)),
        related=tuple(dict.fromkeys((*a.related, *b.related))), confidence=max(said, default=None),
        valid_from=min(a.valid_from, b.valid_from) if a.valid_from and b.valid_from else None,
        valid_until=max(a.valid_until, b.valid_until) if a.valid_until and b.valid_until else None,
        revoked=a.revoked and b.revoked, more=a.more or b.more,
        surfaces=tuple(sorted({*a.surfaces, *b.surfaces})) if a.surfaces and b.surfaces else None,
    )  # fmt: skip
