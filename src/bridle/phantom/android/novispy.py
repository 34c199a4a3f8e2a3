"""Spyware that strangers put onto the phone while they had it, as in the cases of NoviSpy."""

from __future__ import annotations

from datetime import datetime, timedelta

from bridle.phantom.android import implant
from bridle.phantom.android.custody import STRANGER, Custody, custody, plug, unlocking
from bridle.phantom.android.lure import lured
from bridle.phantom.android.operators import Operator, operator
from bridle.phantom.android.ordinary import PASSWORDS, chance
from bridle.phantom.android.phone import Phone
from bridle.phantom.android.story import (
    SHELL,
    Access,
    App,
    Change,
    Contact,
    DeviceFile,
    Line,
    Message,
    Planted,
    Process,
    Security,
    Service,
    Session,
    Setting,
    Story,
    Traffic,
    Used,
    minutes,
)

SENT = 61_000_000
"""Bytes, at the least, that the implant sent."""
STAGED = "/data/local/tmp/u1.apk"
COMMANDS = "C_LCW C_ARN"
"""Two commands of NoviSpy, by the names that are published."""
_HUB = (0x1A40, 0x0101, "Example 4-Port Hub", "SYNTHETICHUB1")
_BUG, _QF, _AB = "bugreport", "androidqf", "adb-backup"
_UID, _OTHER_UID = 10240, 10241


def story(phone: Phone, *, infected: bool) -> Story:
    """The lure; and where the phone is `infected`, the hours in which it was taken, and the days since."""
    found = lured(phone)
    if infected:
        held, by = custody(phone), operator(phone.life.attacker)
        found += _entered(held) + _installed(phone, held, by) + _works(phone, held, by)
        found += Story(traces=(*_entry(held), *_installation(held, by), *_work(phone, held, by)))
    return found


def _entered(held: Custody) -> Story:
    return unlocking(held) + Story(
        plugged=plug(held, (_HUB,)),
        security=(
            Security(time=held.installed - minutes(2), tag="adb_sync_send_file", values={"path": STAGED}),
            Security(time=held.installed, tag="adb_shell_cmd", values={"command": f"pm install -g {STAGED}"}),
        ),
        files=(DeviceFile(path=STAGED, size=14_210, time=held.installed - minutes(2), mode="-rw-rw-rw-", user=2000),),
    )  # fmt: skip


def _installed(phone: Phone, held: Custody, by: Operator) -> Story:
    """Two packages, the powers they are given, and the switch of Play Protect."""
    time, random = held.installed, chance(phone, "implant")
    sessions, apps, changes, security = [], [], [], []
    for n, (name, uid) in enumerate(((by.package, _UID), (by.other_package, _OTHER_UID))):
        at = time + timedelta(seconds=75 * n)
        sessions.append(Session(number=random.randrange(10**8, 2 * 10**9), package=name, time=at, by=SHELL))
        apps.append(
            App(name=name, uid=uid, label="System service", installed=at, updated=at, installer=None,
                initiator="com.android.shell", boot=f"{name}.{implant.BOOT}", granted=implant.RUNTIME,
                install_time=implant.INSTALL_TIME, certificate=by.certificate, apk=implant.apk(name, by.server))
        )  # fmt: skip
        changes.append(Change(time=at, package=name, version=1))
        values = {"package_name": name, "version_code": 1, "user_id": 0}
        security.append(Security(time=at, tag="package_installed", values=values))
    enabled = f"{PASSWORDS}/{PASSWORDS}.FillService:{by.package}/{by.package}.{implant.ACCESSIBILITY}"
    shell = "com.android.shell"
    return Story(
        apps=tuple(apps), sessions=tuple(sessions), changes=tuple(changes), security=tuple(security),
        settings=(
            Setting(namespace="global", name="package_verifier_enable", value="0", package=shell,
                    changed=time - minutes(4)),
            Setting(namespace="global", name="verifier_verify_adb_installs", value="0", package=shell,
                    changed=time - minutes(4) + timedelta(seconds=2)),
            Setting(namespace="secure", name="enabled_accessibility_services", value=enabled, package=shell,
                    changed=time + minutes(3)),
        ),
        services=(
            Service(kind="accessibility", package=by.package, cls=implant.ACCESSIBILITY, label="System service",
                    uid=_UID),
            Service(kind="admin", package=by.package, cls=implant.ADMIN, label="", uid=_UID),
        ),
    )  # fmt: skip


