"""The words that feeds use for kinds of indicators: columns of tables, types of MISP, keys of STIX.

Sources: https://www.misp-project.org/datamodels/ (types of attributes); OASIS STIX 2.1 section 6 (observables).
"""

from __future__ import annotations

import re

HASH = "hash"
"""A digest whose kind its length tells."""

HEADERS = {
    "domain": "domain", "domains": "domain", "domain name": "domain", "hostname": "domain", "host": "domain",
    "fqdn": "domain", "c2 domain": "domain", "url": "url", "urls": "url", "ip": "ip-address", "ips": "ip-address",
    "ip address": "ip-address", "ipaddress": "ip-address", "ipv4": "ip-address", "ipv6": "ip-address",
    "c2 ip": "ip-address", "dst ip": "ip-address", "email": "email", "e mail": "email", "email address": "email",
    "process": "process-name", "process name": "process-name", "path": "file-path", "file path": "file-path",
    "filepath": "file-path", "file": "file-name", "filename": "file-name", "file name": "file-name",
    "sha256": "sha256", "sha 256": "sha256", "sha1": "sha1", "sha 1": "sha1", "md5": "md5", "hash": HASH,
    "hashes": HASH, "file hash": HASH, "package": "app-id", "package name": "app-id", "bundle": "app-id",
    "bundle id": "app-id", "bundle identifier": "app-id", "app": "app-id", "app id": "app-id", "cert": "cert",
    "certificate": "cert", "cert sha256": "cert", "cert sha1": "cert", "certificate sha256": "cert",
    "certificate sha1": "cert", "profile": "profile-id", "profile id": "profile-id", "property": "property-name",
    "property name": "property-name",
}  # fmt: skip
"""Names of columns (lower case, `_` and `-` as blanks) that hold values of one kind."""

_OF_TYPES = {
    "domain name": ("domain",), "domain|ip": ("domain", "ip-address"), "ip dst": ("ip-address",),
    "ip src": ("ip-address",), "ip dst|port": ("ip-address", None), "ip src|port": ("ip-address", None),
    "hostname|port": ("domain", None), "ipv4 addr": ("ip-address",), "ipv6 addr": ("ip-address",),
    "email src": ("email",), "email dst": ("email",), "email reply to": ("email",), "email addr": ("email",),
    "filename|md5": ("file-name", "md5"), "filename|sha1": ("file-name", "sha1"),
    "filename|sha256": ("file-name", "sha256"), "x509 fingerprint md5": ("cert",),
    "x509 fingerprint sha1": ("cert",), "x509 fingerprint sha256": ("cert",), "mobile application id": ("app-id",),
    "apk": ("app-id",), "android package": ("app-id",), "ip address|port": ("ip-address", None),
}  # fmt: skip

CONTEXT = frozenset(
    {
        "link", "text", "comment", "other", "vulnerability", "datetime", "date", "port", "as", "size in bytes",
        "campaign name", "campaign id", "threat actor", "target user", "target email", "target machine", "target org",
        "target location", "target external", "attachment", "counter", "float", "boolean", "hex", "cpe", "weakness",
        "first name", "last name", "full name", "whois registrant email", "whois registrant name",
        "whois registrant phone", "whois registrant org", "whois registrar", "whois creation date", "mime type",
        "github repository", "email subject", "email body", "filename|size", "comment text",
    }
)  # fmt: skip
"""Types that tell about an attack, and are no values to look for."""

_DIGESTS = "only MD5, SHA-1 and SHA-256 of files are made"
NOT_EVALUABLE = {
    "uri": "a path of a URL without its host stands on no field of a device alone",
    "yara": "a YARA rule; save it as a .yar file and give it with `bridle check --yara`",
    "ja3 fingerprint md5": "fingerprints of TLS handshakes are not recorded on phones",
    "jarm fingerprint": "fingerprints of servers are not recorded on phones",
    "user agent": "what a program calls itself is not recorded on phones",
    "regkey": "phones have no Windows registry", "regkey|value": "phones have no Windows registry",
    "mutex": "phones record no mutexes", "named pipe": "phones record no named pipes",
    "snort": "a rule; save it as a .rules file", "sigma": "Sigma rules are not read",
    "ssdeep": "fuzzy digests are not made",
    "tlsh": "fuzzy digests are not made", "imphash": "digests of Windows imports are not made",
    "sha224": _DIGESTS, "sha384": _DIGESTS,
    "sha512": _DIGESTS, "phone number": "numbers are no indicators here",
    "btc": "wallets are not recorded on phones", "pattern in file": "needs a search in whole files; write a YARA rule",
    "pattern in traffic": "traffic is not recorded on phones", "domain regex": "regular expressions are not looked for",
}  # fmt: skip
"""Types that are indicators elsewhere, and why they cannot be looked for on a phone."""

Kinds = tuple[str | None, ...]
"""For each part of a value between `|`, its kind; None is a part that narrows and is not looked at."""


def word(text: str) -> str:
    """The name of a column or type as it is looked up."""
    return re.sub(r"[\s_-]+", " ", text.strip().lower())


def kinds_of(given: str) -> Kinds | None:
    """The kinds in a value of a type: ours, MISP's, STIX's or a column's name. None if it is not known."""
    lower = given.strip().lower().replace("'", "")
    if lower in HEADERS_OF_KINDS:
        return (lower,)
    name = word(lower.partition(":")[0] if lower.partition(":")[2] == "value" else lower)
    if name in _OF_TYPES:
        return _OF_TYPES[name]
    if name in ("file:hashes.sha 256", "file:hashes.sha 1", "file:hashes.md5"):
        return (name.partition(".")[2].replace(" ", ""),)
    kind = HEADERS.get(name)
    return (kind,) if kind else None


HEADERS_OF_KINDS = frozenset({k for k in HEADERS.values() if k != HASH})
