"""packages.list: every installed package with its user number, as the system's own programs read it.

    com.example.app 10164 0 /data/user/0/com.example.app default 3003,3002 0 364 1 com.android.vending

Name, user number, whether it is debuggable, folder of its data, label for SELinux, groups; then, since Android 10,
whether a shell may profile it and the number of its version, and since 11 whether it may be profiled and its installer:
`@system`, `@product`, `@vendor` and `@null` stand where there is none.

Known limits: packages that no user has installed are not in it, nor is what holds for one user only.

Sources: AOSP `Settings.writePackageListLPrInternal`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/pm/ ;
https://android.googlesource.com/platform/system/core/+/refs/heads/main/libpackagelistparser/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import FilePath, Gap, PackageName, Record, SourceFile, artifact, record
from bridle.formats.lines import lines, too_long
from bridle.formats.package_dump import number, numbers
from bridle.formats.table import col, records, rest

_COLUMNS = ("name", "uid", "debuggable", "data", "seinfo", "gids", "shell", "version", "profileable", "installer")
_LEAST = 4


def _flag(value: object) -> bool:
    if value not in ("0", "1"):
        raise ValueError(f"expected 0 or 1, got {value!a:.60}")
    return value == "1"


def _groups(value: object) -> tuple[int, ...] | None:
    return numbers(f"[{value}]") if value != "none" else ()


def _installer(value: object) -> str | None:
    return None if str(value).startswith("@") else str(value)


def _origin(value: object) -> str | None:
    return str(value)[1:] if str(value).startswith("@") else None


@record(surface="installed-app")
class Package(Record):
    """An installed package."""

    package_name: PackageName = col("name", doc="name of the package")
    uid: int | None = col("uid", number, doc="its user number for phone user 0")
    debuggable: bool | None = col("debuggable", _flag, doc="whether it can be debugged")
    data_dir: FilePath | None = col("data", doc="where its data is", surface="file-present")
    seinfo: str | None = col("seinfo", doc="label from which its SELinux domain follows; platform is the maker's key")
    gids: tuple[int, ...] | None = col("gids", _groups, doc="groups it is in: 3003 is the network")
    profileable_by_shell: bool | None = col("shell", _flag, doc="whether a shell may profile it")
    version_code: int | None = col("version", number, doc="number of its version")
    profileable: bool | None = col("profileable", _flag, doc="whether it may be profiled")
    installer: PackageName | None = col("installer", _installer, doc="app that installed it", surface="mention")
    origin: str | None = col("installer", _origin, doc="part of the system it came with, or `null`: no installer")
    extra: str | None = rest(doc="further columns, as JSON")


@artifact("/data/system/packages.list")
def packages_list(file: SourceFile) -> Iterator[Package | Gap]:
    yield from records(_rows(file), Package)


def _rows(file: SourceFile) -> Iterator[tuple[str, Mapping[str, str]] | Gap]:
    with file.open() as stored:
        for at, text in lines(stored):
            if text is None:
                yield too_long(at)
                continue
            words = text.split(" ")
            if len(words) >= _LEAST and words[0]:
                more = {f"column {n}": w for n, w in enumerate(words[len(_COLUMNS) :], len(_COLUMNS) + 1)}
                yield f"line {at}", dict(zip(_COLUMNS, words, strict=False)) | more
            elif text.strip():
                yield Gap(locator=f"line {at}", reason=f"expected at least {_LEAST} columns, got {text!a:.60}")
