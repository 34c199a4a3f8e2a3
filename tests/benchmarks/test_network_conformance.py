"""What is read of TLS and QUIC against the results of other tools, where the corpus lies beside the checkout."""

from collections import Counter
from collections.abc import Callable

import pytest

from corpus import needs_corpus
from network import conformance
from network.conformance import Agreement


@needs_corpus
@pytest.mark.parametrize(
    ("measure", "least"),
    [(conformance.foxio, 150), (conformance.ndpi, 900), (conformance.zeek, 30), (conformance.suricata, 40)],
    ids=["FoxIO", "nDPI", "Zeek", "Suricata"],
)
def test_of_what_another_tool_says_99_in_100_agree(measure: Callable[[], Agreement], least: int) -> None:
    found = measure()
    hellos = {n: c for n, c in found.of.items() if n not in ("sha1", "sha256")}
    assert sum(found.of.values()) >= least
    assert sum(found.same[n] for n in hellos) >= conformance.LEAST * sum(hellos.values()), found.different


def test_only_what_ndpi_is_known_for_is_let_pass() -> None:
    def passes(value: str, other: str) -> tuple[bool, Counter[str]]:
        result = Agreement("nDPI")
        return conformance._same_but_for_ndpi(result, value, {other}), result.explained

    ours = "t13i1813h1_e8a523a41297_a36e8500eb55"
    assert passes("t13d1813ht_e8a523a41297_a36e8500eb55", ours) == (
        True, Counter({"d where there is no server name": 1, "other letters of the protocol": 1}),
    )  # fmt: skip
    assert passes("t10d150000_e2ff6cb279ee_e3b0c44298fc", "t10i150000_e2ff6cb279ee_000000000000")[0]
    assert not passes("t13i1813h1_e8a523a41297_a36e8500eb55", ours.replace("i", "d"))[0]
    assert not passes("t13d1713ht_e8a523a41297_a36e8500eb55", ours)[0]
    assert not passes("t13d1813ht_e8a523a41298_a36e8500eb55", ours)[0]
    assert not passes("t13d1813ht_e8a523a41297_a36e8500eb56", ours)[0]
