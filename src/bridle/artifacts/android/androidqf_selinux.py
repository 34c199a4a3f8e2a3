"""selinux.txt of AndroidQF and Bugbane: whether the phone enforced its security policy.

The output of `getenforce`, one word: `Enforcing`, `Permissive` or `Disabled`.

Known limits: it is the state at the time of the acquisition. A phone may be built to let single domains through.

Sources: getenforce(8) ; https://github.com/mvt-project/androidqf (modules/selinux.go)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Gap, Record, SourceFile, artifact, note, record
from bridle.formats.lines import lines, too_long

_MODES = {"enforcing", "permissive", "disabled"}


@record
class Mode(Record):
    """The state of SELinux."""

    mode: str = note(doc="`enforcing`, `permissive` or `disabled`")


@artifact("/androidqf/selinux.txt")
def androidqf_selinux(file: SourceFile) -> Iterator[Mode | Gap]:
    with file.open() as stored:
        for number, line in lines(stored):
            word = line.strip() if line is not None else ""
            if line is None:
                yield too_long(number)
            elif word.lower() in _MODES:
                yield Mode(locator=f"line {number}", mode=word.lower())
            elif word:
                reason = f"expected Enforcing, Permissive or Disabled, got {word!a:.60}"
                yield Gap(locator=f"line {number}", reason=reason)
