"""Spyware that comes through a link, as in the cases of Predator: loaded by the browser, at home in the zygote."""

from __future__ import annotations

from datetime import datetime, timedelta

from bridle.phantom.android.lure import BROWSER, lured, visited
from bridle.phantom.android.operators import Operator, operator
from bridle.phantom.android.ordinary import chance
from bridle.phantom.android.phone import Phone
from bridle.phantom.android.story import (
    Contact,
    Crash,
    DeviceFile,
    Line,
    Mount,
    Planted,
    Process,
    Story,
    Traffic,
    minutes,
)

NAME = "zygoted"
"""Of the implant's process, which no system has."""
STORE = "fs.db"
"""The file of its settings, by the published name."""
_PID, _BROWSER_UID = 6123, 10065
_BUG, _QF = "bugreport", "androidqf"
_SILENCE = minutes(47)


def story(phone: Phone, *, infected: bool) -> Story:
    """The lure; and where the phone is `infected`, what the page loaded."""
    found = lured(phone)
    if infected:
        by = operator(phone.life.attacker)
        found += _loaded(phone, by) + _works(phone, by) + Story(traces=tuple(_traces(phone, by)))
    return found


def _crashed(phone: Phone) -> datetime:
    return visited(phone) + timedelta(seconds=chance(phone, "exploit").randrange(9, 21))


def _begun(phone: Phone) -> datetime:
    return _crashed(phone) + timedelta(seconds=44)


def _loaded(phone: Phone, by: Operator) -> Story:
    """The browser loads the operator's library and is stopped by a signal; files are written; the logs fall silent."""
    time, begun = _crashed(phone), _begun(phone)
    fatal = f"Fatal signal 11 (SIGSEGV), code 2 (SEGV_ACCERR), fault addr 0x10 in tid {_PID} (CrRenderer), pid {_PID}"
    return Story(
        crashes=(
            Crash(
                time=time, process=BROWSER, pid=_PID, uid=_BROWSER_UID,
                label="u:r:untrusted_app:s0:c65,c256,c512,c768", signal=(11, "SIGSEGV", 2, "SEGV_ACCERR"),
                libraries=(by.file, "/apex/com.android.runtime/lib64/bionic/libc.so"),
                open_files=(f"{by.folder}{STORE}",),
            ),
        ),
        lines=(
            Line(time=time, tag="libc", text=f"{fatal} (m.android.chrome)", buffer="main", priority="F",
                 uid=_BROWSER_UID, pid=_PID, tid=_PID),
            Line(time=time + timedelta(seconds=1), tag="DEBUG", buffer="main", priority="F", pid=6130, tid=6130,
                 text=f"pid: {_PID}, tid: {_PID}, name: CrRendererMain  >>> {BROWSER} <<<", uid=_BROWSER_UID),
        ),
        files=(
            DeviceFile(path=by.folder.rstrip("/"), size=4096, time=begun, mode="drwx------"),
            DeviceFile(path=by.file, size=1_204_224, time=begun, mode="-rwx------"),
            DeviceFile(path=f"{by.folder}{STORE}", size=40_960, time=begun + minutes(3), mode="-rw-------"),
        ),
        mounts=(Mount(device="/dev/block/dm-0", point="/system", kind="ext4", options="rw,seclabel,relatime"),),
        properties=((by.property, "1"),),
        silences=((begun, begun + _SILENCE),),
    )  # fmt: skip


def _works(phone: Phone, by: Operator) -> Story:
    begun = _begun(phone)
    times = [begun + minutes(50 * n) for n in range(10)]
    contacts = [Contact(time=t, package=BROWSER, host=by.server, address=by.address) for t in times if t < phone.now]
    last = Contact(time=phone.now - minutes(2), package=BROWSER, host=by.server, address=by.address)
    return Story(
        contacts=(*contacts, last),
        processes=(
            Process(name=NAME, pid=6188, parent=1, user="root", label="u:r:zygote:s0", path=f"{by.folder}{NAME}"),
        ),
        traffic=(
            Traffic(
                time=begun.replace(hour=begun.hour // 2 * 2, minute=0), uid=0, received=3_000_000, sent=_sent(phone)
            ),
        ),
    )  # fmt: skip


def _sent(phone: Phone) -> int:
    return 48_000_000 + chance(phone, "sent").randrange(10_000_000)


def _traces(phone: Phone, by: Operator) -> list[Planted]:
    time, begun, both, only = _crashed(phone), _begun(phone), (_BUG, _QF), (_QF,)
    into, run, out = "exploitation", "execution", "exfiltration"
    made: tuple[tuple[datetime, str, str, str, str, tuple[str, ...]], ...] = (
        (time, into, "android.tombstone.crash", BROWSER, "the browser is stopped by a signal", both),
        (time, into, "android.tombstone.mapping", by.file, "with a library that is not its own mapped as code", both),
        (time, into, "android.tombstone.frame", by.file, "in which it ran", both),
        (time, into, "android.tombstone.open_file", f"{by.folder}{STORE}", "and a file of the operator open", both),
        (time, into, "android.logcat.crash", BROWSER, "the log's word of the same", both),
        (begun, "tampering", "android.getprop.property", by.property, "a property that the operator's tools set", both),
        (begun, "tampering", "android.mounts.mount", "/system", "the system can be written to", both),
        (begun, "tampering", "android.androidqf_mounts.mount", "/system", "in the list of mounts, too", only),
        (begun, run, "android.androidqf_file.file", by.file, "the library on the phone", only),
        (begun + minutes(3), run, "android.androidqf_file.file", f"{by.folder}{STORE}", "its settings", only),
        (phone.now, run, "android.process_list.process", NAME, "a process with the label of the zygote", both),
        (phone.now, run, "android.androidqf_process.process", f"{by.folder}{NAME}", "and where it runs from", only),
        (begun, out, "android.intrusion_log.dns_event", by.server, "the server is looked up", only),
        (begun, out, "android.intrusion_log.connect_event", by.address, "and connected to", only),
        (begun, out, "android.netstats.bucket", str(_sent(phone)), "user 0 sends far more than it receives", both),
        (phone.now, out, "android.network.socket", by.address, "the browser's number is connected to the server", both),
    )  # fmt: skip
    return [Planted(time=t, stage=s, table=w, value=v, description=d, kinds=k) for t, s, w, v, d, k in made]
