"""How a field of each kind would hold what an indicator names: the notations devices store it in.

Written from what the stores hold, not from what the matcher reads. A spelling that is missed is a hole in the matcher.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from urllib.parse import quote

from bridle.formats.urls import is_address

Spelling = tuple[str, str]
"""What the notation is, and the value in it."""

_UUID = "0A1B2C3D-0000-4000-8000-000000000000"


def spellings(kind: str, value: str, field: str, platform: str | None = None) -> list[Spelling]:
    """The notations in which a field of kind `field` would hold an indicator's value; none where there is no way to.

    `platform` is that of the table, which decides what is a link to what; None for a table of any.
    """
    write = _WRITERS.get((kind, field))
    if kind == "domain" and is_address(value):
        write = _WRITERS.get(("ip-address", field), write)
    written = [] if write is None else list(write(value))
    return [w for w in written if not w[0].startswith("link") or platform is None or w[0].endswith(platform)]


def _domain_as_url(d: str) -> Iterator[Spelling]:
    inner = quote(f"https://{d}/a?b=1", safe="")
    yield "plain", f"https://{d}/a/b?c=1#d"
    yield "port, user and capitals", f"HTTPS://user:pw@{d.upper()}:8443/x"
    yield "another host as user", f"http://www.example.org@{d}/"
    yield "www", f"http://www.{d}/"
    yield "sub-domain", f"https://a.b.{d}?x"
    yield "final dot", f"https://{d}./x"
    yield "percent-encoded host", f"https://%{ord(d[0]):02X}{d[1:]}/"
    yield "redirector", f"https://www.example.org/url?sa=t&url=https://{d}/a"
    yield "redirector, encoded", f"https://www.example.org/url?q={inner}&x=1"
    yield "redirector, encoded twice", f"https://www.example.org/url?q={quote(inner, safe='')}"
    yield (
        "redirector in a redirector",
        (f"https://www.example.org/?u={quote(f'https://www.example.com/?u={inner}', safe='')}"),
    )
    yield from _unicode(d, "https://{}/x")


def _unicode(d: str, form: str) -> Iterator[Spelling]:
    """As people see an internationalised name."""
    if "xn--" in d:
        shown = ".".join(x[4:].encode().decode("punycode") if x.startswith("xn--") else x for x in d.split("."))
        yield "unicode", form.format(shown)


def _domain_as_domain(d: str) -> Iterator[Spelling]:
    yield "plain", d
    yield "capitals and final dot", f"{d.upper()}."
    yield "cookie's leading dot", f".{d}"
    yield "www", f"www.{d}"
    yield "sub-domain", f"a.b.{d}"
    yield "wildcard", f"*.{d}"
    yield "port", f"{d}:443"
    yield from _unicode(d, "{}")


def _domain_as_email(d: str) -> Iterator[Spelling]:
    yield "plain", f"someone@{d}"
    yield "display name", f'"Some One" <someone@{d.upper()}>'


def _domain_as_account(d: str) -> Iterator[Spelling]:
    yield "plain", f"someone@{d}"
    yield "mailto", f"mailto:someone@{d}"


def _domain_in_text(d: str) -> Iterator[Spelling]:
    yield "bare", f"Look at {d}/b, now!"
    yield "bare, ending a sentence", f"(It is {d.upper()}.)"
    yield "link", f"see https://{d}/a?b=c."
    yield "link with user and port", f"http://user:pw@{d}:8443/x"
    yield "redirector, encoded", f"https://www.example.org/url?q={quote(f'https://{d}/a', safe='')} was sent"
    yield "markup", f'<a href="https://{d}/x">click</a>'
    yield "address", f"write to someone@{d}"
    yield from _unicode(d, "at {} today")


def _url_as_url(u: str) -> Iterator[Spelling]:
    scheme, _, rest = u.partition("://")
    host = rest.partition("/")[0]
    yield "plain", u
    yield "capitals", f"{scheme.upper()}://{host.upper()}{rest[len(host) :]}"
    yield "fragment", f"{u.partition('#')[0]}#top"
    yield "redirector, encoded", f"https://www.example.org/url?q={quote(u.partition('#')[0], safe='')}"


def _url_in_text(u: str) -> Iterator[Spelling]:
    yield "plain", f"see <{u}>"
    yield "ending a sentence", f"It is {u}, really."


def _mailto(address: str) -> Iterator[Spelling]:
    yield "mailto", f"mailto:{address}?subject=x"


def _one_of(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address, or one of the network."""
    network = ipaddress.ip_network(value)
    return network[min(1, network.num_addresses - 1)]


