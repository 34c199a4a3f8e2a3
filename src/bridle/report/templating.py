"""How reports become text: templates of this package, escaped, in which nothing may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def environment(filters: Mapping[str, Any], **options: Any) -> Any:
    """A Jinja environment with these filters; `options` are Jinja's.

    A template is made for one page and used once: reckoning beforehand what it can costs more than that gives.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("bridle.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, optimized=False, **options,
    )  # fmt: skip
    made.filters |= filters
    return made
