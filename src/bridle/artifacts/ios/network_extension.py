"""Configurations of network extensions: VPNs, content filters, proxies for names, and who put each there.

An archive whose roots are the configurations by their UUIDs, beside numbers of its own. A VPN or a proxy for names that
nobody remembers can read along what the phone sends. What lies inside the parts of a configuration differs by system:
every value is a `Setting` as well. `…uuidcache.plist` tells the UUIDs of the programs that rules were made for; newer
systems write it in a form of their own, which begins with `CUEN` and is not read. Passwords and keys lie in the
keychain, not here.

Known limits: which values stand for a server, an app or a profile is told from their keys. Texts over 8,192 characters,
and those beyond 20,000 values, are not searched for them; each is a `Setting` all the same. When a configuration was
made is not stored.

Sources: the class NEConfiguration of Apple's NetworkExtension (names of the archived fields);
https://github.com/EC-DIGIT-CSIRC/sysdiagnose (networkextension, networkextensioncache). No real file was at hand.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping

from bridle.core import (
    BundleId,
    Domain,
    FormatError,
    Gap,
    IpAddress,
    ProcessName,
    ProfileId,
    Record,
    SourceFile,
    Url,
    artifact,
    note,
    record,
)
from bridle.formats import plist, urls
from bridle.formats.leaves import Leaf, leaves, texts, unarchived
from bridle.formats.setting import Setting, settings

_HOST_KEY = re.compile(r"(?:host|hostname|address|addresses|server|servers|domain|domains|proxy)\Z", re.IGNORECASE)
_BUNDLE_KEY = re.compile(r"application\Z|bundle.?identifier|bundleid\Z", re.IGNORECASE)
_BUNDLE = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){1,20}\Z")
_PROFILE_KEY = re.compile(r"(?:identifier|uuid)\Z", re.IGNORECASE)
_MOST = 20_000
"""Values of one configuration that are searched."""
_MAPPINGS = re.compile(r"uuid-?mappings\Z", re.IGNORECASE)
_CLASS = "$class"
_PARTS = (
    "VPN", "AlwaysOnVPN", "AppVPN", "ContentFilter", "DNSProxy", "DNSSettings", "PathController", "AppPush", "Relay",
)  # fmt: skip


@record
class Configuration(Record):
    """A VPN, filter or proxy."""

    key: str = note(doc="key in the archive: the configuration's UUID")
    name: str | None = note(doc="name as it is shown")
    application: BundleId | None = note(doc="app that made it", surface="installed-app")
    application_name: str | None = note(doc="name of that app")
    grade: int | None = note(doc="1 to 3; its meaning is not published")
    parts: tuple[str, ...] = note(doc="what it sets: `VPN`, `ContentFilter`, `DNSProxy`, `DNSSettings`, `Relay` …")
    profiles: tuple[ProfileId, ...] = note(doc="identifiers in what is kept of the profile that made it")
    classes: tuple[str, ...] = note(doc="classes of what is archived, such as `NEVPNProtocolIKEv2`")
    enabled: tuple[str, ...] = note(doc="each value that tells whether a part of it is on")
    urls: tuple[Url, ...] = note(doc="addresses in it")
    hosts: tuple[Domain, ...] = note(doc="names of servers in it, that are no URL")
    ips: tuple[IpAddress, ...] = note(doc="IP addresses of servers in it")
    bundle_ids: tuple[BundleId, ...] = note(doc="apps and extensions it names", surface="installed-app")


@record
class Program(Record):
    """The UUIDs of a program that rules were made for."""

    group: str = note(doc="dictionary it stands in")
    name: ProcessName = note(doc="bundle identifier or path of the program")
    uuids: tuple[str, ...] = note(doc="UUIDs of its executable")


@artifact("/private/var/preferences/com.apple.networkextension*.plist")
def network_extension(file: SourceFile) -> Iterator[Configuration | Program | Setting | Gap]:
    stored = unarchived(plist.load(file))
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    for number, (key, value) in enumerate(stored.items(), 1):
        if isinstance(key, str) and isinstance(value, Mapping):
            if _MAPPINGS.search(key):
                yield from _programs(key, number, value)
            elif _CLASS in value:
                yield from _configuration(f"(configuration)/{number}", key, value)
    yield from settings(stored)


def _programs(group: str, number: int, stored: Mapping[object, object]) -> Iterator[Program | Gap]:
    for position, (name, found) in enumerate(stored.items(), 1):
        place = f"(program)/{number}/{position}"
        listed = found if isinstance(found, list) else [found]
        uuids = tuple(u for u in map(_uuid, listed) if u is not None)
        if isinstance(name, str) and len(uuids) == len(listed):
            yield Program(locator=place, group=_text(group), name=_text(name), uuids=uuids)
        else:
            yield Gap(locator=place, reason=f"Program: expected a name and its UUIDs, got {found!a:.60}")


def _uuid(value: object) -> str | None:
    if isinstance(value, bytes) and len(value) == 16:
        return str(uuid.UUID(bytes=value)).upper()
    return _text(value) if isinstance(value, str) else None


def _configuration(place: str, key: str, stored: Mapping[str, object]) -> Iterator[Configuration | Gap]:
    walked = list(leaves(stored, most=_MOST))
    ends = [leaf for leaf in walked if isinstance(leaf, Leaf)]
    found = [(leaf.key, leaf.value) for leaf in ends if isinstance(leaf.value, str) and len(leaf.value) <= 8192]
    hosts = [urls.normalised_host(text) for name, text in found if _HOST_KEY.search(name) and "://" not in text]
    grade = stored.get("Grade")
    enabled = [f"{leaf.path}={leaf.value}" for leaf in ends if leaf.key.endswith("nabled")]
    profiles, _ = texts(stored.get("ProfileInfo"), most=_MOST)
    yield Configuration(
        locator=place, key=_text(key), name=_word(stored, "Name"), application=_word(stored, "Application"),
        application_name=_word(stored, "ApplicationName"), grade=grade if isinstance(grade, int) else None,
        parts=tuple(part for part in _PARTS if stored.get(part) is not None),
        profiles=_once(text for name, text in profiles if _PROFILE_KEY.search(name)),
        classes=_once(text for name, text in found if name == _CLASS), enabled=_once(enabled),
        urls=_once(text for _, text in found if urls.host_of(text)),
        hosts=_once(h for h in hosts if h and urls.is_domain(h)),
        ips=_once(h for h in hosts if h and urls.ips_in(h) == [h]),
        bundle_ids=_once(text for name, text in found if _BUNDLE_KEY.search(name) and _BUNDLE.match(text)),
    )  # fmt: skip
    reason = next((gap.reason for gap in walked if isinstance(gap, Gap)), None)
    if reason is not None:
        yield Gap(locator=f"{place}.values", reason=f"Configuration: {reason}")


def _word(stored: Mapping[str, object], key: str) -> str | None:
    found = stored.get(key)
    return _text(found) if isinstance(found, str) else None


def _once(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(_text, found)))


def _text(value: str) -> str:
    return value.encode("utf-8", "backslashreplace").decode()
