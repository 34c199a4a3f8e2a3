"""The processes of the phone at the time of a collection, and the texts in which a sysdiagnose lists them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from bridle.phantom.attack import Attack
from bridle.phantom.events import Runs
from bridle.phantom.life import Life
from bridle.phantom.network_use import APPS

BUILD, VERSION, MODEL = "18D70", "14.4.2", "iPhone12,1"
_NAMESPACE = uuid.UUID("5d4d7a4e-6b0f-5a0e-9c53-7e0f3f1c2a11")
_FRAMEWORKS, _PRIVATE = "/System/Library/Frameworks", "/System/Library/PrivateFrameworks"
_ROOT = f"""/sbin/launchd /usr/libexec/UserEventAgent /usr/libexec/logd /usr/libexec/configd /usr/libexec/fseventsd
/usr/libexec/installd /usr/libexec/lockdownd /usr/libexec/runningboardd /usr/libexec/symptomsd /usr/libexec/trustd
/usr/libexec/thermalmonitord /usr/sbin/syslogd /usr/sbin/wifid /usr/sbin/mDNSResponder /usr/libexec/locationd
{_PRIVATE}/TCC.framework/Support/tccd""".split()
_MOBILE = f"""/usr/libexec/backboardd /System/Library/CoreServices/SpringBoard.app/SpringBoard
{_FRAMEWORKS}/CoreTelephony.framework/Support/CommCenter {_PRIVATE}/ApplePushService.framework/apsd
{_PRIVATE}/IDS.framework/identityservicesd.app/identityservicesd {_PRIVATE}/IMCore.framework/imagent.app/imagent
{_PRIVATE}/CloudKitDaemon.framework/Support/cloudd {_PRIVATE}/AssistantServices.framework/assistantd
{_PRIVATE}/HomeKitDaemon.framework/Support/homed {_PRIVATE}/AppStoreDaemon.framework/Support/appstored
/usr/sbin/mediaserverd /usr/sbin/bluetoothd /usr/libexec/nsurlsessiond /usr/libexec/rapportd /usr/libexec/routined
/usr/libexec/sharingd /usr/libexec/duetexpertd /usr/libexec/timed /Applications/MobileSafari.app/MobileSafari
{_FRAMEWORKS}/WebKit.framework/XPCServices/com.apple.WebKit.Networking.xpc/com.apple.WebKit.Networking
{_FRAMEWORKS}/WebKit.framework/XPCServices/com.apple.WebKit.WebContent.xpc/com.apple.WebKit.WebContent""".split()
COLLECTOR = "/usr/bin/sysdiagnose"
TRANSCODER = f"{_PRIVATE}/IMTranscoding.framework/XPCServices/IMTranscoderAgent.xpc/IMTranscoderAgent"


def collected(life: Life) -> datetime:
    """When the person made the sysdiagnose: some minutes after the backup."""
    return life.backup + timedelta(minutes=25)


def booted(life: Life) -> datetime:
    """When the phone was last started."""
    return life.backup.replace(hour=6, minute=2) - timedelta(days=4)


_HEADINGS = (
    "USER             UID PRSNA   PID  PPID        F  %CPU %MEM PRI NI      VSZ    RSS WCHAN    TT  STAT STARTED"
    "      TIME COMMAND"
)
_THREAD_HEADINGS = (
    "USER             PID   TT   %CPU STAT PRI     STIME     UTIME COMMAND  PPID        F %MEM PRI NI      VSZ"
    "    RSS WCHAN  STARTED      TIME COMMAND"
)


@dataclass(frozen=True, kw_only=True)
class Running:
    """A process that runs."""

    pid: int
    path: str
    user: str
    since: datetime

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def uid(self) -> int:
        return 0 if self.user == "root" else 501

    @property
    def uuid(self) -> str:
        """Of its executable."""
        return image_uuid(self.path)


def image_uuid(path: str) -> str:
    """The UUID of an executable, as its maker's linker would give it."""
    return str(uuid.uuid5(_NAMESPACE, path)).upper()


def app_path(life: Life, bundle: str) -> str:
    """The executable of an installed app."""
    folder = uuid.uuid5(_NAMESPACE, f"{life.seed}/{bundle}")
    return f"/private/var/containers/Bundle/Application/{folder}/{APPS[bundle]}.app/{APPS[bundle]}".replace(
        str(folder), str(folder).upper()
    )


