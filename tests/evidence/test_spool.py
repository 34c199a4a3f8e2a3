import hashlib
import io
import os
import random
from pathlib import Path

import pytest

from bridle.evidence import spool
from bridle.evidence.spool import Spool, chunks

CONTENT = random.Random(4).randbytes(300_000)


def filled(content=CONTENT, limit=spool.MEMORY_LIMIT, step=10_007):
    kept = Spool(limit)
    for start in range(0, len(content), step):
        kept.write(content[start : start + step])
    return kept


def read(kept):
    with kept.extent().open(owned=True) as file:
        return file.read()


@pytest.mark.parametrize("limit", [spool.MEMORY_LIMIT, 100_000, 0], ids=["memory", "moved", "disk"])
def test_content_comes_back_from_memory_and_from_disk(limit):
    kept = filled(limit=limit)
    assert (kept.size, kept.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert read(kept) == CONTENT
    assert read(kept) == CONTENT
    kept.close()


def test_an_empty_spool_is_empty():
    assert read(Spool()) == b""


def test_only_ciphertext_reaches_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kept = filled(b"secret words " * 20_000, limit=1_000)
    extent = kept.extent()
    assert extent.cipher == "ctr"
    assert b"secret" not in os.pread(extent.descriptor, 300_000, 0)
    assert list(tmp_path.iterdir()) == []
    extent.close()
    kept.close()


def test_an_extent_stays_readable_after_its_spool_is_closed():
    kept = filled(limit=1_000)
    extent = kept.extent()
    kept.close()
    kept.close()
    assert extent.open(owned=True).read() == CONTENT
    with pytest.raises(ValueError, match="closed"):
        kept.extent()


def test_thousands_of_spools_need_no_descriptors():
    before = len(list(Path("/proc/self/fd").iterdir()))
    kept = [filled(b"small") for _ in range(3_000)]
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert read(kept[2_999]) == b"small"


def test_all_spools_together_are_bounded(monkeypatch):
    monkeypatch.setattr(spool, "TOTAL_MEMORY_LIMIT", Spool._in_memory + 400_000)
    first, second = filled(), filled()
    assert (first.extent().cipher, second.extent().cipher) == ("none", "ctr")
    first.close()
    assert filled().extent().cipher == "none"


def test_chunks_stop_at_the_limit():
    assert b"".join(chunks(io.BytesIO(b"abc"), 3)) == b"abc"
    with pytest.raises(ValueError, match="more than 2 bytes"):
        list(chunks(io.BytesIO(b"abc"), 2))
