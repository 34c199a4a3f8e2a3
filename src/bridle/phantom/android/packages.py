"""dumpsys package, and what the package manager keeps in files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from bridle.phantom.android.phone import milliseconds, precise, stamp
from bridle.phantom.android.story import App, Deletion, Session, Story

_FLAGS = {True: "SYSTEM HAS_CODE ALLOW_CLEAR_USER_DATA", False: "HAS_CODE ALLOW_CLEAR_USER_DATA ALLOW_BACKUP"}


def dump(story: Story) -> str:
    """The whole of it."""
    return "\n".join(
        [
            *_log(story),
            "",
            "Database versions:", "  Internal:", "    sdkVersion=34 databaseVersion=3", "",
            "Verifiers:", "  Required: com.android.vending (uid=10061)", "",
            *_resolvers(story.apps), *_permissions(story.apps),
            "Packages:", *(line for app in story.apps for line in _package(app)), "",
            "Shared users:", *_shared(story.apps), "",
            "Package Changes:", "  Sequence number=3", "  User 0:", "    seq=1, package=com.example.news", "",
            "Dexopt state:", *_compiled(story.apps), "",
            "Active install sessions:", "  ",
            "Historical install sessions:", *(line for s in story.sessions for line in _session(s)),
            "Legacy install sessions:", "  {}", "",
        ]
    )  # fmt: skip


def identity(text: str) -> str:
    """A number of an object in hexadecimal, made from a text."""
    return f"{sum(n * ord(c) for n, c in enumerate(text, 7)) & 0xFFFFFF:x}"


def _short(component: str, package: str) -> str:
    return f"{package}/{component.removeprefix(package)}"


def _resolvers(apps: tuple[App, ...]) -> Iterator[str]:
    yield from ("Activity Resolver Table:", "  Non-Data Actions:", "      android.intent.action.MAIN:")
    for app in apps:
        if app.launcher is not None:
            yield f"        {identity(app.launcher)} {_short(app.launcher, app.name)}"
    yield from ("", "Receiver Resolver Table:", "  Non-Data Actions:", "      android.intent.action.BOOT_COMPLETED:")
    for app in apps:
        if app.boot is not None:
            yield f"        {identity(app.boot)} {_short(app.boot, app.name)}"
    yield ""


def _permissions(apps: tuple[App, ...]) -> Iterator[str]:
    yield "Permissions:"
    for name in sorted({p for a in apps for p in a.granted}):
        yield f"  Permission [android.permission.{name}] ({identity(name)}):"
        yield "    sourcePackage=android"
        yield "    uid=1000 gids=[] type=0 prot=dangerous"
        yield f"    perm=PermissionInfo{{{identity(name[::-1])} android.permission.{name}}}"
    yield ""


def _package(app: App) -> Iterator[str]:
    home = f"/data/user/0/{app.name}"
    asked = [f"android.permission.{p}" for p in (*app.install_time, *app.granted)]
    yield f"  Package [{app.name}] ({identity(app.name)}):"
    facts = {
        "appId": app.uid, "pkg": f"Package{{{identity(app.path)} {app.name}}}", "codePath": app.path,
        "resourcePath": app.path, "legacyNativeLibraryDir": f"{app.path}/lib", "primaryCpuAbi": "arm64-v8a",
        "versionCode": f"{app.version} minSdk=24 targetSdk={28 if app.boot and not app.launcher else 34}",
        "versionName": app.version_name, "splits": "[base]", "apkSigningVersion": 3,
        "flags": f"[ {_FLAGS[app.system]} ]", "privateFlags": "[ PRIVATE_FLAG_ACTIVITIES_RESIZE_MODE_RESIZEABLE ]",
        "dataDir": home, "timeStamp": stamp(app.updated), "lastUpdateTime": stamp(app.updated),
        "installerPackageName": app.installer or "null", "initiatingPackageName": app.initiator or "null",
        "originatingPackageName": "null", "packageSource": 2 if app.installer == "com.android.vending" else 0,
        "signatures": f"PackageSignatures{{{identity(app.label)} version:3, signatures:[{_signer(app)}], "
                      "past signatures:[]}",
        "pkgFlags": f"[ {_FLAGS[app.system]} ]",
    }  # fmt: skip
    yield from (f"    {key}={value}" for key, value in facts.items())
    if asked:
        yield from ("    requested permissions:", *(f"      {p}" for p in asked))
    if app.install_time:
        yield "    install permissions:"
        yield from (f"      android.permission.{p}: granted=true" for p in app.install_time)
    yield (
        f"    User 0: ceDataInode={app.uid * 7} installed=true hidden=false suspended=false distractionFlags=0"
        " stopped=false notLaunched=false enabled=0 instant=false virtual=false"
    )
    yield from (f"      dataDir={home}", f"      firstInstallTime={stamp(app.installed)}")
    if app.granted:
        yield "      runtime permissions:"
        flags = "USER_SENSITIVE_WHEN_GRANTED|USER_SENSITIVE_WHEN_DENIED"
        yield from (f"        android.permission.{p}: granted=true, flags=[ {flags}]" for p in app.granted)


def _signer(app: App) -> str:
    return (app.certificate or identity(app.name) + "00")[:8]


def _shared(apps: tuple[App, ...]) -> Iterator[str]:
    for name, uid in (("android.uid.system", 1000), ("android.uid.phone", 1001)):
        yield f"  SharedUser [{name}] ({identity(name)}):"
        yield f"    appId={uid}"
        yield "    Packages"
        yield from (f"      PackageSetting{{{identity(a.path)} {a.name}/{uid}}}" for a in apps if a.uid == uid)


def _compiled(apps: tuple[App, ...]) -> Iterator[str]:
    for app in apps:
        if not app.system:
            yield f"  [{app.name}]"
            yield f"    path: {app.path}/base.apk"
            yield "      arm64: [status=speed-profile] [reason=bg-dexopt] [primary-abi]"
            yield f"        [location is {app.path}/oat/arm64/base.odex]"


def _session(session: Session) -> Iterator[str]:
    """As wrapped as the phone wraps it: after some 120 characters."""
    made, by = milliseconds(session.time), session.installer or "null"
    yield f"  Session {session.number}:"
    text = (
        f"userId=0 mOriginalInstallerUid={session.by} mOriginalInstallerPackageName={by} installerPackageName={by} "
        f"installInitiatingPackageName={session.installer or 'com.android.shell'} installOriginatingPackageName=null "
        f"mInstallerUid={session.by} createdMillis={made} updatedMillis={made + 2100} committedMillis={made + 1900} "
        f"stageDir=/data/app/vmdl{session.number}.tmp stageCid=null mode=1 installFlags=0x400012 installLocation=0 "
        f"installReason=4 sizeBytes=14210 appPackageName={session.package} appIcon=false appLabel=null "
        "originatingUri=null originatingUid=-1 referrerUri=null abiOverride=null volumeUuid=null packageSource=0 "
        "mClientProgress=1.0 mProgress=1.0 mCommitted=true mPreapprovalRequested=false mSealed=true "
        "mPermissionsManuallyAccepted=false mStageDirInUse=true mDestroyed=true mFds=0 mBridges=0 mFinalStatus=1 "
        "mFinalMessage=INSTALL_SUCCEEDED params.isMultiPackage=false params.isStaged=false mParentSessionId=-1 "
        "mChildSessionIds=[] mSessionApplied=false mSessionFailed=false mSessionReady=false mSessionErrorCode=0 "
        "mSessionErrorMessage= "
    )
    while text:
        yield f"    {text[:118]}"
        text = text[118:]
    yield "  "


def _log(story: Story) -> Iterator[str]:
    """What this maker's phones add: each installation and removal, with its time."""
    events: list[tuple[datetime, list[str]]] = []
    for n, s in enumerate(story.sessions):
        events.append((s.time, _started(s, 7_100_000 + n)))
    for n, d in enumerate(story.deletions):
        events.append((d.time, _deleted(d, 7_200_000 + n)))
    for _, lines in sorted(events):
        yield from lines


def _started(session: Session, observer: int) -> list[str]:
    return [
        f"{precise(session.time)}: START INSTALL PACKAGE: observer{{{observer}}}",
        f"          stagedDir{{/data/app/vmdl{session.number}.tmp}}",
        "          stagedCid{null}",
        f"          pkg{{{session.package}}}",
        "          versionCode{1}",
        f"          Request from{{{session.installer or 'null'}}}",
        f"{precise(session.time + timedelta(seconds=1))}: result of install: 1{{{observer}}}",
    ]


def _deleted(deletion: Deletion, observer: int) -> list[str]:
    return [
        f"{precise(deletion.time)}: START DELETE PACKAGE: observer{{{observer}}}",
        f"pkg{{{deletion.package}}}, user{{0}}, caller{{{deletion.by}}} flags{{2}}",
        f"{precise(deletion.time + timedelta(seconds=1))}: result of delete: 1{{{observer}}}",
    ]
