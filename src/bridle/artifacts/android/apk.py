"""Apps (APK): what their manifest asks for, who signed them, what is packed in them, and what is odd about the file.

Read are apps that were given alone, those AndroidQF fetched, and those that lie in a file system or a backup: where
apps are installed, in `/data/local/tmp`, and among downloads. A split of an app (`split_config.arm64_v8a.apk`) is an
app of its own here. Beside an app may lie `NAME.apk.idsig`, its signature of scheme v4.

The manifest is read as Android reads it, also where it was changed to stop tools that analyse apps. Signatures are read
and not verified: a certificate that a file names is who is said to have signed it. An app that a phone installed was
verified then by the phone; for a file among downloads `apksigner verify` tells.

Known limits: a text that lies in the resources stands as its reference, such as `@0x7f0b0001`: `resources.arsc` is not
read, and so the app's label seldom is a text. Strings of programs are told where they hold an address, a domain of a
common ending, or a path below /data, up to 5,000 of one program; text that is encrypted is not found. Files of one app
are unpacked up to 1 GiB together. Archives inside are told with their digests and not opened. zip64 is not known.

Sources: https://developer.android.com/guide/topics/manifest/manifest-intro ;
https://source.android.com/docs/security/features/apksigning ; https://source.android.com/docs/core/runtime/dex-format .
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator

from bridle.core import (
    CertMd5,
    CertSha1,
    CertSha256,
    FileName,
    FilePath,
    FormatError,
    Gap,
    Md5,
    PackageName,
    Record,
    Sha1,
    Sha256,
    SourceFile,
    Text,
    Utc,
    artifact,
    note,
    record,
)
from bridle.formats import android_manifest, apk_content, apk_signature, axml, packers
from bridle.formats.android_manifest import Manifest, boolean, text, whole
from bridle.formats.apk_signers import Signers
from bridle.formats.apk_zip import ApkZip

_STEP = 1 << 20
_ABI = re.compile(r"lib/([^/]{1,40})/[^/]+\Z")
_MOST_EXTRA = 8_192


@record(surface="file-present")
class App(Record):
    """The app as a whole: one row for each file."""

    path: FilePath = note(doc="where the file lies")
    name: FileName = note(doc="its name")
    package_name: PackageName | None = note(doc="package that the manifest names; none where it cannot be read")
    version_code: int | None = note(doc="number of the version, with its higher half where there is one")
    version_name: str | None = note(doc="version as shown to the user")
    label: str | None = note(doc="name as shown to the user, or the reference of the text in the resources")
    split: str | None = note(doc="name of the split, where it is one")
    min_sdk: int | None = note(doc="least version of Android (API level); none where not named, or by a word")
    target_sdk: int | None = note(
        doc="version of Android it is written for, as declared; it decides what is refused to it"
    )
    compile_sdk: int | None = note(doc="version of Android it was built with")
    shared_user_id: str | None = note(doc="user it shares with other apps of the same signer")
    application_class: str | None = note(doc="class that is started first; packers put theirs here")
    main_activity: str | None = note(doc="first activity with an entry in the list of apps")
    has_launcher: bool | None = note(doc="whether it has an entry in the list of apps")
    is_debuggable: bool | None = note(doc="whether a debugger may attach, as declared")
    is_test_only: bool | None = note(doc="whether it is marked as a test, which stores do not take, as declared")
    allows_backup: bool | None = note(doc="whether its data go into backups, as declared; Android assumes yes")
    uses_cleartext_traffic: bool | None = note(doc="whether it may talk without encryption, as declared")
    is_persistent: bool | None = note(doc="whether it asks to run always, which only system apps get, as declared")
    has_code: bool | None = note(doc="whether it has a program, as declared; Android assumes yes")
    install_location: int | None = note(doc="0 automatic, 1 internal only, 2 prefer external, as declared")
    instruments: tuple[str, ...] = note(doc="packages it is declared to watch from inside (instrumentation)")
    dex_count: int = note(doc="programs at the top of the archive, `classes.dex` and so on")
    native_abis: tuple[str, ...] = note(doc="processors it has libraries for, such as `arm64-v8a`")
    entries: int = note(doc="files in the archive")
    signature_schemes: tuple[str, ...] = note(
        doc="schemes it bears a signature of, unverified: `v1`, `v2`, `v3`, `v3.1`"
    )
    size: int = note(doc="bytes of the file")
    sha256: Sha256 = note(doc="SHA-256 of the file")
    sha1: Sha1 = note(doc="SHA-1 of the file")
    md5: Md5 = note(doc="MD5 of the file")
    extra: str | None = note(doc="other attributes of the manifest and the application, as JSON")


@record
class Permission(Record):
    """A permission the app asks for or defines."""

    element: str = note(doc="`uses-permission`, `uses-permission-sdk-23`, `permission` (defined) …")
    name: str | None = note(doc="name of the permission")
    max_sdk: int | None = note(doc="last version of Android (API level) it is asked for on")
    protection_level: int | None = note(
        doc="of a defined one: 0 normal, 1 dangerous, 2 signature, 3 signature or system; flags above 15"
    )
    extra: str | None = note(doc="other attributes, as JSON")


@record
class Component(Record):
    """Something of the app that Android may start."""

    kind: str = note(doc="`activity`, `activity-alias`, `service`, `receiver` or `provider`")
    name: str | None = note(doc="class, with its package")
    target_activity: str | None = note(doc="class that an alias stands for, as stored")
    exported: bool | None = note(doc="whether other apps may start it, as declared")
    is_exported: bool = note(doc="the same as Android takes it where it is not declared")
    enabled: bool | None = note(doc="whether it is switched on, as declared; Android assumes yes")
    permission: str | None = note(doc="what another must hold to start it; `…BIND_…` is what the system asks of a role")
    process: str | None = note(doc="process it runs in, if not the app's own; with `:` before it one of the app")
    authorities: str | None = note(doc="names of a provider, joined by `;`, as stored")
    actions: tuple[str, ...] = note(doc="actions of its filters")
    categories: tuple[str, ...] = note(doc="categories of its filters")
    data: tuple[str, ...] = note(doc="addresses and types its filters name, each as JSON")
    priority: int | None = note(doc="highest priority of its filters; above 999 it is before the system's apps")
    meta_data: tuple[str, ...] = note(doc="its meta-data, each as `name=value`")
    is_launcher: bool = note(doc="whether it is an entry in the list of apps")
    in_dex: bool | None = note(
        doc="whether a program in the file names its class; if none does, the program is elsewhere: packed, or a split"
    )
    extra: str | None = note(doc="other attributes, as JSON")


@record(surface="file-present")
class Signer(Record):
    """A certificate that a signature of the app names. The signature is not verified."""

    scheme: str = note(doc="`v1` (META-INF), `v2`, `v3`, `v3.1`, `v4` (.idsig) or `stamp` (store it came from)")
    number: int = note(doc="number of the signer within its scheme, from 1")
    role: str = note(doc="`signer`, `chain` (above it), `lineage` (signed earlier versions) or `stamp`")
    certificate_sha256: CertSha256 = note(doc="SHA-256 of the certificate")
    certificate_sha1: CertSha1 = note(doc="SHA-1 of the certificate")
    certificate_md5: CertMd5 = note(doc="MD5 of the certificate")
    subject: str = note(doc="whom the certificate is for, as it says itself")
    issuer: str = note(doc="who issued it, as it says itself")
    serial: str = note(doc="serial number in hexadecimal")
    algorithm: str = note(doc="what the certificate itself was signed with")
    valid_from: Utc | None = note(doc="first instant it is valid; Android does not look at it")
    valid_until: Utc | None = note(doc="last instant it is valid; Android does not look at it")
    min_sdk: int | None = note(doc="first version of Android (API level) this signer is for")
    max_sdk: int | None = note(doc="last version of Android (API level) this signer is for")
    entry: str | None = note(doc="file in the archive, of v1")


@record
class SigningBlock(Record):
    """A numbered value between the files and the directory of the archive."""

    id: str = note(doc="number in hexadecimal")
    name: str | None = note(doc="what it is; none where not known")
    size: int = note(doc="bytes")


@record
class Anomaly(Record):
    """Something an ordinary tool does not write. It may be damage, an old tool, or meant to mislead."""

    kind: str = note(doc="such as `duplicate-entry`, `begins-with-dex`, `signers-differ`, `manifest`")
    count: int = note(doc="how often")
    detail: str = note(doc="the first of them")


@record(surface="file-present")
class Content(Record):
    """A file in the app that is a program, a library, an archive, or of no known kind."""

    entry: str = note(doc="path in the archive")
    name: FileName | None = note(doc="its name")
    kind: str = note(doc="by its first bytes: `dex`, `odex`, `elf`, `script`, `apk`, `jar`, `zip` …, or `unknown`")
    size: int = note(doc="bytes once unpacked")
    stored_size: int = note(doc="bytes in the archive, as it says")
    method: int = note(doc="0 stored, 8 deflated; Android takes others for stored")
    sha256: Sha256 = note(doc="SHA-256 of the content")
    sha1: Sha1 = note(doc="SHA-1 of the content")
    md5: Md5 = note(doc="MD5 of the content")
    crc_matches: bool = note(doc="whether length and checksum are those the archive says")


@record
class DexString(Record):
    """A string in a program that names a place on a network or on the phone."""

    entry: str = note(doc="path of the program in the archive")
    number: int = note(doc="number of the string in the program, from 0")
    text: Text = note(doc="the string, cut to 4,096 characters", surface="mention")


@record
class PackerHint(Record):
    """A file or class by which a tool is known that hides an app's program. Banks and games use them too."""

    name: str = note(doc="path of the file in the archive, or name of the class")
    tool: str = note(doc="the tool")


