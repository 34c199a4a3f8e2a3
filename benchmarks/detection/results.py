"""All that was measured, and the bounds it is held to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from detection.devices import Done
from detection.examine import Examined, Found

MOST_LOW = 1
"""Findings at low that a clean phone may have."""


@dataclass(frozen=True, kw_only=True)
class Results:
    """One run of the benchmark."""

    environment: Mapping[str, str]
    real: Mapping[str, Examined]
    """By input; empty where the corpus is absent."""
    clean: Sequence[Done] = ()
    forged: Sequence[Done] = ()
    attacked: Sequence[Done] = ()
    replayed: Any = None
    """The Report of the known-answer replay; None where it was not run."""
    replay_lacks: str = ""
    """Why it was not run."""
    explained: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Input and rule of a finding on a real input, to what it is."""
    unmeasured: int = 0
    """Acquisitions that were to be examined and were not."""

    def unexplained(self) -> list[tuple[str, Found]]:
        """Findings at low and above on real inputs of which nobody has said what they are."""
        return [
            (name, f)
            for name, e in self.real.items()
            for f in e.findings
            if f.rank >= 1 and (name, f.rule) not in self.explained
        ]

    def failures(self) -> list[str]:
        """What is not as it must be, a sentence each."""
        found = [
            f"{name}: {f.rule} at {f.level}, on a real input that is presumed clean"
            for name, e in self.real.items() for f in e.findings if f.rank >= 2
        ]  # fmt: skip
        found += [f"{name}: {f.rule} at {f.level} is not explained" for name, f in self.unexplained()]
        for done in self.clean:
            which = f"clean {done.task.kind}, seed {done.task.seed}"
            found += [f"{which}: {f.rule} at {f.level}" for f in done.examined.findings if f.rank >= 2]
            if (low := done.examined.at("low")) > MOST_LOW:
                found.append(f"{which}: {low} findings at low")
        for done in self.forged:
            found += [
                f"forged {done.task.name}, {done.task.kind}: {f.rule} at {f.level}, stage {f.stage}"
                for f in done.examined.findings if f.level == "critical" or f.stage == "execution"
            ]  # fmt: skip
        if self.unmeasured:
            found.append(f"{self.unmeasured} acquisitions were not examined: the run was stopped before its end")
        every = [*self.clean, *self.forged, *self.attacked]
        found += [f"{d.task}: {p}" for d in every for p in d.examined.problems]
        if self.replayed is None:
            found.append(f"the known-answer replay was not run: {self.replay_lacks}")
        elif self.replayed.failures:
            found.append(f"the known-answer replay failed on {len(self.replayed.failures)} pairs")
        return found
