"""Who may seal: one public key, or a file of allowed signers as OpenSSH has it.

Source: ssh-keygen(1), ALLOWED SIGNERS. Lines of other kinds of keys, and of authorities, match no seal.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from bridle.case.signature import KeyFileError, PublicKey, SignatureError, public_key, public_key_file
from bridle.case.signature_openssh import NAMESPACE
from bridle.classes import dataclass

_FIELD = re.compile(r'(?:"[^"]*"|[^\s"])+')
_OPTION = re.compile(r'([a-z-]+)(?:="([^"]*)"|=([^,"]*))?(?:,|$)')
_TIME = re.compile(r"(\d{8})(\d{4})?(\d{2})?(Z?)")
_KINDS = ("ssh-", "sk-", "ecdsa-")
_LARGEST = 1 << 20


@dataclass(frozen=True)
class Signer:
    """A key that is expected, and whose it is where a file of allowed signers says so."""

    key: PublicKey
    name: str | None = None
    namespaces: tuple[str, ...] = ("*",)
    after: datetime | None = None
    before: datetime | None = None

    def refuses(self, at: datetime) -> str | None:
        """Why a seal of that time is not one of this signer, as the end of a sentence; None if it is."""
        if not any(fnmatchcase(NAMESPACE, n) for n in self.namespaces):
            return f"whose key is not for {NAMESPACE} but for {', '.join(self.namespaces)}"
        if self.after is not None and at < self.after:
            return f"whose key is valid from {self.after:%Y-%m-%d} only"
        if self.before is not None and at > self.before:
            return f"whose key is valid until {self.before:%Y-%m-%d} only"
        return None


def one_signer(path: Path) -> list[Signer]:
    """From a public key's file, OpenSSH's or minisign's. Raises KeyFileError."""
    return [Signer(public_key_file(path))]


def allowed_signers(path: Path) -> list[Signer]:
    """From a file of allowed signers. Raises KeyFileError, which names the line."""
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode("utf-8", "replace")
    except OSError as e:
        raise KeyFileError(f"the allowed signers {path} cannot be read: {e.strerror}") from e
    found: list[Signer] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            found += _signers(line.strip())
        except (SignatureError, ValueError, OverflowError) as e:
            raise KeyFileError(f"{path}, line {number}: {e}") from e
    if not found:
        raise KeyFileError(f"{path} names no Ed25519 key; a line of it is: lab@example.org ssh-ed25519 AAAA…")
    return found


def _signers(line: str) -> Iterator[Signer]:
    if not line or line.startswith("#"):
        return
    fields: Sequence[str] = _FIELD.findall(line)
    options = "" if len(fields) > 1 and fields[1].startswith(_KINDS) else fields[1] if len(fields) > 1 else ""
    key = fields[2:4] if options else fields[1:3]
    if len(key) < 2:
        raise ValueError("expected a name, options where there are any, and a public key")
    values = _options(options)
    if key[0] == "ssh-ed25519" and "cert-authority" not in values:
        yield Signer(
            public_key(" ".join(key)), fields[0].strip('"'), tuple(values.get("namespaces", "*").split(",")),
            _time(values.get("valid-after")), _time(values.get("valid-before")),
        )  # fmt: skip


def _options(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        part = _OPTION.match(text, at)
        if part is None or part[1] not in ("cert-authority", "namespaces", "valid-after", "valid-before"):
            raise ValueError(f'expected options such as namespaces="{NAMESPACE}", got {text[at:]!r:.60}')
        found[part[1]] = part[2] or part[3] or ""
        at = part.end()
    return found


def _time(text: str | None) -> datetime | None:
    """`YYYYMMDD[HHMM[SS]][Z]`; without Z it is of this machine's zone, as for ssh-keygen."""
    if text is None:
        return None
    parts = _TIME.fullmatch(text)
    if parts is None:
        raise ValueError(f"expected a time such as 20260131Z, got {text!r:.60}")
    fields = time.strptime(f"{parts[1]}{parts[2] or '0000'}{parts[3] or '00'}", "%Y%m%d%H%M%S")
    if parts[4]:
        return datetime(*fields[:6], tzinfo=UTC)
    return datetime.fromtimestamp(time.mktime(fields), UTC)
