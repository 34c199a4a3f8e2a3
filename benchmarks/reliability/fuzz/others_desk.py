"""What lies on an analyst's desk: rules and forms that were handed over, state that is kept, what children answer.

Some of it is bridle's own; whoever can write to the folder writes it too.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyrage

from bridle.acquire import record
from bridle.case import keys, logs
from bridle.custody import search, traces
from bridle.detect import baselines, chain, rule
from bridle.fleet import hunt_state, lake, outcome, plan
from bridle.fleet.storage import LakeError
from bridle.indicators import yara
from bridle.report import details, redaction_tokens
from bridle.review import commitment
from bridle.sandbox import coming_back, tasks, wire
from bridle.targets import correlate_cases
from bridle.targets import keys as project_keys
from bridle.web import notes
from reliability.fuzz.others_case import in_folder
from reliability.fuzz.target import Target, fixtures_at_hand

fixtures_at_hand()

from building import Process  # noqa: E402

from bridle.formats.arrow import schema, table_of  # noqa: E402

Error = type[Exception]
_TIME = "2026-01-02T03:04:05Z"
_KEY = pyrage.x25519.Identity.generate()
_IDENTITY, _PUBLIC = f"# a key\n{_KEY}\n".encode(), _KEY.to_public()
_DIED: tuple[Error, ...] = (
    OSError, EOFError, ValueError, LookupError, TypeError, RecursionError, struct.error, pa.ArrowException,
)  # fmt: skip
"""What counts as the death of a child, in `sandbox.child`."""


def targets() -> Iterator[Target]:
    """A target for each."""
    for name, (file, seeds, read, error) in _FILES.items():
        yield Target(name=f"others.desk.{name}", seeds=seeds, read=_file(file, read), documented=(error,))
    yield Target(name="others.desk.outcome", seeds=(outcome.Outcome(task="a", status="done").line(),),
                 read=lambda data: _done(outcome.from_lines(data)), documented=(ValueError,))  # fmt: skip
    yield Target(name="others.desk.review_expected", seeds=(commitment.commit([[{"id": "f"}]]).as_sealed(),),
                 read=lambda data: _done(commitment.holds({}, commitment.sealed(data))),
                 documented=(ValueError,))  # fmt: skip
    yield Target(name="others.desk.redaction_map", seeds=(_map(),), read=_redacted,
                 documented=(redaction_tokens.RedactionMapError,))  # fmt: skip
    yield Target(name="others.desk.custody", seeds=(_CUSTODY,), read=_traces, documented=())
    yield Target(name="others.desk.frames", seeds=_frames(), read=_come_back, documented=_DIED)


def _file(name: str, read: Callable[[Path], Any]) -> Callable[[bytes], None]:
    return in_folder({}, name, lambda folder: read(folder / name))


def _done(_: object) -> None:
    return None


def _own_identity(path: Path) -> None:
    os.environ["BRIDLE_IDENTITY"] = str(path)
    found = keys.identity(create=False)
    list(found.keys())
    _done(found.recipient)


def _other_identity(path: Path) -> None:
    found = project_keys.identity_from(path)
    project_keys.unwrapped(pyrage.encrypt(bytes(32), [_PUBLIC]), found, "second")


def _acquired(path: Path) -> None:
    if (found := record.load(path.parent)) is not None:
        found.done("backup")
        record.save(path.parent, found)


def _state(path: Path) -> None:
    found = hunt_state.State(path)
    found.add("ab", "cd")
    found.save()


def _plan(path: Path) -> None:
    of = lake.Lake(str(path.parent))
    found = plan.read(of)
    for task in list(found.tasks.values())[:20]:
        found.earlier(task)
        of.outcome(task.task)
    of.owner()


def _rule(path: Path) -> None:
    (chain.load_chain if chain.is_chain(path) else rule.load_rule)(path)


def _yara(path: Path) -> None:
    yara.compiled([path])


def _redacted(data: bytes) -> None:
    found = redaction_tokens.Tokens.read(data)
    found.token("domain", "lure.example.org")
    found.identifier("ab")


def _traces(data: bytes) -> None:
    """What a custody log says, whatever it is; and of which case a manifest and a tombstone are."""
    found = traces.Traces()
    found.add(logs.parse(data, "custody.jsonl", "ab" * 32), data)
    search.known(data, data)


def _map() -> bytes:
    tokens = redaction_tokens.Tokens(key=bytes(32), of="ab")
    tokens.places["domain", "lure.example.org"], tokens.originals["[domain 1]"] = "[domain 1]", "lure.example.org"
    return tokens.as_bytes()


_NAMES: tasks.Names = {0: ("a.b.c", schema(Process))}


def _frames() -> tuple[bytes, ...]:
    """Rows, an end, and several files at once, each with the mark of its frame before it."""
    batch = table_of(Process, [Process(locator="1", name="bh", first_used=None)]).combine_chunks().to_batches()[0]
    end = wire.Closing("parsed")
    made = (wire.rows(0, 0, batch), wire.closing(0, end), wire.gathered([(0, end), (1, end)], [(0, [1, 0], batch)]))
    return tuple(bytes(head)[:1] + bytes(memoryview(body)) for head, body in made)


def _come_back(data: bytes) -> None:
    """What a child sends of two files; of what is refused nothing was taken."""
    taken: list[int] = []

    def rows(_: str, batch: pa.RecordBatch, *runs: Any) -> None:
        batch.to_pylist()
        taken.append(sum(count for _, count in runs[0]) if runs else batch.num_rows)

    jobs = [tasks.Job(task=_task(), sink=rows, done=lambda _: None) for _ in range(2)]
    coming = coming_back.Coming(jobs, _NAMES, rows)
    body = pa.py_buffer(data[1:])
    if data[:1] == b"B":
        coming.rows(0, 0, body)
    elif data[:1] == b"D":
        coming.close(0, body)
    else:
        coming.gathered(body)
    assert sum(taken) < 1 << 20, "more rows were taken than were sent"


def _task() -> tasks.Task:
    part = tasks.Part(suffix="", path="/a", sha256=hashlib.sha256(b"").hexdigest(), content=b"")
    return tasks.Task(artifact="ios.ps", parts=(part,))


_RULES = sorted(rule.RULES.glob("*/*.toml")), sorted(chain.CHAINS.glob("*.toml"))
_CUSTODY = b"".join(
    json.dumps({"previous": "ab" * 32, "time": _TIME, "event": "report", **said}).encode() + b"\n"
    for said in (
        {"output_sha256": "cd" * 32, "output_size": 5}, {"recipients": ["age1x", "age1y"]}, {"key_to": "age1z"},
        {"tagmanifest_sha256": "cd" * 32}, {"into": "ef" * 32}, {"baseline_sha256": "ab" * 32}, {"gone": ["ab" * 32]},
    )
)  # fmt: skip
_PLAN = {
    "schema": 1, "settings": {"cd": {"recipient": "age1x"}},
    "tasks": [{"task": "ab", "source": "/a", "name": "a", "identity": "ef", "settings": "cd", "size": 5}],
}  # fmt: skip
_ACQUISITION = {
    "format": record.FORMAT, "schema": record.SCHEMA, "platform": "ios", "device": {"id": "x"}, "started": _TIME,
    "clocks": [{"host_before": _TIME}], "steps": [{"name": "backup", "status": "done", "started": _TIME,
                                                   "commands": ["idevicebackup2"], "exit_codes": [0, None]}],
}  # fmt: skip
_YARA = b"""\
rule example : tag { meta: level = "high" strings: $a = "lure" nocase $b = { 50 4B ?? 04 } $c = /a+b/
  condition: $a at 0 or #b > 2 or for any of them : ( @ > 5 ) }
"""
_TOLD = b"""\
[case1]
control = true
clock_ahead = -3
owned_from = 2017-01-02
owned_until = 2017-02-03
numbers = ["+15550100001"]
"""
_NOTES = json.dumps({"time": _TIME, "by": "A", "text": "seen", "on": {"finding": "f1"}, "mark": "relevant"}).encode()
_FILES: dict[str, tuple[str, tuple[bytes, ...], Callable[[Path], Any], Error]] = {
    "yara_rules": ("own.yar", (_YARA,), _yara, yara.YaraError),
    "rule": ("own.toml", tuple(f.read_bytes() for f in _RULES[0][:60:4]), _rule, rule.RuleError),
    "chain": ("own.toml", tuple(f.read_bytes() for f in _RULES[1][:4]), _rule, rule.RuleError),
    "baseline": (
        "ios_crashers.txt", (b"# names\nbackboardd\n",), lambda p: baselines.load_own(p.parent),
        baselines.BaselineError,
    ),
    "identity": ("identity.txt", (_IDENTITY,), _own_identity, keys.CaseLockedError),
    "second_identity": ("identity.txt", (_IDENTITY,), _other_identity, project_keys.ProjectError),
    "acquisition": (record.NAME, (json.dumps(_ACQUISITION).encode(),), _acquired, record.AcquisitionError),
    "hunt_state": (
        "state.json", (b'{"schema":1,"done":{"ab":["1.0 cd"]}}',), _state, hunt_state.StateError,
    ),
    "plan": (plan.PLAN, (json.dumps(_PLAN).encode(),), _plan, LakeError),
    "lake": ("lake.json", (b'{"schema":1,"owner":"age1x"}',), _plan, LakeError),
    "details_person": (
        "details.toml", (details.template("person").replace('""', '"Example"').encode(),),
        lambda p: details.load(p, "person"), details.DetailsError,
    ),
    "details_court": (
        "details.toml", (details.template("court").replace('""', '"2026-01-02"').encode(),),
        lambda p: details.load(p, "court"), details.DetailsError,
    ),
    "told_of_cases": ("told.toml", (_TOLD,), correlate_cases.told_of, correlate_cases.CohortError),
    "notes": (notes.NAME, (_NOTES + b"\n",), lambda p: notes.read(p.parent), notes.Refused),
}  # fmt: skip
"""By name: the file's name, its seeds, how it is read, and what is raised for one that is wrong."""
