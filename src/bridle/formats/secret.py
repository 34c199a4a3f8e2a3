"""Names of values that let somebody in: passwords, tokens, keys. Such values are not kept, only that they are there."""

from __future__ import annotations

import re

_SECRET = re.compile(r"passw|passphrase|secret|private.?key|token|psk\Z|cookie|credential", re.IGNORECASE)


def is_secret(name: str, *more: str) -> bool:
    """Whether a value of this name may be a secret; `more` are further parts of names, in lower case."""
    return _SECRET.search(name) is not None or any(part in name.lower() for part in more)
