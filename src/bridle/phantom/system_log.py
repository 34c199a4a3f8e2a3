"""The unified log of the phone and what lies beside it: files under their device paths.

The log has two files: the messages of some hours before the collection, and longer-lived ones since the last start.
Each process that logs is in their catalogues, and its strings are in a uuidtext file of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bridle.phantom import unified_log
from bridle.phantom.attack import Attack
from bridle.phantom.events import Logged, Reboot, Shutdown
from bridle.phantom.life import Life
from bridle.phantom.running import BUILD, MODEL, Running, booted, collected, image_uuid, running

LOGS, STRINGS = "/private/var/db/diagnostics", "/private/var/db/uuidtext"
_TIMEBASE = (125, 3)
_FORMAT_AT = 4096
_FORMATS = (
    "Received %{public}s from connection %d\0", "Finished %{public}s in %d ms\0", "Scheduling %{public}s, attempt %d\0",
)  # fmt: skip
_WORDS = ("activity", "keep-alive", "refresh", "assertion", "maintenance", "wake", "update", "sync")
_BEACON = "session %{public}s sent %d bytes\0"
"""What the implant logs."""
_CLIENTS = (
    "/usr/libexec/locationd",
    "/usr/libexec/nfcd",
    "/usr/sbin/wifid",
    "/usr/libexec/routined",
    "/usr/libexec/duetexpertd",
)
_Files = Iterator[tuple[str, datetime, bytes]]


def files(life: Life, attack: Attack | None) -> _Files:
    """Device path, time and content of each file of the log."""
    now, present = collected(life), running(life, attack)
    early = [p for p in present if p.since < booted(life) + timedelta(hours=1)]
    yield f"{LOGS}/Persist/00000000000000a7.tracev3", now, _log(life, present, now - timedelta(hours=2), "persist")
    yield f"{LOGS}/Special/0000000000000031.tracev3", now, _log(life, early, booted(life), "special")
    yield f"{LOGS}/timesync/000000000000000c.timesync", now, _timesync(life)
    for p in present:
        text = _BEACON if _planted(p, attack) else _format(p)
        name = p.uuid.replace("-", "")
        yield f"{STRINGS}/{name[:2]}/{name[2:]}", now, unified_log.uuidtext(p.path, [(_FORMAT_AT, text)])
    log, last = shutdowns(life, attack)
    yield f"{LOGS}/shutdown.log", last, log
    yield f"{LOGS}/logdata.statistics.0.jsonl", now, _statistics(life, attack, present)


def _planted(p: Running, attack: Attack | None) -> bool:
    return attack is not None and p.path == attack.executable


def _format(p: Running) -> str:
    return _FORMATS[p.pid % len(_FORMATS)]


def _boot(life: Life) -> str:
    return image_uuid(f"boot/{life.seed}")


def _ticks(life: Life, time: datetime) -> int:
    numerator, denominator = _TIMEBASE
    return (time - booted(life)) // timedelta(microseconds=1) * 1000 * denominator // numerator


def _timesync(life: Life) -> bytes:
    boot, now = booted(life), collected(life)
    syncs, time = [], boot + timedelta(seconds=9)
    while time < now:
        syncs.append({"sync": {"kernel": _ticks(life, time), "time": time}})
        time += timedelta(hours=7)
    return unified_log.timesync([{"boot": {"uuid": _boot(life), "timebase": _TIMEBASE, "time": boot}}, *syncs])


def _log(life: Life, processes: list[Running], begin: datetime, part: str) -> bytes:
    """One tracev3 file: a header, a catalogue, and some records of each process over two hours."""
    random = life.random(f"unified log/{part}")
    start, end = _ticks(life, begin), _ticks(life, begin + timedelta(hours=2))
    catalog = {
        "processes": [
            {"number": n, "uuid": p.uuid, "first": p.pid, "second": 10_000 + p.pid, "pid": p.pid, "euid": p.uid,
             "subsystems": {"1": [f"com.apple.{p.name}" if "/Bundle/" not in p.path else "org.example.app", "default"]}}
            for n, p in enumerate(processes)
        ],
        "parts": [{"start": start, "end": end, "processes": list(range(len(processes)))}], "earliest": start,
    }  # fmt: skip
    header = {
        "boot": _boot(life), "build": BUILD, "model": MODEL, "zone": "/var/db/timezone/zoneinfo/Etc/UTC",
        "timebase": _TIMEBASE, "start": start, "time": begin, "pid": 31,
    }  # fmt: skip
    chunks = [{"firehose": _firehose(random, p, max(start, _ticks(life, p.since)), end)} for p in processes]
    if part == "persist":
        chunks += [{"firehose": _said(life, p, start)} for p in processes if any(_logged(life, p))]
    return unified_log.tracev3([{"header": header}, {"catalog": catalog}, {"chunkset": {"chunks": chunks}}])


def _firehose(random: Random, p: Running, start: int, end: int) -> dict[str, Any]:
    deltas = sorted(random.randrange(max(1, end - start)) for _ in range(random.randrange(4, 16)))
    records = [
        {"kind": "log", "level": random.choice(("default", "default", "info", "error")), "thread": 0x300 + p.pid,
         "delta": delta, "format": _FORMAT_AT, "subsystem": 1,
         "items": [{"text": random.choice(_WORDS)}, {"number": random.randrange(2000)}]}
        for delta in deltas
    ]  # fmt: skip
    return {"first": p.pid, "second": 10_000 + p.pid, "base": start, "records": records}


def _logged(life: Life, p: Running) -> list[Logged]:
    """What is told of as logged by a process, within the hours that the file covers."""
    begin = collected(life) - timedelta(hours=2)
    return [told for told in life.of(Logged) if told.path == p.path and begin <= told.time <= collected(life)]


def _said(life: Life, p: Running, start: int) -> dict[str, Any]:
    records = [
        {"kind": "log", "level": "default", "thread": 0x300 + p.pid, "delta": _ticks(life, told.time) - start,
         "format": _FORMAT_AT, "subsystem": 1, "items": [{"text": told.text}, {"number": 1}]}
        for told in _logged(life, p)
    ]  # fmt: skip
    return {"first": p.pid, "second": 10_000 + p.pid, "base": start, "records": records}


def _statistics(life: Life, attack: Attack | None, present: list[Running]) -> bytes:
    """logdata.statistics: a record every nine hours of the last nine days."""
    random, now, lines = life.random("log statistics"), collected(life), []
    for number in range(24):
        time = now - timedelta(hours=9 * (24 - number))
        some = random.sample([p for p in present if "/Bundle/" not in p.path and not _planted(p, attack)], 12)
        paths = [p.path for p in some]
        if attack is not None and attack.infected and attack.daemon_first < time < attack.shutdown + timedelta(hours=9):
            paths.append(attack.executable)
        sizes = sorted((random.randrange(9_000, 3_000_000) for _ in paths), reverse=True)
        lines.append({
            "record": "logd statistics", "type": "File Rotate", "file": f"Persist/{number + 0x90:016x}.tracev3",
            "unixTime": int(time.timestamp()), "totalBytes": sum(sizes) + 90_000,
            "processList": [{"process": path, "sizeBytes": size} for path, size in zip(paths, sizes, strict=True)],
        })  # fmt: skip
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def shutdowns(life: Life, attack: Attack | None) -> tuple[bytes, datetime]:
    """shutdown.log: a reboot every other week, and one after the attack that the implant delayed."""
    random = life.random("shutdowns")
    times = [life.start + timedelta(days=d, hours=22, minutes=random.randrange(59)) for d in (8, 21, 33)]
    blocks = [_block(random, time, _CLIENTS[:3]) for time in times]
    if attack is not None and attack.infected:
        times.append(attack.shutdown)
        blocks.append(_block(random, times[-1], (_CLIENTS[0], attack.executable), rounds=4))
    more: list[tuple[datetime, tuple[str, ...], int]] = [
        (s.time, (_CLIENTS[0], s.client), s.rounds) for s in life.of(Shutdown)
    ]
    more += [(r.time, _CLIENTS[1:4], r.rounds) for r in life.of(Reboot)]
    blocks += [_block(random, time, clients, rounds) for time, clients, rounds in more]
    times += [time for time, *_ in more]
    ordered = sorted(zip(times, blocks, strict=True))
    return "".join(text for _, text in ordered).encode(), ordered[-1][0]


def _block(random: Random, time: datetime, clients: tuple[str, ...], rounds: int = 1) -> str:
    lines = []
    pids = {c: random.randrange(40, 900) for c in clients}
    for i in range(rounds):
        lines.append(f"After {0.5 * (i + 1) + 0.76:.2f}s, these clients are still here:")
        lines += [f"\t\tremaining client pid: {pid} ({client})" for client, pid in pids.items()]
    lines.append(f"SIGTERM: [{int(time.timestamp())}] All buffers flushed")
    return "\n".join(lines) + "\n"
