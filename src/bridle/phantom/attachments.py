"""Contents of files that come with messages: harmless, and only as much of a format as tells which one it is."""

from __future__ import annotations

import io
import zipfile
from random import Random

_TYPES = {
    "jpeg": ("public.jpeg", "image/jpeg"), "gif": ("com.compuserve.gif", "image/gif"),
    "png": ("public.png", "image/png"), "pdf": ("com.adobe.pdf", "application/pdf"),
    "pkpass": ("com.apple.pkpass", "application/vnd.apple.pkpass"), "watchface": ("com.apple.watchface", ""),
    "ttf": ("public.truetype-ttf-font", "font/ttf"),
}  # fmt: skip
CONTENTS = ("jpeg", "gif", "png", "pdf", "photoshop", "jbig2", "pass", "pass-webp", "font")


def media_type(name: str) -> tuple[str, str]:
    """The type that the system and the message give a file of this name."""
    return _TYPES.get(name.rpartition(".")[2].lower(), ("public.data", "application/octet-stream"))


def content(kind: str, seed: int) -> bytes:
    """A file of one of `CONTENTS`; the filling is random. Raises ValueError for another kind."""
    filling = Random(f"{seed}/content/{kind}").randbytes(600)
    if kind in ("pass", "pass-webp"):
        return _pass(b"RIFF\x00\x02\x00\x00WEBPVP8L" + filling if kind == "pass-webp" else _png(filling))
    made = {
        "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + filling + b"\xff\xd9",
        "gif": b"GIF89a\x01\x00\x01\x00" + filling,
        "png": _png(filling),
        "pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n",
        "photoshop": (b"8BPS\x00\x01" + filling).ljust(748, b"\0"),
        "jbig2": b"%PDF-1.7\n1 0 obj<</Filter/JBIG2Decode/Length 4>>stream\n\0\0\0\0endstream endobj\n%%EOF\n",
        "font": b"\x00\x01\x00\x00\x00\x0c\x00\x80\x00\x03\x00\x40glyf" + filling,
    }
    if kind not in made:
        raise ValueError(f"content: expected one of {', '.join(CONTENTS)}, got {kind!r:.60}")
    return made[kind]


def _png(filling: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + filling


def _pass(picture: bytes) -> bytes:
    """A pass of Wallet with one picture."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in (("pass.json", b'{"formatVersion": 1}'), ("logo.png", picture)):
            archive.writestr(zipfile.ZipInfo(name, (2021, 1, 1, 0, 0, 0)), data)
    return made.getvalue()
