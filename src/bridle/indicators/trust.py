"""Whose signatures count: the keys in the store's `allowed_signers`, a file of OpenSSH's form, and who signed before.

Each key is trusted for one source (the address of its index) or for `bundles`. A source with a trusted key is refused
unless one of its keys signed it. One without is trusted on first use: whoever signed it once must sign it from then on.

Source: ALLOWED SIGNERS in ssh-keygen(1).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from bridle.classes import dataclass
from bridle.indicators import store
from bridle.indicators.ssh_signature import PublicKey, SignatureError, verified

FILE = "allowed_signers"
INDEX, BUNDLE = "bridle-index", "bridle-bundle"
"""What a signature is for: ssh-keygen's namespaces."""
BUNDLES = "bundles"
_LARGEST = 1 << 20
_NAMESPACES = re.compile(r'namespaces="([^"]*)"\Z')


class TrustError(Exception):
    """A signature that is missing, wrong, or of a key that is not trusted. One sentence with the next step."""


@dataclass(frozen=True)
class Signer:
    """One line of the file."""

    source: str
    key: PublicKey
    namespaces: tuple[str, ...]


def signers(folder: Path) -> list[Signer]:
    """The keys of a store. A line that is not understood raises TrustError; to leave it out would trust more."""
    file = folder / FILE
    try:
        if file.stat().st_size > _LARGEST:
            raise TrustError(f"{file} is too large; expected lines `SOURCE ssh-ed25519 AAAA…`")
        lines = file.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as e:
        raise TrustError(f"{file} cannot be read: {getattr(e, 'strerror', None) or e}; repair it first") from None
    return [_signer(file, n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]


def _signer(file: Path, number: int, line: str) -> Signer:
    source, _, rest = line.strip().partition(" ")
    option, _, after = rest.strip().partition(" ")
    namespaces: tuple[str, ...] = (INDEX, BUNDLE)
    if match := _NAMESPACES.match(option):
        namespaces, rest = tuple(match[1].split(",")), after
    try:
        return Signer(source, PublicKey.of_line(rest), namespaces)
    except SignatureError as e:
        raise TrustError(f"{file}, line {number}: {e}") from None


def add(folder: Path, source: str, key: PublicKey) -> bool:
    """Trust a key for a source from now on. False where it was already. Raises TrustError or StoreError."""
    made = line(source, key)
    with store.writing(folder):
        if any((s.source, s.key) == (source, key) for s in signers(folder)):
            return False
        file = folder / FILE
        before = file.read_bytes() if file.exists() else b""
        store.write_file(
            folder, FILE, before + (b"\n" if before and not before.endswith(b"\n") else b"") + made.encode()
        )
        return True


def keys_for(known: Collection[Signer], source: str, namespace: str) -> list[PublicKey]:
    """The keys that may sign a source for a purpose."""
    return [s.key for s in known if s.source == source and namespace in s.namespaces]


def line(source: str, key: PublicKey) -> str:
    """What `trust` writes for a key. Raises TrustError for a source that cannot stand in the file."""
    if not re.fullmatch(r"[!-~]+", source) or re.search(r'[",*?!#]', source):
        raise TrustError(f"expected the address of an index, or `{BUNDLES}`, got {source!r:.60}")
    return f'{source} namespaces="{BUNDLE if source == BUNDLES else INDEX}" {key.line}\n'


def judged(
    message: bytes, signature: bytes | None, namespace: str, keys: Collection[PublicKey], before: str | None, what: str
) -> str | None:
    """Who signed: a fingerprint, or None for nobody where nobody needs to.

    `before` is the fingerprint of who signed last time. Raises TrustError.
    """
    if signature is None:
        if keys:
            raise TrustError(f"{what} is not signed, and you trust only what {_names(keys)} signed; ask its publisher")
        if before:
            raise TrustError(
                f"{what} is not signed; until now it was, by {before}. Ask its publisher; if they stopped signing, "
                "`bridle indicators forget SOURCE` and update again"
            )
        return None
    try:
        key = verified(message, signature, namespace)
    except SignatureError as e:
        raise TrustError(f"{what}: {e}; ask its publisher") from None
    if keys and key not in keys:
        raise TrustError(f"{what} is signed by {key.fingerprint}, and you trust only {_names(keys)}; ask its publisher")
    if not keys and before and key.fingerprint != before:
        raise TrustError(
            f"{what} is signed by {key.fingerprint}; until now it was {before}. Ask its publisher for the new key, "
            "then `bridle indicators trust KEY.pub --for SOURCE`"
        )
    return key.fingerprint


def _names(keys: Collection[PublicKey]) -> str:
    return ", ".join(sorted(k.fingerprint for k in keys))
