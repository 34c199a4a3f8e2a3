"""A cohort: many phones, the list on which their numbers are, what attacked them, and what is true of all of it.

OUT/phones/           one acquisition for each phone: phone-01 and so on, in no order that tells anything
OUT/phones.csv        of each phone its acquisition, platform and number, and how far its clock was off, in seconds
OUT/password.txt      of the encrypted acquisitions
OUT/list.csv          the list of selected numbers, those of the phones among them
OUT/indicators/       a feed of indicators for each client that attacks
OUT/infrastructure/   passive DNS and certificates of the hosts in them
OUT/truth.json        what an examination ought to come to; OUT/truth/ what was planted in each phone, and in the list

It re-enacts the size of a published investigation. No phone, number, host or attack in it is real.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from bridle.phantom import MARKER, cohort_infrastructure, device, feed, list_file, list_world
from bridle.phantom.life import Contact, live
from bridle.phantom.list_numbers import ranges
from bridle.phantom.truth import Trace, Truth

PASSWORD = "synthetic"  # noqa: S105 - of evidence that is made here
NEVER = "none"
"""The truth of a phone without usable traces."""
_SUFFIX = {"ios-sysdiagnose": ".tar.gz", "bugreport": ".zip", "adb-backup": ".ab"}
_ITERATIONS = 2_000
"""Of the encrypted backups' key derivation, which is not what is tried here."""
_ANDROID = -1489
"""Days from the life of a synthetic Android phone back to that of an iPhone."""
_YEARS = 500
"""Days before May 2021 over which the examinations are spread."""
_SEEN, _APART = 0.85, timedelta(hours=1)
"""The share of attempts before which the number was selected; how far apart two attempts are."""
_LAG, _SPREAD = 5.7, 1.0
"""Of the log-normal seconds from a selection to an attempt: its median is five minutes."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One phone before it is made."""

    name: str
    seed: int
    group: Mapping[str, Any]
    client: str
    owner: Contact
    days: int

    @property
    def acquisition(self) -> str:
        """Its file or folder in `phones`."""
        return self.name + _SUFFIX.get(self.group["kind"], "")


@cache
def presets() -> Mapping[str, Mapping[str, Any]]:
    """The cohorts that can be made, by name."""
    text = (files("bridle.phantom") / "cohort.toml").read_text("utf-8")
    return {p["name"]: p for p in tomllib.loads(text)["preset"]}


