"""Preferences, permissions and caches: small files that every phone has, and what the attack wrote among them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bridle.phantom import KEY, MARKER
from bridle.phantom.attack import Attack
from bridle.phantom.entry import Entry, database, insert, plist
from bridle.phantom.events import File, LookUp, Permission
from bridle.phantom.life import Life, cocoa, guid, naive
from bridle.phantom.network_use import APPS

MARKER_PATH = "Library/Preferences/org.bridle.synthetic.plist"
_LANGUAGE = {"AppleLocale": "en_GB", "AppleLanguages": ["en-GB"], "LDMGlobalEnabled": False}
"""Lockdown Mode is off."""
_PERMISSIONS = "Camera Microphone Photos AddressBook Calendar".split()
_TCC = """
CREATE TABLE admin (key TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL);
CREATE TABLE policies (id INTEGER NOT NULL PRIMARY KEY, bundle_id TEXT NOT NULL, uuid TEXT NOT NULL,
  display TEXT NOT NULL, UNIQUE (bundle_id, uuid));
CREATE TABLE active_policy (client TEXT NOT NULL, client_type INTEGER NOT NULL, policy_id INTEGER NOT NULL,
  PRIMARY KEY (client, client_type),
  FOREIGN KEY (policy_id) REFERENCES policies(id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE access_overrides (service TEXT NOT NULL PRIMARY KEY);
CREATE TABLE expired (service TEXT NOT NULL, client TEXT NOT NULL, client_type INTEGER NOT NULL, csreq BLOB,
  last_modified INTEGER NOT NULL, expired_at INTEGER NOT NULL DEFAULT (CAST(strftime('%s','now') AS INTEGER)),
  PRIMARY KEY (service, client, client_type));
CREATE TABLE access (service TEXT NOT NULL, client TEXT NOT NULL, client_type INTEGER NOT NULL,
  auth_value INTEGER NOT NULL, auth_reason INTEGER NOT NULL, auth_version INTEGER NOT NULL, csreq BLOB,
  policy_id INTEGER, indirect_object_identifier_type INTEGER,
  indirect_object_identifier TEXT NOT NULL DEFAULT 'UNUSED', indirect_object_code_identity BLOB, flags INTEGER,
  last_modified INTEGER NOT NULL DEFAULT (CAST(strftime('%s','now') AS INTEGER)),
  PRIMARY KEY (service, client, client_type, indirect_object_identifier),
  FOREIGN KEY (policy_id) REFERENCES policies(id) ON DELETE CASCADE ON UPDATE CASCADE);
CREATE INDEX active_policy_id ON active_policy(policy_id);
"""


def entries(life: Life, attack: Attack | None) -> Iterator[Entry]:
    yield _preferences(life, MARKER_PATH, {KEY: MARKER, "Seed": life.seed})
    yield _preferences(life, "Library/Preferences/.GlobalPreferences.plist", _LANGUAGE)
    yield _preferences(
        life,
        "Library/Preferences/com.apple.springboard.plist",
        {"SBLastKnownShutdownDate": naive(life.backup - timedelta(days=11))},
    )
    for bundle in APPS:
        yield _app(life, bundle)
    yield _look_ups(life, attack)
    yield _permissions(life, attack)
    yield _location(life)
    yield from _photos(life)
    if attack is not None and attack.infected:
        yield from _planted(attack)
    for file in life.of(File):
        values = {k: {"false": False, "true": True}.get(v, v) for k, v in file.values}
        written = plist({KEY: MARKER} | values) if file.text is None else file.text.encode()
        yield Entry(domain=file.domain, path=file.path, content=written, born=file.time, modified=file.time)


def _preferences(life: Life, path: str, value: dict[str, Any]) -> Entry:
    return Entry(
        domain="HomeDomain", path=path, content=plist(value), born=life.start, modified=life.backup - timedelta(hours=1)
    )


def _app(life: Life, bundle: str) -> Entry:
    random = life.random(f"app/{bundle}")
    used = life.backup - timedelta(seconds=random.randrange(3600, 400_000))
    return Entry(
        domain=f"AppDomain-{bundle}",
        path=f"Library/Preferences/{bundle}.plist",
        born=life.start,
        modified=used,
        content=plist({"LaunchCount": random.randrange(3, 400), "LastLaunch": naive(used)}),
    )


def _look_ups(life: Life, attack: Attack | None) -> Entry:
    random = life.random("look-ups")
    found: dict[str, Any] = {"CacheVersion": 2}
    for service, count in (("com.apple.madrid", 18), ("com.apple.ess", 6), ("com.apple.private.alloy.multiplex1", 3)):
        people = random.sample(life.contacts, count)
        accounts = [f"tel:{p.number}" if random.random() < 0.7 else f"mailto:{p.email}" for p in people]
        found[service] = {
            account: {"LookupDate": cocoa(time), "IDStatus": 1 if random.random() < 0.8 else 2}
            for account, time in zip(accounts, life.moments(random, count), strict=True)
        }
    modified = life.backup - timedelta(hours=2)
    if attack is not None:
        found["com.apple.madrid"][f"mailto:{attack.by.account}"] = {"LookupDate": cocoa(attack.look_up), "IDStatus": 1}
    for told in life.of(LookUp):
        found.setdefault(told.service, {})[f"mailto:{told.account}"] = {"LookupDate": cocoa(told.time), "IDStatus": 1}
    return Entry(
        domain="HomeDomain",
        path="Library/Preferences/com.apple.identityservices.idstatuscache.plist",
        content=plist(found),
        born=life.start,
        modified=modified,
        protection=4,
    )


def _permissions(life: Life, attack: Attack | None) -> Entry:
    random = life.random("permissions")
    rows = [
        (
            f"kTCCService{service}",
            bundle,
            0,
            random.choice((0, 2, 2)),
            2,
            1,
            "UNUSED",
            0,
            int((life.start + timedelta(seconds=random.randrange(2_000_000))).timestamp()),
        )
        for bundle in APPS
        for service in random.sample(_PERMISSIONS, random.randrange(1, 4))
    ]
    if attack is not None and attack.infected:
        time = int(attack.resembling_first.timestamp())
        rows.append(("kTCCServiceMicrophone", attack.executable, 1, 2, 4, 1, "UNUSED", 0, time))
    rows += [
        (f"kTCCService{p.service}", p.client, int(p.client.startswith("/")), 2, 4, 1, "UNUSED", 0,
         int(p.time.timestamp()))
        for p in life.of(Permission)
    ]  # fmt: skip
    columns = (
        "service client client_type auth_value auth_reason auth_version indirect_object_identifier flags last_modified"
    )
    content = database(_TCC, ("INSERT INTO admin VALUES (?, ?)", [("version", 20)]), (insert("access", columns), rows))
    return Entry(
        domain="HomeDomain",
        path="Library/TCC/TCC.db",
        content=content,
        born=life.start,
        modified=life.backup - timedelta(days=2),
    )


def _location(life: Life) -> Entry:
    random = life.random("location")
    clients: dict[str, Any] = {}
    for bundle, name in APPS.items():
        path = f"/private/var/containers/Bundle/Application/{guid(random)}/{name}.app"
        clients[bundle] = {
            "BundleId": bundle,
            "BundlePath": path,
            "Executable": f"{path}/{name}",
            "Registered": f"{path}/{name}",
            "Authorization": random.choice((1, 2, 4)),
            "SupportedAuthorizationMask": 7,
            "Whitelisted": False,
            "LocationTimeStopped": cocoa(life.backup) - random.randrange(3600, 900_000),
        }
    for path in (
        "/System/Library/LocationBundles/Routine.bundle",
        "/System/Library/PrivateFrameworks/FindMyDevice.framework",
    ):
        clients[f"com.apple.locationd.bundle-{path}"] = {
            "BundlePath": path,
            "Registered": "/usr/libexec/locationd",
            "LocationTimeStopped": cocoa(life.backup) - random.randrange(3600, 900_000),
        }
    return Entry(
        domain="RootDomain",
        path="Library/Caches/locationd/clients.plist",
        content=plist(clients),
        born=life.start,
        modified=life.backup - timedelta(minutes=40),
        protection=4,
    )


def _photos(life: Life) -> Iterator[Entry]:
    random = life.random("photos")
    for i, time in enumerate(life.moments(random, 30), 1):
        content = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + random.randbytes(random.randrange(400, 1200)) + b"\xff\xd9"
        yield Entry(
            domain="CameraRollDomain",
            path=f"Media/DCIM/100APPLE/IMG_{i:04}.JPG",
            content=content,
            born=time,
            modified=time,
        )


def _planted(attack: Attack) -> Iterator[Entry]:
    name = attack.by.file.rpartition("/")[2]
    yield Entry(
        domain="RootDomain",
        path="Library/Preferences/com.apple.CrashReporter.plist",
        protection=4,
        content=plist({"SubmitDiagInfo": False}),
        born=attack.preferences,
        modified=attack.preferences,
    )
    yield Entry(
        domain="RootDomain",
        path=f"Library/Preferences/{name}",
        content=plist({KEY: MARKER}),
        protection=4,
        born=attack.file_written,
        modified=attack.file_written,
    )
