"""The private look-up: one person learns whether a number is on a list, the holders learn neither number nor answer.

Off until a project makes a share of a key. Two organisations each make one and neither can answer alone. Requests are
counted in the log of each project, and refused above its limit. Whoever could ask at will could walk through all
numbers, and an operator could ask for those it selected, learn that its system leaked, and who the source may be: so
each evaluation has a supervisor and a reason, and is made from a file that somebody carries.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.case import tables
from bridle.classes import dataclass
from bridle.targets import lookup_files as files
from bridle.targets.files import locked, replaced, small
from bridle.targets.keys import ProjectError, sealed, unsealed
from bridle.targets.refusals import RefusedError
from bridle.targets.store import NUMBERS_FILE, import_folder
from bridle.targets.voprf import MOST, Proof, ProofError, blinded, check, evaluated, finalized, public_key
from bridle.targets.voprf_group import GROUPS, Element, Group, random_scalar

if TYPE_CHECKING:
    from bridle.targets.project import Project

WARNING = (
    "An open look-up endangers the source: an operator that asks for the numbers it selected learns that its system "
    "leaked. Answer only people you have met, one number each, in person, and with support at hand."
)
SHARE = "look-up.sealed"
LIMIT, LARGEST_LIMIT = 10, 1000
"""Numbers that a share evaluates in 24 hours: by default, and at most."""
EVALUATED, SET_UP = "look-up", "look-up table"
"""Actions in the log: an answer to somebody, and a part of the table."""
_ENTRY = 16
"""Bytes of an entry of a table."""
_PAD = 4096
"""Entries of a table are a multiple of this; random ones hide how many numbers there are."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """A holder's share. limit: numbers in 24 hours. table: numbers that may be evaluated, once, for the table."""

    group: Group
    key: int
    limit: int
    table: int


def make_share(project: Project, out: Path, suite: str, limit: int, table: int) -> None:
    """A fresh share in the project, and its public key in `out`. Raises RefusedError, ProjectError."""
    if not 0 < limit <= LARGEST_LIMIT:
        raise RefusedError(f"a share answers 1 to {LARGEST_LIMIT:,} numbers in 24 hours, not {limit:,}")
    group = GROUPS[suite]
    key = random_scalar(group)
    values = {"suite": suite, "key": group.encode_scalar(key).hex(), "limit": limit, "table": table}
    with locked(project.folder):
        if (project.folder / SHARE).exists():
            raise ProjectError("the project has a share already; a new one would make its table worthless")
        project.audit.append("look-up share", project.actor, suite=suite, limit=limit, table=table)
        replaced(project.folder / SHARE, sealed(project.keys.sealing(SHARE), SHARE, values))
    files.write(out, "public key", group, public=group.encode(public_key(group, key)).hex())


def share(project: Project) -> Share:
    """The project's share. Raises RefusedError where it never made one: look-ups are off."""
    if not (project.folder / SHARE).exists():
        raise RefusedError("look-ups are off in this project; `bridle list lookup key` turns them on")
    try:
        values = unsealed(project.keys.sealing(SHARE), SHARE, small(project.folder / SHARE))
        group = GROUPS[values["suite"]]
        return Share(group=group, key=files.scalar(group, values["key"]), limit=int(values["limit"]),
                     table=int(values["table"]))  # fmt: skip
    except (ValueError, KeyError, TypeError) as e:
        raise ProjectError(f"{SHARE} cannot be read: {e!s:.60}; restore it from a copy") from e


def blind(numbers: Sequence[str], out: Path, secret: Path, suite: str) -> None:
    """A request for whole E.164 numbers, and the secret that stays with who asks. Raises ProjectError."""
    if not 0 < len(numbers) <= MOST:
        raise ProjectError(f"expected 1 to {MOST:,} numbers, got {len(numbers):,}")
    group = GROUPS[suite]
    blinds = [random_scalar(group) for _ in numbers]
    elements = [blinded(group, n.encode(), b) for n, b in zip(numbers, blinds, strict=True)]
    files.write_secret(
        secret, "secret", group, numbers=list(numbers), blinds=[group.encode_scalar(b).hex() for b in blinds]
    )
    files.write(out, "request", group, elements=files.encoded(group, elements))


def listed_numbers(project: Project, reason: str) -> list[str]:
    """The numbers of a project, each once; an act of both keys, logged first. Raises ProjectError."""
    if not reason.strip():
        raise ProjectError("say why: this is logged with its reason (--reason TEXT)")
    project.keys.numbers("")
    project.record("look-up list", reason, second=project.second_actor)
    found: dict[str, None] = {}
    for one in project.imports:
        path = import_folder(project.folder, one.id) / NUMBERS_FILE
        try:
            for batch in tables.batches(path, project.keys.numbers(one.id), ["number"], at_once=1 << 16):
                found |= dict.fromkeys(n for n in batch["number"].to_pylist() if n)
        except (OSError, ValueError) as e:
            raise ProjectError(f"import {one.id} cannot be read: {e!s:.80}; restore it from a copy") from e
    return list(found)


