"""The logs: ordinary lines, those of the story, and none where the phone kept silent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bridle.phantom.android.ordinary import chance
from bridle.phantom.android.phone import Phone, short
from bridle.phantom.android.story import Line, Plugged, Story

_LINES, _EVENTS, _KERNEL = 12_000, 2_500, 2_500
_SAID = (
    ("PowerManagerService", "Waking up from Asleep (uid=1000, reason=WAKE_REASON_POWER_BUTTON, details={n})", 1000),
    ("WifiService", "acquireMulticastLock uid=10062", 1000), ("JobScheduler", "Job {n} finished in 402 ms", 1000),
    ("NotificationService", "Posting notification {n} for the user 0", 1000), ("chatty", "", 0),
    ("BatteryService", "Level 73, discharging", 1000), ("AlarmManager", "Setting a kernel alarm at {n}", 1000),
    ("ConnectivityService", "Validated network 101", 1000),
)  # fmt: skip
_STARTED = ("org.example.chat/u0a201", "com.example.maps/u0a204", "com.example.news/u0a208", "com.android.chrome/u0a65")


def system(phone: Phone, story: Story) -> str:
    """The main and system buffers of a bugreport, with users as numbers."""
    return _written(_kept(phone, story, [*_ordinary(phone), *_of(story, "system"), *_of(story, "main")]), uid=True)


def events(phone: Phone, story: Story) -> str:
    """The buffer of events."""
    return _written(_kept(phone, story, [*_event_lines(phone), *_of(story, "events")]), uid=True)


def kernel(phone: Phone, story: Story) -> str:
    """The kernel's log as logcat shows it in a bugreport."""
    return _written(_kept(phone, story, [*_kernel_lines(phone, story), *_of(story, "kernel")]), uid=True)


def logcat(phone: Phone, story: Story) -> str:
    """`logcat -b all`, as AndroidQF has it: each time the buffer changes a line says so."""
    every = [*_ordinary(phone), *_event_lines(phone), *_kernel_lines(phone, story), *story.lines]
    lines, buffer = ["--------- beginning of main\n"], "main"
    for line in _kept(phone, story, every):
        if line.buffer != buffer:
            buffer = line.buffer
            lines.append(f"--------- switch to {buffer}\n")
        lines.append(_row(line, uid=False))
    return "".join(lines)


def _of(story: Story, buffer: str) -> list[Line]:
    return [line for line in story.lines if line.buffer == buffer]


def _kept(phone: Phone, story: Story, lines: list[Line]) -> list[Line]:
    """Those since the phone was started, in order, outside of silences."""

    def kept(time: datetime) -> bool:
        return phone.boot <= time <= phone.now and not any(a < time < b for a, b in story.silences)

    return sorted((line for line in lines if kept(line.time)), key=lambda line: line.time)


def _written(lines: list[Line], *, uid: bool) -> str:
    return f"--------- beginning of {lines[0].buffer}\n" + "".join(_row(line, uid=uid) for line in lines)


def _row(line: Line, *, uid: bool) -> str:
    who = f"{line.uid:>5} " if uid else ""
    return f"{short(line.time)} {who}{line.pid:>5} {line.tid:>5} {line.priority} {line.tag}: {line.text}\n"


def _moments(phone: Phone, part: str, count: int) -> Iterator[tuple[int, datetime]]:
    """As many times between the start and the acquisition, evenly but for a little."""
    random, step = chance(phone, part), (phone.now - phone.boot) / (count + 1)
    for n in range(count):
        yield n, phone.boot + step * (n + random.uniform(0.1, 0.9))


def _ordinary(phone: Phone) -> Iterator[Line]:
    random = chance(phone, "log")
    for n, time in _moments(phone, "log times", _LINES * phone.life.scale):
        tag, text, uid = random.choice(_SAID)
        if tag == "chatty":
            name = random.choice(_STARTED)
            tag, text = (
                "ActivityManager",
                f"Start proc {3000 + n % 20000}:{name} for service {{{name.partition('/')[0]}/.Work}}",
            )
            uid = 1000
        yield Line(time=time, tag=tag, text=text.replace("{n}", str(1_000_003 * n % 99_991)), uid=uid)


def _event_lines(phone: Phone) -> Iterator[Line]:
    random = chance(phone, "events")
    yield Line(time=phone.boot, tag="boot_progress_start", text="9605", buffer="events", uid=0, pid=812, tid=812)
    for n, time in _moments(phone, "event times", _EVENTS * phone.life.scale):
        name, pid = random.choice(_STARTED), 3000 + n % 20000
        package, user = name.split("/")
        uid = 10000 + int(user.removeprefix("u0a"))
        yield Line(time=time, tag="am_proc_start", buffer="events",
                   text=f"[0,{pid},{uid},{package},service,{{{package}/{package}.Work}}]")  # fmt: skip
        yield Line(time=time + timedelta(seconds=20), tag="am_proc_died", buffer="events",
                   text=f"[0,{pid},{package},905,19]")  # fmt: skip


def _kernel_lines(phone: Phone, story: Story) -> Iterator[Line]:
    said = ("binder: 1500:1612 transaction complete", "wlan: [I] link is up", "thermal thermal_zone3: 31 C",
            "healthd: battery l=73 v=4012 t=30.1 h=2 st=3")  # fmt: skip
    random = chance(phone, "kernel")
    for _, time in _moments(phone, "kernel times", _KERNEL * phone.life.scale):
        yield _kernel(time, random.choice(said))
    for n, device in enumerate(story.plugged, 2):
        yield from _plugged(n, device)


def _kernel(time: datetime, text: str) -> Line:
    tag, _, rest = text.partition(": ")
    return Line(time=time, tag=tag, text=rest, buffer="kernel", uid=0, pid=0, tid=0)


def _plugged(number: int, device: Plugged) -> Iterator[Line]:
    said = (
        f"new high-speed USB device number {number} using xhci-hcd",
        f"New USB device found, idVendor={device.vendor:04x}, idProduct={device.product:04x}, bcdDevice= 1.00",
        f"Product: {device.name}", f"SerialNumber: {device.serial}",
    )  # fmt: skip
    for n, text in enumerate(said):
        yield _kernel(device.time + timedelta(milliseconds=40 * n), f"usb 1-1: {text}")
    gone = device.time + timedelta(seconds=device.seconds)
    yield _kernel(gone, f"usb 1-1: USB disconnect, device number {number}")
