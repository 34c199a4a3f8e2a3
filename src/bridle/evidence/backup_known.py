"""Files of an iTunes backup that are known by their stored name alone, where Manifest.db does not list them.

A file is stored under the SHA-1 of its domain, a hyphen and its relative path. A manifest that is damaged, that another
tool wrote, or from which a row was deleted leaves a file without its path; of the files that are read most, the name
tells it again.

Sources: the published backup of MVT's tests (iOS 14.3), whose manifest has paths and names of most; the names that MVT
looks for (https://github.com/mvt-project/mvt, `*_BACKUP_IDS`).
"""

from __future__ import annotations

from functools import cache
from hashlib import sha1
from typing import NamedTuple

_PATHS = {
    "HomeDomain": (
        "Library/Accounts/Accounts3.sqlite",
        "Library/AddressBook/AddressBook.sqlitedb",
        "Library/Calendar/Calendar.sqlitedb",
        "Library/CallHistoryDB/CallHistory.storedata",
        "Library/CoreDuet/People/interactionC.db",
        "Library/FrontBoard/applicationState.db",
        "Library/Preferences/.GlobalPreferences.plist",
        "Library/Preferences/com.apple.identityservices.idstatuscache.plist",
        "Library/Preferences/com.apple.identityservicesd.plist",
        "Library/Preferences/com.apple.osanalytics.addaily.plist",
        "Library/SMS/sms.db",
        "Library/Safari/Bookmarks.db",
        "Library/Safari/BrowserState.db",
        "Library/Safari/History.db",
        "Library/Shortcuts/Shortcuts.sqlite",
        "Library/TCC/TCC.db",
        "Library/Voicemail/voicemail.db",
    ),
    "RootDomain": ("Library/Caches/locationd/clients.plist", "Library/Caches/locationd/consolidated.db"),
    "WirelessDomain": ("Library/Databases/CellularUsage.db", "Library/Databases/DataUsage.sqlite"),
    "CameraRollDomain": ("Media/PhotoData/Photos.sqlite",),
    "AppDomain-com.apple.mobilesafari": (
        "Library/Safari/BrowserState.db",
        "Library/Safari/History.db",
        "Library/Safari/SafariTabs.db",
        "Library/WebKit/WebsiteData/ResourceLoadStatistics/full_browsing_session_resourceLog.plist",
        "Library/WebKit/WebsiteData/ResourceLoadStatistics/observations.db",
    ),
    "AppDomain-com.google.chrome.ios": (
        "Library/Application Support/Google/Chrome/Default/Favicons",
        "Library/Application Support/Google/Chrome/Default/History",
        "Library/WebKit/WebsiteData/ResourceLoadStatistics/observations.db",
    ),
    "AppDomainGroup-group.com.apple.notes": ("NoteStore.sqlite",),
    "AppDomainGroup-group.net.whatsapp.WhatsApp.shared": (
        "CallHistory.sqlite",
        "ChatStorage.sqlite",
        "ContactsV2.sqlite",
        "LID.sqlite",
    ),
    "AppDomainGroup-group.org.mozilla.ios.Firefox": ("profile.profile/browser.db", "profile.profile/places.db"),
}
_LOGS = ("", "-wal", "-journal")
"""A database may be stored with what was not yet written into it."""


class Known(NamedTuple):
    """Where a stored file belongs."""

    domain: str
    relative_path: str


def known(name: str) -> Known | None:
    """The file that is stored as `3d/3d0d7e5f…`; None if the name tells nothing."""
    return _known().get(name)


@cache
def _known() -> dict[str, Known]:
    found = {}
    for domain, paths in _PATHS.items():
        for path in (f"{p}{log}" for p in paths for log in _LOGS):
            digest = sha1(f"{domain}-{path}".encode(), usedforsecurity=False).hexdigest()
            found[f"{digest[:2]}/{digest}"] = Known(domain, path)
    return found