def write(out: Path, preset: str, seed: int, told: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Make a cohort in a new folder; gives what is true of it. `told` is called with what is being made.

    Raises ValueError for an unknown preset, FileExistsError where `out` is something.
    """
    if preset not in presets():
        raise ValueError(f"expected a preset among {', '.join(presets())}, got {preset!r:.60}")
    settings = presets()[preset]
    for folder in (out, out / "phones", out / "truth"):
        folder.mkdir(parents=folder == out)
    plans = planned(settings, seed)
    phones: list[dict[str, Any]] = []
    selected: list[list_world.Selection] = []
    for plan in plans:
        told(f"Making {plan.name}")
        truth = _make(plan, out, _attacker(seed, plan.client))
        attempts = episodes(truth.traces) if truth.state != "clean" else []
        mine = list(_selections(plan, attempts, len(selected)))
        selected += mine
        phones.append(_told(plan, truth, attempts, mine))
    told("Making the list and the infrastructure")
    (out / "password.txt").write_text(PASSWORD + "\n", "utf-8")
    _write_register(out / "phones.csv", plans)
    world = list_world.make(seed, settings["rows"], settings["operators"], planted=selected)
    list_file.write(world, out / "list.csv").rename(out / "truth" / "list.truth.json")
    (out / "indicators").mkdir()
    for n, client in enumerate(settings["clients"], 1):
        feed.write(out / "indicators" / f"feed-{n}.stix2", _attacker(seed, client))
    attackers = {c: _attacker(seed, c) for c in settings["clients"]}
    hosts = cohort_infrastructure.write(out / "infrastructure", seed, attackers)
    truth_of_all = {
        "marker": MARKER, "preset": preset, "seed": seed, "phones": phones, "infrastructure": hosts,
        "list": {"rows": len(world.rows), "operators": len(world.operators), "selections_of_phones": len(selected)},
    }  # fmt: skip
    (out / "truth.json").write_text(json.dumps(truth_of_all, indent=1) + "\n", "utf-8")
    return truth_of_all


def planned(settings: Mapping[str, Any], seed: int) -> list[Plan]:
    """The phones of a cohort, shuffled; no two have one number."""
    random = Random(f"{seed}/cohort")
    groups = [g for g in settings["group"] for _ in range(g["count"])]
    random.shuffle(groups)
    plans: list[Plan] = []
    taken: set[str] = set()
    at = seed * 100_000
    for n, group in enumerate(groups, 1):
        owner = live(at, 1).owner
        while owner.number in taken:
            at += 1
            owner = live(at, 1).owner
        taken.add(owner.number)
        days = -random.randrange(_YEARS) + (_ANDROID if device.platform(group["kind"]) == "android" else 0)
        plans.append(
            Plan(name=f"phone-{n:02}", seed=at, group=group, client=random.choice(settings["clients"]), owner=owner,
                 days=days)
        )  # fmt: skip
        at += 1
    return plans


def episodes(traces: tuple[Trace, ...]) -> list[datetime]:
    """When each attempt began: traces of targeting and exploitation, a new attempt after an hour without one."""
    times = sorted(_time(t.time) for t in traces if t.stage in ("targeting", "exploitation", "execution"))
    return [t for n, t in enumerate(times) if n == 0 or t - times[n - 1] > _APART]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _attacker(seed: int, client: str) -> int:
    """The seed of a client's infrastructure."""
    return seed * 1000 + int(client.rpartition("-")[2])


def _make(plan: Plan, out: Path, attacker: int) -> Truth:
    """The acquisition of a phone; what was planted in it goes into a folder of its own."""
    group, at = plan.group, out / "phones" / plan.acquisition
    encrypted = bool(group.get("encrypted", False))
    truth = device.write(
        group["kind"], group["state"], encrypted, PASSWORD if encrypted else None, plan.seed, at,
        iterations=_ITERATIONS, like=group.get("like"), forge=group.get("forge"), noise=group.get("noise", False),
        days=plan.days, operator=attacker,
    )  # fmt: skip
    at.with_name(f"{at.name}.truth.json").rename(out / "truth" / f"{plan.name}.truth.json")
    return truth


def _selections(plan: Plan, attempts: list[datetime], sitting: int) -> Iterator[list_world.Selection]:
    """The rows of a phone's number: minutes before most attempts, before one at the least, and at other times."""
    random = Random(f"{plan.seed}/selected")
    times = [
        t - timedelta(seconds=round(random.lognormvariate(_LAG, _SPREAD)))
        for n, t in enumerate(attempts)
        if random.random() < _SEEN or n == len(attempts) - 1
    ]
    end = live(plan.seed, 1, plan.days - (_ANDROID if plan.days < -_YEARS else 0)).backup
    for _ in range(random.randrange(1, 4)):
        day = end.replace(hour=0, minute=0) - timedelta(days=random.randrange(3, 400))
        times.append(day + timedelta(hours=min(17.0, max(6.0, random.gauss(11, 2.5)))))
    number = plan.owner.number
    country = next(c for c, r in ranges().items() if any(number.startswith(f"+{r.code}{p}") for p in r.prefixes))
    for n, time in enumerate(sorted(times)):
        yield list_world.Selection(
            number=number, country=country, time=time.replace(microsecond=0), operator=plan.client,
            sitting=sitting + n, device=plan.name,
        )  # fmt: skip


def _told(plan: Plan, truth: Truth, attempts: list[datetime], mine: list[list_world.Selection]) -> dict[str, Any]:
    group = plan.group
    told = {k: group[k] for k in ("like", "forge", "noise", "encrypted", "why") if k in group}
    return {
        "name": plan.name, "acquisition": plan.acquisition, "kind": truth.kind,
        "platform": device.platform(truth.kind), "truth": group["truth"], "client": plan.client,
        "number": plan.owner.number, **told, "traces": len(truth.traces),
        "attempts": [f"{t:%Y-%m-%dT%H:%M:%SZ}" for t in attempts],
        "selections": [f"{s.time:%Y-%m-%dT%H:%M:%SZ}" for s in mine],
    }  # fmt: skip


def _write_register(path: Path, plans: list[Plan]) -> None:
    """What the laboratory wrote down as the phones came in; the phones' clocks were right."""
    with path.open("x", encoding="utf-8", newline="") as file:
        to = csv.writer(file, lineterminator="\n")
        to.writerow(["phone", "acquisition", "platform", "number", "clock_offset_seconds", "notes"])
        for p in plans:
            to.writerow([p.name, p.acquisition, device.platform(p.group["kind"]), p.owner.number, 0, MARKER])