_Row = App | Permission | Component | Signer | SigningBlock | Anomaly | Content | DexString | PackerHint | Gap


@artifact(
    "/apk/*.apk",
    "/androidqf/apks/*.apk",
    "/data/app/**/*.apk",
    "/data/app/**/*.apk.idsig",
    "/data/local/tmp/**/*.apk",
    "/storage/emulated/*/Download/**/*.apk",
    "/data/media/*/Download/**/*.apk",
    "/sdcard/Download/**/*.apk",
    "/adb_backup/apps/*/a/*.apk",
    "/**/backup/apps/*/a/*.apk",
)
def apk(file: SourceFile) -> Iterator[_Row]:
    with file.open() as stream:
        if file.path.suffix == ".idsig":
            yield from _signers(Signers.of_idsig(stream.read(apk_signature.LONGEST_FILE)))
            return
        archive = ApkZip(stream, file.size)
        manifest = Manifest()
        try:
            manifest = _manifest(archive)
        except FormatError as e:
            yield Gap(locator="manifest", reason=f"App: {e}")
        signers = Signers.of(archive)
        yield _app(file, archive, manifest, signers)
        yield from (Gap(locator=f"manifest {cut.place}", reason=f"App: {cut.what}") for cut in manifest.left)
        yield from _permissions(manifest)
        yield from _signers(signers)
        yield from _contents(archive, manifest)
        yield from _anomalies(archive, manifest, signers)


