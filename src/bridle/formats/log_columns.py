"""What entries of Android's event log tell, as columns: for the few tags under which a log has very many.

    am_proc_start: [0,3663,1000,com.android.keychain,service,{com.android.keychain/com.android.keychain.Work}]
    am_proc_died: [0,3663,com.android.keychain,900,18]
    am_kill: [0,3663,com.android.keychain,900,empty #17]

Entries of another form are left to `log_events`, which tells the same of each of these.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.formats.log_events import package_of
from bridle.formats.log_lines import every, filled

_INT = r"-?\d{1,18}"


@dataclass(frozen=True)
class Told:
    """How the entries of a tag are told as columns."""

    record: str
    """The name of the record type."""
    pattern: str
    """What such an entry is."""
    values: int
    """How many values of the list are told apart; the last one has the rest."""
    fields: Callable[[list[pa.Array]], dict[str, pa.Array]]
    """The fields of the record but locator, entry and times, from the values."""

    def columns(self, messages: pa.Array) -> dict[str, pa.Array]:
        """The fields of entries of the pattern."""
        within = pc.binary_slice(messages.cast(pa.binary()), 1, -1).view(pa.string())
        flat = pc.split_pattern(within, ",", max_splits=self.values - 1).flatten()
        return self.fields([every(flat, self.values, at) for at in range(self.values)])


def packages(processes: pa.Array) -> pa.Array:
    """The app that each process is of, as `package_of`."""
    coded = processes.dictionary_encode()
    return pa.array([package_of(p) for p in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


def _named(processes: pa.Array) -> dict[str, pa.Array]:
    return {"process_name": filled(processes), "package_name": packages(processes)}


def _started(values: list[pa.Array]) -> dict[str, pa.Array]:
    user, pid, uid = (v.cast(pa.int64()) for v in values[:3])
    cause, component = filled(values[4]), filled(values[5])
    return {"user": user, "pid": pid, "uid": uid, "cause": cause, "component": component, **_named(values[3])}


def _ended(kind: str, values: list[pa.Array], reason: pa.Array) -> dict[str, pa.Array]:
    user, pid, adj = (values[at].cast(pa.int64()) for at in (0, 1, 3))
    kinds = pa.repeat(pa.scalar(kind), len(user))
    return {"kind": kinds, "user": user, "pid": pid, "adj": adj, "reason": reason, **_named(values[2])}


def _died(values: list[pa.Array]) -> dict[str, pa.Array]:
    return _ended("died", values, pa.nulls(len(values[0]), pa.string()))


def _killed(values: list[pa.Array]) -> dict[str, pa.Array]:
    return _ended("killed", values, filled(values[4]))


TOLD = {
    "am_proc_start": Told("ProcessStart", rf"^\[{_INT},{_INT},{_INT},[^,]*,[^,]*,.*\]$", 6, _started),
    "am_proc_died": Told("ProcessEnd", rf"^\[{_INT},{_INT},[^,]*,{_INT},[^,]*\]$", 5, _died),
    "am_kill": Told("ProcessEnd", rf"^\[{_INT},{_INT},[^,]*,{_INT},[^,]*\]$", 5, _killed),
}
"""By the tag."""
