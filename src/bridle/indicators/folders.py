"""Folders as columns: in which of them whatever lies there may be found because of where it is.

A folder is judged by itself and by the one above it, and each distinct one once: many thousands of paths lie in few
folders, and these in fewer. Folders that are links, or are reached by one, are judged one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from bridle.indicators import normalise
from bridle.indicators.matcher import PACKAGE, Matcher, Where

_LONGEST = 1024
"""Characters of a folder; whatever lies in a longer one may be found."""
_REMEMBERED = 200_000
"""Folders whose verdict is remembered."""
_LEVELS, _FEW = 12, 256
"""Folders above one another that are judged as columns; and how many at once are judged one by one."""
_CONTAINER = (
    r"^(?:(?:/data/(?:data|app|app-lib|user/[^/]+|user_de/[^/]+|misc/profiles/(?:cur/[^/]+|ref))"
    r"|/mnt/expand/[^/]+/(?:app|user/[^/]+|user_de/[^/]+)|/storage/emulated/[^/]+/Android/(?:data|media|obb))"
    r"(?:/~~[^/]+)?"
    r"|/private/var/(?:mobile/Containers/(?:Data/(?:Application|PluginKitPlugin)|Shared/AppGroup)"
    r"|containers/Bundle/Application))$"
)
"""The folders of `PACKAGE`, in which each app has one of its name."""
_LINKED = r"//|/\.|^/(?:tmp|var|etc|private/tmp|sdcard|mnt|storage|data/media|data/user/0)(?:/|$)"
"""What is written otherwise than it is compared."""


def parts(paths: pa.Array) -> tuple[pa.Array, pa.Array]:
    """What stands before and behind the last slash of paths that have one."""
    split = pc.split_pattern(paths, "/", max_splits=1, reverse=True)
    return pc.list_element(split, 0), pc.list_element(split, 1)


class Known:
    """Texts that are looked for in columns."""

    def __init__(self, texts: Collection[str]) -> None:
        self._texts = frozenset(texts)
        self._array: pa.Array | None = None

    def among(self, values: pa.Array) -> pa.Array:
        """Whether each is one of them. Arrow would first go through all of them, for few values too."""
        if 2 * len(values) < len(self._texts):
            return pa.array([value in self._texts for value in values.to_pylist()], pa.bool_())
        if self._array is None:
            self._array = pa.array(list(self._texts), pa.string())
        return pc.is_in(values, value_set=self._array)


class Folders:
    """Which folders hold something that is looked for."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher, self._apps = matcher, matcher.index.of_kind.get("app-id", {})
        ios, android = matcher.index.folders.keys(), matcher.index.on_android.keys()
        self._published = {"ios": Known(ios), "android": Known(android), None: Known(ios | android)}
        self._known: dict[tuple[str, str | None], bool] = {}

    def under(self, folders: pa.Array, where: Where) -> pa.Array:
        """For each folder, whether what lies in it may be found because of it; what is near the root may be a link."""
        coded = folders.dictionary_encode()
        distinct = coded.dictionary
        if not len(distinct):
            return pa.array([], pa.bool_())
        near = pc.or_(pc.less(pc.count_substring(distinct, "/"), 2), pc.match_substring_regex(distinct, _CONTAINER))
        far = pc.greater(pc.utf8_length(distinct), _LONGEST)
        return pc.or_(pc.or_(near, far), self._above(distinct, where, _LEVELS)).take(coded.indices)

    def _above(self, distinct: pa.Array, where: Where, levels: int) -> pa.Array:
        """Whether each folder, or one above it, is a published path or an app's."""
        if len(distinct) <= _FEW or not levels:
            return pa.array([self.holds(f, where) for f in distinct.to_pylist()], pa.bool_())
        above = pc.list_element(pc.split_pattern(distinct, "/", max_splits=1, reverse=True), 0)
        coded = above.dictionary_encode()
        found = pc.or_(
            self._above(coded.dictionary, where, levels - 1).take(coded.indices),
            self._published[where.platform].among(distinct),
        )
        odd = pc.match_substring_regex(coded.dictionary, _CONTAINER).take(coded.indices)
        odd = pc.or_(odd, pc.match_substring_regex(distinct, _LINKED))
        if pc.any(odd).as_py():
            alone = pa.array([self.holds(f, where) for f in distinct.filter(odd).to_pylist()], pa.bool_())
            found = pc.replace_with_mask(found, odd, alone)
        return found

    def holds(self, folder: str, where: Where) -> bool:
        """The same for one folder."""
        if len(folder) > _LONGEST:
            return True
        key = (folder, where.platform)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[key] = self._holds(folder, where)
        return known

    def _holds(self, folder: str, where: Where) -> bool:
        if any(True for _ in self._matcher.folders_of(folder, where)):
            return True
        return bool(self._apps) and not self._apps.keys().isdisjoint(_packages(folder))


def _packages(folder: str) -> Iterator[str]:
    for links in (normalise.resolved, normalise.on_android):
        if (m := PACKAGE.match(links(folder))) is not None:
            yield (m[1] or m[2]).lower()
