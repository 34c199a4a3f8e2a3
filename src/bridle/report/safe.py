"""Evidence made fit to be shown: hidden characters in sight, addresses that open nothing, directions kept apart.

Words of a phone may be written by whoever attacked it. On a page, in a PDF or a mail they must not become a link,
run, or rearrange the sentence around them. What was recorded stands unchanged in `findings.jsonl` and in the case.
Sources: RFC 3986 (addresses), Unicode Standard Annex 9 (bidirectional text) and DerivedCoreProperties (ignorable code
points); the forms `hxxp`, `[.]`, `[@]` and `[:]` are those that threat reports use.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

MOST = 4000
"""Characters of one text that are shown."""
_MARKS = 4
"""Combining marks on one letter that are shown as such; more are a way to cover the lines around it."""
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BLANK = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
_BLANK |= {*range(0x180B, 0x1810), *range(0xFE00, 0xFE0E), *range(0xE0100, 0xE01F0)}
"""Letters and marks that show nothing. Emoji are full of the selectors FE0E and FE0F, which are left."""


def shown(value: object, most: int = MOST) -> str:
    """Evidence text for any form of report: cut, hidden characters in sight, addresses defanged. Escape it as usual."""
    return defanged(visible(cut(str(value), most)))


def isolated(value: object, most: int = MOST) -> Markup:
    """`shown`, escaped for HTML, in a `<bdi>`: right-to-left words cannot rearrange what stands beside them."""
    from markupsafe import Markup

    return Markup("<bdi>{}</bdi>").format(shown(value, most))


def cut(text: str, most: int = MOST) -> str:
    """The beginning of a text, and how many characters follow; a text of at most `most` as it is."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more characters)"


def visible(value: object) -> str:
    """Evidence text with control, bidirectional, unassigned and blank characters shown as `\\uXXXX`.

    Line feeds stay. So do combining marks, up to four on a letter.
    """
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    made, marks = [], 0
    for c in text:
        marks = marks + 1 if unicodedata.combining(c) else 0
        made.append(_escape(c) if marks > _MARKS or _is_hidden(c) else c)
    return "".join(made)


@lru_cache(maxsize=4096)
def _is_hidden(c: str) -> bool:
    return c != "\n" and (unicodedata.category(c) in _HIDDEN or ord(c) in _BLANK)


def _escape(c: str) -> str:
    return f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"


def is_link(reference: str) -> bool:
    """Whether a rule's reference may be a link: an https address of plain characters, without a user name in it."""
    return bool(_LINK.fullmatch(reference))


_LINK = re.compile(r"https://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~:/?#\[\]@!$&()*+,;=%-]{0,2000})?")

_WORD = re.compile(r"(?<!\S)[^\s.。．｡:@]*+[.。．｡:@]\S++")
"""A word with a sign in it that addresses have: most words have none, and need not be taken to pieces."""
_OPENS = "javascript|vbscript|data|blob|file|mailto|tel|sms|facetime|facetime-audio|itms|itms-apps|itms-services|intent"
_PIECE = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,31}+)://(?P<place>[^\s/?#]*+)"
    rf"|\b(?P<opens>{_OPENS}|https?|ftps?):(?=\S)"
    r"|(?P<six>(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,8}+(?:(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9A-Fa-f]{1,4})?(?![\w:]))"
    r"|(?P<run>[\w.。．｡+%@-]++)",
    re.IGNORECASE,
)
"""Pieces of a text that may be, or be part of, an address. No part of it goes back over what it has passed."""
_DOT = re.compile(r"([.。．｡])(?=[\w-])")
"""Browsers take each of the four for a dot (UTS 46)."""


def defanged(text: str) -> str:
    """The text with addresses that no program makes a link of: `hxxps://evil[.]example`, `a[@]b[.]example`.

    A name is taken for a host when it ends in a top-level domain. Names of apps and services, which begin with one
    (`com.example.app`), and parts of a path are left; so is what is defanged already.
    """
    return _WORD.sub(lambda word: _PIECE.sub(_harmless, word[0]), text)


def _harmless(piece: re.Match[str]) -> str:
    if scheme := piece["scheme"]:
        return _scheme(scheme) + _place(piece["place"])
    if piece["opens"]:
        return f"{_no_web(piece['opens'])}[:]"
    if piece["six"]:
        return _colons(piece[0]) if _is_address(piece[0]) else piece[0]
    before = piece.string[max(piece.start() - 2, 0) : piece.start()]
    in_path = before.endswith("/") and before not in ("//", ":/")
    return piece[0] if in_path else _run(piece[0])


def _scheme(scheme: str) -> str:
    changed = _no_web(scheme)
    return f"{scheme}[:]//" if changed == scheme and scheme.lower() not in _HARMLESS else f"{changed}://"


_HARMLESS = {"hxxp", "hxxps", "fxp", "fxps"}


def _no_web(scheme: str) -> str:
    """`hxxp` for `http`, `fxp` for `ftp`, whatever their case; others as they are."""
    return re.sub(
        r"^([hf])tt?(ps?)$", lambda m: m[1] + ("xx" if m[1] in "hH" else "x") + m[2], scheme, flags=re.IGNORECASE
    )


def _place(place: str) -> str:
    """User, host and port of an address, where every dot and `@` is of an address."""
    six = re.sub(r"(?:^|(?<=@))\[[0-9A-Fa-f:.]+\]", lambda m: f"[{_colons(m[0][1:-1])}]", place)
    return _DOT.sub(r"[\1]", re.sub(r"(?<!\[)@(?!\])", "[@]", six))


def _colons(address: str) -> str:
    return _DOT.sub(r"[\1]", address.replace(":", "[:]"))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _run(run: str) -> str:
    """A word with dots: defanged if it is a host, a mail address or an address of the Internet Protocol."""
    if len(run) > 400:
        return _DOT.sub(r"[\1]", run)
    name, at, host = run.rpartition("@")
    core = _DOT.sub(".", host).strip(".-_+%")
    if not _is_host(core) and not (core.replace(".", "").isdigit() and _is_address(core)):
        return run
    return _DOT.sub(r"[\1]", f"{name}{at}{host}".replace("@", "[@]"))


def _is_host(name: str) -> bool:
    labels = name.lower().split(".")
    if len(labels) < 2 or not all(labels):
        return False
    top = top_level_domains()
    if _ascii(labels[-1]) not in top:
        return False
    return len(labels) < 3 or labels[0] not in _REVERSED or len(labels[-1]) == 2 or labels[-1] in _REVERSED


_REVERSED = {"com", "net", "org", "edu", "gov", "io", "co", "de", "uk", "us", "ru", "cn", "jp", "kr", "fr"}
"""How names begin that are written from the top (`com.example.app`); what also ends like a host is taken for one."""


def _ascii(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


@lru_cache(maxsize=1)
def top_level_domains() -> frozenset[str]:
    """Those of the root zone and those kept for special use, in lower case, as `xn--` where they are not ASCII."""
    text = files("bridle.report").joinpath("static/top_level_domains.txt").read_text("utf-8")
    return frozenset(text.partition("\n")[2].split())
