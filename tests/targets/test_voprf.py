"""The verifiable oblivious pseudorandom function: RFC 9497's vectors, proofs that do not hold, a key in two shares."""

import random

import pytest

from bridle.targets.voprf import (
    Proof,
    ProofError,
    blinded,
    check,
    derived_key,
    evaluated,
    finalized,
    public_key,
)
from bridle.targets.voprf_group import GROUPS, GroupError, random_scalar
from voprf_vectors import INFO, SEED, VECTORS

read = bytes.fromhex
CASES = [(name, n) for name in VECTORS for n in range(3)]
SUITES = pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)


@pytest.mark.parametrize("name", VECTORS)
def test_the_key_of_a_seed(name):
    group = GROUPS[name]
    key = derived_key(group, read(SEED), read(INFO))
    assert group.encode_scalar(key).hex() == VECTORS[name]["key"]
    assert group.encode(public_key(group, key)).hex() == VECTORS[name]["public"]


@pytest.mark.parametrize(("name", "n"), CASES)
def test_vectors(name, n):
    group, batch = GROUPS[name], VECTORS[name]["batches"][n]
    key = group.decode_scalar(read(VECTORS[name]["key"]))
    public = group.decode(read(VECTORS[name]["public"]))
    inputs = [read(x) for x in batch["input"]]
    blinds = [group.decode_scalar(read(x)) for x in batch["blind"]]
    sent = [blinded(group, x, b) for x, b in zip(inputs, blinds, strict=True)]
    assert [group.encode(e).hex() for e in sent] == batch["blinded"]
    found, proof = evaluated(group, key, sent, group.decode_scalar(read(batch["nonce"])))
    assert [group.encode(e).hex() for e in found] == batch["evaluated"]
    assert (group.encode_scalar(proof.c) + group.encode_scalar(proof.s)).hex() == batch["proof"]
    received = [group.decode(read(e)) for e in batch["evaluated"]]
    check(group, public, sent, received, proof)
    outputs = [finalized(group, x, b, [e]) for x, b, e in zip(inputs, blinds, received, strict=True)]
    assert [o.hex() for o in outputs] == batch["output"]


@pytest.fixture
def asked(request):
    group = request.getfixturevalue("group")
    key = random_scalar(group)
    sent = [blinded(group, b"+15550100", random_scalar(group)), blinded(group, b"+15550101", random_scalar(group))]
    return key, sent, *evaluated(group, key, sent)


@SUITES
def test_a_proof_with_another_key_is_rejected(group, asked):
    key, sent, found, proof = asked
    check(group, public_key(group, key), sent, found, proof)
    with pytest.raises(ProofError, match="not evaluated with the published key"):
        check(group, public_key(group, random_scalar(group)), sent, found, proof)
    other, forged = evaluated(group, random_scalar(group), sent)
    with pytest.raises(ProofError):
        check(group, public_key(group, key), sent, other, forged)


@SUITES
def test_whatever_is_changed_the_proof_does_not_hold(group, asked):
    key, sent, found, proof = asked
    public = public_key(group, key)
    changed = [
        (sent, [found[0], group.add(found[1], group.generator)], proof),
        (sent, found[::-1], proof),
        (sent[::-1], found, proof),
        ([sent[0], group.add(sent[1], group.generator)], found, proof),
        (sent, found, Proof(c=proof.c, s=(proof.s + 1) % group.order)),
        (sent, found, Proof(c=(proof.c + 1) % group.order, s=proof.s)),
        (sent, found, Proof(c=0, s=0)),
        (sent, found[:1], proof),
        ([], [], proof),
    ]
    for s, f, p in changed:
        with pytest.raises(ProofError):
            check(group, public, s, f, p)


@SUITES
def test_two_shares_are_one_key_that_nobody_has(group):
    one, other, blind = (random_scalar(group) for _ in range(3))
    sent = [blinded(group, b"+15550100", blind)]
    parts = []
    for share in (one, other):
        (part,), proof = evaluated(group, share, sent)
        check(group, public_key(group, share), sent, [part], proof)
        parts.append(part)
    whole, _ = evaluated(group, (one + other) % group.order, sent)
    assert finalized(group, b"+15550100", blind, parts) == finalized(group, b"+15550100", blind, whole)
    assert finalized(group, b"+15550100", blind, parts[:1]) != finalized(group, b"+15550100", blind, whole)
    total = group.add(public_key(group, one), public_key(group, other))
    assert group.encode(total) == group.encode(public_key(group, (one + other) % group.order))


@SUITES
def test_two_requests_for_one_number_are_not_alike(group):
    sent = {group.encode(blinded(group, b"+15550100", random_scalar(group))) for _ in range(8)}
    assert len(sent) == 8


def added(group, scalar, element):
    """Scalar times element by doubling and adding: nothing in common with how the group multiplies."""
    total = None
    for bit in f"{scalar:b}":
        total = total and group.add(total, total)
        if bit == "1":
            total = element if total is None else group.add(total, element)
    return total


@SUITES
def test_multiplication(group):
    draw = random.Random(5)
    scalars = [1, 2, 3, group.order - 1, group.order - 2, *(draw.randrange(1, group.order) for _ in range(4))]
    element = group.hash_to_element(b"any", b"context")
    minus = group.multiply(group.order - 1, group.generator)
    for scalar in scalars:
        for e in (element, group.generator, minus, group.add(element, group.generator)):
            assert group.encode(group.multiply(scalar, e)) == group.encode(added(group, scalar, e))
    for nothing in (group.add(element, group.multiply(group.order - 1, element)), group.multiply(0, element)):
        with pytest.raises(GroupError, match="identity"):
            group.encode(nothing)


@SUITES
def test_what_is_sent_is_read_back(group):
    for n in range(20):
        stored = group.encode(group.hash_to_element(b"%d" % n, b""))
        assert group.encode(group.decode(stored)) == stored


def bad_elements(name):
    p, q = 2**256 - 2**224 + 2**192 + 2**96 - 1, 2**255 - 19
    if name == "P256-SHA256":
        return [b"", bytes(33), b"\2" + bytes(31), b"\4" + bytes(32), b"\2" + p.to_bytes(32, "big"),
                b"\2" + (1).to_bytes(32, "big"), b"\2" * 65]  # fmt: skip
    return [b"", bytes(32), (1).to_bytes(32, "little"), q.to_bytes(32, "little"), (q + 1).to_bytes(32, "little"),
            b"\xff" * 32, bytes(33),
            read("26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371")]  # fmt: skip


@pytest.mark.parametrize("name", VECTORS)
def test_bytes_that_are_no_element(name):
    for stored in bad_elements(name):
        with pytest.raises(GroupError):
            GROUPS[name].decode(stored)


@SUITES
def test_bytes_that_are_no_scalar(group):
    for stored in (b"", bytes(31), bytes(33), b"\xff" * 32):
        with pytest.raises(GroupError, match="scalar below the order"):
            group.decode_scalar(stored)


@SUITES
def test_blinding_with_nothing(group):
    for blind in (0, group.order):
        with pytest.raises(GroupError, match="blinding scalar"):
            blinded(group, b"+15550100", blind)
    with pytest.raises(GroupError, match="at most 65,535 bytes"):
        blinded(group, bytes(65536), 1)
