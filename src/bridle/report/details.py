"""What a report for people needs and no case holds: a TOML file that the analyst or the expert fills in."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from pathlib import Path

from bridle.classes import dataclass

_LARGEST = 1 << 20


class DetailsError(ValueError):
    """The details cannot be used. The message names the field."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field to fill in."""

    what: str
    """Written above it in the file to fill in."""
    kind: str = "text"
    """`text`, `day` or `texts`."""
    required: bool = True
    longest: int = 120
    """Characters of each text."""


Details = Mapping[str, str | tuple[str, ...]]
"""A text for each text and day, empty where it was left open; several for `texts`."""

PERSON = {
    "organisation": Field(what="Who examined the phone, as the person knows you."),
    "phone_help": Field(what="Whom to ask about the phone: name, number or address, and when somebody is there."),
    "support": Field(what="Psychosocial help: name, number or address, and when somebody is there."),
    "data_holder": Field(what="Who keeps the data that were taken from the phone."),
    "withdraw": Field(what="How the person takes back their consent: whom to tell, and by which way."),
    "keep_until": Field(what='Only for a case without a consent record: until when the data are kept ("2026-01-31").',
                        kind="day", required=False),
}  # fmt: skip
COURT = {
    "expert": Field(what="Name of the expert."),
    "qualification": Field(what="Training and experience that make you an expert in this.", longest=4000),
    "organisation": Field(what="For whom you work, and the address."),
    "commissioned_by": Field(what="Who gave the mandate: a court, a party, the person."),
    "mandate_date": Field(what='When it was given ("2026-01-31").', kind="day"),
    "court": Field(what="Court and file number; may stay empty.", required=False),
    "questions": Field(what="The questions you were asked, one text each.", kind="texts", longest=1000),
    "independence": Field(what="Who pays, and what ties you have to the parties; if none, say so.", longest=4000),
    "opinion": Field(what="Your opinion, in your own words, apart from what the records show.", kind="texts",
                     longest=8000),
    "declaration": Field(what="The declaration that your law asks of an expert; may stay empty.", required=False,
                         longest=4000),
    "place": Field(what="Where you sign."),
    "date": Field(what='When you sign ("2026-01-31").', kind="day"),
}  # fmt: skip
AUDIENCES = {"person": PERSON, "court": COURT}
_HEAD = {
    "person": "# For the page that you give to the person. Write it in their language, and read the page with them.",
    "court": "# For the report to a court. Write it in the language of the report.",
}


def template(audience: str) -> str:
    """A file to fill in, for `person` or `court`."""
    lines = [_HEAD[audience]]
    for name, field in AUDIENCES[audience].items():
        empty = "[]" if field.kind == "texts" else '""'
        lines += ["", f"# {field.what}", f"{name} = {empty}"]
    return "\n".join(lines) + "\n"


def load(path: Path, audience: str) -> Details:
    """What was filled in for `person` or `court`. Raises DetailsError."""
    try:
        with path.open("rb") as file:
            given = tomllib.loads(file.read(_LARGEST).decode())
    except OSError as e:
        raise DetailsError(f"{path}: {e.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as e:
        raise DetailsError(f"{path} is not TOML: {e}") from None
    wanted = AUDIENCES[audience]
    if unknown := sorted(given.keys() - wanted.keys()):
        raise DetailsError(
            f"{path}: {unknown[0]!r:.60} is no field of these details;"
            f" `bridle report --details-template {audience}` writes them"
        )
    return {name: _checked(path, name, field, given.get(name)) for name, field in wanted.items()}


def _checked(path: Path, name: str, field: Field, given: object) -> str | tuple[str, ...]:
    if field.kind == "texts":
        texts = given if isinstance(given, list) else [] if given is None else [given]
        found = tuple(_text(path, name, field, t) for t in texts)
        if field.required and not any(found):
            raise DetailsError(_missing(path, name, field))
        return tuple(t for t in found if t)
    text = _text(path, name, field, given)
    if field.required and not text:
        raise DetailsError(_missing(path, name, field))
    return text


def _text(path: Path, name: str, field: Field, given: object) -> str:
    if field.kind == "day" and type(given) is datetime.date:
        return given.isoformat()
    if given is None:
        return ""
    if not isinstance(given, str):
        raise DetailsError(f"{path}: {name}: expected text in quotation marks, got {given!r:.60}")
    text = " ".join(given.split())
    if len(text) > field.longest:
        raise DetailsError(f"{path}: {name}: expected at most {field.longest} characters, it has {len(text)}")
    if field.kind == "day" and text:
        try:
            datetime.date.fromisoformat(text)
        except ValueError:
            raise DetailsError(f'{path}: {name}: expected a day such as "2026-01-31", got {text!r:.60}') from None
    return text


def _missing(path: Path, name: str, field: Field) -> str:
    return f"{path}: {name} must be filled in. {field.what}"