def _manifest(archive: ApkZip) -> Manifest:
    entry = archive.named("AndroidManifest.xml")
    if entry is None:
        raise FormatError("expected AndroidManifest.xml in the archive, got none")
    return android_manifest.read(archive.read(entry, axml.LONGEST))


def _app(file: SourceFile, archive: ApkZip, manifest: Manifest, signers: Signers) -> App:
    sha1, md5 = hashlib.sha1(usedforsecurity=False), hashlib.md5(usedforsecurity=False)
    archive.stream.seek(0)
    while data := archive.stream.read(_STEP):
        sha1.update(data)
        md5.update(data)
    root, application, is_read = manifest.root, manifest.application, bool(manifest.root)
    launcher = next((c for c in manifest.components if c.is_launcher), None)
    first = text(application.get("name"))
    code, major = whole(root.get("versionCode")), whole(root.get("versionCodeMajor"))
    sdk = {k: v for k, v in manifest.sdk.items() if k == "maxSdkVersion" or whole(v) is None}
    abis = (_ABI.match(e.name) for e in archive.entries)
    return App(
        locator="app",
        path=str(file.path),
        name=file.path.name,
        package_name=manifest.package,
        version_code=code if not major or code is None else (major & 0x7FFFFFFF) << 32 | code & 0xFFFFFFFF,
        version_name=text(root.get("versionName")),
        label=text(application.get("label")),
        split=text(root.get("split")),
        min_sdk=whole(manifest.sdk.get("minSdkVersion")),
        target_sdk=whole(manifest.sdk.get("targetSdkVersion")),
        compile_sdk=whole(root.get("compileSdkVersion")),
        shared_user_id=text(root.get("sharedUserId")),
        application_class=android_manifest.full_name(manifest.package, first) if first else None,
        main_activity=launcher.name if launcher else None,
        has_launcher=launcher is not None if is_read else None,
        is_debuggable=boolean(application.get("debuggable")),
        is_test_only=boolean(application.get("testOnly")),
        allows_backup=boolean(application.get("allowBackup")),
        uses_cleartext_traffic=boolean(application.get("usesCleartextTraffic")),
        is_persistent=boolean(application.get("persistent")),
        has_code=boolean(application.get("hasCode")),
        install_location=whole(root.get("installLocation")),
        instruments=tuple(manifest.instrumented),
        dex_count=sum(re.fullmatch(r"classes\d*\.dex", e.name) is not None for e in archive.entries),
        native_abis=tuple(sorted({m[1] for m in abis if m})),
        entries=len(archive.entries),
        signature_schemes=signers.schemes,
        size=file.size,
        sha256=file.sha256,
        sha1=sha1.hexdigest(),
        md5=md5.hexdigest(),
        extra=_extra({**root, **application, **sdk}, _APP_FIELDS),
    )


