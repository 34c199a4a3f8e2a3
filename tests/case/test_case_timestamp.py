"""Time stamps: what is asked for, what a service of OpenSSL answers, and what is not taken."""

import hashlib
import json
import re
import shutil
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sealing import Service, key_file, small_case

from bridle.case.seal import DiffersError, SealError, seal
from bridle.case.timestamp import accept, request
from bridle.case.timestamp_der import ordered
from bridle.case.verify import verified, verify
from outside_tools import run


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    return Service(tmp_path_factory.mktemp("services") / "one")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sealed")
    seal(small_case(folder / "case"), key_file(folder))
    key_file(folder, 2)
    return folder


@pytest.fixture
def case(sealed, tmp_path):
    return shutil.copytree(sealed / "case", tmp_path / "case")


def test_the_request_is_of_the_seals_signature_and_is_openssls_own(case):
    asked = request(case)
    digest = hashlib.sha256((case / "seal.json.sig").read_bytes()).digest()
    assert asked == bytes.fromhex("30390201013031300d060960864801650304020105000420") + digest + bytes.fromhex("0101ff")
    theirs = run("openssl", "ts", "-query", "-data", case / "seal.json.sig", "-sha256", "-cert", "-no_nonce").stdout
    assert asked == theirs


@pytest.mark.parametrize("both", [False, True])
def test_an_answer_is_kept_and_checked_without_a_network(case, service, both):
    answer = service.answer(request(case), both)
    before = datetime.now(UTC) - timedelta(seconds=120)
    time = accept(case, answer, service.root)
    assert before < time <= datetime.now(UTC)
    assert (case / "seal.json.tsr").read_bytes() == answer.read_bytes()
    assert (case / "tsa.pem").read_bytes() == service.root.read_bytes()
    entry = json.loads((case / "custody.jsonl").read_bytes().splitlines()[-1])
    assert (entry["event"], entry["sha256"]) == ("timestamp", hashlib.sha256(answer.read_bytes()).hexdigest())
    done = verify(case)
    assert (done.differences, done.time, done.certificates_given) == ((), time, False)
    given = verify(case, certificates=service.root.read_bytes())
    assert (given.differences, given.time, given.certificates_given) == ((), time, True)


def test_openssl_checks_the_stamp_that_is_kept(case, service):
    accept(case, service.answer(request(case)), service.root)
    said = run("openssl", "ts", "-verify", "-data", case / "seal.json.sig", "-in", case / "seal.json.tsr",
               "-CAfile", case / "tsa.pem")  # fmt: skip
    assert b"Verification: OK" in said.stdout + said.stderr


def test_certificates_are_brought_into_the_order_of_der_and_nothing_else_is_touched(case, service):
    answer = service.answer(request(case)).read_bytes()
    from rfc3161_client import decode_timestamp_response

    mended = ordered(answer)
    assert sorted(answer) == sorted(mended)
    assert decode_timestamp_response(mended).status == 0
    assert ordered(mended) == mended
    alone = service.answer(request(case), both=False).read_bytes()
    assert ordered(alone) == alone


def test_an_answer_that_openssl_wrote_out_of_order_is_read(case, service):
    """With the two certificates swapped one of the two is out of order, whichever OpenSSL wrote first."""
    answer = service.answer(request(case)).read_bytes()
    mended = ordered(answer)
    at = next(i for i in range(60, len(mended)) if re.match(rb"\xa0\x82..0\x82", mended[i : i + 6], re.DOTALL))
    size = int.from_bytes(mended[at + 2 : at + 4], "big")
    inside = mended[at + 4 : at + 4 + size]
    first = 4 + int.from_bytes(inside[2:4], "big")
    swapped = mended[: at + 4] + inside[first:] + inside[:first] + mended[at + 4 + size :]
    assert swapped != mended
    assert ordered(swapped) == mended


@pytest.mark.parametrize(
    "value", [b"", b"\x30", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"\x30\x03\x02\x01\x00", b"x" * 99]
)
def test_what_is_no_answer_is_left_as_it_is(value):
    assert ordered(value) == value


def test_a_stamp_of_an_older_seal_is_stale(case, sealed, service):
    older = service.answer(request(case))
    accept(case, older, service.root)
    seal(case, sealed / "key2", again=True)
    with pytest.raises(SealError, match=r"stale: it stamps something else than this seal\.json\.sig"):
        accept(case, older, service.root)
    shutil.copy(older, case / "seal.json.tsr")
    shutil.copy(service.root, case / "tsa.pem")
    assert verified(case) == [
        "seal.json.tsr: custody.jsonl has no entry of it",
        "seal.json.tsr: stale: it stamps something else than this seal.json.sig, such as an older seal",
    ]


