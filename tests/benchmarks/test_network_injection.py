"""The rules about injected packets over the real captures, packet by packet."""

from contextlib import closing

import pytest

from bridle.detect.query import run_rule
from bridle.detect.rule import load_rules
from corpus import needs_corpus
from network import injection
from network.tables import CORPUS, memory, tables

RULES = {r.id: r for r in load_rules()}
QUANTUM, TRAFFIC = "fox-it+quantuminsert/pcaps", "citizenlab+badtraffic/pcaps"


def told(path: str, rule: str) -> list[str]:
    with closing(memory(tables(CORPUS / path)).connect()) as db:
        return sorted(e.locator for f in run_rule(db, RULES[rule]) for e in f.evidence)


@needs_corpus
@pytest.mark.parametrize(
    ("path", "rule", "packets"),
    [
        (f"{QUANTUM}/qi_local_SYNACK_curl_jsonip.pcap", "network-injection-race", ["packet 9:overlap"]),
        (f"{QUANTUM}/qi_local_SYNACK_putty_dl.pcap", "network-injection-race", ["packet 26:overlap"]),
        (f"{QUANTUM}/qi_local_SYNACK_putty_dl.pcap", "network-injection-redirect", ["packet 21:redirect"]),
        (f"{QUANTUM}/qi_local_SYNACK_slashdot_redirect.pcap", "network-injection-race", ["packet 19:overlap"]),
        (f"{QUANTUM}/qi_local_SYNACK_slashdot_redirect.pcap", "network-injection-redirect", ["packet 5:redirect"]),
        (f"{QUANTUM}/qi_local_SYNACK_slashdot_redirect.pcap", "network-injection-packetlogic", []),
        (f"{TRAFFIC}/adhose-trickle-riseupvpn.pcap", "network-injection-packetlogic",
         ["packet 14:redirect", "packet 6:redirect"]),
        (f"{TRAFFIC}/adhose-trickle-riseupvpn.pcap", "network-injection-redirect",
         ["packet 14:redirect", "packet 6:redirect"]),
        (f"{TRAFFIC}/turkey-malware-injection.pcap", "network-injection-race", []),
    ],
)  # fmt: skip
def test_the_packets_that_were_injected_and_no_others(path: str, rule: str, packets: list[str]) -> None:
    """The two captures with an ordinary redirect (packets 31 and 11) hold it to account."""
    assert told(path, rule) == packets


@needs_corpus
@pytest.mark.parametrize("rule", ["network-injection-redirect", "network-injection-packetlogic"])
def test_each_of_the_36_redirects_of_the_turkish_capture_is_told(rule: str) -> None:
    packets = told(f"{TRAFFIC}/turkey-malware-injection.pcap", rule)
    assert len(packets) == 36
    assert {"packet 5:redirect", "packet 12:redirect", "packet 19:redirect", "packet 26:redirect"} <= set(packets)


@needs_corpus
def test_every_labelled_capture_is_found_and_no_other_by_a_strong_rule() -> None:
    result = injection.measured()
    assert len(result.positive) == 5
    assert all(fired & injection.STRONG for fired in result.positive.values())
    assert result.benign >= 300
    assert result.flows >= 1_500
    assert {rule for rule in result.false if rule in injection.STRONG} == set()
