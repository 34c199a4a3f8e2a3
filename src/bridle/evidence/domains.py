"""Where the domains of an iTunes backup lie on the device.

A backup names a file by domain and relative path; everything else in bridle names it by its path on the device.
The container's UUID is not in the backup, so the bundle or group identifier stands in its place. Unknown domains keep
their name, below `/backup/domains`.
"""

from __future__ import annotations

from functools import lru_cache

from bridle.evidence.archive import name_of

_ROOTS = {
    "HomeDomain": "/private/var/mobile",
    "RootDomain": "/private/var/root",
    "WirelessDomain": "/private/var/wireless",
    "CameraRollDomain": "/private/var/mobile",
    "MediaDomain": "/private/var/mobile",
    "TonesDomain": "/private/var/mobile",
    "BooksDomain": "/private/var/mobile",
    "HealthDomain": "/private/var/mobile/Library",
    "HomeKitDomain": "/private/var/mobile",
    "KeyboardDomain": "/private/var/mobile",
    "SystemPreferencesDomain": "/private/var/preferences",
    "KeychainDomain": "/private/var/Keychains",
    "DatabaseDomain": "/private/var/db",
    "InstallDomain": "/private/var/installd",
    "ManagedPreferencesDomain": "/private/var/Managed Preferences",
    "MobileDeviceDomain": "/private/var/MobileDevice",
    "NetworkDomain": "/private/var/networkd",
    "ProtectedDomain": "/private/var/protected",
}

_CONTAINERS = {
    "AppDomain": "/private/var/mobile/Containers/Data/Application",
    "AppDomainGroup": "/private/var/mobile/Containers/Shared/AppGroup",
    "AppDomainPlugin": "/private/var/mobile/Containers/Data/PluginKitPlugin",
    "SysContainerDomain": "/private/var/containers/Data/System",
    "SysSharedContainerDomain": "/private/var/containers/Shared/SystemGroup",
}

UNKNOWN = "/backup/domains"


@lru_cache(maxsize=8192)
def root(domain: str) -> str:
    """The device folder of a domain such as `HomeDomain` or `AppDomain-org.example.app`."""
    known = _ROOTS.get(domain)
    if known is not None:
        return known
    kind, _, identifier = domain.partition("-")
    container = _CONTAINERS.get(kind)
    if container is not None and (name := component(identifier)) == identifier:
        return f"{container}/{name}"
    return f"{UNKNOWN}/{component(domain)}"


def component(name: str) -> str:
    """Any text as one harmless component of a path."""
    return name_of(name.replace("/", "%2f"), absolute=False).path or "%00"
