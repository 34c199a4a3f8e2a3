"""What the photo library keeps of places and people is not read."""

from __future__ import annotations

from pathlib import Path

from artifact_files import FIXTURES, as_json, rows, stored
from bridle import artifacts
from bridle.core import fields_of


def test_no_place_is_in_any_row() -> None:
    fixture: Path = FIXTURES / "ios" / "photos" / "newest.sql"
    shown = str([as_json(r) for r in rows(artifacts.load("ios.photos"), stored(fixture))])
    for hidden in ("51.5", "-0.1", "not a place", "London", "LATITUDE"):
        assert hidden not in shown


def test_no_field_takes_what_is_not_mapped() -> None:
    for cls in artifacts.load("ios.photos").records:
        assert "extra" not in {f.name for f in fields_of(cls)}
