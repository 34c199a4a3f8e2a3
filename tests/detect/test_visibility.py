"""What is told of a capture that could not be seen."""

from bridle.detect.visibility import _told

ROW = {
    "_path": "/capture/phone.pcap", "first": 1_700_000_000_000_000, "last": 1_700_001_020_000_000, "packets": 12_345,
    "flows": 50, "flows_encrypted": 40, "flows_without_name": 31, "flows_ech": 3, "flows_encrypted_dns": 2,
    "flows_begun_before": 0, "flows_unrecognised": 4, "packets_unread": 0, "packets_cut": 0, "lost_bytes": 0,
}  # fmt: skip


def test_the_share_of_flows_without_a_name_and_the_length_are_told():
    assert _told(ROW) == (
        "/capture/phone.pcap is a capture of 17 min, 2023-11-14T22:13:20Z to 2023-11-14T22:30:20Z: 12,345 packets in 50"
        " flows. 62 % of its flows are TLS or QUIC that name no host in clear (31 of 40 encrypted)."
        " 3 have an encrypted ClientHello, or a sham of one: the name that is seen may be a front's."
        " 2 go to encrypted DNS or a relay: what is asked and reached there is not seen."
        " 4 are of protocols that are not read. What passed before it, after it or by another way is not in it."
    )


def test_a_capture_without_times_and_without_encryption():
    row = dict.fromkeys(ROW, 0) | {"_path": "/capture/a", "first": None, "last": None}
    assert _told(row) == (
        "/capture/a is a capture of unknown length: 0 packets in 0 flows. None of its flows is known to be TLS or QUIC."
        " What passed before it, after it or by another way is not in it."
    )