def _works(phone: Phone, held: Custody, by: Operator) -> Story:
    """It listens, looks and sends, and takes its orders by SMS."""
    begun, name = _begun(held), by.package
    accesses = [
        Access(package=name, uid=_UID, op=op, time=begun + minutes(40 * n), state="bg", seconds=600 - 90 * n)
        for n, op in enumerate(("RECORD_AUDIO", "CAMERA", "FINE_LOCATION", "READ_SMS", "READ_CONTACTS"))
    ]
    contacts = [
        Contact(time=begun + minutes(30 * n), package=name, host=by.server, address=by.address) for n in range(6)
    ]
    started = f"Start proc 4711:{name}/u0a{_UID - 10000} for broadcast {{{name}/{name}.{implant.BOOT}}}"
    number = f"+447700900{700 + phone.life.seed % 100}"
    ordered = Message(time=begun + minutes(25), number=number, text=COMMANDS)
    return Story(
        accesses=tuple(accesses), contacts=tuple(contacts), messages=(ordered,),
        traffic=(Traffic(time=_hour(begun), uid=_UID, received=700_000, sent=_sent(phone)),),
        used=(Used(time=begun, kind="FOREGROUND_SERVICE_START", package=name, cls=f"{name}.Work"),),
        processes=(
            Process(name=name, pid=4711, user=f"u0_a{_UID - 10000}", uid=_UID, package=name, service=f"{name}.Work",
                    label="u:r:untrusted_app_27:s0:c240,c256,c512,c768"),
        ),
        lines=(Line(time=begun, tag="ActivityManager", text=started),),
        security=(
            Security(time=begun, tag="app_process_start",
                     values={"process": name, "start_time": int(begun.timestamp() * 1000), "uid": _UID, "pid": 4711,
                             "seinfo": "default:targetSdkVersion=28", "sha256": by.apk_sha256}),
        ),
    )  # fmt: skip


def _begun(held: Custody) -> datetime:
    return held.given_back + minutes(11)


