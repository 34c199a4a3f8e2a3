"""Services that count and remember: settings, operations of apps, use, battery, traffic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bridle.phantom.android.phone import Phone, local, milliseconds, precise, short, span, stamp
from bridle.phantom.android.story import Access, Setting, Story, Total, Used


def settings(phone: Phone, story: Story) -> str:
    """dumpsys settings, with what was changed last."""
    lines = ["CONFIG SETTINGS (user 0)", "", "Historical operations", f"{stamp(phone.boot)} initialize", "", ""]
    for namespace in ("global", "secure", "system"):
        own = [s for s in story.settings if s.namespace == namespace]
        lines.append(f"{namespace.upper()} SETTINGS (user 0)")
        lines += [
            f"_id:{n} name:{s.name} pkg:{s.package} value:{s.value}"
            + (f" default:{s.value} defaultSystemSet:true" if s.package == "android" else "")
            for n, s in enumerate(own, 20)
        ]
        lines += ["", "Historical operations", *_operations(phone, own), "", ""]
    return "\n".join(lines)


def _operations(phone: Phone, settings: list[Setting]) -> Iterator[str]:
    changed = sorted(((s.changed, s) for s in settings if s.changed is not None), key=lambda c: c[0], reverse=True)
    for time, setting in changed:
        yield f"{stamp(time + timedelta(seconds=1))} persist"
        yield f"{stamp(time)} update {setting.name}"
    yield f"{stamp(phone.boot)} initialize"


def appops(phone: Phone, story: Story) -> str:
    """dumpsys appops: the last access of each kind, and each access of the last days."""
    lines = ["Current AppOps Service state:", ""]
    by_uid: dict[int, dict[str, list[Access]]] = {}
    for access in story.accesses:
        by_uid.setdefault(access.uid, {}).setdefault(access.package, []).append(access)
    for uid, packages in sorted(by_uid.items()):
        lines += [f"  Uid u0a{uid - 10000}:", "    state=cch", "    capability=----", "    appWidgetVisible=false"]
        for package, accesses in packages.items():
            lines.append(f"    Package {package}:")
            for access in accesses:
                lines += [f"      {access.op} (allow): ", "        null=[", f"          {_access(phone, access)}",
                          "        ]"]  # fmt: skip
    lines += ["", "  AppOps policy not set.", "Discrete accesses: "]
    for uid, packages in sorted(by_uid.items()):
        lines.append(f"  Uid: {uid}")
        for package, accesses in packages.items():
            lines.append(f"    Package: {package}")
            for access in accesses:
                lines += [
                    f"      {access.op}", "        Attribution: null",
                    (f"          Access [{access.state}-s] at {precise(access.time)} for {access.seconds * 1000:.0f}"
                    " milliseconds "),
                ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _access(phone: Phone, access: Access) -> str:
    ago = span(phone.now - access.time)
    took = f" duration=+{span(timedelta(seconds=access.seconds))}" if access.seconds else ""
    return f"Access: [{access.state}-s] {precise(access.time)} (-{ago}){took}"


def usagestats(phone: Phone, story: Story) -> str:
    """dumpsys usagestats of one user."""
    day = phone.now - timedelta(days=1)
    recent = sorted((u for u in story.used if day <= u.time <= phone.now), key=lambda u: u.time)
    lines = [
        "user=0 ", (f'  Last 24 hour events (timeRange="{_range(day)}, {_clock(day)} – {_range(phone.now)},'
        f' {_clock(phone.now)}" )'), *(f"    {_event(u, n)}" for n, u in enumerate(recent)),
        "  In-memory daily stats", f'  timeRange="{_range(phone.now)}, 12:01 – {_clock(phone.now)}" ',
        "    packages", *(f"      {_total(t)}" for t in story.totals), "    ", "    ChooserCounts",
        "    configurations",
        f'      config=en-rUS-v34 totalTime="1:04:07" lastTime="{stamp(phone.now)}" count=3 ',
        "    event aggregations", '      screen-interactive: 31x for "2:10:09" ',
        "  UsageStatsDatabase:", "    daily stats files: 0, sorted list of files:", "  ", "  App Standby States:",
        *(f"    package={t.package} u=0 bucket=10 reason=u-mf used=+1h20m42s664ms usedScr=+31m21s717ms idle=n"
          for t in story.totals),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _range(time: datetime) -> str:
    at = local(time)
    return f"{at.month}/{at.day}/{at.year}"


def _clock(time: datetime) -> str:
    at = local(time)
    return f"{at.hour % 12 or 12}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'}"


def _event(used: Used, number: int) -> str:
    place = f" class={used.cls} instanceId={number + 11}" if used.cls else ""
    return f'time="{stamp(used.time)}" type={used.kind} package={used.package}{place} flags=0x0 '


def _total(total: Total) -> str:
    hours, rest = divmod(total.seconds, 3600)
    took = f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"
    last = stamp(total.last)
    return (
        f'package={total.package} totalTimeUsed="{took}" lastTimeUsed="{last}" totalTimeVisible="{took}"'
        f' lastTimeVisible="{last}" lastTimeComponentUsed="{last}" totalTimeFS="00:00"'
        ' lastTimeFS="1970-01-01 02:00:00" appLaunchCount=4 '
    )


def batterystats(phone: Phone, story: Story) -> str:
    """dumpsys batterystats: history since the phone was started, and changes of packages by day."""
    lines = ["Battery History (2% used, 91KB used of 4096KB, 47 strings using 4816):"]
    lines += [f"                    0 (14) RESET:TIME: {local(phone.boot):%Y-%m-%d-%H-%M-%S}"]
    lines += ["                    0 (2) 100 c0b00041 status=discharging temp=312 volt=4301 +running"]
    events = sorted((u for u in story.used if u.time > phone.boot), key=lambda u: u.time)
    uids = {a.name: a.uid for a in story.apps}
    for n, used in enumerate(events):
        at = f"+{span(used.time - phone.boot)}"
        who = f"u0a{uids.get(used.package, 10000) - 10000}"
        level = max(20, 100 - n * 60 // (len(events) + 1))
        lines.append(f'{at:>21} (2) {level:03} c0200040 top={who}:"{used.package}"')
    lines += ["", "Per-PID Stats:", "  PID 1500 wake time: +1s429ms", "", "Daily stats:"]
    lines += [f"  Current start time: {local(phone.midnight + timedelta(hours=1)):%Y-%m-%d-%H-%M-%S}"]
    lines += [*_changes(story, phone.midnight, phone.now, "    ")]
    for n in range(4):
        begin = phone.midnight - timedelta(days=n + 1)
        lines.append(
            f"  Daily from {local(begin):%Y-%m-%d-%H-%M-%S} to {local(begin) + timedelta(days=1):%Y-%m-%d-%H-%M-%S}:"
        )
        lines += [*_changes(story, begin, begin + timedelta(days=1), "    ")]
    lines += ["", "Statistics since last charge:", "  System starts: 0, currently on battery: true"]
    for app in [a for a in story.apps if not a.system][:60]:
        lines += [f"  u0a{app.uid - 10000}:", f"    Proc {app.name}:", "      CPU: 20ms usr + 40ms krn ; 0ms fg"]
    return "\n".join(lines) + "\n"


def _changes(story: Story, begin: datetime, end: datetime, indent: str) -> Iterator[str]:
    found = [c for c in story.changes if begin <= c.time < end]
    if found:
        yield f"{indent}Package changes:"
        yield from (f"{indent}  Update {c.package} vers={c.version}" for c in found)


def netstats(story: Story) -> str:
    """dumpsys netstats: buckets of two hours."""
    wifi = '{type=1, ratType=COMBINED, wifiNetworkKey="Home", metered=false, defaultNetwork=true, oemManaged=OEM_NONE}'
    lines = ["Active interfaces:", f"  iface=wlan0 ident=[{wifi}]", "UID stats:", "  Pending bytes: 4096",
             "  Complete history:"]  # fmt: skip
    of: dict[tuple[int, bool], list[str]] = {}
    for t in sorted(story.traffic, key=lambda t: t.time):
        rp, tp = t.received // 1200, t.sent // 1200
        begin = int(t.time.timestamp()) // 7200 * 7200
        row = f"      st={begin} rb={t.received} rp={rp} tb={t.sent} tp={tp} op=0"
        of.setdefault((t.uid, t.foreground), []).append(row)
    for (uid, front), rows in sorted(of.items()):
        kind = "FOREGROUND" if front else "DEFAULT"
        lines += [
            f"  ident=[{wifi}] uid={uid} set={kind} tag=0x0",
            "    NetworkStatsHistory: bucketDuration=7200",
            *rows,
        ]
    return "\n".join(lines) + "\n"


def procstats(phone: Phone, story: Story) -> str:
    """dumpsys procstats, in short."""
    lines = [f"COMMITTED STATS FROM {local(phone.boot):%Y-%m-%d-%H-%M-%S}:"]
    for process in story.processes:
        if process.package is not None:
            lines += [f"  * {process.name} / u0a{process.uid - 10000} / v34:", "         TOTAL: 12%"]
    return "\n".join([*lines, "", "Run time Stats:", "  SOff/Norm: +3m25s539ms"]) + "\n"


def alarms(phone: Phone) -> str:
    """dumpsys alarm: one."""
    ring, up = phone.now + timedelta(hours=11), phone.now - phone.boot
    return "\n".join(
        [
            f"  nowRTC={milliseconds(phone.now)}={precise(phone.now)} nowELAPSED={up // timedelta(milliseconds=1)}",
            "  1 pending alarms: ",
            (f"    RTC_WAKEUP #0: Alarm{{8f6c5b0 type 0 origWhen {milliseconds(ring)} whenElapsed"
            f" {(ring - phone.boot) // timedelta(milliseconds=1)} com.example.trains}}"),
            "      tag=*walarm*:com.example.trains/.Ring",
            (f"      type=RTC_WAKEUP origWhen={precise(ring)} window=0 exactAllowReason=permission repeatInterval=0"
            " count=0 flags=0x3"),
            f"      whenElapsed=+{span(timedelta(hours=11))} maxWhenElapsed=+{span(timedelta(hours=11))}",
            "      operation=PendingIntent{a1b2c3: PendingIntentRecord{d4e5f6 com.example.trains startActivity}}",
        ]
    ) + "\n"  # fmt: skip


def power(phone: Phone) -> str:
    """dumpsys power, in short."""
    return (
        "POWER MANAGER (dumpsys power)\n\nPower Manager State:\n  mWakefulness=Awake\n"
        "  mLastWakeTime=1234567 (149280 ms ago)\n  mLastSleepReason=power_button\n"
        "Wake Locks: size=1\n  PARTIAL_WAKE_LOCK              'AudioMix' ACQ=-1m2s3ms (uid=1041 pid=920)\n\n"
        f"Wake Lock Log\n  {short(phone.now - timedelta(minutes=4))} - 10201 - ACQ org.example.chat:call (partial)\n"
        f"  {short(phone.now - timedelta(minutes=3))} - 10201 - REL org.example.chat:call\n"
        "  -\n  Events: 2, Time-Resets: 0\n"
    )
