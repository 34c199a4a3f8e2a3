"""Attacks on feeds, against a local server with certificates of its own; `COUNT=1000` plays more sequences.

Survived means: the store keeps the last good feeds, whole and of one version, within the time and the bytes; and the
reason is told.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from reliability.line import Line
from reliability.tried import line

_UPDATE, _FETCH, _BUNDLE = (f"tests/indicators/test_{name}.py" for name in ("update", "fetch", "bundle"))
_ATTACKS = (
    ("an old copy is served (rollback)",
     "rollback or old_copy or old_bundle or two_contents or its_versions or set_back"),
    ("an update is kept back (freeze)", "freeze or in_part_is_not_whole or from_the_future or old_sources"),
    ("feeds of several versions (mix and match)", "mix_and_match or may_come_later or two_at_once"),
    ("larger than said, endless, bombs", "larger or gzip or endless or bytes_of_all or whole_of_a_bundle"),
    ("slow answers (slow loris), stalled handshakes", "drip or silence or stall or resolver or time_of_all"),
    ("other or no signatures, keys, digests", "sign or trusted or flipped or truncat or manifest_that or get_around"),
    ("indices and feeds that shrink or lose feeds", "shrink or shrunk or fails_keeps or never_came"),
    ("other hosts, certificates, redirects, proxies",
     "redirect or certificate or authority or proxy or proxies or address"),
)  # fmt: skip


def lines() -> Iterable[Line]:
    """A line for each kind of attack, and one for sequences of them."""
    files = (_UPDATE, _FETCH, _BUNDLE, "tests/indicators/test_signatures.py")
    for what, chosen in _ATTACKS:
        yield line(what, *files, "-k", chosen)
    yield line("bytes and JSON as index, bundle, key, signature, address", "tests/indicators/test_hostile_indices.py",
               note="each case is some hundred generated inputs")  # fmt: skip
    yield line("hostile values and forms of feeds", "tests/indicators/test_hostile_feeds.py",
               "tests/indicators/test_hostile_forms.py", "tests/indicators/test_hostile_values.py")  # fmt: skip
    yield line("sequences of eight answers of somebody who has every signed file",
               "tests/indicators/test_update_sequences.py", scale={"COUNT": os.environ.get("COUNT", "20")})  # fmt: skip
    yield line("killed, disk full, two at once: the store", "tests/indicators/test_store.py")