_APP_FIELDS = frozenset(
    "package versionCode versionCodeMajor versionName label split compileSdkVersion sharedUserId name debuggable"
    " testOnly allowBackup usesCleartextTraffic persistent hasCode installLocation".split()
)
_COMPONENT_FIELDS = frozenset("name targetActivity exported enabled permission process authorities".split())


def _extra(attributes: dict[str, axml.Value], known: Iterable[str]) -> str | None:
    """The attributes no field stands for."""
    found = {k: v for k, v in attributes.items() if k not in known}
    return json.dumps(found, ensure_ascii=True)[:_MOST_EXTRA] if found else None


def _permissions(manifest: Manifest) -> Iterator[Permission]:
    for number, found in enumerate(manifest.permissions, 1):
        yield Permission(
            locator=f"permission {number}",
            element=found.element,
            name=text(found.attributes.get("name")),
            max_sdk=whole(found.attributes.get("maxSdkVersion")),
            protection_level=whole(found.attributes.get("protectionLevel")),
            extra=_extra(found.attributes, ("name", "maxSdkVersion", "protectionLevel")),
        )


def _signers(signers: Signers) -> Iterator[Signer | SigningBlock | Gap]:
    for pair in signers.blocks:
        name = apk_signature.BLOCKS.get(pair.id)
        yield SigningBlock(locator=f"block {pair.place:#x}", id=f"{pair.id:#010x}", name=name, size=pair.size)
    for place, reason in signers.problems:
        yield Gap(locator=place, reason=f"Signer: {reason}")
    for found in signers.found:
        if (c := found.certificate) is None:
            yield Gap(locator=found.place, reason=f"Signer: {found.problem}")
            continue
        yield Signer(
            locator=found.place, scheme=found.scheme, number=found.number, role=found.role, certificate_sha256=c.sha256,
            certificate_sha1=c.sha1, certificate_md5=c.md5, subject=c.subject, issuer=c.issuer, serial=c.serial,
            algorithm=c.algorithm, valid_from=c.not_before, valid_until=c.not_after, min_sdk=found.least_sdk,
            max_sdk=found.most_sdk, entry=found.file,
        )  # fmt: skip
        yield from c.gaps(found.place, "Signer")


