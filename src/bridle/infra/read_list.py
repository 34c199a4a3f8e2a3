"""Lists that say less, or the contrary, of what feeds say: pairs of domains and addresses, and MISP's warning lists."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from typing import Any

from bridle.indicators.normalise import NORMALISE
from bridle.infra.base import Value
from bridle.infra.source_file import SourceFile, UnreadableError
from bridle.infra.taking import Taking, address, host

_FLAT_PAIR = re.compile(r"([^\s,;|#]{3,253})\s?[,;|\t]\s?([0-9A-Fa-f.:]{3,45})(?:\s*#.*)?")


def is_pairs(text: str) -> bool:
    """Whether most lines are a domain and an address, such as `a.example|192.0.2.1`, below no header."""
    lines = [line.strip() for line in text.splitlines()[:200] if line.strip() and not line.startswith("#")]
    fits = sum((m := _FLAT_PAIR.fullmatch(line)) is not None and address(m[2]) is not None for line in lines)
    return bool(lines) and fits > 0.8 * len(lines)


def read_pairs(file: SourceFile, take: Taking) -> None:
    """A domain and its address on each line."""
    with io.TextIOWrapper(file.open(), "utf-8", "backslashreplace") as f:
        for n, line in enumerate(f, 1):
            bare = line.strip()
            if not bare or bare.startswith("#"):
                continue
            found = _FLAT_PAIR.fullmatch(bare)
            name = host(found[1]) if found is not None else None
            other = address(found[2]) if found is not None else None
            if name is None or other is None or name.kind != "domain" or other.kind != "ip-address":
                take.warn(f"line {n}", f"expected a domain and an address, got {bare!r:.60}")
                continue
            for v in (name, other):
                take.claim(v.kind, v.value, f"line {n}")
            take.writer.relation(name, "resolves-to", other, f"line {n}")


def is_warning_list(o: Mapping[str, Any]) -> bool:
    """Whether an object is one of MISP's warning lists."""
    return isinstance(o.get("list"), list) and "matching_attributes" in o


def read_warning_list(file: SourceFile, take: Taking) -> None:
    """The values of a warning list of MISP: somebody's who is no attacker, or of no use as an indicator.

    A name that stands for all names below it is shown with a dot before it, as some lists write it: in lists of type
    `hostname` all do.

    Source: https://github.com/MISP/misp-warninglists (README: types of lists).
    """
    try:
        o = json.loads(file.whole())
    except (ValueError, RecursionError) as e:
        raise UnreadableError(f"not JSON: {e!s:.80}") from None
    if not isinstance(o, dict) or not is_warning_list(o):
        raise UnreadableError("not a warning list of MISP: it has no `list` and `matching_attributes`")
    if o.get("type") in ("regex", "substring"):
        raise UnreadableError(f"warning lists of type {o['type']} are not read: their lines are no values")
    name = o.get("name")
    about = {"reference": name.strip()[:200] if isinstance(name, str) else None}
    for n, text in enumerate(o["list"]):
        found = _benign(text) if isinstance(text, str) else None
        if found is None:
            take.warn(f"/list/{n}", f"expected a domain, address, network or digest, got {text!a:.60}")
        else:
            below = found.kind == "domain" and o.get("type") == "hostname" and not text.startswith(".")
            take.claim(found.kind, found.value, f"/list/{n}", "benign", f".{text}" if below else text, **about)


def _benign(text: str) -> Value | None:
    bare = text.strip().lstrip(".").lower()
    for kind in ("sha256", "sha1", "md5"):
        if re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}", bare):
            try:
                return Value(kind, NORMALISE[kind](bare))
            except ValueError:
                continue
    return host(bare) if len(bare) < 300 else None
