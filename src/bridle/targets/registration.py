"""Pre-registration: what will be tested, with what and on whom, sealed before anybody sees a result.

A registration is a JSON file: the configuration, the power it promises, the time, and a SHA-256 over all of it. It
holds tokens and digests, no number and no name. The digest goes into the log of the list project, which is chained;
deposit it with somebody else too, or have it stamped (RFC 3161), for who holds the project could write a new log.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridle.classes import dataclass

FORMAT = {"format": "bridle correlation registration", "version": 1}
_LARGEST = 16 << 20


class RegistrationError(ValueError):
    """A registration that was changed, or is of something else. One sentence with the next step."""


@dataclass(frozen=True, kw_only=True)
class Registration:
    """A sealed configuration."""

    configuration: Mapping[str, Any]
    power: tuple[Mapping[str, float], ...]
    time: str
    digest: str


def canonical(value: Any) -> bytes:
    """JSON in one way only: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sealed(configuration: Mapping[str, Any], power: Iterable[Mapping[str, float]], now: datetime) -> Registration:
    """A registration made at a time."""
    time = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    # as it is read back: tuples are lists in JSON
    plain = json.loads(canonical({"configuration": configuration, "power": list(power)}))
    return Registration(
        configuration=plain["configuration"], power=tuple(plain["power"]), time=time,
        digest=_digest(plain["configuration"], plain["power"], time),
    )  # fmt: skip


def _digest(configuration: Any, power: Any, time: str) -> str:
    return hashlib.sha256(
        canonical({**FORMAT, "configuration": configuration, "power": power, "time": time})
    ).hexdigest()


def write(file: Path, made: Registration) -> None:
    """Write a new file, never over another. Raises RegistrationError."""
    value = {
        **FORMAT, "digest": made.digest, "time": made.time, "configuration": made.configuration,
        "power": list(made.power),
    }  # fmt: skip
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n")
    except FileExistsError:
        raise RegistrationError(f"{file} exists already; a registration is never written over") from None
    except OSError as e:
        raise RegistrationError(f"{file} cannot be written: {e.strerror}") from None


def read(file: Path) -> Registration:
    """A registration whose digest fits its content. Raises RegistrationError."""
    try:
        with file.open("rb") as stored:
            value = json.loads(stored.read(_LARGEST))
    except OSError as e:
        raise RegistrationError(f"{file}: {e.strerror}") from None
    except (ValueError, RecursionError):
        raise RegistrationError(f"{file} is not JSON; name a file that --register wrote") from None
    if not isinstance(value, dict) or {k: value.get(k) for k in FORMAT} != FORMAT:
        raise RegistrationError(f"{file} is no registration; name a file that --register wrote")
    try:
        digest = _digest(value["configuration"], value["power"], value["time"])
        found = Registration(
            configuration=dict(value["configuration"]), power=tuple(value["power"]), time=str(value["time"]),
            digest=digest,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as e:
        raise RegistrationError(f"{file} is not whole ({e!s:.60}); use the file as --register wrote it") from None
    if digest != value.get("digest"):
        raise RegistrationError(f"{file} was changed after it was sealed; use the file as --register wrote it")
    return found


def unchanged(registered: Registration, configuration: Mapping[str, Any]) -> None:
    """Raises RegistrationError, naming what differs, unless this is the configuration that was registered."""
    now = json.loads(canonical(configuration))
    if differing := sorted(_differing("", registered.configuration, now)):
        named = ", ".join(differing[:5]) + (f" and {len(differing) - 5} more" if len(differing) > 5 else "")
        raise RegistrationError(
            f"this is not what was registered on {registered.time}: {named}. Run what was registered, or run without"
            " --registered and say that the result is exploratory"
        )


def _differing(at: str, one: Any, other: Any) -> list[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        keys = {*one, *other}
        return [d for k in keys for d in _differing(f"{at}.{k}" if at else str(k), one.get(k), other.get(k))]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [d for n, (a, b) in enumerate(zip(one, other, strict=True)) for d in _differing(f"{at}[{n}]", a, b)]
    return [] if one == other and type(one) is type(other) else [at]
