"""Properties of STIX objects, and where a phone's records hold them: in fields of a kind, or in columns of a name.

Source: OASIS STIX 2.1, section 6 (cyber-observable objects); `app`, `configuration-profile`, `android-property` and
`file:path` are the keys that feeds about phones use besides.
"""

from __future__ import annotations

from bridle.classes import dataclass
from bridle.formats.urls import is_domain
from bridle.indicators.model import KINDS
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.pattern import Path

ACCOUNT = "account"
"""What is compared as a user's name: no kind of indicator of its own."""
HOST = ("domain", "ip-address")
PROCESSES = ("running-process", "network-user", "crash")
"""Surfaces on which a path is that of a program."""

_CERTIFICATES = frozenset({"cert-sha256", "cert-sha1", "cert-md5"})
FIELDS: dict[str, frozenset[str]] = {
    "domain": frozenset({"url", "domain", "email", "account", "text"}),
    "url": frozenset({"url", "text"}),
    "ip-address": frozenset({"ip-address", "url", "domain", "text"}),
    "email": frozenset({"email", "account", "text"}),
    "process-name": frozenset({"process-name", "file-path"}),
    "file-name": frozenset({"file-name", "file-path"}),
    "file-path": frozenset({"file-path", "process-name"}),
    "sha256": frozenset({"sha256"}),
    "sha1": frozenset({"sha1"}),
    "md5": frozenset({"md5"}),
    "cert": _CERTIFICATES,
    "app-id": frozenset({"bundle-id", "package-name", "process-name", "file-path"}),
    "profile-id": frozenset({"profile-id"}),
    "property-name": frozenset({"property-name"}),
    ACCOUNT: frozenset({"account", "email", "phone-number"}),
}
"""Kind of value to the kinds of field that may hold one."""


@dataclass(frozen=True, slots=True)
class Property:
    """Where a case holds what a pattern compares."""

    kinds: tuple[str, ...]
    """Of value. The first is how a hit is told; of several, the constant decides which it is."""
    columns: frozenset[str] = frozenset()
    """Names of columns that hold it, where it has no kind of its own."""
    beside: frozenset[str] = frozenset()
    """Kinds of field of which a table has one, so that its columns of these names are what is meant."""
    identifies: bool = True
    """Whether it may be looked for by itself: a port or a size is in every other record."""


def _columns(kind: str, names: str, beside: str, *, identifies: bool = True) -> Property:
    return Property((kind,), frozenset(names.split()), frozenset(beside.split()), identifies)


_HASHES = {"sha256": "sha256", "sha1": "sha1", "md5": "md5"}
_CERT = "cert-sha256 cert-sha1 cert-md5"
_FILES = "file-path file-name"
PROPERTIES: dict[str, Property] = {
    "domain-name:value": Property(("domain",)),
    "domain-name:resolves_to_refs[*].value": Property(HOST),
    "ipv4-addr:value": Property(("ip-address",)),
    "ipv6-addr:value": Property(("ip-address",)),
    "url:value": Property(("url",)),
    "email-addr:value": Property(("email",)),
    **{f"email-message:{ref}.value": Property(("email",))
       for ref in ("from_ref", "sender_ref", "to_refs[*]", "cc_refs[*]", "bcc_refs[*]")},
    "email-message:subject": _columns("email", "subject", "text"),
    "user-account:account_login": Property((ACCOUNT,)),
    "user-account:user_id": Property((ACCOUNT,)),
    "network-traffic:dst_ref.value": Property(HOST),
    "network-traffic:src_ref.value": Property(HOST),
    "network-traffic:dst_ref.resolves_to_refs[*].value": Property(HOST),
    "network-traffic:dst_port": _columns("ip-address", "remote_port port", "ip-address domain", identifies=False),
    "network-traffic:src_port": _columns("ip-address", "local_port", "ip-address domain", identifies=False),
    "network-traffic:protocols[*]": _columns("ip-address", "protocol", "ip-address domain", identifies=False),
    "process:name": Property(("process-name",)),
    "process:image_ref.name": Property(("process-name",)),
    "process:binary_ref.name": Property(("process-name",)),
    "process:command_line": _columns("process-name", "command command_line arguments", "process-name text"),
    "process:pid": _columns("process-name", "pid", "process-name", identifies=False),
    "file:name": Property(("file-name",)),
    "file:path": Property(("file-path",)),
    "file:parent_directory_ref.path": Property(("file-path",)),
    "directory:path": Property(("file-path",)),
    "file:size": _columns("file-name", "size", _FILES, identifies=False),
    "file:mime_type": _columns("file-name", "mime_type", _FILES, identifies=False),
    **{f"{of}:hashes.{name}": Property((kind,)) for of in ("file", "artifact") for name, kind in _HASHES.items()},
    **{f"x509-certificate:hashes.{name}": Property(("cert",)) for name in _HASHES},
    **{f"app:cert.{name}": Property(("cert",)) for name in _HASHES},
    "x509-certificate:serial_number": _columns("cert", "serial serial_number", _CERT),
    "x509-certificate:subject": _columns("cert", "subject", _CERT),
    "x509-certificate:issuer": _columns("cert", "issuer", _CERT),
    "app:id": Property(("app-id",)),
    "configuration-profile:id": Property(("profile-id",)),
    "android-property:name": Property(("property-name",)),
}  # fmt: skip
FOLDERS = frozenset({"file:parent_directory_ref.path", "directory:path"})
_NO_PHONE = {
    "windows-registry-key": "phones have no registry", "win-registry-key": "phones have no registry",
    "mutex": "no record of a phone names mutexes",
    "autonomous-system": "no record of a phone names the operators of networks",
    "software": "versions of programs are compared by rules, not by indicators",
}  # fmt: skip
_TYPES = {"domain-name": "domain", "ipv4-addr": "ip-address", "ipv6-addr": "ip-address", "email-addr": "email"}


def key(path: Path) -> str:
    """A path as `PROPERTIES` has it: any member of a list, names of hashes in small letters without a hyphen."""
    first, *rest = path.steps
    out = f"{path.type}:{first}"
    for step in rest:
        out += f".{step}" if isinstance(step, str) else "[*]"
    head, _, name = out.rpartition(".")
    return f"{head}.{name.lower().replace('-', '')}" if head.endswith((":hashes", "app:cert")) else out


def unknown(path: Path) -> str:
    """Why a property is not looked for."""
    why = _NO_PHONE.get(path.type)
    return f"the pattern key {str(path)!a:.80} is not known" + (f": {why}" if why else "")


def kinds_of_type(constant: str) -> str | None:
    """The kind of value that an object of this type has."""
    return _TYPES.get(constant)


def kind_of(found: Property, text: str) -> str:
    """The one kind of this text, of the several that a property may have."""
    if found.kinds == HOST:
        return "ip-address" if text[-1:].isdigit() or ":" in text else "domain"
    if found.kinds == (ACCOUNT,) and "@" in text and is_domain(text.rpartition("@")[2].lower()):
        return "email"
    return found.kinds[0]


def normal(kind: str, text: str) -> str:
    """A value of a kind as it is compared. Raises ValueError."""
    return NORMALISE[kind](text) if kind in KINDS else text.strip().lower()
