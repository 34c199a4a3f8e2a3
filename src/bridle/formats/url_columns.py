"""Columns of URLs and hosts cut at slashes and dots, all at once: nothing is copied but what is asked for.

A cut is a further offset into the same bytes. Where that cannot be, each text is cut by a regular expression.
"""

from __future__ import annotations

import sys

import pyarrow as pa
import pyarrow.compute as pc

_BEGINS = r"(?s)^https?://(?P<authority>[^/]*)(?P<rest>.*)$"
_LAST = r"(?s)(?P<last>[^.]*(?:\.[^.]*)?)$"
_LITTLE = sys.byteorder == "little"


def cut(urls: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Of each URL its authority (`user@host:port`, or more where no slash follows) and what follows, with its slash.

    Both are null where the text is null or does not begin with `http://` or `https://`.
    """
    if not _LITTLE or not pa.types.is_string(urls.type) or not len(urls):
        return cut_slowly(urls)
    secure = pc.starts_with(urls, "https://")
    begun = pc.or_(secure, pc.starts_with(urls, "http://"))
    if not pc.all(begun, skip_nulls=False).as_py():
        return _where(pc.fill_null(begun, False), urls)
    starts, ends, text = _bounds(urls)
    starts = pc.add(starts, pc.add(secure.cast(pa.int32()), len("http://")))
    middles = _found("/", starts, ends, text)
    return _between(starts, middles, text), _between(middles, ends, text)


def cut_slowly(urls: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The same, one text after another."""
    found = pc.extract_regex(urls, _BEGINS)
    return pc.struct_field(found, "authority"), pc.struct_field(found, "rest")


def last_labels(hosts: pa.Array) -> pa.Array:
    """The last two labels of each host, or all of it where there are not as many; of nulls null."""
    if not _LITTLE or not pa.types.is_string(hosts.type) or not len(hosts):
        return last_labels_slowly(hosts)
    if hosts.null_count:
        there = hosts.is_valid()
        return pc.replace_with_mask(hosts, there, last_labels(hosts.filter(there)))
    starts, ends, text = _bounds(pc.binary_reverse(hosts.cast(pa.binary())))
    seconds = pc.if_else(pc.less(first := _found(".", starts, ends, text), ends), pc.add(first, 1), ends)
    last = _between(starts, _found(".", seconds, ends, text), text)
    return pc.binary_reverse(last.view(pa.binary())).view(pa.string())


def last_labels_slowly(hosts: pa.Array) -> pa.Array:
    """The same, one host after another."""
    return pc.struct_field(pc.extract_regex(hosts, _LAST), "last")


def _where(begun: pa.Array, urls: pa.Array) -> tuple[pa.Array, pa.Array]:
    """`cut` for those that begin like a URL, which nearly all do."""
    nothing, some = pa.nulls(len(urls), pa.string()), urls.filter(begun)
    if not len(some):
        return nothing, nothing
    authorities, rests = cut(some)
    return pc.replace_with_mask(nothing, begun, authorities), pc.replace_with_mask(nothing, begun, rests)


def _bounds(texts: pa.Array) -> tuple[pa.Array, pa.Array, pa.Buffer]:
    """Where each text starts and ends, and the bytes of all."""
    _, offsets, text = texts.buffers()
    both = pa.Array.from_buffers(pa.int32(), len(texts) + 1, [None, offsets], offset=texts.offset)
    return both.slice(0, len(texts)), both.slice(1), text if text is not None else pa.py_buffer(b"")


def _found(character: str, starts: pa.Array, ends: pa.Array, text: pa.Buffer) -> pa.Array:
    """Where the character first stands between start and end; the end where it does not."""
    at = _every_second(pc.find_substring(_pieces(starts, ends, text), character))
    return pc.if_else(pc.less(at, 0), ends, pc.add(starts, at))


def _between(starts: pa.Array, ends: pa.Array, text: pa.Buffer) -> pa.Array:
    """What stands between each start and end, copied."""
    return _every_second(_pieces(starts, ends, text))


def _pieces(starts: pa.Array, ends: pa.Array, text: pa.Buffer) -> pa.Array:
    """What stands between each start and end, and after each what stands before the next start; no byte is copied.

    For that the starts and ends take turns: two numbers of four bytes are one of eight.
    """
    both = pc.bit_wise_or(starts.cast(pa.int64()), pc.shift_left(ends.cast(pa.int64()), 32))
    bytes_, offset = both.buffers()[1], 2 * both.offset
    return pa.Array.from_buffers(pa.string(), 2 * len(starts) - 1, [None, bytes_, text], offset=offset)


def _every_second(values: pa.Array) -> pa.Array:
    """The first value, the third, and so on."""
    mask = pa.py_buffer(b"\x55" * (len(values) // 8 + 1))
    return values.filter(pa.Array.from_buffers(pa.bool_(), len(values), [None, mask]))