def _address(value: str) -> Iterator[Spelling]:
    a = _one_of(value)
    yield "plain", str(a)
    if isinstance(a, ipaddress.IPv4Address):
        yield "mapped", f"::ffff:{a}"
        yield "mapped, in full", f"0:0:0:0:0:FFFF:{int(a) >> 16:04X}:{int(a) & 0xFFFF:04X}"
        yield "port", f"{a}:443"
    else:
        yield "in full and capitals", a.exploded.upper()
        yield "zone", f"{a}%en0"
        yield "brackets and port", f"[{a}]:443"


def _address_as_url(value: str) -> Iterator[Spelling]:
    a = _one_of(value)
    if isinstance(a, ipaddress.IPv4Address):
        yield "plain", f"http://{a}/x"
        yield "user and port", f"http://user:pw@{a}:8080/"
        yield "as one number", f"http://{int(a)}/"
        yield "hexadecimal", f"http://{int(a):#x}/"
        yield "octal", "http://" + ".".join(f"0{b:o}" for b in a.packed) + "/"
        yield "mapped", f"http://[::ffff:{a}]/"
    else:
        yield "plain", f"http://[{a}]/x"
        yield "in full, capitals and port", f"http://[{a.exploded.upper()}]:8080/"
    host = f"[{a}]" if a.version == 6 else str(a)
    yield "redirector, encoded", f"https://www.example.org/url?q={quote(f'http://{host}/a', safe='')}"


def _address_in_text(value: str) -> Iterator[Spelling]:
    a = _one_of(value)
    yield "bare", f"connected to {a}, then closed"
    yield "link", f"see http://{f'[{a}]' if a.version == 6 else a}/x"
    if a.version == 4:
        yield "port", f"from {a}:443 to here"


def _email(address: str) -> Iterator[Spelling]:
    yield "plain", address
    yield "capitals", address.upper()
    yield "display name", f'"Some One" <{address}>'


def _email_as_account(address: str) -> Iterator[Spelling]:
    yield "plain", address
    yield "mailto", f"mailto:{address.upper()}"
    yield "chat", f"iMessage;-;{address}"
    yield "service", f"e:{address}"
    yield "behind a NUL", f"mailto:{address}\0\0"


def _email_in_text(address: str) -> Iterator[Spelling]:
    yield "bare", f"Write to {address}, please."
    yield "capitals, in brackets", f"From: Some One <{address.upper()}>"
    yield "link", f"mailto:{address}?subject=x"


def _process(name: str) -> Iterator[Spelling]:
    yield "plain", name
    if not name.startswith("/"):
        yield "with its bundle", f"{name}/org.example.app"
        yield "behind a UUID", f"{_UUID}/{name}"
        yield "path", f"/usr/libexec/{name}"
        yield "path and UUID", f"/private/var/tmp/{name}/{_UUID}"
    yield from ((f"cut at {n}", name[:n]) for n in (15, 16) if len(name) > n)


def _program(name: str) -> Iterator[Spelling]:
    yield "path", f"/usr/libexec/{name}"
    yield "path and UUID", f"/private/var/tmp/{name}/{_UUID}"


def _file_as_path(name: str) -> Iterator[Spelling]:
    yield "iOS", f"/private/var/mobile/Media/{name}"
    yield "Android", f"/storage/emulated/0/Download/{name}"
    yield "relative", f"Media/x/{name}"


