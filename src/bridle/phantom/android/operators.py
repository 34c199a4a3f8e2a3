"""What an operator uses against many phones: the feed names all of it but `other_package`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from random import Random

from bridle.phantom.android import implant

_WORDS = (
    "courier post toll parking ticket receipt delivery survey".split(),
    "track online desk confirm status portal update info".split(),
)
_SERVERS = "relay gather depot quarry harbour beacon".split()


@dataclass(frozen=True, kw_only=True)
class Operator:
    """An operator."""

    lure: str
    """Domain of the links it sends."""
    server: str
    address: str
    package: str
    other_package: str
    """A package that no feed names, spelled almost like a part of the system."""
    certificate: str
    apk_sha256: str
    folder: str
    file: str
    property: str


@cache
def operator(seed: int) -> Operator:
    """The operator of a seed. Hosts are reserved names, the address is of a range for documentation."""
    random = Random(f"{seed}/android")
    host = f"{random.choice(_WORDS[0])}-{random.choice(_WORDS[1])}{random.randrange(10, 99)}"
    package = random.choice(implant.NAMES)
    server = f"{random.choice(_SERVERS)}{random.randrange(100, 999)}.test"
    return Operator(
        lure=f"{host}.{random.choice(('test', 'example'))}",
        server=server,
        address=f"203.0.113.{random.randrange(2, 250)}",
        package=package,
        other_package=random.choice(implant.OTHERS),
        certificate=implant.certificate(),
        apk_sha256=hashlib.sha256(implant.apk(package, server)).hexdigest(),
        folder="/data/local/tmp/wd/",
        file=f"/data/local/tmp/wd/{random.choice(('stage', 'loader', 'probe'))}{random.randrange(10, 99)}.so",
        property=f"sys.synthetic.{random.choice(('memo', 'draft', 'tally'))}",
    )  # fmt: skip
