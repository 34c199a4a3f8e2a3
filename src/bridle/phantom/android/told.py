"""What is told of an Android phone in data files, as a story: campaigns, forgeries and noise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from bridle.phantom import telling
from bridle.phantom.android import story as stories
from bridle.phantom.android.lure import visited
from bridle.phantom.android.operators import operator
from bridle.phantom.android.ordinary import adb_key, chance
from bridle.phantom.android.phone import Phone
from bridle.phantom.android.story import Planted, Story
from bridle.phantom.truth import Told

_PLACES: dict[str, tuple[str, type[Any]]] = {
    "app": ("apps", stories.App), "session": ("sessions", stories.Session),
    "deletion": ("deletions", stories.Deletion), "setting": ("settings", stories.Setting),
    "access": ("accesses", stories.Access), "plugged": ("plugged", stories.Plugged),
    "computer": ("computers", stories.Computer), "process": ("processes", stories.Process),
    "line": ("lines", stories.Line), "crash": ("crashes", stories.Crash), "message": ("messages", stories.Message),
    "contact": ("contacts", stories.Contact), "security": ("security", stories.Security),
    "file": ("files", stories.DeviceFile), "mount": ("mounts", stories.Mount), "traffic": ("traffic", stories.Traffic),
    "used": ("used", stories.Used), "change": ("changes", stories.Change), "service": ("services", stories.Service),
    "posted": ("posted", stories.Posted), "opened": ("opened", stories.Opened),
}  # fmt: skip
"""By the name that the data files have for it: the part of the story, and the record."""
_TIMES = ("time", "installed", "updated", "changed")
_TRACE = ("stage", "table", "value", "description", "kinds")


def story(phone: Phone, told: Iterable[Mapping[str, Any]], part: str) -> Story:
    """The story of these rows. A row with a stage is a trace: in `table`, with `value`, in acquisitions of `kinds`."""
    found = Story()
    for what, time, values in telling.rows(told, _frame(phone, part)):
        found += _one(phone, what, time, values)
    return found


def _one(phone: Phone, what: str, time: datetime, values: dict[str, Any]) -> Story:
    trace = {k: values.pop(k) for k in _TRACE if k in values} if "stage" in values else {}
    times, apart = int(values.pop("times", 1)), float(values.pop("apart", 60))
    planted: tuple[Planted, ...] = ()
    if trace:
        defaults = {"kinds": ("bugreport", "androidqf"), "description": what}
        planted = (Planted(time=time, **(defaults | trace)),)
    if what == "property":
        return Story(properties=((values["name"], values["text"]),), traces=planted)
    if what == "computer":
        values["key"] = adb_key(values["name"])
    place, record = _PLACES[what]
    known = {f.name for f in fields(record)}
    if what == "process" and "pid" not in values:
        values["pid"] = 7000 + chance(phone, f"process {values['name']}").randrange(900)
    made = []
    for n in range(times):
        at = time + timedelta(seconds=apart * n)
        made.append(record(**{k: at for k in _TIMES if k in known} | values))
    return Story(**{place: tuple(made)}, traces=planted)


def noise(phone: Phone, kind: str) -> tuple[Story, tuple[Told, ...]]:
    """What is odd and ordinary on this phone."""
    found, heard = Story(), []
    for n in telling.noise("android", kind, chance(phone, "noise drawn")):
        told = story(phone, n["event"], n["name"])
        found += told
        heard.append(Told(name=n["name"], time=f"{_first(told, phone):%Y-%m-%dT%H:%M:%SZ}"))
    return found, tuple(heard)


def _first(told: Story, phone: Phone) -> datetime:
    """The first time in a story; that of the acquisition where it tells of none."""
    times = [
        getattr(row, name)
        for f in fields(told)
        for row in getattr(told, f.name)
        for name in _TIMES
        if isinstance(getattr(row, name, None), datetime)
    ]
    return min(times, default=phone.now)


def _frame(phone: Phone, part: str) -> telling.Frame:
    """The times and names that what is told of an Android phone refers to."""
    random, by = chance(phone, f"told {part}"), operator(phone.life.attacker)
    names = {
        "lure": by.lure, "server": by.server, "address": by.address, "package": by.package,
        "other_package": by.other_package, "certificate": by.certificate, "apk_sha256": by.apk_sha256,
        "folder": by.folder, "file": by.file, "property": by.property,
        "number": f"+447700900{random.randrange(700, 900)}", "friend_number": phone.life.contacts[0].number,
        "token": f"{random.randrange(16**6):06x}",
    }  # fmt: skip
    return telling.Frame(attack=visited(phone), now=phone.now, names=names, random=random)
