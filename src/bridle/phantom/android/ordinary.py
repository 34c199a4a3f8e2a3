"""The ordinary apps of the phone and what they do: among them some that look odd and are not."""

from __future__ import annotations

import base64
import hashlib
import struct
from datetime import timedelta
from random import Random

from bridle.phantom.android import implant
from bridle.phantom.android.phone import Phone
from bridle.phantom.android.story import (
    VENDING,
    Access,
    App,
    Change,
    Computer,
    Contact,
    Crash,
    DeviceFile,
    Message,
    Opened,
    Posted,
    Process,
    Security,
    Service,
    Session,
    Setting,
    Statement,
    Story,
    Total,
    Traffic,
    Used,
    minutes,
    pid,
)

EXAMINER, PLATFORM_KEY = "examiner@lab", "SYNTHETIC platform"
FDROID = "org.fdroid.fdroid"
_USES = 150
_FACTORY = timedelta(days=190)
_SYSTEM = (
    ("android", 1000, "framework-res"), ("com.android.settings", 1000, "Settings"),
    ("com.android.systemui", 10070, "SystemUI"), ("com.android.phone", 1001, "TeleService"),
    ("com.android.shell", 2000, "Shell"), ("com.android.bluetooth", 1002, "Bluetooth"),
    ("com.android.providers.telephony", 1001, "TelephonyProvider"),
    ("com.android.providers.contacts", 10052, "ContactsProvider"),
    ("com.android.providers.media.module", 10053, "MediaProvider"),
    ("com.google.android.packageinstaller", 10060, "PackageInstaller"),
    (VENDING, 10061, "Phonesky"), ("com.google.android.gms", 10062, "PrebuiltGmsCore"),
    ("com.google.android.apps.messaging", 10063, "Messages"), ("com.google.android.dialer", 10064, "Dialer"),
    ("com.android.chrome", 10065, "Chrome"), ("com.android.camera2", 10066, "Camera"),
    ("com.google.android.inputmethod.latin", 10067, "LatinIME"), ("com.android.launcher3", 10068, "Launcher3"),
)  # fmt: skip
_LAUNCHED = {"com.android.settings", "com.google.android.apps.messaging", "com.google.android.dialer",
             "com.android.chrome", "com.android.camera2", VENDING}  # fmt: skip
_TALKS = ("RECORD_AUDIO", "CAMERA", "READ_CONTACTS", "ACCESS_FINE_LOCATION", "POST_NOTIFICATIONS")
CHAT, PASSWORDS, RADIO, BANK, MAPS = (
    "org.example.chat", "org.example.passwords", "org.example.radio", "com.example.bank", "com.example.maps"
)  # fmt: skip
_STORE = (
    (CHAT, 10201, "Chat", _TALKS), (PASSWORDS, 10202, "Passwords", ("POST_NOTIFICATIONS",)),
    (BANK, 10203, "Bank", ("CAMERA",)), (MAPS, 10204, "Maps", ("ACCESS_FINE_LOCATION",)),
    ("com.example.weather", 10205, "Weather", ("ACCESS_COARSE_LOCATION",)), ("com.example.trains", 10206, "Trains", ()),
    ("com.example.photos", 10207, "Photos", ("READ_MEDIA_IMAGES",)), ("com.example.news", 10208, "News", ()),
)  # fmt: skip
_HOSTS = ("www.morning-herald.example", "weather.example.com", "chat.example.org", "timetable.rail.example",
          "maps.example.com", "mail.example.org", "shop.books.example")  # fmt: skip
_TEXTS = ("On my way", "See you at seven", "Did you get the tickets?", "Happy birthday!", "Call me when you can",
          "The meeting moved to Thursday", "Thank you", "Are you home?")  # fmt: skip


def story(phone: Phone) -> Story:
    """All of it."""
    apps = (*_system(phone), *_installed(phone))
    return Story(
        apps=apps, sessions=_sessions(phone), settings=_settings(phone), accesses=_accesses(phone),
        computers=_computers(phone),
        processes=_processes(apps), crashes=_crashes(phone), messages=_messages(phone), contacts=_contacts(phone),
        security=_security(phone), files=_files(phone, apps), traffic=_traffic(phone), used=_used(phone),
        changes=_changes(phone), services=_services(), posted=_posted(phone), opened=_opened(phone),
        statements=_statements(phone), totals=_totals(phone),
    )  # fmt: skip


def _computers(phone: Phone) -> tuple[Computer, ...]:
    """The owner's own, weeks ago, and the one that the acquisition is made with."""
    home = Computer(key=adb_key("home"), name="owner@home-pc", time=phone.life.start + timedelta(days=3))
    return home, Computer(key=adb_key("examiner"), name=EXAMINER, time=phone.now - minutes(3))