def evaluate(project: Project, request: Path, out: Path, supervisor: str, reason: str, table: bool = False) -> int:
    """Evaluate a request with the project's share, counted in its log first: how many numbers it was.

    Raises RefusedError above the limit or without a supervisor and a reason, ProjectError for a bad file.
    """
    if len(supervisor.strip()) < 2 or len(reason.strip()) < 2:
        raise RefusedError("a look-up is supervised; name who watches it and why it is made: --supervisor, --reason")
    own = share(project)
    group, values = files.read(request, "request")
    if group.name != own.group.name:
        raise ProjectError(f"the request is for {group.name}, the share is of {own.group.name}; blind it again")
    elements = files.decoded(group, values.get("elements"), MOST if table else own.limit)
    with locked(project.folder):
        _within(project, own, len(elements), table)
        action = SET_UP if table else EVALUATED
        project.audit.append(action, project.actor, reason, supervisor=supervisor, numbers=len(elements))
    found, proof = evaluated(group, own.key, elements)
    files.write(
        out, "response", group, elements=values["elements"], evaluations=files.encoded(group, found),
        public=group.encode(public_key(group, own.key)).hex(),
        proof=[group.encode_scalar(proof.c).hex(), group.encode_scalar(proof.s).hex()],
    )  # fmt: skip
    return len(elements)


def _within(project: Project, own: Share, more: int, table: bool) -> None:
    since = None if table else datetime.now(UTC) - timedelta(days=1)
    done = spent(project, SET_UP if table else EVALUATED, since)
    allowed = own.table if table else own.limit
    if done + more > allowed:
        what = "for the table of this share" if table else "in 24 hours"
        raise RefusedError(f"{done:,} of {allowed:,} numbers {what} are evaluated, and {more:,} more were asked")


def spent(project: Project, action: str, since: datetime | None) -> int:
    """Numbers that an action of the log was done for, since a time."""
    entries = (e for e in project.audit.entries() if e.action == action)
    return sum(int(e.details["numbers"]) for e in entries if since is None or datetime.fromisoformat(e.time) > since)


def results(secret: Path, responses: Sequence[Path], keys: Sequence[Path]) -> tuple[Group, list[bytes]]:
    """The outputs of the numbers of a request, once every proof holds. Raises ProjectError, ProofError.

    keys: the public keys of both holders, from themselves; each response must answer to another one.
    """
    group, own = files.read_secret(secret, "secret")
    numbers, blinds = own["numbers"], [files.scalar(group, b) for b in own["blinds"]]
    sent = [blinded(group, n.encode(), b) for n, b in zip(numbers, blinds, strict=True)]
    public = publics(group, keys)
    parts = [_checked(group, r, sent, public) for r in responses]
    if sorted(p for p, _ in parts) != sorted(public):
        raise ProofError("expected one response of each holder; ask the one that is missing")
    columns = zip(*(found for _, found in parts), strict=True)
    return group, [finalized(group, n.encode(), b, list(e)) for n, b, e in zip(numbers, blinds, columns, strict=True)]


def publics(group: Group, keys: Sequence[Path]) -> dict[str, Element]:
    """The holders' public keys by their text: two different ones. Raises ProjectError."""
    found: dict[str, Element] = {}
    for path in keys:
        of, values = files.read(path, "public key")
        if of.name != group.name:
            raise ProjectError(f"{path.name} is a key of {of.name}, expected {group.name}; ask for the right one")
        found[str(values.get("public"))] = files.decoded(group, [values.get("public")], 1)[0]
    if len(found) != 2:
        raise ProjectError("a look-up has two holders; name the public key of each with --key")
    return found


def _checked(
    group: Group, path: Path, sent: Sequence[Element], public: Mapping[str, Element]
) -> tuple[str, list[Element]]:
    of, values = files.read(path, "response")
    name = str(values.get("public"))
    proof = values.get("proof")
    if of.name != group.name or name not in public or not isinstance(proof, list) or len(proof) != 2:
        raise ProofError(f"{path.name} is no answer of these two holders; ask again, or get their keys again")
    found = files.decoded(group, values.get("evaluations"), MOST)
    check(group, public[name], sent, found, Proof(c=files.scalar(group, proof[0]), s=files.scalar(group, proof[1])))
    return name, found


def write_table(out: Path, group: Group, outputs: Sequence[bytes], keys: Sequence[Path]) -> int:
    """The table of a list: its outputs cut to 16 bytes, in order of value, with random ones that hide their number."""
    entries = {o[:_ENTRY].hex() for o in outputs}
    wanted = -(-len(entries) // _PAD) * _PAD
    while len(entries) < wanted:
        entries.add(secrets.token_hex(_ENTRY))
    files.write(out, "table", group, publics=sorted(publics(group, keys)), entries=sorted(entries))
    return wanted


def listed(table: Path, group: Group, outputs: Sequence[bytes], keys: Sequence[Path]) -> list[bool]:
    """Whether each output is in the table. Raises ProjectError for a table of other holders."""
    of, values = files.read(table, "table")
    entries: Any = values.get("entries")
    if of.name != group.name or values.get("publics") != sorted(publics(group, keys)):
        raise ProjectError(f"{table.name} is of other holders' keys; ask for the table that belongs to them")
    if not isinstance(entries, list):
        raise ProjectError(f"{table.name} has no entries; ask for it again")
    known = set(map(str, entries))
    return [o[:_ENTRY].hex() in known for o in outputs]