def _contents(archive: ApkZip, manifest: Manifest) -> Iterator[Content | DexString | PackerHint | Component | Gap]:
    """The files of interest, then the components, as what the programs name is known by then."""
    sought = {c.name for c in manifest.components if c.name}
    named: set[str] = set()
    programs = 0
    for one in apk_content.found_in(archive):
        if isinstance(one, FormatError):
            yield Gap(locator="entries", reason=f"Content: {one}")
            continue
        place = f"entry {one.entry.number}"
        yield Content(
            locator=place, entry=one.entry.name, name=one.entry.name.rpartition("/")[2] or None, kind=one.kind,
            size=one.size, stored_size=one.entry.stored, method=one.entry.method, sha256=one.sha256, sha1=one.sha1,
            md5=one.md5, crc_matches=one.crc_matches,
        )  # fmt: skip
        for found in one.strings:
            yield DexString(
                locator=f"{place}:{found.number}", entry=one.entry.name, number=found.number, text=found.text
            )
        if one.problem:
            yield Gap(locator=f"{place} strings", reason=f"DexString: {one.problem}")
        if one.dex is not None:
            programs += 1
            named |= {name for name in sought - named if one.dex.names(name)}
    yield from _packers(archive, manifest)
    yield from _components(manifest, named if programs else None)


def _packers(archive: ApkZip, manifest: Manifest) -> Iterator[PackerHint]:
    first = text(manifest.application.get("name"))
    classes = [android_manifest.full_name(manifest.package, first)] if first else []
    classes += [c.name for c in manifest.components if c.name]
    hints = [(e.name, packers.of_file(e.name)) for e in archive.entries]
    hints += [(name, packers.of_class(name)) for name in classes]
    for number, (name, tool) in enumerate(dict.fromkeys(h for h in hints if h[1]), 1):
        yield PackerHint(locator=f"packer {number}", name=name, tool=tool or "")


def _components(manifest: Manifest, named: set[str] | None) -> Iterator[Component]:
    for number, c in enumerate(manifest.components, 1):
        found = c.attributes
        yield Component(
            locator=f"component {number}",
            kind=c.kind,
            name=c.name,
            target_activity=text(found.get("targetActivity")),
            exported=boolean(found.get("exported")),
            is_exported=c.is_exported(manifest.target_sdk),
            enabled=boolean(found.get("enabled")),
            permission=text(found.get("permission")),
            process=text(found.get("process")),
            authorities=text(found.get("authorities")),
            actions=android_manifest.actions(c),
            categories=android_manifest.categories(c),
            data=tuple(d for f in c.filters for d in f.data),
            priority=max((f.priority for f in c.filters if f.priority is not None), default=None),
            meta_data=tuple(f"{name}={value}" for name, value in c.meta_data.items()),
            is_launcher=c.is_launcher,
            in_dex=None if named is None or c.kind == "activity-alias" or not c.name else c.name in named,
            extra=_extra(found, _COMPONENT_FIELDS),
        )


def _anomalies(archive: ApkZip, manifest: Manifest, signers: Signers) -> Iterator[Anomaly]:
    for kind, found in (*archive.oddities.items(), *signers.oddities.items()):
        yield Anomaly(locator=f"anomaly {kind}", kind=kind, count=found.count, detail=found.detail)
    for number, odd in enumerate(manifest.oddities, 1):
        yield Anomaly(
            locator=f"manifest {number}", kind="manifest", count=1, detail=f"offset {odd.offset:#x}: {odd.what}"
        )
