"""A phone that was opened with an extraction tool while it was held, as in the cases from Serbia and Jordan."""

from __future__ import annotations

from datetime import datetime, timedelta

from bridle.phantom.android.custody import STRANGER, Custody, custody, plug, unlocking
from bridle.phantom.android.ordinary import chance
from bridle.phantom.android.phone import Phone
from bridle.phantom.android.story import (
    SHELL,
    Change,
    Crash,
    Deletion,
    DeviceFile,
    Line,
    Planted,
    Process,
    Security,
    Session,
    Story,
    Total,
    minutes,
)

CLIENT = "com.client.appA"
"""The tool's app, by its published name."""
TOOL = "/data/local/tmp/falcon"
_DRIVER, _LIBRARY = "adsprpcd", "/vendor/lib64/libadsprpc.so"
_DEVICES = (
    (0x04F2, 0xB6C0, "Example UVC Camera", "SYNTHETIC04F2"), (0x041E, 0x3F0A, "Example Sound Box", "SYNTHETIC041E"),
    (0x1130, 0x3101, "Example Touchpad", "SYNTHETIC1130"),
)  # fmt: skip
"""Devices of the vendors that were published; which product each was is not."""
_BUG, _QF = "bugreport", "androidqf"
_PANIC = (
    "<6>[  401.118211] usb 1-1: USB disconnect, device number 4",
    "<1>[  402.250113] Unable to handle kernel NULL pointer dereference at virtual address 0000000000000010",
    "<4>[  402.250177] pc : fastrpc_mmap_create+0x88/0x2a0 [adsprpc]",
    "<0>[  402.260802] Kernel panic - not syncing: Oops: Fatal exception",
)


def story(phone: Phone, *, infected: bool) -> Story:
    """Three devices plugged in within minutes; and where the phone is `infected`, what followed."""
    held = custody(phone)
    found = Story(plugged=plug(held, _DEVICES), traces=tuple(_sequence(held)))
    if infected:
        found += unlocking(held) + _opened(held) + _extracted(phone, held) + Story(traces=tuple(_traces(held)))
    return found


def _sequence(held: Custody) -> list[Planted]:
    found = []
    for n, (vendor, _, name, _) in enumerate(_DEVICES):
        for table, value in (("android.logcat.usb_device", f"{vendor:04x}"), ("android.usb.connection", str(vendor))):
            text = f"{name} is plugged in, with the phone as host"
            time = held.plugged + timedelta(seconds=95 * n)
            found.append(
                Planted(time=time, stage="exploitation", table=table, value=value, description=text, kinds=(_BUG, _QF))
            )
    return found


def _opened(held: Custody) -> Story:
    """A driver fails, and a program runs as root from where anybody may write."""
    time = held.plugged + timedelta(seconds=95 * 3)
    oops = ("Unable to handle kernel paging request at virtual address 0000000000000010",
            "pc : fastrpc_mmap_create+0x88/0x2a0 [adsprpc]")  # fmt: skip
    return Story(
        lines=tuple(
            Line(time=time + timedelta(seconds=n), tag="adsprpc", text=text, buffer="kernel", uid=0, pid=0, tid=0)
            for n, text in enumerate(oops)
        ),
        crashes=(
            Crash(time=time + timedelta(seconds=4), process=f"/vendor/bin/{_DRIVER}", pid=742, uid=1000,
                  label="u:r:adsprpcd:s0", libraries=(_LIBRARY, "/apex/com.android.runtime/lib64/bionic/libc.so")),
        ),
        processes=(Process(name="falcon", pid=5133, parent=1, user="root", label="u:r:init:s0", path=TOOL),),
        files=(DeviceFile(path=TOOL, size=611_200, time=time + timedelta(seconds=30), mode="-rwxr-xr-x"),),
        last_kernel=_PANIC,
    )  # fmt: skip


def _extracted(phone: Phone, held: Custody) -> Story:
    """The tool's app comes and goes."""
    time, gone = held.installed, held.installed + minutes(26)
    number = chance(phone, "client").randrange(10**8, 2 * 10**9)
    values = {"package_name": CLIENT, "version_code": 1, "user_id": 0}
    return Story(
        sessions=(Session(number=number, package=CLIENT, time=time, by=SHELL),),
        deletions=(Deletion(package=CLIENT, time=gone, by=SHELL),),
        changes=(Change(time=time, package=CLIENT, version=1), Change(time=gone, package=CLIENT, version=0)),
        totals=(Total(package=CLIENT, seconds=24, last=time + minutes(1)),),
        security=(
            Security(time=time, tag="package_installed", values=values),
            Security(time=gone, tag="package_uninstalled", values=values),
            Security(time=time - minutes(1), tag="adb_shell_cmd", values={"command": f"{TOOL} -d /data"}),
        ),
    )  # fmt: skip


def _traces(held: Custody) -> list[Planted]:
    crashed, installed, gone = held.plugged + timedelta(seconds=95 * 3), held.installed, held.installed + minutes(26)
    both, only, into, run = (_BUG, _QF), (_QF,), "exploitation", "execution"
    made: tuple[tuple[datetime, str, str, str, str, tuple[str, ...]], ...] = (
        (held.boot, into, "android.kernel_log.failure", "Unable to handle kernel", "the kernel fails", both),
        (crashed, into, "android.logcat.entry", "fastrpc_mmap_create", "a driver fails in the kernel", both),
        (crashed + timedelta(seconds=4), into, "android.tombstone.frame", _LIBRARY, "and its daemon", both),
        (crashed + timedelta(seconds=30), run, "android.androidqf_file.file", TOOL, "the tool's program", only),
        (crashed + timedelta(seconds=30), run, "android.process_list.process", "falcon", "a process of root", both),
        (crashed + timedelta(seconds=30), run, "android.androidqf_process.process", TOOL, "where it runs from", only),
        (held.trusted, "access", "android.adb.key", STRANGER, "the strangers' computer may debug the phone", both),
        (installed - minutes(1), run, "android.intrusion_log.adb_shell", TOOL, "the program is started again", only),
        (installed, run, "android.package.install_session", CLIENT, "the tool's app is installed", both),
        (installed, run, "android.package.package_event", CLIENT, "in the log of installations", both),
        (installed, run, "android.intrusion_log.package_change", CLIENT, "and in the security log", only),
        (installed + minutes(1), run, "android.usagestats.total", CLIENT, "it was in front for 24 seconds", both),
        (gone, "tampering", "android.batterystats.package_change", CLIENT, "and it is removed", both),
    )  # fmt: skip
    return [Planted(time=t, stage=s, table=w, value=v, description=d, kinds=k) for t, s, w, v, d, k in made]