def running(life: Life, attack: Attack | None) -> list[Running]:
    """Those that run while the sysdiagnose is made, by identifier."""
    random, boot = life.random("running"), booted(life)
    found, pid = [], 1
    for path in (*_ROOT, *_MOBILE):
        user = "mobile" if path in _MOBILE else "root"
        found.append(Running(pid=pid, path=path, user=user, since=boot + timedelta(seconds=pid / 20)))
        pid += random.randrange(2, 9)
    later = [
        (collected(life) - timedelta(seconds=random.randrange(600, 40_000)), app_path(life, bundle), "mobile")
        for bundle in APPS
    ]
    if attack is not None and attack.infected:
        later.append((attack.again, attack.executable, "root"))
    later += [(max(r.time, boot + timedelta(hours=2)), r.path, r.user) for r in life.of(Runs)]
    pid, steps = 900, life.random("running/identifiers")
    for since, path, user in sorted(later):
        pid += steps.randrange(5, 60)
        found.append(Running(pid=pid, path=path, user=user, since=since))
    found.append(Running(pid=pid + 46, path=COLLECTOR, user="root", since=collected(life) - timedelta(seconds=20)))
    return found


def _started(life: Life, p: Running) -> str:
    """As ps shows it: the hour of the same day, the weekday before."""
    return f"{p.since:%a%I%p}" if p.since.date() < collected(life).date() else f"{p.since:%I:%M%p}".lstrip("0")


def ps(life: Life, processes: list[Running]) -> str:
    """ps.txt."""
    lines = [_HEADINGS]
    for p in processes:
        parent = 0 if p.pid == 1 else 1
        lines.append(
            f"{p.user:<15}{p.uid:>5}     - {p.pid:>5} {parent:>5}     4004   0.0  0.1  31  0  4226848   8912 -"
            f"        ??  Ss  {_started(life, p):>8}   0:0{p.pid % 10}.{p.pid % 60:02} {p.path}"
        )
    return "\n".join(lines) + "\n"


def ps_thread(life: Life, processes: list[Running]) -> str:
    """ps_thread.txt: each process with one more thread."""
    lines = [_THREAD_HEADINGS]
    for p in processes:
        rest = f"{0 if p.pid == 1 else 1:>5}   104004  0.1 31T  0  4226848   8912 -    {_started(life, p):>8}   0:00.37"
        lines.append(f"{p.user:<15}{p.pid:>5}   ??    0.0 S    31T   0:00.01   0:00.08 {p.path[:7]:<7} {rest} {p.path}")
        lines.append(f"{p.pid:>20}         0.0 S    37T   0:00.00   0:00.08         {rest}")
    return "\n".join(lines) + "\n"


def taskinfo(life: Life, processes: list[Running]) -> str:
    """taskinfo.txt."""
    blocks = [f"num tasks: {len(processes)}\n"]
    for number, p in enumerate(processes, 1):
        age = int((collected(life) - p.since).total_seconds())
        kind = "YES" if "/Bundle/Application/" in p.path else "NO"
        blocks.append(
            f'\nprocess: "{p.name[:32]}" [{p.pid}] [unique ID: {number + p.pid}]\narchitecture: arm64\n'
            f"virtual bytes: 389.03 GB; phys_footprint bytes: {p.pid % 40 + 2}.25 MB\nrun time: {age} s\n"
            "requested policy\n\treq apptype: TASK_APPTYPE_NONE\neffective policy\n\teff darwin BG: NO\n"
            f"ios-application: {kind}\nthreads:\n\tthread ID: 0x338 / 824\n"
        )
    return "\n".join(blocks)


def spindump(life: Life, processes: list[Running]) -> str:
    """spindump-nosymbols.txt: its head, and each process with one thread and its executable."""
    now = collected(life)
    head = (
        f"Date/Time:        {now:%Y-%m-%d %H:%M:%S}.250 +0000\nEnd time:         {now:%Y-%m-%d %H:%M:%S}.950 +0000\n"
        f"OS Version:       iPhone OS {VERSION} (Build {BUILD})\nArchitecture:     arm64e\nReport Version:   33\n\n"
        f"Hardware model:   {MODEL}\n\n------------------------------------------------------------\n"
        "Heavy format: stacks are sorted by count\nUse -i and -timeline to re-report with chronological sorting\n"
        "------------------------------------------------------------\n"
    )
    blocks = [head]
    for p in processes:
        age = int((now - p.since).total_seconds())
        blocks.append(
            f"\nProcess:          {p.name} [{p.pid}]\nUUID:             {p.uuid}\nPath:             {p.path}\n"
            f"Architecture:     arm64e\nParent:           {'launchd [1]' if p.pid > 1 else 'kernel_task [0]'}\n"
            f"UID:              {p.uid}\nFootprint:        {1024 + p.pid} KB\nTime Since Fork:  {age}s\n"
            "Num samples:      8 (1-8)\n\n"
            f"  Thread 0x{0x300 + p.pid:x}    8 samples (1-8)    priority 31 (base 31)\n"
            f"  8  ??? ({p.name} + 4096) [0x102801000]\n\n  Binary Images:\n"
            f"           0x102800000 -                ???  {p.name}  <{p.uuid}>  {p.path}\n"
        )
    return "\n".join(blocks)