def test_a_stamp_older_than_what_it_stamps_is_stale(case, sealed, service, monkeypatch):
    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2999, 1, 1, tzinfo=UTC)

    monkeypatch.setattr("bridle.case.chain.datetime", Later)
    seal(case, sealed / "key1", again=True)
    monkeypatch.undo()
    answer = service.answer(request(case))
    with pytest.raises(
        SealError, match=r"stale: its time .* is before the last entry of custody\.jsonl .*2999-01-01T00"
    ):
        accept(case, answer, service.root)
    assert not (case / "seal.json.tsr").exists()


def test_another_service_does_not_vouch(case, service, tmp_path):
    other = Service(tmp_path / "other", "Other")
    answer = service.answer(request(case))
    with pytest.raises(SealError, match="not signed by a service that the certificates vouch for"):
        accept(case, answer, other.root)
    accept(case, answer, service.root)
    found = verified(case, certificates=other.root.read_bytes())
    assert len(found) == 1
    assert found[0].startswith("seal.json.tsr: is not signed by a service that the certificates vouch for")
    shutil.copy(other.root, case / "tsa.pem")
    assert verified(case)[1] == "tsa.pem: changed or swapped: it is not the one of line 3 of custody.jsonl"


def test_a_swapped_stamp_of_another_service_is_named(case, service, tmp_path):
    accept(case, service.answer(request(case)), service.root)
    other = Service(tmp_path / "other", "Other")
    shutil.copy(other.answer(request(case)), case / "seal.json.tsr")
    shutil.copy(other.root, case / "tsa.pem")
    assert verified(case) == [
        "seal.json.tsr: changed or swapped: it is not the one of line 3 of custody.jsonl",
        "tsa.pem: changed or swapped: it is not the one of line 3 of custody.jsonl",
    ]


def test_a_stamp_that_was_removed_is_missed(case, service):
    accept(case, service.answer(request(case)), service.root)
    (case / "seal.json.tsr").unlink()
    assert verified(case) == [
        "seal.json.tsr: missing, and line 3 of custody.jsonl says that the seal was stamped",
        "tsa.pem: belongs to no time stamp",
    ]


def test_no_certificate_vouches_for_nothing(case, service):
    accept(case, service.answer(request(case)), service.root)
    assert verified(case, certificates=b"") == [
        "tsa.pem: is no certificate in PEM; ask the service for its chain as a .pem file"
    ]


def test_without_the_library_the_rest_is_checked_all_the_same(case, service, monkeypatch):
    accept(case, service.answer(request(case)), service.root)
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    done = verify(case)
    said = "seal.json.tsr: is checked by rfc3161-client: pip install bridle[seal]"
    assert (done.differences, done.unchecked, done.as_dict()["intact"]) == ((), said, False)
    assert done.as_dict()["timestamp"] == {"holds": None, "time": None, "certificates": "in the case"}
    (case / "summary.json").write_bytes(b"[]\n")
    assert verified(case) == ["summary.json: changed"]


def test_a_stamp_that_was_expected_is_missed(case, service):
    assert verified(case, certificates=service.root.read_bytes()) == [
        "seal.json.tsr: missing: the seal has no time stamp, and one was expected"
    ]


def test_a_second_stamp_needs_to_be_asked_for(case, service):
    accept(case, service.answer(request(case)), service.root)
    with pytest.raises(SealError, match="has a time stamp already; --again replaces it"):
        accept(case, service.answer(request(case)), service.root)
    accept(case, service.answer(request(case)), service.root, again=True)
    assert verified(case) == []


def test_what_is_no_answer_or_no_certificate_says_so(case, service, tmp_path):
    (tmp_path / "x").write_bytes(b"<html>not found</html>")
    with pytest.raises(SealError, match=r"x: is no answer of RFC 3161 that can be read .*openssl ts -verify"):
        accept(case, tmp_path / "x", service.root)
    with pytest.raises(SealError, match="x: is no certificate in PEM"):
        accept(case, service.answer(request(case)), tmp_path / "x")
    with pytest.raises(SealError, match="must hold the service's root"):
        accept(case, service.answer(request(case)), service.folder / "tsa.pem")
    (tmp_path / "x").write_bytes(b"x" * 70_000)
    with pytest.raises(SealError, match="more than 65536 bytes"):
        accept(case, tmp_path / "x", service.root)


def test_a_refusal_of_the_service_is_told(case, service):
    refused = service.answer(b"\x30\x03\x02\x01\x01", both=False)
    with pytest.raises(SealError, match="the service refused"):
        accept(case, refused, service.root)


def test_only_a_seal_that_holds_is_stamped(case, tmp_path):
    unsealed = small_case(tmp_path / "unsealed")
    with pytest.raises(SealError, match=r"is not sealed; `bridle seal .* --key KEY` seals it"):
        request(unsealed)
    (case / "seal.json.sig").write_bytes(b"x")
    with pytest.raises(DiffersError, match="does not hold"):
        request(case)
