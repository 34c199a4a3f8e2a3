"""Where the optional real evidence lies: beside the checkout, never in it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
CORPUS = SHARED / "corpus"
INDICATORS = SHARED / "indicators"
BENCH = SHARED / "bench"

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files is not beside this checkout")
needs_indicators = pytest.mark.skipif(not INDICATORS.is_dir(), reason="the published feeds are not beside it")
needs_bench = pytest.mark.skipif(not BENCH.is_dir(), reason="the benchmark generators are not beside it")
