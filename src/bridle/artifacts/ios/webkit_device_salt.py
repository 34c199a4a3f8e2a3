"""DeviceIdHashSalts of WebKit: which site was told of the cameras and microphones, and in whose page.

When a page asks which cameras and microphones there are, WebKit makes up their names, from a random number of its own
for each site. The number is the name of the file; the file is a property list with the site, the site whose page it was
in, and when it was last used. It does not show that a camera or microphone was used.

Known limits: no file was at hand. Only the last use is stored.

Sources: https://github.com/WebKit/WebKit (DeviceIdHashSaltStorage.cpp, KeyedEncoderCF.cpp); a list of the files of an
iOS 15 phone (test data of iLEAPP)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import Domain, FormatError, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import plist
from bridle.formats.table import col, records, rest
from bridle.formats.values import text, unix
from bridle.formats.webkit import site_of


def _host(value: object) -> str | None:
    """The host of `https_www.example.org_0`. Raises ValueError."""
    if (site := site_of(text(value))) is None:
        raise FormatError(f"expected scheme_host_port, got {value!r:.60}")
    return site[1]


@record(surface="visited")
class Salt(Record):
    """A site that asked for the cameras and microphones."""

    origin: str | None = col("origin", doc="the site as scheme, host and port; port 0 for that of the scheme")
    host: Domain | None = col("origin", _host, doc="its host")
    top_origin: str | None = col("parentOrigin", doc="the site in the address bar, in the same form")
    top_host: Domain | None = col("parentOrigin", _host, doc="its host")
    last_used: Utc | None = col("lastTimeUsed", unix, doc="when it was last asked")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@artifact("/private/var/**/DeviceIdHashSalts/*/*")
def webkit_device_salt(file: SourceFile) -> Iterator[Salt | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {stored!r:.60}")
    yield from records([("salt", stored)], Salt)