def adb_key(name: str) -> str:
    """A public key as adb writes one, in base64; of no pair, for its modulus is a hash."""
    modulus = b"".join(hashlib.sha256(f"{name} {n}".encode()).digest() for n in range(8))
    data = struct.pack("<2I", 64, 0x5A5A5A5B) + modulus + modulus[::-1] + struct.pack("<I", 65537)
    return base64.b64encode(data).decode()


def _system(phone: Phone) -> list[App]:
    born = phone.now - _FACTORY
    return [
        App(
            name=name, uid=uid, label=label, installed=born, updated=born, installer=None, initiator=None, system=True,
            launcher=f"{name}.Main" if name in _LAUNCHED else None, version=34, version_name="14",
            certificate=implant.certificate(PLATFORM_KEY),
        )
        for name, uid, label in _SYSTEM
    ]  # fmt: skip


def _installed(phone: Phone) -> list[App]:
    random, found = phone.life.random("android apps"), []
    more = [(f"com.example.extra{n:03}", 10300 + n, f"Extra {n}", ()) for n in range(12 * phone.life.scale)]
    for name, uid, label, granted in (*_STORE, *more):
        installed = phone.now - _FACTORY + timedelta(minutes=random.randrange(60 * 24 * 120))
        found.append(
            App(
                name=name,
                uid=uid,
                label=label,
                installed=installed,
                updated=installed + timedelta(days=20),
                launcher=f"{name}.Main",
                granted=granted,
                boot=f"{name}.Started" if name == CHAT else None,
                version=random.randrange(10, 900),
                version_name=f"{random.randrange(1, 9)}.{random.randrange(20)}",
            )
        )
    since = phone.now - timedelta(days=120)
    found.append(
        App(name=FDROID, uid=10210, label="F-Droid", installed=since, updated=since, launcher=f"{FDROID}.views.Main",
            installer="com.google.android.packageinstaller", initiator="com.android.chrome", version=1020)
    )  # fmt: skip
    found.append(
        App(name=RADIO, uid=10211, label="Radio", installed=since + minutes(9), updated=since + minutes(9),
            launcher=f"{RADIO}.Main", installer=FDROID, initiator=FDROID, version=77)
    )  # fmt: skip
    found.append(
        App(name=implant.HARMLESS, uid=10212, label="Notes", installed=since + minutes(20),
            updated=since + minutes(20), launcher=f"{implant.HARMLESS}.Main", version=42, version_name="4.2",
            install_time=(), certificate=implant.certificate(implant.HARMLESS_KEY), apk=implant.harmless())
    )  # fmt: skip
    return found


def _sessions(phone: Phone) -> tuple[Session, ...]:
    time = phone.now - timedelta(days=1, hours=9)
    return (Session(number=1180552871, package="com.example.news", time=time, by=10061, installer=VENDING),)


def _settings(phone: Phone) -> tuple[Setting, ...]:
    """Those of a phone whose owner uses a password manager and has the developer options on for the home computer."""
    boot = phone.boot + minutes(1)
    said = {
        "global": {
            "package_verifier_enable": "1", "package_verifier_user_consent": "1", "verifier_verify_adb_installs": "1",
            "adb_enabled": "1", "development_settings_enabled": "1", "airplane_mode_on": "0", "wifi_on": "1",
            "mobile_data": "1", "device_provisioned": "1", "device_name": "Synthetic One", "http_proxy": ":0",
        },
        "secure": {
            "enabled_accessibility_services": f"{PASSWORDS}/{PASSWORDS}.FillService", "accessibility_enabled": "1",
            "default_input_method": "com.google.android.inputmethod.latin/.LatinIME", "location_mode": "3",
            "sms_default_application": "com.google.android.apps.messaging", "android_id": f"{phone.life.seed:016x}",
        },
        "system": {"screen_off_timeout": "60000", "accelerometer_rotation": "0", "volume_music": "7"},
    }  # fmt: skip
    settings = [Setting(namespace=n, name=k, value=v) for n, values in said.items() for k, v in values.items()]
    return (*settings, Setting(namespace="global", name="boot_count", value="41", changed=boot))


def _accesses(phone: Phone) -> tuple[Access, ...]:
    random, found = phone.life.random("android accesses"), []
    for name, uid, ops in (
        (CHAT, 10201, ("RECORD_AUDIO", "CAMERA", "READ_CONTACTS")), (BANK, 10203, ("CAMERA",)),
        (MAPS, 10204, ("FINE_LOCATION",)), ("com.example.weather", 10205, ("COARSE_LOCATION",)),
        ("com.example.photos", 10207, ("READ_MEDIA_IMAGES",)),
    ):  # fmt: skip
        for op in ops:
            time = phone.now - minutes(random.randrange(20, 2000))
            found.append(Access(package=name, uid=uid, op=op, time=time, seconds=random.randrange(2, 60)))
    return tuple(found)


