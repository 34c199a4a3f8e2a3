"""The words of the reports that people read, in their languages: gettext catalogues in `locales/`, English in the code.

What is put into a sentence (a name, a date, a text from the device) stays apart from it as a run of its own, so that a
page can isolate its direction and its script. A sentence that a catalogue lacks is shown in English, marked as such.
`python -m bridle.report.words --update` writes the sentences of the code into `locales/`, for translators; `--check`
says whether they are there.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from bridle.classes import dataclass

LOCALES = Path(__file__).parent / "locales"
SOURCES = ("document.py", "person.py", "court.py", "court_parts.py")
"""Modules of this package that have sentences to translate."""
LANGUAGES = {
    "en": "English", "ar": "العربية", "es": "español", "fr": "français", "hi": "हिन्दी", "ru": "русский",
    "hu": "magyar", "az": "azərbaycanca", "pt": "português",
}  # fmt: skip
"""By their codes (ISO 639-1), as they call themselves."""
RIGHT_TO_LEFT = frozenset({"ar"})
REVIEWED = "X-Reviewed-By"
"""Header of a catalogue that names who checked it. While it is empty, the catalogue is machine-made."""
UNTRANSLATED = "[en] "
"""Before a sentence that a catalogue lacks."""
PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Run:
    """A piece of a line."""

    kind: str
    """`words` of the report's language; `english`, whatever the language; `value`, which somebody gave; `evidence`,
    which the device or a tool stored."""
    text: str

    def as_dict(self) -> dict[str, str]:
        return {"kind": self.kind, "text": self.text}


Line = tuple[Run, ...]


def msg(text: str) -> str:
    """The text itself: marks a sentence of a table as one to translate."""
    return text


def words_of(text: str) -> Line:
    """A number or a sign of the page itself, which takes the direction of its words."""
    return (Run("words", text),)


def value(text: object) -> Line:
    """What somebody gave: a name, a date, a number."""
    return (Run("value", str(text)),)


def evidence(text: object) -> Line:
    """What the device or a tool stored."""
    return (Run("evidence", str(text)),)


def english(text: object) -> Line:
    """A text that there is in English only, such as a rule's."""
    return (Run("english", str(text)),)


class Words:
    """Says sentences in one language."""

    def __init__(self, language: str) -> None:
        """Raises KeyError for a language without a catalogue."""
        self.language = language
        self._texts, self.reviewed_by = catalogue(language)
        self.direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"

    @property
    def machine_made(self) -> bool:
        """Whether no named person has checked the catalogue."""
        return self.language != "en" and not self.reviewed_by

    def say(self, text: str, **values: Line) -> Line:
        """A sentence with its `{places}` filled; in English, marked as such, where the catalogue lacks it."""
        found = text if self.language == "en" else self._texts.get(text)
        kind, template = ("words", found) if found else ("english", f"{UNTRANSLATED}{text}")
        runs: list[Run] = []
        for n, part in enumerate(PLACE.split(template)):
            if n % 2:
                runs += values[part]
            elif part:
                runs.append(Run(kind, part))
        return tuple(runs)

    def listed(self, lines: Iterable[Line]) -> Line:
        """Lines with commas between them."""
        comma = Run("words", "، " if self.language == "ar" else ", ")
        runs: list[Run] = []
        for line in lines:
            runs += [*([comma] if runs else []), *line]
        return tuple(runs)


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> tuple[dict[str, str], str]:
    """Sentences by their English, and who reviewed them; none for English. Raises KeyError for another language."""
    if language not in LANGUAGES:
        raise KeyError(language)
    if language == "en":
        return {}, ""
    import polib

    read = polib.pofile(str(LOCALES / f"{language}.po"), encoding="utf-8")
    texts = {e.msgid: e.msgstr for e in read if e.msgstr and not e.obsolete and not e.fuzzy}
    return texts, str(read.metadata.get(REVIEWED, "")).strip()


def messages() -> dict[str, list[tuple[str, str]]]:
    """Every sentence of the code, with the modules and lines it stands in."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in SOURCES:
        for node in ast.walk(ast.parse((Path(__file__).parent / name).read_text("utf-8"))):
            if isinstance(node, ast.Call) and _says(node.func) and node.args:
                text = node.args[0]
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    found.setdefault(text.value, []).append((name, str(node.lineno)))
    return found


def _says(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("say", "msg")


def problems(language: str) -> list[str]:
    """What keeps a catalogue from being whole: sentences it lacks or no longer needs, places that differ."""
    texts, _ = catalogue(language)
    known = messages()
    found = [f"{language}: lacks {m!r:.60}" for m in known if m not in texts]
    found += [f"{language}: no longer in the code: {m!r:.60}" for m in texts if m not in known]
    found += [
        f"{language}: other places than in {m!r:.60}"
        for m, text in texts.items()
        if sorted(PLACE.findall(m)) != sorted(PLACE.findall(text))
    ]
    return found


def update(folder: Path = LOCALES) -> None:
    """Bring the catalogues in line with the code: new sentences empty, sentences that are gone marked as obsolete."""
    import polib

    known = messages()
    template = _made(polib, known)
    for language in LANGUAGES:
        file = folder / f"{language}.po"
        if language != "en" and file.exists():
            there = polib.pofile(str(file), encoding="utf-8", wrapwidth=110)
            there.merge(template)
            there.save(newline="\n")
    template.save(str(folder / "messages.pot"), newline="\n")


def _made(polib: Any, known: dict[str, list[tuple[str, str]]]) -> Any:
    made = polib.POFile(wrapwidth=110)
    made.metadata = {"Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit", REVIEWED: ""}
    for text, places in sorted(known.items()):
        made.append(polib.POEntry(msgid=text, occurrences=[(name, "") for name, _ in dict(places).items()]))
    return made


def main(arguments: Sequence[str]) -> int:
    """`--update` or `--check`."""
    if [*arguments] == ["--update"]:
        update()
        return 0
    if [*arguments] != ["--check"]:
        print("usage: python -m bridle.report.words --update | --check", file=sys.stderr)  # noqa: T201 - a small tool
        return 2
    found = [p for language in LANGUAGES if language != "en" for p in problems(language)]
    print("\n".join(found) or "Every catalogue has every sentence.")  # noqa: T201 - a small tool
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