def _path(path: str) -> Iterator[Spelling]:
    if not path.startswith("/"):
        yield "below a root", f"/private/var/mobile/{path.rstrip('/')}"
        yield "relative", path.rstrip("/")
        return
    bare = path.rstrip("/")
    yield "plain", bare
    yield "file in it", f"{bare}/inner/x"
    yield "doubled slash", f"/{bare}/"
    for platform, links in _LINKS.items():
        found = ((whole, short) for whole, short in links if f"{bare}/".startswith(f"{whole}/"))
        yield from ((f"link on {platform}", short + bare[len(whole) :]) for whole, short in found)


_LINKS = {
    "ios": (
        ("/private/var/tmp", "/tmp"), ("/private/var/tmp", "/private/tmp"), ("/private/var", "/var"),
        ("/private/etc", "/etc"),
    ),
    "android": (
        ("/data/data", "/data/user/0"), ("/data/user/0", "/data/data"), ("/storage/emulated/0", "/sdcard"),
        ("/sdcard", "/storage/emulated/0"), ("/storage/emulated/0", "/data/media/0"),
    ),
}  # fmt: skip


def _path_of_process(path: str) -> Iterator[Spelling]:
    if path.startswith("/"):
        yield "program in it", f"{path.rstrip('/')}/x"
        yield "program", path.rstrip("/")


def _digest(value: str) -> Iterator[Spelling]:
    yield "plain", value
    yield "capitals", value.upper()
    yield "colons", ":".join(value[n : n + 2] for n in range(0, len(value), 2)).upper()
    yield "blanks", " ".join(value[n : n + 2] for n in range(0, len(value), 2))


def _certificate(digits: int) -> Callable[[str], Iterator[Spelling]]:
    return lambda value: _digest(value) if len(value) == digits else iter(())


def _app(name: str) -> Iterator[Spelling]:
    yield "plain", name
    yield "capitals", name.upper()


def _app_as_process(name: str) -> Iterator[Spelling]:
    if "." in name:
        yield "plain", name
        yield "part of it", f"{name}:remote"


def _app_as_path(name: str) -> Iterator[Spelling]:
    if "." in name:
        yield "its data", f"/data/data/{name}/files/x"
        yield "another user's data", f"/data/user/10/{name}"
        yield "its APK", f"/data/app/~~Zm9v==/{name}-YmFy==/base.apk"
        yield "its shared data", f"/storage/emulated/0/Android/data/{name}/cache"


def _plain(value: str) -> Iterator[Spelling]:
    yield "plain", value


def _either_case(value: str) -> Iterator[Spelling]:
    yield "lower case", value.lower()
    yield "capitals", value.upper()


_WRITERS: dict[tuple[str, str], Callable[[str], Iterator[Spelling]]] = {
    ("domain", "url"): _domain_as_url, ("domain", "domain"): _domain_as_domain, ("domain", "email"): _domain_as_email,
    ("domain", "account"): _domain_as_account, ("domain", "text"): _domain_in_text,
    ("url", "url"): _url_as_url, ("url", "text"): _url_in_text,
    ("ip-address", "ip-address"): _address, ("ip-address", "domain"): lambda v: iter(list(_address(v))[:1]),
    ("ip-address", "url"): _address_as_url, ("ip-address", "text"): _address_in_text,
    ("email", "email"): _email, ("email", "account"): _email_as_account, ("email", "text"): _email_in_text,
    ("email", "url"): _mailto, ("email", "phone-number"): _email, ("domain", "phone-number"): _domain_as_email,
    ("process-name", "process-name"): _process, ("process-name", "file-path"): _program,
    ("file-name", "file-name"): _plain, ("file-name", "file-path"): _file_as_path,
    ("file-path", "file-path"): _path, ("file-path", "process-name"): _path_of_process,
    ("sha256", "sha256"): _digest, ("sha1", "sha1"): _digest, ("md5", "md5"): _digest,
    ("cert", "cert-sha256"): _certificate(64), ("cert", "cert-sha1"): _certificate(40),
    ("cert", "cert-md5"): _certificate(32),
    ("app-id", "bundle-id"): _app, ("app-id", "package-name"): _app, ("app-id", "process-name"): _app_as_process,
    ("app-id", "file-path"): _app_as_path, ("profile-id", "profile-id"): _either_case,
    ("property-name", "property-name"): _plain,
}  # fmt: skip
