"""dumpsys package: the apps that are and were installed, by whom, with which permissions, and what answers to what.

    Packages:
      Package [com.example.app] (c716d35):
        userId=10164
        codePath=/data/app/com.example.app-0mrt4tCf3oHIUTc_FFSStA==
        versionCode=364105349 minSdk=21 targetSdk=31
        firstInstallTime=2020-06-12 00:41:34
        installerPackageName=com.android.vending
        User 0: ceDataInode=-4294835341 installed=true hidden=false suspended=false stopped=false enabled=4
          lastDisabledCaller: com.example.killer
          runtime permissions:
            android.permission.CAMERA: granted=false, flags=[ USER_SET]

A package whose data was kept when it was removed stands there with `installed=false` for the user. Sessions of the
installer are kept for a while after they end, with absolute times: who asked (user number 2000 is adb), from where, and
what came of it. Sections that have no record of their own are kept line by line as `Fact`.

Known limits: times other than those of sessions are the phone's clock, without a zone; 2008-12-31 and 2009-01-01 are
what system images are built with. `signatures` are short hashes to compare within one dump, not those of certificates.
An app chooses its version's name and its label: line ends in them can add lines to its own block, so where a key comes
twice the first counts. In resolver tables details of filters are kept as text. Blocks of a list of more than 20 000
lines are cut with a Gap.

Sources: AOSP `Settings.dumpPackageLPr`, `DumpHelper`, `PackageInstallerSession.dump`, `ComponentResolver`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/pm/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bridle.core import (
    Block,
    FilePath,
    Gap,
    PackageName,
    Record,
    SourceFile,
    Text,
    Utc,
    WallClock,
    artifact,
    note,
    record,
)
from bridle.formats import package_dump as dump
from bridle.formats.package_dump import given, number, number_or_none, numbers, time, truth, words
from bridle.formats.package_items import items
from bridle.formats.row_blocks import RowBlocks
from bridle.formats.table import col, records, rest
from bridle.formats.values import truth as true_or_false
from bridle.formats.values import unix_milliseconds


def _milliseconds(value: object) -> Utc | None:
    found = number(value)
    return unix_milliseconds(found) if found else None


@record(surface="installed-app")
class Package(Record):
    """A package the system knows, whatever the user."""

    package_name: PackageName = col("(name)", doc="name of the package")
    hidden_system: bool = col("(hidden)", doc="whether it is the copy in the system image that an update stands in for")
    compat_name: str | None = col("compat name", given, doc="name it is installed under, where it was renamed")
    app_id: int | None = col("appId", number, doc="its user number for phone user 0; 100000 more for each further one")
    shared_user: str | None = col("sharedUser", dump.shared_user, doc="name of the user number it shares with others")
    gids: tuple[int, ...] | None = col("gids", numbers, doc="groups (Android 4 and earlier)")
    code_path: FilePath | None = col("codePath", given, doc="where its code is", surface="file-present")
    resource_path: FilePath | None = col("resourcePath", given, doc="where its resources are", surface="file-present")
    data_dir: FilePath | None = col("dataDir", given, doc="where its data is", surface="file-present")
    library_dir: str | None = col("legacyNativeLibraryDir", given, doc="where its native code is")
    primary_abi: str | None = col("primaryCpuAbi", given, doc="kind of processor it runs for")
    version_code: int | None = col("versionCode", number, doc="number of its version")
    version_name: str | None = col("versionName", given, doc="name of its version")
    min_sdk: int | None = col("minSdk", number, doc="least API level it runs on")
    target_sdk: int | None = col("targetSdk", number, doc="API level it is made for")
    splits: tuple[str, ...] | None = col("splits", words, doc="parts it is installed in; base is the first")
    signing_version: int | None = col("apkSigningVersion", number, doc="signing scheme; 1 is JAR signing")
    signatures: tuple[str, ...] | None = col(
        "signatures", dump.signatures, doc="short hashes of its certificates, 32 bits"
    )
    past_signatures: tuple[str, ...] | None = col(
        "(past)", dump.past_signatures, doc="short hashes of earlier certificates"
    )
    flags: tuple[str, ...] | None = col(
        "flags", words, doc="flags of the app: SYSTEM, DEBUGGABLE, UPDATED_SYSTEM_APP, …"
    )
    private_flags: tuple[str, ...] | None = col("privateFlags", words, doc="further flags: PRIVILEGED, …")
    package_flags: tuple[str, ...] | None = col("pkgFlags", words, doc="flags of the installed package, or one number")
    modified: WallClock | None = col("timeStamp", time, doc="when its code was last changed")
    first_install_time: WallClock | None = col(
        "firstInstallTime", time, doc="when it was first installed; per user since Android 13"
    )
    last_update_time: WallClock | None = col("lastUpdateTime", time, doc="when it was last installed or updated")
    installer: PackageName | None = col(
        "installerPackageName", given, doc="app that counts as its installer; it can be set at will", surface="mention"
    )
    installer_uid: int | None = col("installerPackageUid", number_or_none, doc="user number of that app")
    initiating_package: PackageName | None = col(
        "initiatingPackageName", given, doc="app that asked for the installation", surface="mention"
    )
    originating_package: PackageName | None = col(
        "originatingPackageName", given, doc="app it came from, as the installer says", surface="mention"
    )
    update_owner: PackageName | None = col(
        "updateOwnerPackageName", given, doc="app that alone may update it", surface="mention"
    )
    package_source: int | None = col(
        "packageSource", number, doc="0 not said, 1 other, 2 a store, 3 a local file, 4 a downloaded file"
    )
    declared_permissions: tuple[str, ...] | None = col("declared permissions", words, doc="permissions it defines")
    requested_permissions: tuple[str, ...] | None = col("requested permissions", words, doc="permissions it asks for")
    uses_libraries: tuple[str, ...] | None = col("usesLibraries", words, doc="shared libraries it needs")
    overlay_target: PackageName | None = col(
        "overlayTarget", given, doc="package whose resources it stands in for", surface="mention"
    )
    extra: str | None = rest(doc="what no field maps, as JSON")


@record(surface="installed-app")
class PackageUser(Record):
    """What holds of a package, or of a shared user number, for one user of the phone."""

    package_name: PackageName | None = col("(package)", doc="name of the package; none for a shared user number")
    shared_user: str | None = col("(shared user)", doc="name of the shared user number; none for a package")
    hidden_system: bool = col("(hidden)", doc="whether it is the copy in the system image that an update stands in for")
    user: int = col("(user)", number, doc="number of the phone's user; 0 is the owner")
    installed: bool | None = col("installed", truth, doc="whether it is installed; false where only data was kept")
    hidden: bool | None = col("hidden", truth, doc="whether an administrator hid it")
    suspended: bool | None = col("suspended", truth, doc="whether it is suspended")
    suspending_package: PackageName | None = col(
        "suspendingPackage", given, doc="app that suspended it", surface="mention"
    )
    stopped: bool | None = col("stopped", truth, doc="whether it was stopped or never started: it gets no broadcasts")
    not_launched: bool | None = col("notLaunched", truth, doc="whether it was never started")
    enabled: int | None = col(
        "enabled", number, doc="0 default, 1 enabled, 2 disabled, 3 disabled by the user, 4 disabled until used"
    )
    last_disabled_caller: PackageName | None = col(
        "lastDisabledCaller", given, doc="who disabled or enabled it last", surface="mention"
    )
    instant: bool | None = col("instant", truth, doc="whether it is an instant app")
    virtual: bool | None = col("virtual", truth, doc="whether it is preloaded and not shown yet")
    quarantined: bool | None = col("quarantined", truth, doc="whether it is quarantined (Android 14 and later)")
    install_reason: int | None = col(
        "installReason", number, doc="0 unknown, 1 policy, 2 restored on a new phone, 3 set up with the phone, 4 user"
    )
    uninstall_reason: int | None = col("uninstallReason", number, doc="0 unknown, 1 its user was removed")
    first_install_time: WallClock | None = col(
        "firstInstallTime", time, doc="when it was first installed for this user (Android 13 and later)"
    )
    ce_data_inode: int | None = col("ceDataInode", number, doc="inode of its data folder")
    de_data_inode: int | None = col("deDataInode", number, doc="inode of its data folder that is there before unlock")
    data_dir: FilePath | None = col("dataDir", given, doc="where its data is", surface="file-present")
    gids: tuple[int, ...] | None = col("gids", numbers, doc="groups it is in: 3003 is the network")
    harmful_app_warning: Text | None = col("harmfulAppWarning", given, doc="warning that is shown", surface="mention")
    disabled_components: tuple[str, ...] | None = col(
        "disabledComponents", words, doc="components that are switched off"
    )
    enabled_components: tuple[str, ...] | None = col("enabledComponents", words, doc="components that are switched on")
    extra: str | None = rest(doc="what no field maps, as JSON")


@record
class Permission(Record):
    """A permission of a package or of a shared user number."""

    package_name: str | None = note(doc="package, as in Package; none for a shared user number")
    shared_user: str | None = note(doc="shared user number; none for a package")
    hidden_system: bool = note(doc="whether it is of a copy in the system image that an update stands in for")
    user: int | None = note(doc="number of the phone's user; none where it holds for all")
    permission: str = note(doc="name of the permission")
    kind: str = note(doc="declared, requested, install, runtime, or granted (Android 5 and earlier)")
    granted: bool | None = note(doc="whether it is granted; none where it is only declared or requested")
    flags: tuple[str, ...] = note(doc="flags: USER_SET, GRANTED_BY_DEFAULT, POLICY_FIXED, …")
    protection: str | None = note(doc="level of protection, where it is declared")
    stored: str | None = note(doc="what stands behind the name, as stored")


@record
class SharedUser(Record):
    """A user number that several packages share."""

    name: str = col("(name)", doc="name of the shared user number")
    app_id: int | None = col("appId", number, doc="the number within each phone user")
    gids: tuple[int, ...] | None = col("gids", numbers, doc="groups (Android 5 and earlier)")
    packages: tuple[PackageName, ...] | None = col("Packages", words, doc="packages that share it")
    extra: str | None = rest(doc="what no field maps, as JSON")


@record
class DefinedPermission(Record):
    """A permission the system knows, and who defines it."""

    permission: str = col("(name)", doc="name of the permission")
    source_package: PackageName | None = col("sourcePackage", given, doc="package that defines it")
    uid: int | None = col("uid", number_or_none, doc="user number of that package")
    gids: tuple[int, ...] | None = col("gids", numbers, doc="groups it brings")
    type: int | None = col("type", number, doc="0 normal, 1 built in, 2 added at run time")
    protection: str | None = col("prot", given, doc="level of protection")
    extra: str | None = rest(doc="what no field maps, as JSON")


@record
class InstallSession(Record):
    """A session of the installer, which may have failed or not have ended."""

    session_id: int = col("(id)", number, doc="number of the session, chosen at random")
    section: str = col("(section)", doc="heading it stands under: active, finalized or historical")
    state: str | None = col("(state)", doc="Active or Finalized, where stored")
    child: bool = col("(child)", true_or_false, doc="whether it is part of a session of several packages")
    package_name: PackageName | None = col(
        "(installed)", doc="package it installed: it succeeded", surface="installed-app"
    )
    wanted_package: PackageName | None = col("(wanted)", doc="package it was for; given where it did not succeed (yet)")
    user: int | None = col("userId", number, doc="phone's user it was for; -1 is all of them")
    original_installer_uid: int | None = col(
        "mOriginalInstallerUid", number, doc="user number of who opened it; 2000 is adb"
    )
    original_installer: PackageName | None = col("mOriginalInstallerPackageName", given, doc="app that opened it")
    installer_uid: int | None = col("mInstallerUid", number, doc="user number it is assigned to; 2000 is adb")
    installer: PackageName | None = col("installerPackageName", given, doc="app that counts as installer")
    initiating_package: PackageName | None = col("installInitiatingPackageName", given, doc="app that asked for it")
    originating_package: PackageName | None = col(
        "installOriginatingPackageName", given, doc="app the package came from, as the installer says"
    )
    created: Utc | None = col("createdMillis", _milliseconds, doc="when it was opened")
    updated: Utc | None = col("updatedMillis", _milliseconds, doc="when it was last changed")
    committed: Utc | None = col("committedMillis", _milliseconds, doc="when it was handed over for installation")
    stage_dir: FilePath | None = col("stageDir", given, doc="folder the package was written to")
    mode: int | None = col("mode", number, doc="1 whole installation, 2 parts added to an installed package")
    install_flags: int | None = col(
        "installFlags", number, doc="bits: 2 replace, 4 allow test apps, 32 from adb, 128 allow an older version"
    )
    install_location: int | None = col("installLocation", number, doc="0 by the system, 1 inner, 2 outer storage")
    install_reason: int | None = col("installReason", number, doc="as in PackageUser")
    size: int | None = col("sizeBytes", number_or_none, doc="bytes, as the installer says")
    label: str | None = col("appLabel", given, doc="name of the app, as the installer says")
    originating_uri: Text | None = col("originatingUri", given, doc="where the package was got, as the installer says")
    originating_uid: int | None = col("originatingUid", number_or_none, doc="user number of who asked the installer")
    referrer_uri: Text | None = col("referrerUri", given, doc="page that led to it, as the installer says")
    package_source: int | None = col("packageSource", number, doc="as in Package")
    sealed: bool | None = col("mSealed", truth, doc="whether nothing could be added any more")
    was_committed: bool | None = col("mCommitted", truth, doc="whether it was handed over for installation")
    destroyed: bool | None = col("mDestroyed", truth, doc="whether its files were removed")
    staged: bool | None = col("isStaged", truth, doc="whether it takes effect at the next start")
    multi_package: bool | None = col("isMultiPackage", truth, doc="whether it holds other sessions")
    applied: bool | None = col("mSessionApplied", truth, doc="whether it took effect")
    failed: bool | None = col("mSessionFailed", truth, doc="whether it failed")
    ready: bool | None = col("mSessionReady", truth, doc="whether it waits for the next start")
    final_status: int | None = col("mFinalStatus", number, doc="1 succeeded, 0 none yet, below 0 a failure")
    final_message: str | None = col("mFinalMessage", given, doc="what was said to that")
    error_code: int | None = col("mSessionErrorCode", number, doc="error of a staged session; 0 and 1 are none")
    error_message: str | None = col("mSessionErrorMessage", given, doc="what was said to that")
    parent_session: int | None = col("mParentSessionId", number_or_none, doc="session it is part of")
    child_sessions: tuple[int, ...] | None = col("mChildSessionIds", numbers, doc="sessions that are part of it")
    extra: str | None = rest(doc="what no field maps, as JSON")


@record
class PackageEvent(Record):
    """Something the package manager noted."""

    section: str | None = note(doc="heading it stands under; none before the first")
    time: WallClock | None = note(doc="when, by the phone's clock; none where the form of the time is ambiguous")
    time_stored: str | None = note(doc="when, as stored, in the form of the phone's language")
    action: str = note(doc="install, delete (begun), install result, delete result, change, message")
    package_name: PackageName | None = note(
        doc="package that was installed, changed or removed, or whose removal was begun", surface="installed-app"
    )
    wanted_package: PackageName | None = note(doc="package whose installation was begun, or failed")
    named: tuple[PackageName, ...] = note(doc="packages a message names")
    user: int | None = note(doc="phone's user")
    observer: str | None = note(doc="number that an operation and its result have in common")
    result: int | None = note(doc="1 succeeded, below 0 an error")
    staged_dir: FilePath | None = note(doc="folder the package was written to")
    requested_by: PackageName | None = note(doc="app that asked for it; none where it was nobody, such as adb")
    caller_uid: int | None = note(doc="user number of who asked for it; 2000 is adb")
    flags: int | None = note(doc="flags of a removal; 2 is for all users")
    version_code: int | None = note(doc="number of the version")
    sequence: int | None = note(doc="order of changes since the start")
    text: Text | None = note(doc="all of it, as stored")


@record(surface="installed-app")
class ResolverEntry(Record):
    """A component that answers to an intent. Only those of installed packages are registered."""

    table: str = note(doc="Activity, Receiver, Service, Provider or Preferred Activities")
    section: str | None = note(doc="Non-Data Actions, Schemes, Full MIME Types, …")
    key: str | None = note(doc="the action, scheme or type it answers to")
    package_name: PackageName = note(doc="package it is of")
    component: str = note(doc="package and class, as stored; a class that begins with a dot is below the package")
    filters: int | None = note(doc="how many of its filters do, where it is more than one")
    user: int | None = note(doc="phone's user, for preferred activities")
    detail: str | None = note(
        doc="further lines as they stand, such as actions, categories and permissions of the filter"
    )


@record(surface="installed-app")
class ApexPackage(Record):
    """A module of the system."""

    package_name: PackageName = col("(name)", doc="name of the module")
    group: str = col("(group)", doc="Active, Inactive or Factory")
    version_code: int | None = col("Version", number, doc="number of its version")
    path: FilePath | None = col("Path", given, doc="where it is", surface="file-present")
    active: bool | None = col("IsActive", truth, doc="whether it is in use")
    factory: bool | None = col("IsFactory", truth, doc="whether it is the one of the system image")
    extra: str | None = rest(doc="what no field maps, as JSON")


@record(surface="file-present")
class DexoptState(Record):
    """How a file of code is compiled."""

    package_name: PackageName | None = note(doc="package it is of", surface="mention")
    path: FilePath | None = note(doc="the file")
    secondary: bool = note(doc="whether the package loaded it from elsewhere than its own package")
    instruction_set: str | None = note(doc="arm, arm64, x86, x86_64")
    status: str | None = note(doc="verify, speed-profile, run-from-apk, …")
    reason: str | None = note(doc="why it was compiled: install, bg-dexopt, boot, …")
    location: str | None = note(doc="where the compiled code is")
    detail: str | None = note(doc="further lines as they stand, such as the apps that use it")


@record
class Query(Record):
    """The apps that some app may see."""

    relation: str | None = note(doc="why: queries via package name, queryable via interaction, …")
    user: int | None = note(doc="phone's user, where stored")
    callers: tuple[PackageName, ...] = note(doc="who may see them; several share a user number")
    targets: tuple[PackageName, ...] = note(doc="who may be seen")


@record
class Fact(Record):
    """A line that has no record of its own."""

    section: str | None = note(doc="heading it stands under; none before the first")
    parent: str | None = note(doc="line it is indented under")
    text: str = note(doc="the line")
    package_name: PackageName | None = note(doc="package it names, in sections that name packages")


_FEW = (Package, PackageUser, SharedUser, DefinedPermission, InstallSession, ApexPackage)
_MANY = (Permission, PackageEvent, ResolverEntry, DexoptState, Query, Fact)


@artifact("/**/dumpsys/package/*.txt")
def package(
    file: SourceFile,
) -> Iterator[
    Package | PackageUser | SharedUser | DefinedPermission | InstallSession | ApexPackage | Block[Permission]
    | Block[PackageEvent] | Block[ResolverEntry] | Block[DexoptState] | Block[Query] | Block[Fact] | Gap
]:  # fmt: skip
    few: dict[str, Any] = {cls.__name__: cls for cls in _FEW}
    many: dict[str, RowBlocks[Any]] = {cls.__name__: RowBlocks(cls) for cls in _MANY}
    with file.open() as stored:
        for item in items(stored):
            if isinstance(item, Gap):
                yield item
            elif item[0] in many:
                yield from many[item[0]].add_named(item[1], item[2])
            else:
                yield from records((item[1:],), few[item[0]])
    for blocks in many.values():
        yield from blocks.end()
