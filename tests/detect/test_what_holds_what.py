"""Coverage says where a kind of indicator is looked for; the matcher must look there, and nowhere else."""

import pytest

from bridle.core import KINDS as FIELDS
from bridle.detect.coverage import _PROGRAM, HELD_BY
from bridle.detect.surfaces import KINDS
from bridle.indicators import Indicator, IndicatorSet, Matcher

DIGEST = {"sha256": "ab" * 32, "sha1": "ab" * 20, "md5": "ab" * 16, "cert": "cd" * 32}
VALUES = {
    "domain": "attack.test", "url": "https://attack.test/x", "ip-address": "192.0.2.1", "email": "one@attack.test",
    "process-name": "exampled", "file-name": "exampled", "file-path": "/private/var/tmp/exampled",
    "app-id": "org.example.app", "profile-id": "76dab334-0000-4000-8000-000000000000", "property-name": "ro.example",
    **DIGEST,
}  # fmt: skip
TRIED = (
    *VALUES.values(),
    "/data/app/org.example.app-1/base.apk",
    "https://192.0.2.1/",
    "mailto:one@attack.test",
    "/usr/libexec/exampled",
    "see https://attack.test/x now 192.0.2.1",
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_found_in_exactly_the_fields_that_coverage_names(kind: str) -> None:
    matcher = Matcher(
        IndicatorSet(indicators=(Indicator(kind=kind, value=VALUES[kind], shown=VALUES[kind], feeds=("f",)),), feeds=())
    )
    held = {f for f in FIELDS for v in TRIED if matcher.matches(f, v, "mention")}
    if any(matcher.matches("file-path", v, "running-process") for v in TRIED) and "file-path" not in held:
        held.add(_PROGRAM)
    assert held == HELD_BY[kind]
