"""Info.plist of apps and of their extensions: what it is, starts, opens and asks for.

Of the keys, those below are told by fields, and the rest as JSON, as are other keys inside those of URL types,
transport security and extensions. A bundle whose app was deleted may be left behind.

Known limits: no bundle was at hand. Of icons and fonts nothing is kept. The code is not looked at, nor its signature.
Backups have none of these files.

Sources: https://developer.apple.com/documentation/bundleresources/information-property-list
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import (
    BundleId,
    Domain,
    FilePath,
    FormatError,
    Gap,
    ProcessName,
    Record,
    SourceFile,
    artifact,
    record,
)
from bridle.formats import plist
from bridle.formats.table import col, records, rest
from bridle.formats.values import keys, text, texts, truth

_LIMIT = 8 << 20
_MOST = 10_000
_FOLDER, _USAGE = "(folder)", "(usage)"
_POINTS = ("NSExtensionPointIdentifier", "EXExtensionPointIdentifier")
_INSIDE = {
    "NSExtension": _POINTS, "EXAppExtensionAttributes": _POINTS, "NSAppTransportSecurity": ("NSAllowsArbitraryLoads",),
}  # fmt: skip
"""Keys that hold more than one thing, and those in them that a field tells."""
_NOT_KEPT = ("CFBundleIcons", "CFBundleIcons~ipad", "CFBundleIconFiles", "UILaunchImages", "UIAppFonts")


def _schemes(value: object) -> tuple[str, ...]:
    """The schemes in a list of types of URLs. Raises ValueError."""
    if not isinstance(value, list) or len(value) > _MOST:
        raise ValueError(f"expected a list of types of URLs, got {value!a:.60}")
    kinds = [_dictionary(kind).get("CFBundleURLSchemes") for kind in value]
    return tuple(scheme for found in kinds if found is not None for scheme in texts(found))


def _exceptions(value: object) -> tuple[str, ...] | None:
    """Domains that need no secure connection. Raises ValueError."""
    found = _dictionary(value).get("NSExceptionDomains")
    return None if found is None else keys(found)


def _any_load(value: object) -> bool | None:
    """Whether no connection needs to be secure. Raises ValueError."""
    found = _dictionary(value).get("NSAllowsArbitraryLoads")
    return None if found is None else truth(found)


def _point(value: object) -> str | None:
    """What an extension extends. Raises ValueError."""
    found = [_dictionary(value).get(key) for key in _POINTS]
    return next((text(one) for one in found if one is not None), None)


def _others(stored: Mapping[object, object]) -> dict[str, object]:
    """What stands beside that which a field tells, in the keys that hold more than one thing."""
    found: dict[str, object] = {}
    for key, told in _INSIDE.items():
        inner = stored.get(key)
        if isinstance(inner, Mapping):
            more = {k: v for k, v in inner.items() if k not in told and not _only_names(k, v)}
            found[f"{key} (other keys)"] = more or None
    types = stored.get("CFBundleURLTypes")
    if isinstance(types, list):
        rest_of = [{k: v for k, v in t.items() if k != "CFBundleURLSchemes"} for t in types if isinstance(t, Mapping)]
        found["CFBundleURLTypes (other keys)"] = rest_of if any(rest_of) else None
    return found


def _only_names(key: object, value: object) -> bool:
    """Whether these are domains of which nothing is told but their names."""
    return key == "NSExceptionDomains" and isinstance(value, Mapping) and not any(value.values())


def _dictionary(value: object) -> Mapping[object, object]:
    if isinstance(value, Mapping):
        return value
    raise ValueError(f"expected a dictionary, got {value!a:.60}")


@record(surface="installed-app")
class Bundle(Record):
    """An app, or an extension of one."""

    folder: FilePath | None = col(_FOLDER, doc="folder of the bundle", surface="file-present")
    bundle_id: BundleId | None = col("CFBundleIdentifier", doc="bundle identifier")
    name: str | None = col("CFBundleName", doc="short name")
    display_name: str | None = col("CFBundleDisplayName", doc="name below the icon")
    executable: ProcessName | None = col("CFBundleExecutable", doc="program that starts", surface="file-present")
    version: str | None = col("CFBundleShortVersionString", doc="version a person sees")
    build: str | None = col("CFBundleVersion", doc="version the system sees")
    type: str | None = col("CFBundlePackageType", doc="`APPL` app, `XPC!` extension")
    extension_point: str | None = col("NSExtension", _point, doc="what an extension extends, such as a keyboard")
    modern_point: str | None = col(
        "EXAppExtensionAttributes", _point, doc="what an extension of the newer kind extends"
    )
    url_schemes: tuple[str, ...] | None = col("CFBundleURLTypes", _schemes, doc="schemes of addresses it opens")
    queries: tuple[str, ...] | None = col("LSApplicationQueriesSchemes", texts, doc="schemes it asks others about")
    background: tuple[str, ...] | None = col("UIBackgroundModes", texts, doc="what it may do in the background")
    insecure_domains: tuple[Domain, ...] | None = col(
        "NSAppTransportSecurity", _exceptions, doc="domains it may reach insecurely", surface="mention"
    )
    insecure: bool | None = col("NSAppTransportSecurity", _any_load, doc="whether it may reach any server insecurely")
    asks_for: tuple[str, ...] | None = col(_USAGE, doc="keys of what it explains why it wants it", read=texts)
    minimum: str | None = col("MinimumOSVersion", doc="oldest system it runs on")
    platform: str | None = col("DTPlatformName", doc="what it was built for")
    sdk: str | None = col("DTSDKName", doc="what it was built with")
    builder: str | None = col("BuildMachineOSBuild", doc="build of the system it was built on")
    extra: str | None = rest(doc="keys that no field maps, as JSON; without icons and fonts")


@artifact(
    "/private/var/containers/Bundle/Application/*/*.app/Info.plist",
    "/private/var/containers/Bundle/Application/*/*.app/PlugIns/*.appex/Info.plist",
    "/private/var/containers/Bundle/Application/*/*.app/Extensions/*.appex/Info.plist",
    "/private/var/containers/Bundle/Application/*/*.app/Watch/*.app/Info.plist",
)
def app_bundle(file: SourceFile) -> Iterator[Bundle | Gap]:
    stored = plist.load(file, _LIMIT)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    usage = [
        key for key in stored if isinstance(key, str) and key.startswith("NS") and key.endswith("UsageDescription")
    ]
    kept = {k: v for k, v in stored.items() if k not in _NOT_KEPT and k not in usage}
    row = {**kept, **_others(stored), _FOLDER: str(file.path.parent), _USAGE: usage or None}
    yield from records([("(bundle)", row)], Bundle)
