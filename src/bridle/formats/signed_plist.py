"""Property lists inside a signature (CMS): provisioning profiles, and configuration profiles that are signed.

The signature is not verified. The list is found by its first and last words, as it lies in one piece.

Sources: RFC 5652, https://www.rfc-editor.org/rfc/rfc5652 ; https://developer.apple.com/documentation/technotes/tn3125
"""

from __future__ import annotations

from typing import Any

from bridle.core import FormatError
from bridle.formats import plist

_BEGIN, _END = b"<?xml", b"</plist>"
_SIGNED = 0x30
"""Tag of the sequence that a signature begins with."""


def loads(data: bytes) -> Any:
    """The value of a property list, bare or signed. Raises FormatError."""
    if data[:1] != bytes([_SIGNED]):
        return plist.loads(data)
    begin, end = data.find(_BEGIN), data.rfind(_END)
    if begin < 0 or end < begin:
        raise FormatError("signed property list: expected a property list in the signature, got none")
    return plist.loads(data[begin : end + len(_END)])
