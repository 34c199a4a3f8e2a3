"""All signers of one app together, and where its signatures contradict each other.

Sources: as `apk_signature`; `X-Android-APK-Signed` in https://source.android.com/docs/security/features/apksigning/v2 .
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from itertools import pairwise

from bridle.classes import dataclass
from bridle.core import FormatError
from bridle.formats import apk_signature
from bridle.formats.apk_signature import MOST_CERTIFICATES, Pair, Signer
from bridle.formats.apk_zip import ApkZip, Entry, Oddity

_V1_FILE = re.compile(r"META-INF/[^/]+\.(?:RSA|DSA|EC)", re.IGNORECASE)
_MOST_FILES = 20
_SIGNED_AS = re.compile(rb"^X-Android-APK-Signed: ?([0-9, ]{1,40})\r?$", re.MULTILINE)
_HEADER = 1 << 16


@dataclass
class Signers:
    """What the signatures of an app name."""

    found: list[Signer] = field(default_factory=list)
    blocks: list[Pair] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    """Place and reason of what could not be read."""
    oddities: dict[str, Oddity] = field(default_factory=dict)
    _promised: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, archive: ApkZip) -> Signers:
        """The signers of an opened app."""
        signers = cls()
        files = [e for e in archive.entries if _V1_FILE.fullmatch(e.name)]
        for number, entry in enumerate(files[:_MOST_FILES], 1):
            signers._v1(archive, entry, number)
        signers._block(archive)
        signers._compare()
        return signers

    @classmethod
    def of_idsig(cls, data: bytes) -> Signers:
        """The signer of a file beside the app. Raises FormatError."""
        return cls(found=list(apk_signature.of_v4(data)))

    @property
    def schemes(self) -> tuple[str, ...]:
        """The schemes that name a signer."""
        return tuple(dict.fromkeys(s.scheme for s in self.found if s.role == "signer"))

    def _v1(self, archive: ApkZip, entry: Entry, number: int) -> None:
        data = archive.read(entry, apk_signature.LONGEST_FILE)
        self._take(f"v1:{number}", apk_signature.of_v1(data, entry.name, number))
        stem = entry.name.rpartition(".")[0]
        said = archive.named(f"{stem}.SF") or archive.named(f"{stem}.sf")
        if said is None:
            self.oddities["v1-without-sf"] = Oddity(1, f"{entry.name:.200} has no file .SF beside it")
        elif match := _SIGNED_AS.search(archive.read(said, _HEADER)):
            self._promised |= {f"v{n.strip()}" for n in match[1].decode().split(",")} & {"v2", "v3"}

    def _block(self, archive: ApkZip) -> None:
        try:
            for pair in apk_signature.block(archive.stream, archive.directory):
                self.blocks.append(pair)
        except FormatError as e:
            self.problems.append(("block", str(e)))
        seen: set[int] = set()
        for pair in self.blocks:
            if pair.id in seen:
                self.oddities["duplicate-block"] = Oddity(1, f"{pair.id:#010x} stands twice; Android takes the first")
                continue
            seen.add(pair.id)
            self._take(f"block {pair.place:#x} signers", apk_signature.in_block(pair))

    def _take(self, place: str, signers: Iterator[Signer]) -> None:
        try:
            for signer in signers:
                if len(self.found) >= MOST_CERTIFICATES:
                    self.problems.append((place, f"expected at most {MOST_CERTIFICATES} certificates, got more"))
                    return
                self.found.append(signer)
        except FormatError as e:
            self.problems.append((place, str(e)))

    def _compare(self) -> None:
        """Whether the schemes name the same signers; one that a lineage names has handed over to the next."""
        by_scheme: dict[str, set[str]] = {}
        earlier: set[str] = set()
        for s in self.found:
            if s.certificate is not None and s.role == "signer":
                by_scheme.setdefault(s.scheme, set()).add(s.certificate.sha256)
            elif s.certificate is not None and s.role == "lineage":
                earlier.add(s.certificate.sha256)
        named = list(by_scheme.items())
        if any(a != b and not (earlier & a or earlier & b) for (_, a), (_, b) in pairwise(named)):
            shown = "; ".join(f"{scheme}: {', '.join(sorted(c[:16] for c in found))}" for scheme, found in named)
            self.oddities["signers-differ"] = Oddity(1, f"{shown:.300}")
        if missing := self._promised - set(by_scheme):
            what = f"the signature of v1 says there is one of {', '.join(sorted(missing))}, and there is none"
            self.oddities["signature-stripped"] = Oddity(1, what)
