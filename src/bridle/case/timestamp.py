"""Time stamps of RFC 3161 on a seal: that it was there at a time, said by a service that has no part in the case.

bridle asks nobody: it writes the request to a file, somebody sends it (curl does), and the answer is checked here,
without a network, against the certificates that the service publishes; both are kept with the case. What is stamped is
the SHA-256 of `seal.json.sig`: it stands for the manifest and the chains, and nobody without the secret key can compute
it from a guess at them, so the service learns nothing of the case. Certificates are judged at the stamp's time.
Sources: RFC 3161 (2.4.1 request, 2.4.2 response).
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from bridle.case.chain import CUSTODY, append_custody, entries
from bridle.case.seal import alone
from bridle.case.seal_check import seal_differences
from bridle.case.seal_statement import (
    STAMP,
    STAMP_CERTIFICATES,
    STATEMENT_SIGNATURE,
    DiffersError,
    SealError,
    Statement,
    read_statement,
    stored,
)
from bridle.case.signature import LIMIT, SignatureError
from bridle.case.timestamp_der import ordered
from bridle.descriptors import write_whole

_BEFORE = bytes.fromhex("30390201013031300d060960864801650304020105000420")
"""TimeStampReq of version 1, its imprint a SHA-256, up to the digest …"""
_AFTER = bytes.fromhex("0101ff")
"""… and that the answer is to hold the service's certificate. No nonce: the imprint is used once."""
CLOCKS = timedelta(minutes=5)
"""What the clocks of the analyst and of the service may differ by."""
_ODD = (ValueError, TypeError, AssertionError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension)
"""What the libraries raise where a certificate or an answer is not as it should be."""
_MOST = 16
"""Certificates in a file."""


class Stamp(NamedTuple):
    """A time stamp, when it says the seal was there, and what does not hold, a sentence each."""

    time: datetime | None
    sentences: list[str]
    unchecked: str | None = None
    """Why it could not be checked, a sentence with the next step."""


class Certificates(NamedTuple):
    """A service's certificates: those that sign themselves, which are trusted, and those between."""

    roots: list[x509.Certificate]
    between: list[x509.Certificate]


class MissingExtraError(Exception):
    """What checks time stamps is not installed."""


def request(case: Path) -> bytes:
    """What to send to a service. Raises SealError for a case that is not sealed, DiffersError if its seal is broken."""
    _holding(case)
    return _BEFORE + hashlib.sha256(stored(case, STATEMENT_SIGNATURE)).digest() + _AFTER


def accept(case: Path, response: Path, certificates: Path, again: bool = False) -> datetime:
    """Check a service's answer and keep it with its certificates; returns its time.

    Raises SealError with what is wrong, DiffersError if the seal is broken, OSError.
    """
    with alone(case):
        statement = _holding(case)
        if os.path.lexists(case / STAMP) and not again:
            raise SealError(f"{case} has a time stamp already; --again replaces it")
        answer, chain = _small(response), _small(certificates)
        vouching = parsed_certificates(chain, certificates.name)
        time = checked(answer, stored(case, STATEMENT_SIGNATURE), vouching, response.name)
        _in_order(case, statement, time)
        write_whole(case / STAMP_CERTIFICATES, chain)
        write_whole(case / STAMP, answer)
        digests = {
            "sha256": hashlib.sha256(answer).hexdigest(),
            "certificates_sha256": hashlib.sha256(chain).hexdigest(),
        }
        append_custody(case, {"event": "timestamp", "stamped": _text(time), **digests})
    return time


def _holding(case: Path) -> Statement:
    statement = read_statement(case)
    if differences := seal_differences(case).sentences:
        raise DiffersError(f"the seal of {case} does not hold: {differences[0]}; run `bridle verify {case}`")
    return statement


def _small(path: Path) -> bytes:
    with path.open("rb") as file:
        found = file.read(LIMIT + 1)
    if len(found) > LIMIT:
        raise SealError(f"{path} has more than {LIMIT} bytes: it is neither a time stamp nor a service's certificates")
    return found


def stamp_differences(case: Path, statement: Statement | None, trusted: bytes | None = None) -> Stamp:
    """Of a case without a time stamp, whether it had one. `trusted` are certificates instead of those in the case.

    Raises OSError.
    """
    told = _told(case)
    if not os.path.lexists(case / STAMP):
        there = [f"{STAMP_CERTIFICATES}: belongs to no time stamp"] * os.path.lexists(case / STAMP_CERTIFICATES)
        lost = [f"{STAMP}: missing, and line {n} of {CUSTODY} says that the seal was stamped" for n, _ in told]
        return Stamp(None, there + lost)
    if statement is None:
        return Stamp(None, [f"{STAMP}: cannot be checked without {STATEMENT_SIGNATURE} and what it signs"])
    found, files = [], {}
    for name in (STAMP, STAMP_CERTIFICATES, STATEMENT_SIGNATURE):
        try:
            files[name] = stored(case, name)
        except (OSError, SignatureError) as e:
            found.append(f"{name}: {getattr(e, 'strerror', None) or e}")
    if found:
        return Stamp(None, found)
    found = list(_as_told(files, told))
    try:
        chain = parsed_certificates(files[STAMP_CERTIFICATES] if trusted is None else trusted, STAMP_CERTIFICATES)
        time = checked(files[STAMP], files[STATEMENT_SIGNATURE], chain, STAMP)
        _in_order(case, statement, time)
    except SealError as e:
        return Stamp(None, [*found, str(e)])
    except MissingExtraError as e:
        return Stamp(None, found, str(e))
    return Stamp(time, found)


