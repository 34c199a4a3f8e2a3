"""Which entries of a reporter's address book are on a list, without either side showing the other what it has.

Three files. The reporter blinds each entry with one secret scalar a: the offer. The holder of the list multiplies what
came with a fresh secret b, and adds its own numbers multiplied with b, each as 16 bytes of a digest: the answer. The
reporter takes a away again and compares. The reporter learns which own entries are on the list, or only how many
(the holder then shuffles what came back); the holder learns how long the book is. A number that is in the list and not
in the book cannot be computed from the answer without b, which is thrown away. Entries stay hidden from the holder
whatever it does; that a count tells no more than a count supposes a reporter who blinds as told. Sources: C. Meadows
(1986) and B. Huberman, M. Franklin, T. Hogg (1999) on private matching with Diffie-Hellman; RFC 9497.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridle.targets import lookup_files as files
from bridle.targets.files import locked
from bridle.targets.keys import ProjectError
from bridle.targets.lookup import listed_numbers, spent
from bridle.targets.refusals import RefusedError
from bridle.targets.voprf import Proof, ProofError, blinded, check, evaluated, public_key
from bridle.targets.voprf_group import GROUPS, Element, Group, random_scalar

if TYPE_CHECKING:
    from bridle.targets.project import Project

MOST_ENTRIES = 5000
"""Entries of an address book, and of all books that a project answers in 24 hours."""
MOST_LISTED = 1_000_000
"""Rows of a list: some 15 minutes of one core, and an answer of 36 MB."""
ANSWERED = "intersection"
"""The action in the log of the holder's project."""
REVEALED = ("count", "entries")
_PAD = 4096
_ENTRY = 16


def offer(book: Sequence[str], out: Path, secret: Path, suite: str) -> int:
    """Blind an address book of whole E.164 numbers, in random order; how many there are. Raises RefusedError."""
    entries = list(dict.fromkeys(book))
    if not 0 < len(entries) <= MOST_ENTRIES:
        raise RefusedError(f"an address book has 1 to {MOST_ENTRIES:,} numbers, not {len(entries):,}")
    secrets.SystemRandom().shuffle(entries)
    group = GROUPS[suite]
    a = random_scalar(group)
    elements = [blinded(group, e.encode(), a) for e in entries]
    files.write_secret(secret, "address book", group, entries=entries, blind=group.encode_scalar(a).hex())
    files.write(out, "offer", group, elements=files.encoded(group, elements))
    return len(entries)


def answer(project: Project, book: Path, out: Path, reveal: str, partner: str, reason: str) -> int:
    """Answer an offer from the list of a project open with both keys, logged first; how many entries it was for.

    `reveal` is what the reporter learns, one of `REVEALED`. Raises RefusedError above the limit or without a named
    partner of the consortium and a reason, ProjectError for a bad file.
    """
    if reveal not in REVEALED:
        raise RefusedError(f"expected {' or '.join(REVEALED)}, got {reveal!r:.40}")
    if len(partner.strip()) < 2 or len(reason.strip()) < 2:
        raise RefusedError("an intersection is made with a named member of the consortium: --partner, --reason")
    group, values = files.read(book, "offer")
    elements = files.decoded(group, values.get("elements"), MOST_ENTRIES)
    if len(set(values["elements"])) < len(elements):
        raise RefusedError("the offer has an entry twice, which would make a count tell more; ask for another one")
    _small_enough(project)
    with locked(project.folder):
        done = spent(project, ANSWERED, datetime.now(UTC) - timedelta(days=1))
        if done + len(elements) > MOST_ENTRIES:
            raise RefusedError(
                f"{done:,} of {MOST_ENTRIES:,} entries in 24 hours are answered, and {len(elements):,} more were asked"
            )
        project.audit.append(ANSWERED, project.actor, reason, partner=partner, numbers=len(elements), reveal=reveal)
    numbers = listed_numbers(project, reason)
    b = random_scalar(group)
    found, proof = evaluated(group, b, elements)
    own = _padded({_entry(group, blinded(group, n.encode(), b)) for n in numbers})
    proved: dict[str, Any] = {}
    if reveal == "count":
        secrets.SystemRandom().shuffle(found)
    else:
        proved = {"public": group.encode(public_key(group, b)).hex(),
                  "proof": [group.encode_scalar(proof.c).hex(), group.encode_scalar(proof.s).hex()]}  # fmt: skip
    files.write(out, "answer", group, reveal=reveal, evaluations=files.encoded(group, found), list=own, **proved)
    return len(elements)


def _small_enough(project: Project) -> None:
    project.keys.numbers("")
    rows = sum(i.rows for i in project.imports)
    if rows > MOST_LISTED:
        raise RefusedError(f"a list of at most {MOST_LISTED:,} rows can be intersected, this one has {rows:,}")


def read(secret: Path, answered: Path) -> tuple[int, list[str] | None]:
    """How many entries of the own book are on the list, and which, where the answer tells. Raises ProofError."""
    group, own = files.read_secret(secret, "address book")
    of, values = files.read(answered, "answer")
    entries: list[str] = own["entries"]
    if of.name != group.name:
        raise ProjectError(f"the answer is of {of.name}, the book was blinded in {group.name}; ask again")
    a = files.scalar(group, own["blind"])
    found = files.decoded(group, values.get("evaluations"), MOST_ENTRIES)
    if len(found) != len(entries):
        raise ProofError(f"{len(entries):,} entries were sent and {len(found):,} came back; ask again")
    if values.get("reveal") == "entries":
        _checked(group, values, [blinded(group, e.encode(), a) for e in entries], found)
    inverse = pow(a, -1, group.order)
    listed = values.get("list")
    known = set(map(str, listed)) if isinstance(listed, list) else set()
    hits = [_entry(group, group.multiply(inverse, e)) in known for e in found]
    if values.get("reveal") != "entries":
        return sum(hits), None
    return sum(hits), sorted(e for e, hit in zip(entries, hits, strict=True) if hit)


def _checked(group: Group, values: Any, sent: Sequence[Element], found: Sequence[Element]) -> None:
    """One secret was used for all entries: none of them was marked. Raises ProofError."""
    proof = values.get("proof")
    if not isinstance(proof, list) or len(proof) != 2:
        raise ProofError("the answer has no proof; do not use it, and ask again")
    public = files.decoded(group, [values.get("public")], 1)[0]
    check(group, public, sent, found, Proof(c=files.scalar(group, proof[0]), s=files.scalar(group, proof[1])))


def _entry(group: Group, element: Element) -> str:
    """What stands for a number multiplied with b: 16 bytes of a digest. Without b it stands for nothing."""
    return group.digest(b"bridle intersection 1" + group.encode(element))[:_ENTRY].hex()


def _padded(entries: set[str]) -> list[str]:
    """In order of value, with random ones, so that neither order nor number tells of the list."""
    wanted = -(-len(entries) // _PAD) * _PAD
    while len(entries) < wanted:
        entries.add(secrets.token_hex(_ENTRY))
    return sorted(entries)
