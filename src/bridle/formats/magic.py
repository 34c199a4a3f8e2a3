"""What a file is by its first bytes, and what its name says it is.

Sources: the published formats; https://www.iana.org/assignments/media-types ; https://mp4ra.org (brands of ISO files).
"""

from __future__ import annotations

MOST = 64
"""Bytes that `kind_of` looks at, at most."""

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"GIF87a", "gif"), (b"GIF89a", "gif"), (b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"),
    (b"8BPS", "psd"), (b"%PDF-", "pdf"), (b"II*\0", "tiff"), (b"MM\0*", "tiff"),
    (b"\0\0\1\0", "ico"), (b"\0\0\0\x0cjP  ", "jp2"), (b"\xff\x4f\xff\x51", "jp2"), (b"\x97JB2\r\n\x1a\n", "jbig2"),
    (b"\xff\x0a", "jxl"), (b"\0\0\0\x0cJXL ", "jxl"), (b"v/1\x01", "exr"), (b"icns", "icns"),
    (b"PK\3\4", "zip"), (b"PK\5\6", "zip"), (b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\7", "rar"), (b"xar!", "xar"), (b"AA01", "apple-archive"),
    (b"AEA1", "apple-archive"), (b"bvx1", "lzfse"), (b"bvx2", "lzfse"), (b"bvxn", "lzfse"),
    (b"bplist", "bplist"), (b"SQLite format 3\0", "sqlite"), (b"\x04\x0bstreamtyped", "typedstream"),
    (b"\xfe\xed\xfa\xce", "mach-o"), (b"\xfe\xed\xfa\xcf", "mach-o"), (b"\xce\xfa\xed\xfe", "mach-o"),
    (b"\xcf\xfa\xed\xfe", "mach-o"), (b"\x7fELF", "elf"), (b"#!AMR", "amr"), (b"#!", "script"),
    (b"caff", "caf"), (b"ID3", "mp3"), (b"\xff\xfb", "mp3"), (b"\xff\xf3", "mp3"),
    (b"\xff\xf1", "aac"), (b"\xff\xf9", "aac"), (b"OggS", "ogg"), (b"fLaC", "flac"), (b"MThd", "midi"),
    (b"\x1aE\xdf\xa3", "matroska"), (b"\0\1\0\0", "font"), (b"OTTO", "font"), (b"true\0", "font"), (b"ttcf", "font"),
    (b"wOFF", "font"), (b"wOF2", "font"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"), (b"%!PS", "postscript"),
    (b"0\x82", "der"), (b"-----BEGIN ", "pem"),
)  # fmt: skip
_BY_FIRST = {start[:1]: tuple(s for s in _STARTS if s[0][:1] == start[:1]) for start, _ in _STARTS}
_TEXTS: tuple[tuple[bytes, str], ...] = (
    (b"<?xml", "xml"), (b"<svg", "xml"), (b"<plist", "xml"), (b"<!doctype html", "html"), (b"<html", "html"),
    (b"<!doctype plist", "xml"), (b"{\\rtf", "rtf"), (b"begin:vcard", "vcard"), (b"begin:vcalendar", "vcalendar"),
)  # fmt: skip
_TEXT_STARTS = tuple(start for start, _ in _TEXTS)
_SHORT = ((b"BM", "bmp"), (b"MZ", "pe"))
"""Starts that a text may have too: a NUL byte must follow."""
_RIFF = {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"}
_BRANDS = {
    "heic": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "avif": (b"avif", b"avis"),
    "m4a": (b"M4A ", b"M4B ", b"M4P "), "quicktime": (b"qt  ",),
}  # fmt: skip
_BRAND = {brand: kind for kind, brands in _BRANDS.items() for brand in brands}
_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")

_MOVIE = ("mp4", "quicktime", "3gp", "m4a")
_TEXT = ("text", "xml", "html", "rtf", "vcard", "vcalendar", "pem", "script")
_EXTENSIONS: dict[str, tuple[str, ...]] = {
    "jpg": ("jpeg",), "jpeg": ("jpeg",), "jpe": ("jpeg",), "tif": ("tiff",), "dng": ("tiff",), "heif": ("heic",),
    "heics": ("heic",), "mov": ("quicktime", *_MOVIE), "qt": ("quicktime", *_MOVIE), "mp4": _MOVIE, "m4v": _MOVIE,
    "m4a": ("m4a", *_MOVIE), "m4r": ("m4a", *_MOVIE), "m4b": ("m4a", *_MOVIE), "3gp": ("3gp", *_MOVIE),
    "3g2": ("3gp", *_MOVIE), "3gpp": ("3gp", *_MOVIE), "aac": ("aac", "m4a"), "mp3": ("mp3",), "oga": ("ogg",),
    "opus": ("ogg",), "mid": ("midi",), "mkv": ("matroska",), "webm": ("matroska",), "vcf": ("vcard",),
    "ics": ("vcalendar",), "htm": ("html", "xml"), "html": ("html", "xml"), "xhtml": ("xml", "html"), "svg": ("xml",),
    "plist": ("bplist", "xml"), "mobileconfig": ("xml", "bplist", "der"), "webarchive": ("bplist", "xml"),
    "strings": ("bplist", "text", "xml"), "db": ("sqlite",), "sqlite3": ("sqlite",), "gz": ("gzip",), "tgz": ("gzip",),
    "bz2": ("bzip2",), "aar": ("apple-archive",), "jp2": ("jp2",), "j2k": ("jp2",), "jpx": ("jp2",), "jb2": ("jbig2",),
    "ttf": ("font",), "otf": ("font",), "ttc": ("font",), "woff": ("font",), "woff2": ("font",), "doc": ("ole",),
    "xls": ("ole",), "ppt": ("ole",), "ps": ("postscript",), "eps": ("postscript",), "der": ("der",),
    "cer": ("der", "pem"), "crt": ("pem", "der"), "p12": ("der",), "pem": ("pem",), "exe": ("pe",), "dll": ("pe",),
    "dylib": ("mach-o",), "so": ("elf", "mach-o"), "sh": ("script",), "txt": _TEXT, "csv": _TEXT, "log": _TEXT,
    "json": _TEXT, "md": _TEXT,
}  # fmt: skip
_AS_NAMED = (
    "gif", "png", "webp", "heic", "avif", "tiff", "bmp", "ico", "icns", "psd", "pdf", "jxl", "exr", "zip", "7z", "rar",
    "xz", "xar", "caf", "amr", "wav", "avi", "ogg", "flac", "rtf", "xml", "sqlite", "bplist",
)  # fmt: skip
_ZIPPED = (
    "pkpass", "pkpasses", "ipa", "usdz", "epub", "docx", "xlsx", "pptx", "pages", "numbers", "key", "odt", "apk", "jar",
    "kmz", "reality",
)  # fmt: skip
_KINDS = _EXTENSIONS | {name: (name,) for name in _AS_NAMED} | dict.fromkeys(_ZIPPED, ("zip",))


def kind_of(head: bytes) -> str | None:
    """The kind of a file that starts so, such as `gif`, `zip`, `heic` or `mach-o`. None where it is not known."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], "riff")
    if head[4:8] == b"ftyp":
        return _BRAND.get(head[8:12], "3gp" if head[8:10] == b"3g" else "mp4")
    if head[4:8] in _ATOMS:
        return "quicktime"
    if head[:4] == b"\xca\xfe\xba\xbe":
        return "mach-o" if int.from_bytes(head[4:8], "big") < 0x20 else "java-class"
    for start, kind in _BY_FIRST.get(head[:1], ()):
        if head.startswith(start):
            return kind
    return _text_kind(head[:MOST]) or next((k for s, k in _SHORT if head.startswith(s) and b"\0" in head[:MOST]), None)


def _text_kind(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not text.startswith(_TEXT_STARTS):
        return None
    return next(kind for start, kind in _TEXTS if text.startswith(start))


def extension_of(name: str) -> str | None:
    """The extension of a file's name, in lower case and without the dot. None where there is none."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem and extension else None


def kind_named(name: str) -> str | None:
    """The kind that the extension of a name stands for. None where it stands for none that is known."""
    kinds = _KINDS.get(extension_of(name) or "")
    return kinds[0] if kinds else None


def agrees(name: str, kind: str | None) -> bool | None:
    """Whether a file of this kind may bear this name. None where the name says nothing that bytes can deny.

    Kinds that are held in the same container, such as `mov` and `mp4`, are not told apart.
    """
    kinds = _KINDS.get(extension_of(name) or "")
    if kinds is None or (kind is None and kinds[0] == "text"):
        return None
    return kind in kinds
