"""What a private look-up and an intersection cost, in CPU time: `python -m lists.lookup [--listed 2000]`.

For both groups: blinding, evaluating with a proof, checking both proofs and removing the blinding, for each number; an
entry of the list's table; and of an intersection an entry of the book and a number of the list. Prints what a list of
50,000 and a book of 5,000 take by these figures. `--json` prints the figures: milliseconds of one core.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

from bridle.targets.voprf import blinded, check, evaluated, finalized, public_key
from bridle.targets.voprf_group import GROUPS, Group, random_scalar

LIST, BOOK = 50_000, 5_000


def spent(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of processor time, and what the work gave."""
    start = time.process_time()
    found = work()
    return (time.process_time() - start) * 1000, found


def costs(group: Group, listed: int) -> dict[str, float]:
    """Milliseconds for one number of each step, over `listed` numbers that nobody has."""
    numbers = [b"+1201555%04d" % n for n in range(listed)]
    shares = [random_scalar(group) for _ in "ab"]
    keys = [public_key(group, s) for s in shares]
    blinds = [random_scalar(group) for _ in numbers]
    blind, sent = spent(lambda: [blinded(group, n, b) for n, b in zip(numbers, blinds, strict=True)])
    alone, _ = spent(lambda: [evaluated(group, shares[0], [e]) for e in sent[:50]])
    batch, one = spent(lambda: evaluated(group, shares[0], sent))
    other = evaluated(group, shares[1], sent)
    checked, _ = spent(lambda: [check(group, k, sent, f, p) for k, (f, p) in zip(keys, (one, other), strict=True)])
    rows = list(zip(numbers, blinds, one[0], other[0], strict=True))
    final, _ = spent(lambda: [finalized(group, n, b, [x, y]) for n, b, x, y in rows])
    multiplied, _ = spent(lambda: [group.encode(blinded(group, n, shares[0])) for n in numbers])
    return {
        "blind": blind / listed,
        "evaluate one": alone / min(50, listed),
        "evaluate in a batch": batch / listed,
        "check both": checked / listed,
        "finalize": final / listed,
        "a number of the list": multiplied / listed,
    }


def totals(cost: dict[str, float]) -> dict[str, float]:
    """Seconds for a list of 50,000 and a book of 5,000."""
    table = cost["blind"] + 2 * cost["evaluate in a batch"] + cost["check both"] + cost["finalize"]
    book = 2 * cost["blind"] + cost["evaluate in a batch"] + cost["check both"] / 2 + cost["finalize"]
    return {
        "table of the list, both holders together": table * LIST / 1000,
        "intersection": (book * BOOK + cost["a number of the list"] * LIST) / 1000,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--listed", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = {name: costs(group, asked.listed) for name, group in GROUPS.items()}
    if asked.json:
        print(json.dumps({n: {"milliseconds": c, "seconds": totals(c)} for n, c in found.items()}, indent=2))
        return
    for name, cost in found.items():
        print(name)
        for step, value in cost.items():
            print(f"  {step:<42} {value:8.2f} ms")
        for step, value in totals(cost).items():
            print(f"  {step:<42} {value:8.0f} s for {LIST:,} listed, {BOOK:,} in the book")


if __name__ == "__main__":
    main()