def _processes(apps: tuple[App, ...]) -> tuple[Process, ...]:
    own = (
        ("init", 1, 0, "root", "u:r:init:s0", "/system/bin/init"), ("kthreadd", 2, 0, "root", "u:r:kernel:s0", ""),
        ("kworker/0:0", 7, 2, "root", "u:r:kernel:s0", ""), ("ueventd", 330, 1, "root", "u:r:ueventd:s0", ""),
        ("logd", 402, 1, "logd", "u:r:logd:s0", "/system/bin/logd"),
        ("servicemanager", 404, 1, "system", "u:r:servicemanager:s0", "/system/bin/servicemanager"),
        ("vold", 411, 1, "root", "u:r:vold:s0", "/system/bin/vold"),
        ("surfaceflinger", 700, 1, "system", "u:r:surfaceflinger:s0", "/system/bin/surfaceflinger"),
        ("zygote64", 812, 1, "root", "u:r:zygote:s0", "/system/bin/app_process64"),
        ("zygote", 813, 1, "root", "u:r:zygote:s0", "/system/bin/app_process32"),
        ("webview_zygote", 1205, 812, "webview_zygote", "u:r:webview_zygote:s0", ""),
        ("adbd", 905, 1, "shell", "u:r:adbd:s0", "/apex/com.android.adbd/bin/adbd"),
        ("mediaserver", 920, 1, "media", "u:r:mediaserver:s0", "/system/bin/mediaserver"),
        ("installd", 925, 1, "root", "u:r:installd:s0", "/system/bin/installd"),
        ("system_server", 1500, 812, "system", "u:r:system_server:s0", ""),
    )  # fmt: skip
    found = [Process(name=n, pid=p, parent=up, user=u, label=label, path=at) for n, p, up, u, label, at in own]
    running = [a for a in apps if a.uid >= 10000 and not a.name.startswith("com.example.extra")]
    for n, app in enumerate(running):
        kind = "platform_app" if app.system else "untrusted_app"
        found.append(
            Process(name=app.name, pid=pid(app.uid), user=f"u0_a{app.uid - 10000}", uid=app.uid, package=app.name,
                    label=f"u:r:{kind}:s0:c{n + 1},c256,c512,c768", service=f"{app.name}.Work")
        )  # fmt: skip
    return tuple(found)


def _crashes(phone: Phone) -> tuple[Crash, ...]:
    """An app that divides by zero once: it is its own library that does."""
    return (
        Crash(
            time=phone.now - timedelta(days=6, hours=2, minutes=11), process="com.example.news", pid=9120, uid=10208,
            label="u:r:untrusted_app:s0:c208,c256,c512,c768", signal=(8, "SIGFPE", 1, "FPE_INTDIV"),
            libraries=("/data/app/~~Newsxxxx==/com.example.news-Swenxxxx==/lib/arm64/libnews.so",
                       "/apex/com.android.runtime/lib64/bionic/libc.so"),
        ),
    )  # fmt: skip


def _messages(phone: Phone) -> tuple[Message, ...]:
    random, found = phone.life.random("android messages"), []
    for time in phone.life.moments(random, 120 * phone.life.scale):
        who, text = random.choice(phone.life.contacts), random.choice(_TEXTS)
        photo = "image.jpg" if random.random() < 0.05 else None
        found.append(
            Message(time=time, number=who.number, text=text, sent=random.random() < 0.45, attachment=photo)
        )  # fmt: skip
    return tuple(found)


def _contacts(phone: Phone) -> tuple[Contact, ...]:
    random, found = phone.life.random("android network"), []
    for n in range(200 * phone.life.scale):
        host = random.choice(_HOSTS)
        time = phone.now - timedelta(minutes=random.randrange(30, 14 * 24 * 60), seconds=n % 60)
        app = random.choice(("com.android.chrome", CHAT, MAPS, "com.example.news", "com.google.android.gms"))
        address = f"198.51.100.{1 + _HOSTS.index(host)}"
        found.append(Contact(time=time, package=app, host=host, address=address))
    return tuple(found)


def _security(phone: Phone) -> tuple[Security, ...]:
    """The phone starts, and is unlocked now and then; the store installs something."""
    random = phone.life.random("android security")
    began = {"boot_state": "green", "verity_mode": "enforcing"}
    found = [Security(time=phone.boot, tag="os_startup", values=began)]
    for n in range(9):
        time = phone.boot + minutes(20 + 90 * n + random.randrange(60))
        found.append(Security(time=time, tag="keyguard_dismiss_auth_attempt",
                              values={"success": True, "method_strength": 1}))  # fmt: skip
        found.append(Security(time=time + timedelta(seconds=1), tag="keyguard_dismissed"))
    time = _sessions(phone)[0].time
    installed = {"package_name": "com.example.news", "version_code": 12, "user_id": 0}
    return (*found, Security(time=time, tag="package_installed", values=installed))