def _told(case: Path) -> list[tuple[int, Mapping[str, Any]]]:
    """What the custody log says of the last stamp on the last seal: at most one entry, with its line."""
    last: list[tuple[int, Mapping[str, Any]]] = []
    for number, row in entries(case, CUSTODY):
        if row.get("event") == "seal":
            last = []
        elif row.get("event") == "timestamp":
            last = [(number, row)]
    return last


def _as_told(files: Mapping[str, bytes], told: list[tuple[int, Mapping[str, Any]]]) -> Iterator[str]:
    if not told:
        yield f"{STAMP}: {CUSTODY} has no entry of it"
        return
    number, row = told[0]
    for name, key in ((STAMP, "sha256"), (STAMP_CERTIFICATES, "certificates_sha256")):
        if hashlib.sha256(files[name]).hexdigest() != row.get(key):
            yield f"{name}: changed or swapped: it is not the one of line {number} of {CUSTODY}"


def _in_order(case: Path, statement: Statement, time: datetime) -> None:
    """Raises SealError for a stamp that is older than what it stamps."""
    until = statement.chains.get(CUSTODY, {"lines": 0})["lines"]
    last = next((row for n, row in entries(case, CUSTODY) if n == until), {})
    try:
        written = datetime.fromisoformat(str(last["time"]))
        early = time < written - CLOCKS
    except (KeyError, ValueError, TypeError):
        raise SealError(f"{CUSTODY}: line {until} has no time to compare the time stamp with") from None
    if early:
        raise SealError(
            f"{STAMP}: stale: its time {_text(time)} is before the last entry of {CUSTODY} that it covers"
            f" ({_text(written)}); set the clock of this machine right and seal again"
        )


def checked(response: bytes, message: bytes, certificates: Certificates, name: str) -> datetime:
    """The time of a service's answer over a message. Raises SealError, which says what of it does not hold."""
    try:
        from rfc3161_client import PKIStatus, VerificationError, VerifierBuilder, decode_timestamp_response
    except ImportError as e:
        raise MissingExtraError(f"{name}: is checked by rfc3161-client: pip install bridle[seal]") from e
    try:
        found = decode_timestamp_response(ordered(response))
        if PKIStatus(found.status) is not PKIStatus.GRANTED:
            raise SealError(
                f"{name}: the service refused ({'; '.join(found.status_string) or found.status}); ask it again"
            )
        imprint = bytes(found.tst_info.message_imprint.message)
        time = found.tst_info.gen_time
    except _ODD as e:
        raise SealError(f"{name}: is no answer of RFC 3161 that can be read ({e!s:.60}); {_OPENSSL}") from e
    if imprint != hashlib.sha256(message).digest():
        raise SealError(
            f"{name}: stale: it stamps something else than this {STATEMENT_SIGNATURE}, such as an older seal"
        )
    try:
        with warnings.catch_warnings(action="ignore"):  # that a certificate is odd is said by the outcome
            verifier = VerifierBuilder(roots=certificates.roots, intermediates=certificates.between).build()
            verifier.verify_message(found, message)
    except (VerificationError, *_ODD) as e:
        raise SealError(
            f"{name}: is not signed by a service that the certificates vouch for ({e!s:.60}); {_OPENSSL}"
        ) from e
    return time


_OPENSSL = f"compare `openssl ts -verify -data {STATEMENT_SIGNATURE} -in {STAMP} -CAfile {STAMP_CERTIFICATES}`"


def parsed_certificates(pem: bytes, name: str) -> Certificates:
    """A service's certificates from the content of a file of that name. Raises SealError."""
    try:
        found = x509.load_pem_x509_certificates(pem)
        roots = [c for c in found if c.issuer == c.subject]
    except _ODD:
        raise SealError(f"{name}: is no certificate in PEM; ask the service for its chain as a .pem file") from None
    if not roots or len(found) > _MOST:
        raise SealError(f"{name}: must hold the service's root, and at most {_MOST} certificates; add the root's PEM")
    return Certificates(roots, [c for c in found if c not in roots])


def _text(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
