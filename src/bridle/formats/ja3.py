"""JA3 and JA3S: what a TLS hello says besides names and random numbers, as text and as its MD5.

A fingerprint names a library and its settings, not a program: many programs share one.

Sources: https://github.com/salesforce/ja3 (BSD-3-Clause): the order of the fields, and that GREASE is left out
"""

from __future__ import annotations

import hashlib

from bridle.formats.tls import GREASE, ClientHello, ServerHello


def client(hello: ClientHello) -> tuple[str, str]:
    """The text of JA3 and its MD5: version, ciphers, extensions, groups, point formats, GREASE left out."""
    lists = (hello.ciphers, hello.extensions, hello.groups, hello.point_formats)
    return _hashed(
        str(hello.legacy_version), *["-".join([str(n) for n in numbers if n not in GREASE]) for numbers in lists]
    )


def server(hello: ServerHello) -> tuple[str, str]:
    """The text of JA3S and its MD5: version, cipher, extensions, each as sent."""
    return _hashed(str(hello.legacy_version), str(hello.cipher), "-".join(map(str, hello.extensions)))


def _hashed(*fields: str) -> tuple[str, str]:
    raw = ",".join(fields)
    return raw, hashlib.md5(raw.encode(), usedforsecurity=False).hexdigest()
