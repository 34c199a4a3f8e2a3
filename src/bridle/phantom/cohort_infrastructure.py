"""What a cohort's clients attack from: passive DNS and certificates of the hosts that their feeds name.

The hosts of one client share an address and a certificate for a time; a hoster's address, on which many others are too,
and a certificate for everybody join hosts of different clients, as they do in the world.

Formats: https://datatracker.ietf.org/doc/html/draft-dulaunoy-dnsop-passive-dns-cof ; https://crt.sh (`output=json`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bridle.phantom.android.operators import operator
from bridle.phantom.attack import infrastructure

_BEGAN = datetime(2019, 3, 1, tzinfo=UTC)
_HOSTER = "203.0.113.250"
_UNRELATED = 60
"""Hosts of other people at the hoster."""


def hosts(attacker: int) -> list[str]:
    """The hosts of a client, those for Android phones among them."""
    iphone, android = infrastructure(attacker), operator(attacker)
    named = (iphone.lure, iphone.hidden_lure, iphone.server, *iphone.others, android.lure, android.server)
    return list(dict.fromkeys(named))


def write(folder: Path, seed: int, attackers: Mapping[str, int]) -> dict[str, list[str]]:
    """Write `passive-dns.json` and `certificates.json` to a new folder; gives the hosts of each client."""
    folder.mkdir()
    random = Random(f"{seed}/cohort infrastructure")
    answers: list[dict[str, Any]] = []
    certificates: list[dict[str, Any]] = []
    for n, (_, attacker) in enumerate(attackers.items()):
        named = hosts(attacker)
        begun = _BEGAN + timedelta(days=90 * n + random.randrange(30))
        address = f"198.51.100.{10 + 20 * n}"
        answers += [_answer(h, address, begun + timedelta(days=random.randrange(20)), 400) for h in named]
        answers.append(_answer(random.choice(named), _HOSTER, begun - timedelta(days=40), 30))
        certificates += _certificates(1000 + 10 * n, named, begun)
    others = [f"shop-{k:02}.example" for k in range(_UNRELATED)]
    answers += [_answer(h, _HOSTER, _BEGAN - timedelta(days=random.randrange(300)), 900) for h in others]
    random.shuffle(answers)
    lines = "".join(json.dumps(a) + "\n" for a in answers)
    (folder / "passive-dns.json").write_text(lines, "utf-8")
    (folder / "certificates.json").write_text(json.dumps(certificates, indent=1) + "\n", "utf-8")
    return {client: hosts(attacker) for client, attacker in attackers.items()}


def _answer(host: str, address: str, first: datetime, days: int) -> dict[str, Any]:
    seconds = int(first.timestamp())
    return {
        "rrname": host, "rrtype": "A", "rdata": address, "time_first": seconds, "time_last": seconds + days * 86_400,
        "count": 12,
    }  # fmt: skip


def _certificates(number: int, named: list[str], begun: datetime) -> list[dict[str, Any]]:
    """Two certificates, which together name every host and have one of them in common."""
    half = len(named) // 2
    return [
        {
            "id": number + n, "issuer_name": "C=XX, O=Synthetic Authority, CN=S1", "common_name": some[0],
            "name_value": "\n".join(some), "serial_number": f"{number + n:032x}",
            "entry_timestamp": f"{begun:%Y-%m-%dT%H:%M:%S}", "not_before": f"{begun:%Y-%m-%dT%H:%M:%S}",
            "not_after": f"{begun + timedelta(days=90):%Y-%m-%dT%H:%M:%S}",
        }
        for n, some in enumerate((named[: half + 1], named[half:]))
    ]  # fmt: skip
