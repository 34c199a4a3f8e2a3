"""A bugreport: the zip that a phone of Android 14 makes of itself, with times of its own clock."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bridle.phantom.android import crashes, facts, logs, running, services
from bridle.phantom.android.phone import BUILD, DEVICE, Phone, local
from bridle.phantom.android.story import Story


def write(phone: Phone, story: Story, out: Path) -> None:
    """Write it to the new file `out`."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("xb") as file:
        file.write(made(phone, story))


def made(phone: Phone, story: Story) -> bytes:
    """The zip."""
    name = f"bugreport-{DEVICE}-{BUILD}-{local(phone.now):%Y-%m-%d-%H-%M-%S}"
    files = {
        f"{name}.txt": (phone.now + timedelta(seconds=70), text(phone, story).encode()),
        "main_entry.txt": (phone.now, f"{name}.txt".encode()), "version.txt": (phone.now, b"2.0"),
        **{f"FS{path}": (time, data) for path, time, data in _files(phone, story)},
    }  # fmt: skip
    return packed(files)


def packed(files: dict[str, tuple[datetime, bytes]]) -> bytes:
    """A zip of files by name, with the time that the phone's clock showed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            time, data = files[name]
            info = zipfile.ZipInfo(name, local(time).timetuple()[:6])
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o100644 << 16, 3
            archive.writestr(info, data)
    return out.getvalue()


def _files(phone: Phone, story: Story) -> Iterator[tuple[str, datetime, bytes]]:
    """Those of the phone that a report copies."""
    for path, crash, data in crashes.files(story.crashes):
        yield path, crash.time, data
    hung = phone.now - timedelta(days=3)
    yield f"/data/anr/anr_{local(hung):%Y-%m-%d-%H-%M-%S}-525", hung, crashes.not_answering(phone).encode()
    yield facts.shutdown_path(phone), phone.boot, facts.shutdown(phone).encode()
    for pid in (1, 1500):
        yield f"/proc/{pid}/mountinfo", phone.now, facts.mountinfo(story).encode()


def text(phone: Phone, story: Story) -> str:
    """The main text."""
    return "".join((facts.header(phone), *_sections(phone, story), _dumped(phone, story)))


def _sections(phone: Phone, story: Story) -> Iterator[str]:
    for title, command, content in (
        ("UPTIME", "uptime", f" {local(phone.now):%H:%M:%S} up 1 day,  7:14,  0 users\n"),
        ("PROCESSES AND THREADS", "ps -A -T -Z -O pri,nice,rtprio,sched,pcy,time", running.ps(story)),
        ("KERNEL LOG", "logcat -b kernel -v threadtime -v printable -v uid -d *:v", logs.kernel(phone, story)),
        ("LAST KMSG", "/sys/fs/pstore/console-ramoops-0", "".join(f"{line}\n" for line in story.last_kernel)),
        ("SYSTEM PROPERTIES", "getprop", facts.properties(phone, story)),
        ("SYSTEM LOG", "logcat -v threadtime -v printable -v uid -d *:v", logs.system(phone, story)),
        ("EVENT LOG", "logcat -b events -v threadtime -v printable -v uid -d *:v", logs.events(phone, story)),
        ("DETAILED SOCKET STATE", "ss -eionptu", running.sockets(story)),
    ):
        if not content:
            continue
        yield f"------ {title} ({command}) ------\n{content}------ 0.012s was the duration of '{title}' ------\n\n"


def _dumped(phone: Phone, story: Story) -> str:
    took = "------ 9.120s was the duration of 'DUMPSYS' ------\n"
    return f"------ DUMPSYS (/system/bin/dumpsys) ------\n{services.text(phone, story)}{took}"
