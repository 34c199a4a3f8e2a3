"""Feeds of indicators, and looking for them in every field of their kind."""

from bridle.indicators.feeds import lint, load, stored_folder
from bridle.indicators.matcher import Match, Matcher
from bridle.indicators.model import Feed, Indicator, IndicatorSet, Warning_
from bridle.indicators.tables import Hit, Tables, match_tables

__all__ = [
    "Feed", "Hit", "Indicator", "IndicatorSet", "Match", "Matcher", "Tables", "Warning_", "lint", "load",
    "match_tables", "stored_folder",
]  # fmt: skip
