"""A number's cell as a number: cleaned, read by the plan of its time, and checked against the plan of today.

What is stored beside it never changes: the raw cell, the digits as they were written, and the migration that was
applied. A plan of today is no veto: a number that it does not know is kept with its status. Regions are candidates,
because a country code is not a country: +7, +1, +44, +39, +212 and +590 are shared. Plan data: libphonenumber.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import phonenumbers
from phonenumbers import data as plan_data

from bridle.classes import dataclass
from bridle.targets import plans

LONGEST = 250
"""Characters of a cell that may be a number; libphonenumber's own bound."""
_SEPARATORS = re.compile(r"[\s().\-‐‑‒–—−/·]+")
_EXTENSION = re.compile(r"(?:;ext=|ext\.?|extn\.?|доб\.?|x|#)\s*(\d{1,7})$", re.IGNORECASE)
_CONTEXT = re.compile(r";phone-context=(\+\d{1,15})", re.IGNORECASE)
_KEPT = 200_000
"""Numbers whose reading is kept, as most lists repeat them."""


@dataclass(frozen=True)
class Cleaned:
    """A cell's digits: all of them with the country code, or None where it is no number. `national` has none."""

    digits: str | None
    extension: str | None = None
    national: bool = False


@dataclass(frozen=True)
class Number:
    """A cell as `schema.SELECTIONS` and `schema.NUMBERS` say it."""

    number: str | None
    written: str | None
    candidates: tuple[str, ...]
    status: str
    rule: str | None = None
    extension: str | None = None

    @property
    def country(self) -> str | None:
        """The region, where the number tells one alone."""
        return self.candidates[0] if len(self.candidates) == 1 else None


def cleaned(raw: str, region: str | None = None) -> Cleaned:
    """The digits of a cell: of any script, without bidirectional marks, `00`, `tel:` and what a spreadsheet adds.

    Digits without `+` or `00` are taken to start with a country code, unless `region` says whose national form
    they are.
    """
    text = _plain(raw)
    context = _CONTEXT.search(text)
    is_uri = text[:4].lower() == "tel:"
    text = text[4:] if is_uri else text
    found = _EXTENSION.search(text)
    extension = found[1] if found and found.start() else None
    text = text[: found.start()] if found and extension else text
    if is_uri:
        text = text.split(";")[0]
        text = context[1] + text if context and not text.startswith("+") else text
    return _digits(text, extension, region)


def _plain(raw: str) -> str:
    """Compatibility forms resolved, digits of any script as ASCII, marks that are not seen left out."""
    if len(raw) > LONGEST:
        return ""
    if not raw.isascii():
        raw = unicodedata.normalize("NFKC", raw)
        raw = "".join(
            str(unicodedata.decimal(c)) if c.isdecimal() else c for c in raw if unicodedata.category(c) != "Cf"
        )
    text = raw.strip()
    if text[:1] == "=":
        text = text[1:]
    return text.strip("\"'").strip()


def _digits(text: str, extension: str | None, region: str | None) -> Cleaned:
    if re.fullmatch(r"\d+\.0", text):
        text = text[:-2]
    if text.startswith(("+", "00")):
        text = text.replace("(0)", "")
    text = _SEPARATORS.sub("", text)
    plus, bare = text[:1] == "+", text.removeprefix("+")
    if not (bare.isascii() and bare.isdigit()):
        return Cleaned(None)
    if plus or bare.startswith("00"):
        digits = bare if plus else bare[2:]
        return Cleaned(digits if 5 <= len(digits) <= 15 and digits[0] != "0" else None, extension)
    if region is not None:
        return Cleaned(bare, extension, national=True)
    return Cleaned(bare if 8 <= len(bare) <= 15 and bare[0] != "0" else None, extension)


class Reader:
    """Reads cells; of what repeats, each form is read once for each era of the plans."""

    def __init__(self, region: str | None = None) -> None:
        """`region`: whose national form digits without a country code are, as ISO 3166 alpha-2; else none's."""
        self.region = region
        self._known: dict[tuple[str, int], Number] = {}

    def read(self, raw: str, time: int | None) -> Number:
        """A cell selected at a time, in microseconds since 1970, or None where that is not known."""
        key = raw, plans.era(time)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[key] = number_of(cleaned(raw, self.region), time, self.region)
        return found


def number_of(cell: Cleaned, time: int | None, region: str | None = None) -> Number:
    """What a cell's digits say, by the plan of its time and of today."""
    if cell.digits is None:
        return Number(None, None, (), "invalid", extension=cell.extension)
    parsed = _parsed(cell, region)
    if parsed is None:
        return Number(None, None if cell.national else f"+{cell.digits}", (), "invalid", extension=cell.extension)
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)[1:]
    read = plans.read(written, time)
    if read.digits != written:
        parsed = _parsed(Cleaned(read.digits), None) or parsed
    candidates = _candidates(parsed)
    status = _status(parsed, valid=bool(candidates) or phonenumbers.is_valid_number(parsed))
    if read.rule is not None and status == "valid_now" and read.digits != written:
        status = "valid_then"
    if not read.certain and status in {"valid_now", "valid_then"}:
        status = "possible"
    named = tuple(dict.fromkeys((*(candidates or regions_of(parsed.country_code or 0)), *read.also)))
    as_written = f"+{written}" if cell.national else f"+{cell.digits}"
    return Number(f"+{read.digits}", as_written, named, status, read.rule, cell.extension)


def _parsed(cell: Cleaned, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        if cell.national:
            return phonenumbers.parse(cell.digits or "", region)
        return phonenumbers.parse(f"+{cell.digits}", None)
    except phonenumbers.NumberParseException:
        return None


def _candidates(parsed: phonenumbers.PhoneNumber) -> tuple[str, ...]:
    """The regions that a number is valid in."""
    return tuple(r for r in regions_of(parsed.country_code or 0) if phonenumbers.is_valid_number_for_region(parsed, r))


@cache
def regions_of(code: int) -> tuple[str, ...]:
    """The regions of a country code, the main one first; none for codes of no region such as +800."""
    found = plan_data._COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    return tuple(r for r in found if r != "001")


def _status(parsed: phonenumbers.PhoneNumber, *, valid: bool) -> str:
    if valid:
        return "valid_now"
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    return "possible" if reason == phonenumbers.ValidationResult.IS_POSSIBLE else "invalid"


def original_allocation(number: str) -> dict[str, object]:
    """To whom the range of a number was first given, and whether numbers there move between carriers.

    It is no statement about the carrier today. `carrier` is None where the plan's data names none.
    """
    from phonenumbers import carrier

    parsed = phonenumbers.parse(number, None)
    region = phonenumbers.region_code_for_number(parsed) or ""
    return {
        "carrier": carrier.name_for_valid_number(parsed, "en") or None,
        "portable": bool(phonenumbers.is_mobile_number_portable_region(region)),
    }


def identity_of(number: str | None, raw: str, place: str) -> str:
    """What a token is made of: the number of today, else the text of its cell, else its place: no two empty are one."""
    if number is not None:
        return number
    text = _plain(raw)
    return f"text:{text}" if text else f"row:{place}"
