"""Where patterns of a STIX bundle leave STIX 2.1: properties that it does not define, values that are none of theirs.

A program that keeps to the standard never matches a pattern on `process:name`: there is no such property. It says
nothing either, so that a feed seems to be used and is not. bridle reads the keys that feeds about phones use besides;
others need to be told.

Source: OASIS STIX 2.1, section 6 (cyber-observable objects) and 10.7 (names of hash algorithms).
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bridle.indicators.pattern import And, Comparison, FollowedBy, Node, Observation, Or, Path, PatternError, parse

_COMMON = "type id spec_version object_marking_refs granular_markings defanged extensions"
_TIMES = "ctime mtime atime"
_DEFINED = {
    "artifact": "mime_type payload_bin url hashes encryption_algorithm decryption_key",
    "autonomous-system": "number name rir",
    "directory": f"path path_enc contains_refs {_TIMES}",
    "domain-name": "value resolves_to_refs",
    "email-addr": "value display_name belongs_to_ref",
    "email-message": "is_multipart date content_type from_ref sender_ref to_refs cc_refs bcc_refs message_id subject "
    "received_lines additional_header_fields body body_multipart raw_email_ref",
    "file": "hashes size name name_enc magic_number_hex mime_type parent_directory_ref contains_refs content_ref "
    f"{_TIMES}",
    "ipv4-addr": "value resolves_to_refs belongs_to_refs",
    "ipv6-addr": "value resolves_to_refs belongs_to_refs",
    "mac-addr": "value",
    "mutex": "name",
    "network-traffic": "start end is_active src_ref dst_ref src_port dst_port protocols src_byte_count dst_byte_count "
    "src_packets dst_packets ipfix src_payload_ref dst_payload_ref encapsulates_refs encapsulated_by_ref",
    "process": "is_hidden pid created_time cwd command_line environment_variables opened_connection_refs "
    "creator_user_ref image_ref parent_ref child_refs",
    "software": "name cpe swid languages vendor version",
    "url": "value",
    "user-account": "user_id credential account_login account_type display_name is_service_account is_privileged "
    "can_escalate_privs is_disabled account_created account_expires credential_last_changed account_first_login "
    "account_last_login",
    "windows-registry-key": "key values modified_time creator_user_ref number_of_subkeys",
    "x509-certificate": "is_self_signed hashes version serial_number signature_algorithm issuer validity_not_before "
    "validity_not_after subject subject_public_key_algorithm subject_public_key_modulus subject_public_key_exponent "
    "x509_v3_extensions",
}
_PROPERTIES = {name: frozenset(f"{own} {_COMMON}".split()) for name, own in _DEFINED.items()}
_HASHES = frozenset({"MD5", "SHA-1", "SHA-256", "SHA-512", "SHA3-256", "SHA3-512", "SSDEEP", "TLSH"})
_INSTEAD = {
    "process:name": "process:image_ref.name", "file:path": "file:parent_directory_ref.path with file:name",
    "file:hashes.sha256": "file:hashes.'SHA-256'", "file:hashes.sha1": "file:hashes.'SHA-1'",
    "file:hashes.md5": "file:hashes.MD5", "app:cert.sha256": "x509-certificate:hashes.'SHA-256'",
    "app:cert.sha1": "x509-certificate:hashes.'SHA-1'", "app:cert.md5": "x509-certificate:hashes.MD5",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Departure:
    """One way in which one indicator leaves the standard."""

    place: str
    """The indicator's id."""
    sort: str
    """`property`: STIX does not define it; `value`: it is none of the property's."""
    what: str
    """The property, or what is wrong with the value."""
    advice: str


def departures(text: str) -> Iterator[Departure]:
    """The departures of a bundle's indicators, each property of an indicator once. Raises nothing: no bundle, none."""
    try:
        bundle = json.loads(text)
    except (ValueError, RecursionError):
        return
    objects = bundle.get("objects") if isinstance(bundle, dict) else None
    for o in objects if isinstance(objects, list) else ():
        if isinstance(o, dict) and o.get("type") == "indicator" and isinstance(o.get("pattern"), str):
            yield from dict.fromkeys(_of_pattern(str(o.get("id"))[:120], o["pattern"]))


def _of_pattern(place: str, pattern: str) -> Iterator[Departure]:
    try:
        tree = parse(pattern)
    except PatternError:
        return
    for comparison in _comparisons(tree):
        name = str(comparison.path)
        if not _is_defined(comparison.path):
            instead = _INSTEAD.get(name)
            advice = f"write {instead}" if instead else "STIX has nothing for it: say so, or publish it another way"
            yield Departure(place, "property", name, advice)
        for value in comparison.values if comparison.operator in ("=", "IN") else ():
            if isinstance(value, str) and (wrong := _wrong(name, value)) is not None:
                yield Departure(place, "value", f"{name} {value!r:.80} {wrong[0]}", wrong[1])


def _comparisons(node: Node) -> Iterator[Comparison]:
    """Every comparison below a node; the parser bounds how deep that is."""
    if isinstance(node, Comparison):
        yield node
    elif isinstance(node, Observation):
        yield from _comparisons(node.test)
    elif isinstance(node, And | Or | FollowedBy):
        for part in node.parts:
            yield from _comparisons(part)
    else:
        yield from _comparisons(node.inner)


def _is_defined(path: Path) -> bool:
    """Whether STIX 2.1 defines a property; types of one's own, `x-…`, define theirs."""
    if path.type.startswith("x-"):
        return True
    first, *rest = path.steps
    if first not in _PROPERTIES.get(path.type, ()):
        return False
    return first != "hashes" or not rest or rest[0] in _HASHES


def _domain(value: str) -> tuple[str, str] | None:
    if _is_address(value):
        return "is an address", "write ipv4-addr:value or ipv6-addr:value"
    if "/" in value:
        return "has a path", "write url:value, with http:// or https://"
    if "." not in value.strip("."):
        return "is no whole domain", "look for what was cut off, or take it out"
    if value.lower().startswith("www."):
        return "begins with www.", "without it, the name and all below it are found"
    return None


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def _address(value: str) -> tuple[str, str] | None:
    return None if _is_address(value) else ("is no address", "write what it is: domain-name:value or url:value")


def _url(value: str) -> tuple[str, str] | None:
    return None if "://" in value else ("has no scheme", "write http:// or https:// before it")


def _email(value: str) -> tuple[str, str] | None:
    return None if value.count("@") == 1 else ("is no address of mail", "write an address with one @")


def _digits(length: int) -> Callable[[str], tuple[str, str] | None]:
    def read(value: str) -> tuple[str, str] | None:
        if re.fullmatch(rf"[0-9A-Fa-f]{{{length}}}", value):
            return None
        return f"has not {length} hexadecimal digits", "write the digest in hexadecimal"

    return read


_CHECKS: dict[str, Callable[[str], tuple[str, str] | None]] = {
    "domain-name:value": _domain, "ipv4-addr:value": _address, "ipv6-addr:value": _address, "url:value": _url,
    "email-addr:value": _email,
    **{f"{of}:hashes.{name}": _digits(n) for of in ("file", "artifact", "x509-certificate")
       for name, n in (("MD5", 32), ("SHA-1", 40), ("SHA-256", 64), ("md5", 32), ("sha1", 40), ("sha256", 64))},
}  # fmt: skip


def _wrong(name: str, value: str) -> tuple[str, str] | None:
    check = _CHECKS.get(name)
    return check(value) if check is not None else None
