"""Feeds of indicators, and looking for them in every field of their kind."""

from bridle.indicators.feeds import load, stored_folder
from bridle.indicators.lint import lint
from bridle.indicators.matcher import Match, Matcher
from bridle.indicators.model import CompoundIndicator, Feed, Indicator, IndicatorSet, Related, Warning_, merged
from bridle.indicators.tables import Hit, Tables, match_tables

__all__ = [
    "CompoundIndicator", "Feed", "Hit", "Indicator", "IndicatorSet", "Match", "Matcher", "Related", "Tables",
    "Warning_", "lint", "load", "match_tables", "merged", "stored_folder",
]  # fmt: skip
