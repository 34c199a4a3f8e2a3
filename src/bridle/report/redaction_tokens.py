"""What stands in place of what is hidden: `[phone 417]`, and the map back, which is only kept encrypted.

A token's number is drawn at random and follows from nothing: equal values of two cases have different tokens, and
nobody can confirm a guess by computing one. Within a case, and for whoever redacts again with the same map, equal
values have equal tokens.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import Any

import pyrage

from bridle.classes import dataclass

CATEGORIES = (
    "phone", "account", "person", "text", "url", "domain", "address", "file", "app", "process", "profile", "digest",
    "id", "position", "place", "source",
)  # fmt: skip
_FORMAT = "bridle redaction map"
_LARGEST = 256 << 20
_FIRST_RANGE = 1000
_PREFIX = re.compile(r"(?:mailto:|tel:|sms:|[EPep]:)")
_JID = re.compile(r"([0-9]{7,17})@(?:s\.whatsapp\.net|c\.us|lid)\Z")


class RedactionMapError(ValueError):
    """The map cannot be read or written. The message names the next step."""


@dataclass(kw_only=True)
class Tokens:
    """The tokens of one case. Redacting adds to them."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    """Makes identifiers anew; with it they are the same each time."""
    of: str = ""
    """Which acquisitions the tokens are for."""
    places: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    """Category and compared value to token."""
    originals: dict[str, str] = field(default_factory=dict, repr=False)
    """Token to the value as it was first met."""

    def token(self, category: str, value: str) -> str:
        """The token of a value, drawn where it has none."""
        key = (category, compared(category, value))
        if (known := self.places.get(key)) is not None:
            return known
        drawn = self._drawn(category)
        self.places[key], self.originals[drawn] = drawn, value
        return drawn

    def _drawn(self, category: str) -> str:
        if category not in CATEGORIES:
            raise ValueError(f"unknown category {category!r}: expected one of {', '.join(CATEGORIES)}")
        reach = max(_FIRST_RANGE, 4 * len(self.originals))
        while (token := f"[{category} {1 + secrets.randbelow(reach)}]") in self.originals:
            pass
        return token

    def identifier(self, text: str) -> str:
        """64 hexadecimal digits in place of an identifier that is made of what is hidden."""
        return hmac.new(self.key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def as_bytes(self) -> bytes:
        """The map as JSON, in clear: for encryption alone."""
        rows = [[category, key, token, self.originals[token]] for (category, key), token in self.places.items()]
        return json.dumps(
            {"format": _FORMAT, "version": 1, "key": self.key.hex(), "of": self.of, "tokens": rows}
        ).encode()

    def encrypted(self, recipients: Sequence[str]) -> bytes:
        """The map as an age file to these recipients, `age1…` or SSH public keys. Raises RedactionMapError."""
        if not recipients:
            raise RedactionMapError("a redaction map is only written encrypted; name a recipient, age1… or an SSH key")
        return bytes(pyrage.encrypt(self.as_bytes(), [_recipient(r) for r in recipients]))

    @classmethod
    def decrypted(cls, stored: bytes, keys: Iterable[Any]) -> Tokens:
        """A map that was written before; `keys` as of `Identity.keys()`. Raises RedactionMapError."""
        if len(stored) > _LARGEST:
            raise RedactionMapError(f"a redaction map has at most {_LARGEST:,} bytes; this file is none")
        try:
            return cls.read(bytes(pyrage.decrypt(stored, list(keys))))
        except (pyrage.DecryptError, pyrage.IdentityError) as e:
            raise RedactionMapError(
                f"no identity here opens the redaction map ({e}); use that of its recipient"
            ) from None

    @classmethod
    def read(cls, plain: bytes) -> Tokens:
        """A map from its JSON. Raises RedactionMapError."""
        try:
            found = json.loads(plain)
            if found["format"] != _FORMAT or found["version"] != 1:
                raise ValueError(f"expected version 1 of a {_FORMAT}")
            made = cls(key=bytes.fromhex(found["key"]), of=str(found["of"]))
            for category, key, token, original in found["tokens"]:
                made.places[str(category), str(key)] = str(token)
                made.originals[str(token)] = str(original)
        except (ValueError, KeyError, TypeError, RecursionError) as e:
            raise RedactionMapError(f"this is no redaction map of bridle: {e!s:.80}") from None
        return made


def _recipient(text: str) -> Any:
    try:
        return (pyrage.ssh if text.startswith("ssh-") else pyrage.x25519).Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise RedactionMapError(f"{text!r:.60} is no recipient; expected age1… or an SSH public key") from None


def compared(category: str, value: str) -> str:
    """How values are compared: accounts without their scheme and case, numbers by their digits."""
    if category not in ("account", "phone"):
        return value
    bare = _PREFIX.sub("", value.strip(), count=1).casefold()
    if (known := _JID.match(bare)) is not None:
        return known[1]
    return re.sub(r"[^0-9]", "", bare).lstrip("0") or bare if category == "phone" else bare
