"""Published values as STIX asks for them (patterns) and as it states them (cyber observables).

Source: OASIS STIX 2.1, sections 2.9 (deterministic identifiers), 6 (observables) and 9 (patterns).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bridle.indicators.pattern_text import path_pattern, quoted

_NAMESPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The namespace that STIX 2.1 gives for deterministic identifiers of observables."""
_VALUES = {"domain": "domain-name", "url": "url", "email": "email-addr"}
_HASHES = {"sha256": "SHA-256", "sha1": "SHA-1", "md5": "MD5"}
_CERTS = {32: "MD5", 40: "SHA-1", 64: "SHA-256"}
_OF_URLS = ":/?#[]@!$&'()*+,;=%-._~"
"""Characters that stand in a URL as they are (RFC 3986); STIX takes no others."""
_Object = dict[str, Any]


def pattern(found: Mapping[str, Any]) -> str | None:
    """The pattern that asks for a value; None for what STIX has no observable for."""
    kind, value = str(found["kind"]), str(found["value"])
    if (type_ := _VALUES.get(kind) or (_address(value) if kind == "ip-address" else None)) is not None:
        return f"[{type_}:value = {quoted(value)}]"
    if kind in _HASHES:
        return f"[file:hashes.'{_HASHES[kind]}' = {quoted(value)}]"
    if kind == "cert" and len(value) in _CERTS:
        return f"[x509-certificate:hashes.'{_CERTS[len(value)]}' = {quoted(value)}]"
    if kind == "file-path":
        return path_pattern(value)
    names = {"file-name": "file:name", "process-name": "process:image_ref.name", "app-id": "software:name"}
    return f"[{names[kind]} = {quoted(value)}]" if kind in names else None


def _address(value: str) -> str:
    return "ipv6-addr" if ":" in value else "ipv4-addr"


def observed(found: Mapping[str, Any], markings: Sequence[str] | None) -> list[_Object]:
    """The value as observables, the one that is meant last; empty for what has no pattern."""
    more = {"object_marking_refs": list(markings)} if markings else {}
    return [o | more for o in _observables(str(found["kind"]), str(found["value"]))]


def _observables(kind: str, value: str) -> list[_Object]:
    if kind == "url":
        return [_observable("url", {"value": quote(_as_utf8(value), safe=_OF_URLS)})]
    if kind in _VALUES or kind == "ip-address":
        return [_observable(_VALUES.get(kind) or _address(value), {"value": value})]
    if kind in _HASHES:
        return [_observable("file", {"hashes": {_HASHES[kind]: value.lower()}})]
    if kind == "cert":
        return [_observable("x509-certificate", {"hashes": {_CERTS[len(value)]: value.lower()}})]
    if kind == "file-path":
        return _files(value)
    if kind == "process-name":
        image = _observable("file", {"name": value})
        return [image, {"type": "process", "spec_version": "2.1", "id": _process(value), "image_ref": image["id"]}]
    return [_observable({"file-name": "file", "app-id": "software"}[kind], {"name": value})]


def _process(name: str) -> str:
    """STIX wants a UUID of version 4 for a process; it is made of the name, so that equal cases give equal files."""
    return f"process--{uuid.UUID(bytes=hashlib.sha256(_as_utf8(name).encode()).digest()[:16], version=4)}"


def _files(path: str) -> list[_Object]:
    folder, _, name = path.rpartition("/")
    if not name or not folder:
        return [_observable("directory", {"path": folder or path})]
    parent = _observable("directory", {"path": folder})
    return [parent, _observable("file", {"name": name, "parent_directory_ref": parent["id"]})]


def _observable(type_: str, properties: _Object) -> _Object:
    """Its identifier is made of the properties that contribute to it, as canonical JSON (RFC 8785)."""
    canonical = _as_utf8(json.dumps(properties, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
    return {"type": type_, "spec_version": "2.1", "id": f"{type_}--{uuid.uuid5(_NAMESPACE, canonical)}", **properties}


def _as_utf8(text: str) -> str:
    """The text with half of a surrogate pair written out: neither JSON in UTF-8 nor a name can hold one."""
    return text.encode("utf-8", "backslashreplace").decode()
