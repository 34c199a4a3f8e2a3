"""Shortcuts.sqlite: shortcuts, the actions in them, the automations that start them, and when they ran.

Predator on iOS was started again by an automation: opening an app ran a shortcut that fetched an address, without
asking and without a notice. An automation is a row of ZTRIGGER; `ZSHOULDPROMPT` 0 runs it without asking. Actions are
a property list in ZSHORTCUTACTIONS. What kind of event a trigger waits for stands in its data, whose layout differs.

Tables and columns differ by system and are read as they are; those not known here are in `extra`. A shortcut whose
actions are gone, and actions whose shortcut is gone, both stand alone.

Known limits: no store of a phone was at hand. Of data in an action's parameters only the length is kept. A deleted
shortcut leaves no name. Collections, icons and what is synchronised are not read.

Sources: names of tables and columns as published for the store of macOS 26, whose engine is the same;
https://github.com/mvt-project/mvt (shortcuts);
https://citizenlab.ca/2021/12/pegasus-vs-predator-dissidents-doubly-infected-iphone-reveals-cytrox-mercenary-spyware/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bridle.core import (
    Block,
    BundleId,
    FormatError,
    Gap,
    Record,
    SourceFile,
    Text,
    Url,
    Utc,
    artifact,
    note,
    record,
)
from bridle.formats import nested, plist, sqlite, urls
from bridle.formats.leaves import leaves, opened
from bridle.formats.table import Lost, Undecodable, col, rest
from bridle.formats.values import blob, cocoa, text

_MOST_ACTIONS = 10_000
_MOST_TEXTS = 1_000
_MOST_VALUES = 10_000
_LONGEST = 16 << 10
_IDENTIFIER, _PARAMETERS = "WFWorkflowActionIdentifier", "WFWorkflowActionParameters"


def _texts_of(value: object) -> tuple[str, ...]:
    """The texts in a property list. Raises ValueError."""
    found, reason = _all(opened(blob(value)))
    if reason is not None:
        raise ValueError(reason)
    return _cut(found)


def _all(stored: object) -> tuple[list[str], str | None]:
    """The texts in a value, in whole, and why there may be more."""
    found: list[str] = []
    reason = None
    for leaf in leaves(stored, most=_MOST_VALUES):
        if isinstance(leaf, Gap):
            reason = reason or leaf.reason
        elif isinstance(leaf.value, plist.Unreadable):
            reason = reason or leaf.value.reason
        elif isinstance(leaf.value, str) and leaf.value:
            if len(found) == _MOST_TEXTS:
                return found, f"expected at most {_MOST_TEXTS} texts, got more"
            found.append(leaf.value.encode("utf-8", "backslashreplace").decode())
    return found, reason


def _cut(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words[:_LONGEST] for words in found))


def _word(value: object) -> str:
    """Text or a number, as text. Raises ValueError."""
    return str(value) if isinstance(value, int) else text(value)


@record
class Shortcut(Record):
    """A shortcut."""

    shortcut_id: int | None = col("Z_PK", doc="number of the row")
    workflow_id: str | None = col("ZWORKFLOWID", doc="UUID of the shortcut")
    name: Text | None = col("ZNAME", doc="name; empty for the shortcut of an automation")
    description: Text | None = col("ZACTIONSDESCRIPTION", doc="what its actions do, in words")
    app: BundleId | None = col("ZASSOCIATEDAPPBUNDLEIDENTIFIER", doc="app it belongs to")
    created: Utc | None = col("ZCREATIONDATE", cocoa, doc="when it was made")
    modified: Utc | None = col("ZMODIFICATIONDATE", cocoa, doc="when it was last changed")
    last_run: Utc | None = col("ZLASTRUNEVENTDATE", cocoa, doc="when it last ran")
    runs: int | None = col("ZRUNEVENTSCOUNT", doc="how often it ran")
    actions: int | None = col("ZACTIONCOUNT", doc="number of its actions")
    triggers: int | None = col("ZTRIGGERCOUNT", doc="number of the automations that start it")
    hidden: bool | None = col("ZHIDDENFROMLIBRARYANDSYNC", doc="whether it is hidden from the library")
    deleted: bool | None = col("ZTOMBSTONED", doc="whether it was deleted and is only kept for other devices")
    source: str | None = col("ZSOURCE", _word, doc="where it came from")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Action(Record):
    """One action of a shortcut."""

    shortcut_id: int | None = note(doc="Shortcut.shortcut_id; no such Shortcut: its row was deleted")
    number: int = note(doc="place in the shortcut, from 1; 0 stands for a shortcut without actions")
    identifier: str | None = note(doc="what it does, such as `is.workflow.actions.downloadurl`")
    urls: tuple[Url, ...] = note(doc="addresses in its parameters")
    texts: tuple[Text, ...] = note(doc="other texts in its parameters, cut after 16,384 characters")
    extra: str | None = note(doc="all but the identifier as JSON, by the keys on the way; of data the length")


@record
class Trigger(Record):
    """An automation: what starts a shortcut by itself."""

    trigger_id: int | None = col("Z_PK", doc="number of the row")
    shortcut_id: int | None = col("ZSHORTCUT", doc="Shortcut.shortcut_id of what it starts")
    identifier: str | None = col("ZTRIGGERID", _word, doc="UUID of the automation")
    enabled: bool | None = col("ZENABLED", doc="whether it is on")
    asks: bool | None = col("ZSHOULDPROMPT", doc="whether the person is asked first")
    notifies: bool | None = col("ZSHOULDNOTIFY", doc="whether the person is told that it ran")
    recurs: bool | None = col("ZSHOULDRECUR", doc="whether it starts again and again")
    source: str | None = col("ZSOURCE", _word, doc="where it came from")
    texts: tuple[Text, ...] | None = col("ZDATA", _texts_of, doc="texts in its data, such as the app that starts it")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class TriggerEvent(Record):
    """A time when what an automation waits for happened."""

    event_id: int | None = col("Z_PK", doc="number of the row")
    trigger: str | None = col("ZTRIGGERID", _word, doc="Trigger.identifier")
    trigger_id: int | None = col("ZTRIGGER", doc="Trigger.trigger_id")
    time: Utc | None = col("ZDATECREATED", cocoa, doc="when it happened")
    texts: tuple[Text, ...] | None = col("ZEVENTINFO", _texts_of, doc="texts in what is kept of it")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Run(Record):
    """A time when a shortcut ran."""

    run_id: int | None = col("Z_PK", doc="number of the row")
    shortcut_id: int | None = col("ZSHORTCUT", doc="Shortcut.shortcut_id; none: it was deleted")
    time: Utc | None = col("ZDATE", cocoa, doc="when it ran")
    trigger_id: int | None = col("ZTRIGGER", doc="Trigger.trigger_id of the automation that started it")
    source: str | None = col("ZSOURCE", _word, doc="what started it")
    outcome: str | None = col("ZOUTCOME", _word, doc="how it ended; its meaning is not published")
    identifier: str | None = col("ZIDENTIFIER", doc="UUID of the run")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Permission(Record):
    """What a shortcut was allowed to hand on, or not."""

    permission_id: int | None = col("Z_PK", doc="number of the row")
    shortcut_id: int | None = col("ZSHORTCUT", doc="Shortcut.shortcut_id")
    action: str | None = col("ZACTIONUUID", doc="UUID of the action")
    texts: tuple[Text, ...] | None = col("ZDATA", _texts_of, doc="texts in the permission: mode, state, apps, domains")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact(
    "/private/var/mobile/Library/Shortcuts/Shortcuts.sqlite",
    "/private/var/mobile/Containers/Shared/AppGroup/*/Shortcuts.sqlite",
)
def shortcuts(
    file: SourceFile,
) -> Iterator[Block[Shortcut] | Action | Block[Trigger] | Block[TriggerEvent] | Block[Run] | Block[Permission] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("ZSHORTCUT", Shortcut)
        yield from _actions(db)
        yield from db.table("ZTRIGGER", Trigger, optional=True)
        yield from db.table("ZTRIGGEREVENT", TriggerEvent, optional=True)
        yield from db.table("ZSHORTCUTRUNEVENT", Run, optional=True)
        yield from db.table("ZSMARTPROMPTPERMISSION", Permission, optional=True)


def _actions(db: sqlite.Database) -> Iterator[Action | Gap]:
    for row in db.rows("ZSHORTCUTACTIONS"):
        if isinstance(row, Gap):
            yield row
            continue
        stored, shortcut = row["ZDATA"], row["ZSHORTCUT"]
        if stored is None or isinstance(stored, Lost | Undecodable):
            if stored is None:
                yield Gap(locator=f"{row.locator}.ZDATA", reason="Action: expected data, got NULL")
            continue
        try:
            found = plist.loads(blob(stored))
        except ValueError as e:
            yield Gap(locator=f"{row.locator}.ZDATA", reason=f"Action: ZDATA: {e!s:.200}")
            continue
        yield from _each(row.locator, found, shortcut if isinstance(shortcut, int) else None)


def _each(at: str, stored: object, shortcut: int | None) -> Iterator[Action | Gap]:
    if not isinstance(stored, list):
        yield Gap(locator=f"{at}.ZDATA", reason=f"Action: expected a list of actions, got {stored!a:.60}")
        return
    if not stored:
        yield Action(locator=at, shortcut_id=shortcut, number=0, identifier=None, urls=(), texts=(), extra=None)
    for number, action in enumerate(stored, 1):
        place = f"{at}/{number}"
        if number > _MOST_ACTIONS:
            yield Gap(locator=place, reason=f"Action: expected at most {_MOST_ACTIONS} actions, got {len(stored)}")
            return
        if isinstance(action, dict):
            yield from _action(place, number, action, shortcut)
        else:
            yield Gap(locator=place, reason=f"Action: expected a dictionary, got {action!a:.60}")


def _action(place: str, number: int, action: dict[Any, Any], shortcut: int | None) -> Iterator[Action | Gap]:
    found, reason = _all(action.get(_PARAMETERS, {}))
    if reason is not None:
        yield Gap(locator=f"{place}.{_PARAMETERS}", reason=f"Action: {reason}")
    inside = (url for words in found for url in ([words] if urls.host_of(words) else urls.urls_in(words)))
    names, reason = _all([action.get(_IDENTIFIER)])
    if reason is not None:
        yield Gap(locator=f"{place}.{_IDENTIFIER}", reason=f"Action: {reason}")
    others = {k: v for k, v in action.items() if v != {} and not (k == _IDENTIFIER and names)}
    extra = None
    try:
        extra = nested.shown(others) if others else None
    except FormatError as e:
        yield Gap(locator=f"{place}.extra", reason=f"Action: {e!s:.200}")
    yield Action(
        locator=place, shortcut_id=shortcut, number=number, identifier=names[0] if names else None, urls=_cut(inside),
        texts=_cut(words for words in found if urls.host_of(words) is None), extra=extra,
    )  # fmt: skip
