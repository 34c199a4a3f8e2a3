"""Real captures: all are read, nothing is raised, and what is read agrees with what other tools publish of them."""

import pytest

from corpus import CORPUS
from network import agreement, fuzz, mixed

NETWORK = CORPUS / "network"
needs_captures = pytest.mark.skipif(not NETWORK.is_dir(), reason="the corpus of captures is not beside this checkout")


@needs_captures
def test_every_capture_is_read_and_every_row_can_be_found_again():
    files = mixed.captures(NETWORK)
    assert len(files) > 200
    assert [p.name for p in files if not fuzz.tried(p.read_bytes())] == []


@needs_captures
def test_damaged_captures_raise_nothing_but_format_errors():
    originals = fuzz.small(NETWORK)
    assert len(originals) > 200
    assert sum(fuzz.tried(m) for m in fuzz.mutations(originals, 300, seed=1)) > 200


@needs_captures
@pytest.mark.parametrize("compare", [agreement.ndpi, agreement.zeek])
def test_names_and_web_agree_with_other_tools(compare):
    found = agreement.Agreement()
    compare(NETWORK, found)
    kinds = [kind for kind in found.said if kind.split()[0] in ("dns", "http", "mdns", "llmnr")]
    said, read = (sum(counts[kind] for kind in kinds) for counts in (found.said, found.read))
    assert said > 100
    assert read >= 0.99 * said, [m for m in found.missing if m[1][0] in kinds]