def _hour(time: datetime) -> datetime:
    return time.replace(hour=time.hour // 2 * 2, minute=0, second=0, microsecond=0)


def _sent(phone: Phone) -> int:
    return SENT + chance(phone, "sent").randrange(20_000_000)


def _entry(held: Custody) -> list[Planted]:
    """What the strangers left before they installed anything."""
    access, both = "access", (_BUG, _QF)
    made: tuple[tuple[datetime, str, str, str, tuple[str, ...]], ...] = (
        (held.plugged, "android.usb.connection", "/dev/bus/usb/001/002", "a device is plugged in; the phone is host",
         both),
        (held.plugged, "android.logcat.usb_device", f"{_HUB[0]:04x}", "the kernel's word of the same", both),
        (held.trusted, "android.adb.key", STRANGER, "the strangers' computer may debug the phone", both),
        (held.installed - minutes(2), "android.intrusion_log.adb_sync", STAGED, "an app is copied onto it", (_QF,)),
        (held.installed - minutes(2), "android.androidqf_file.file", STAGED, "the copy was left behind", (_QF,)),
        (held.installed, "android.intrusion_log.adb_shell", STAGED, "and installed with all powers", (_QF,)),
    )  # fmt: skip
    return [Planted(time=t, stage=access, table=w, value=v, description=d, kinds=k) for t, w, v, d, k in made]


def _installation(held: Custody, by: Operator) -> list[Planted]:
    time, both, name, other = held.installed, (_BUG, _QF), by.package, by.other_package
    off, powers = time - minutes(4), time + minutes(3)
    shell = "com.android.shell switches Play Protect off"
    later = time + timedelta(seconds=75)
    made: tuple[tuple[datetime, str, str, str, str, tuple[str, ...]], ...] = (
        (off, "tampering", "android.settings.setting", "package_verifier_enable", shell, both),
        (off, "tampering", "android.settings.operation", "package_verifier_enable", f"{shell}: when", both),
        (off, "tampering", "android.androidqf_settings.setting", "package_verifier_enable", "it is off", (_QF,)),
        (time, "installation", "android.package.install_session", name, "user number 2000 (adb) installs it", both),
        (later, "installation", "android.package.install_session", other, "and another, which no feed names", both),
        (time, "installation", "android.package.package", name, "the implant", both),
        (later, "installation", "android.package.package", other, "the other, spelled almost like the system's", both),
        (time, "installation", "android.batterystats.package_change", name, "counted as a change of the day", both),
        (time, "installation", "android.intrusion_log.package_change", name, "in the security log", (_QF,)),
        (time, "installation", "android.androidqf_package.package", name, "the implant in the list of apps", (_QF,)),
        (later, "installation", "android.androidqf_package.package", other, "the other in the list of apps", (_QF,)),
        (time, "installation", "android.androidqf_package.package_file", by.apk_sha256, "a file of the feed", (_QF,)),
        (time, "installation", "android.androidqf_package.package_file", by.certificate, "signed by the operator",
         (_QF,)),
        (time, "installation", "android.apk.signer", by.certificate, "signed by the operator", (_QF,)),
        (time, "installation", "android.backup_manifest.app", name, "the backup has data of it", (_QF, _AB)),
        (time, "installation", "android.backup_manifest.certificate", by.certificate, "and who signed it", (_QF, _AB)),
        (time, "installation", "android.package.permission", name, "it may use the microphone", both),
        (powers, "installation", "android.accessibility.service", name, "it may read the screen", both),
        (powers, "installation", "android.device_policy.admin", name, "it is a device administrator", both),
    )  # fmt: skip
    return [Planted(time=t, stage=s, table=w, value=v, description=d, kinds=k) for t, s, w, v, d, k in made]


def _work(phone: Phone, held: Custody, by: Operator) -> list[Planted]:
    begun, both, name, run = _begun(held), (_BUG, _QF), by.package, "execution"
    out = "exfiltration"
    made: tuple[tuple[datetime, str, str, str, str, tuple[str, ...]], ...] = (
        (begun, run, "android.logcat.process_start", name, "the implant is started", both),
        (begun, run, "android.intrusion_log.process_start", by.apk_sha256, "in the security log", (_QF,)),
        (begun, run, "android.usagestats.event", name, "its service comes to the foreground", both),
        (begun, run, "android.appops.access", name, "it records sound in the background", both),
        (begun + minutes(25), run, "android.sms_backup.sms", COMMANDS, "an SMS with its commands", (_QF, _AB)),
        (begun, out, "android.intrusion_log.dns_event", by.server, "it looks the server up", (_QF,)),
        (begun, out, "android.intrusion_log.connect_event", by.address, "and connects to it", (_QF,)),
        (_hour(begun), out, "android.netstats.bucket", str(_sent(phone)), "it sends far more than it receives", both),
        (phone.now, run, "android.process_list.process", name, "it runs when the report is made", both),
        (phone.now, run, "android.androidqf_process.process", name, "and is in the list of processes", (_QF,)),
        (phone.now, run, "android.activity.service", name, "its service runs", both),
        (phone.now, out, "android.network.socket", by.address, "it is connected to the server", both),
    )  # fmt: skip
    return [Planted(time=t, stage=s, table=w, value=v, description=d, kinds=k) for t, s, w, v, d, k in made]
