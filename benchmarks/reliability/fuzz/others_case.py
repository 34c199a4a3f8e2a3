"""The files of a sealed case, of its bag, and what comes with them: keys, signatures, consent records, certificates."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from bridle.case import consent, signature, signers, signoff
from bridle.case.bag import write_bag
from bridle.case.bag_check import BagError
from bridle.case.chain import append, append_custody
from bridle.case.seal import seal
from bridle.case.seal_statement import SealError, Statement
from bridle.case.signature_errors import KeyFileError, SignatureError
from bridle.case.timestamp import accept, parsed_certificates, request
from bridle.case.verify import verify
from reliability.fuzz.target import Target, fixtures_at_hand

fixtures_at_hand()

from building import KEY, Process, rows, written  # noqa: E402
from sealing import SYNTHETIC, Service, key_file  # noqa: E402

from outside_tools import run  # noqa: E402

_OF_A_CASE = (
    "seal.json", "seal.json.sig", "manifest.json", "manifest.json.sig", "custody.jsonl", "notes.jsonl", "case.toml",
    "findings.jsonl", "signoff.jsonl", "seal.json.tsr", "tsa.pem",
)  # fmt: skip
_OF_A_BAG = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt")
_DAY = date(2026, 1, 5)


def targets_of_cases() -> Iterator[Target]:
    """A target for each file of a case and of a bag, and for each file that is given with one."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        keys, case = _sealed(folder)
        files = _files(case)
        bag = _files(write_bag(case, folder / "bag"))
    for name in _OF_A_CASE:
        if name in files:
            read = in_folder(files, name, _case)
            yield Target(name=f"others.case.{name}", seeds=(files[name],), read=read, documented=(OSError, ValueError))
    for name in _OF_A_BAG:
        yield Target(
            name=f"others.bag.{name}", seeds=(bag[name],), read=in_folder(bag, name, verify), documented=(BagError,)
        )
    yield from _of_seals(files, keys)
    yield Target(
        name="others.consent",
        seeds=(_CONSENT, consent.template("en").encode()),
        read=_read("consent.toml", _consent),
        documented=(consent.ConsentError, consent.RefusedError),
    )


def _sealed(folder: Path) -> tuple[dict[str, bytes], Path]:
    """Keys, and a sealed case; with a time stamp where OpenSSL is there to give one."""
    table = rows(Process, "/p", [{"locator": "1", "name": "bh"}])
    files = {"case.toml": SYNTHETIC, "findings.jsonl": b'{"id": "f1", "level": "high"}\n', "summary.json": b"{}\n"}
    key, case = key_file(folder), written(folder / "case", KEY, {"a.b.c": table}, files).path
    append_custody(case, {"event": "check", "exit": 0})
    append(case, "notes.jsonl", {"note": "seen"})
    signoff.enter(case, "Jane Roe", "analyst", [signoff.Disposition(finding="f1", disposition="confirmed", reason="x")])
    seal(case, key)
    with suppress(OSError, AssertionError):
        run("openssl", "version")
        service = Service(folder / "service")
        accept(case, service.answer(request(case)), service.root)
    return {"key": key.read_bytes(), "key.pub": key.with_suffix(".pub").read_bytes()}, case


def _files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _case(folder: Path) -> None:
    """What differs is said, a sentence each; then who looked at it."""
    found = verify(folder)
    assert all(found.differences), "a difference that is told has no words"
    signoff.state(folder)


def _of_seals(files: Mapping[str, bytes], keys: Mapping[str, bytes]) -> Iterator[Target]:
    signed, public = files["manifest.json"], signature.public_key(keys["key.pub"].decode())

    def holds(data: bytes) -> None:
        signature.key_of(data)
        signature.holds(data, signed, public)

    yield Target(
        name="others.seal.statement",
        seeds=(files["seal.json"],),
        read=lambda data: _done(Statement.parsed(data)),
        documented=(SignatureError,),
    )
    yield Target(
        name="others.seal.signature",
        seeds=(files["manifest.json.sig"], _MINISIGN),
        read=holds,
        documented=(SignatureError,),
    )
    readers: dict[str, tuple[bytes, Callable[[Path], Any]]] = {
        "key": (keys["key"], lambda path: signature.signing_key(path, lambda: "password")),
        "key.pub": (keys["key.pub"], signature.public_key_file),
        "allowed_signers": (b'seal@example.org namespaces="x" ' + keys["key.pub"], signers.allowed_signers),
    }
    for name, (seed, read) in readers.items():
        yield Target(name=f"others.seal.{name}", seeds=(seed,), read=_read(name, read), documented=(KeyFileError,))
    if "tsa.pem" in files:
        yield Target(
            name="others.seal.certificates",
            seeds=(files["tsa.pem"],),
            read=lambda data: _done(parsed_certificates(data, "tsa.pem")),
            documented=(SealError,),
        )


def _read(name: str, read: Callable[[Path], Any]) -> Callable[[bytes], None]:
    return in_folder({}, name, lambda folder: read(folder / name))


def _consent(path: Path) -> None:
    record = consent.Consent.load(path)
    consent.may_examine(record, _DAY)
    meta = {"consent": record.as_dict(), "sources": [{"name": "S1"}]}
    consent.may_share(meta)
    for allowed in (consent.may_publish, consent.may_count, consent.may_learn, consent.may_re_scan):
        with suppress(consent.RefusedError):
            allowed(meta, _DAY)


def in_folder(files: Mapping[str, bytes], name: str, read: Callable[[Path], Any]) -> Callable[[bytes], None]:
    """Reads a folder with these files, of which one has the bytes that are given."""
    memory = Path("/dev/shm")
    where = memory if memory.is_dir() else None

    def read_folder(data: bytes) -> None:
        folder = Path(tempfile.mkdtemp(dir=where))
        try:
            for other, stored in {**files, name: data}.items():
                (folder / other).parent.mkdir(parents=True, exist_ok=True)
                (folder / other).write_bytes(stored)
                (folder / other).chmod(0o600)
            read(folder)
        finally:
            shutil.rmtree(folder)

    return read_folder


def _done(_: object) -> None:
    return None


_CONSENT = b"""\
given_by = "P1"
date = 2026-01-05
language = "en"
method = "signed paper"
witness = ""
retention_until = 2999-12-31

[scopes]
acquire = true
analyse = true
re_scan_until = 2999-12-31
share_with = ["Example Lab"]
publish = true
statistics = true
"""
_MINISIGN = b"""\
untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1556193335\tfile:test
y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==
"""
