"""What can be wrong with keys and signatures."""

from __future__ import annotations


class KeyFileError(ValueError):
    """The file of a key cannot be used. One sentence with a next step."""


class SignatureError(ValueError):
    """A signature does not hold, or is none. The end of a sentence that names its file."""