def _files(phone: Phone, apps: tuple[App, ...]) -> tuple[DeviceFile, ...]:
    random = phone.life.random("android files")
    found = [
        DeviceFile(path="/data/local/tmp", size=3452, time=phone.life.start, mode="drwxrwx--x", user=2000),
        DeviceFile(path="/system/bin/sh", size=311_000, time=phone.now - _FACTORY, mode="-rwxr-xr-x"),
        DeviceFile(path="/system/bin/app_process64", size=37_000, time=phone.now - _FACTORY, mode="-rwxr-xr-x"),
        DeviceFile(
            path="/sdcard/Documents/org.bridle.synthetic.txt", size=17, time=phone.life.start,
            content=b"BRIDLE-SYNTHETIC\n",
        ),
    ]  # fmt: skip
    found += [
        DeviceFile(path=f"{a.path}/base.apk", size=4_000_000 + a.uid, time=a.updated, mode="-rw-r--r--", user=1000)
        for a in apps
    ]
    for n in range(40 * phone.life.scale):
        time = phone.life.start + timedelta(minutes=random.randrange(40 * 24 * 60))
        at = f"/sdcard/DCIM/Camera/IMG_{time:%Y%m%d_%H%M%S}_{n}.jpg"
        found.append(DeviceFile(path=at, size=random.randrange(10**6, 4 * 10**6), time=time, content=None))
    return tuple(found)


def _traffic(phone: Phone) -> tuple[Traffic, ...]:
    random, found = phone.life.random("android traffic"), []
    since = phone.midnight - timedelta(days=10)
    for uid in (10065, 10201, 10204, 10207, 10062, 1000):
        for n in range(0, 120, 2):
            if random.random() < 0.5:
                received = random.randrange(40_000, 9_000_000)
                sent = round(received * random.uniform(0.03, 0.3))
                time = since + timedelta(hours=2 * n)
                found.append(
                    Traffic(time=time, uid=uid, received=received, sent=sent, foreground=random.random() < 0.6)
                )
    return tuple(found)


def _used(phone: Phone) -> tuple[Used, ...]:
    random, found = phone.life.random("android use"), []
    for n in range(_USES * phone.life.scale):
        time = phone.now - timedelta(minutes=23 * 60 * (n + 1) / (_USES * phone.life.scale + 2))
        name = random.choice((CHAT, MAPS, "com.android.chrome", "com.example.news", BANK))
        found.append(Used(time=time, kind="ACTIVITY_RESUMED", package=name, cls=f"{name}.Main"))
        found.append(Used(time=time + timedelta(seconds=40), kind="ACTIVITY_PAUSED", package=name, cls=f"{name}.Main"))
    return tuple(found)


def _totals(phone: Phone) -> tuple[Total, ...]:
    names = (CHAT, MAPS, "com.android.chrome", "com.example.news", BANK)
    return tuple(
        Total(package=name, seconds=3400 - 500 * n, last=phone.now - minutes(14 + 31 * n))
        for n, name in enumerate(names)
    )


def _changes(phone: Phone) -> tuple[Change, ...]:
    yesterday = phone.midnight - timedelta(hours=12)
    return (
        Change(time=yesterday, package="com.example.news", version=12),
        Change(time=yesterday - timedelta(days=2), package="com.example.trains", version=31),
    )


def _services() -> tuple[Service, ...]:
    return (
        Service(kind="accessibility", package=PASSWORDS, cls="FillService", label="Passwords", uid=10202),
        Service(kind="notifications", package="com.android.launcher3", cls="NotificationListener", label="", uid=10068),
    )


def _posted(phone: Phone) -> tuple[Posted, ...]:
    time = phone.now - minutes(52)
    return (Posted(time=time, package=CHAT, uid=10201, title="A friend", text="See you at seven"),)


def _opened(phone: Phone) -> tuple[Opened, ...]:
    return (
        Opened(time=phone.now - minutes(14), package=CHAT, uid=10201, cls="Main"),
        Opened(time=phone.now - minutes(33), package="com.android.chrome", uid=10065, cls="Main",
               url="https://www.morning-herald.example/today"),
    )  # fmt: skip


def _statements(phone: Phone) -> tuple[Statement, ...]:
    asked = "SELECT body FROM message WHERE _id = ?"
    return tuple(
        Statement(time=phone.now - minutes(8 - n / 2), package=CHAT, pid=pid(10201), database="messages.db", sql=asked)
        for n in range(8)
    )


def chance(phone: Phone, part: str) -> Random:
    """Chance of its own for a part of the phone."""
    return phone.life.random(f"android {part}")
