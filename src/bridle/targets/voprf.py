"""RFC 9497's verifiable oblivious pseudorandom function (mode VOPRF), and its key split between two holders.

Who asks blinds a number; a holder of the key evaluates what it cannot read, and proves that it used the key that it
published; who asks removes the blinding. With a split key each holder evaluates with a share of its own and proves it
against its own public key. The sum of both is the evaluation with the sum of the shares, which nobody has.
It is checked as two proofs, and its result is what RFC 9497 gives for that key. Source: RFC 9497 §2.2, §3.2 and §3.3.2.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from bridle.classes import dataclass
from bridle.targets.voprf_group import Element, Group, GroupError, random_scalar

_MODE = 1
MOST = 1 << 16
"""Elements of one batch (RFC 9497 §2.2.1 numbers them with two bytes)."""
_LONGEST = (1 << 16) - 1


class ProofError(ValueError):
    """An evaluation that was not made with the published key, or not of what was sent."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Discrete logarithms are equal: the scalars c and s of RFC 9497 §2.2."""

    c: int
    s: int


def context(group: Group) -> bytes:
    """contextString: the mode and the suite."""
    return b"OPRFV1-" + bytes([_MODE]) + b"-" + group.name.encode()


def derived_key(group: Group, seed: bytes, info: bytes) -> int:
    """DeriveKeyPair (§3.2.1): the secret key of a seed of 32 bytes. Raises GroupError where there is none."""
    for counter in range(256):
        message = seed + _prefixed(info) + bytes([counter])
        if key := group.hash_to_scalar(message, b"DeriveKeyPair" + context(group)):
            return key
    raise GroupError("this seed gives no key; take another")


def public_key(group: Group, key: int) -> Element:
    return group.multiply(key, group.generator)


def blinded(group: Group, message: bytes, blind: int) -> Element:
    """Blind (§3.3.1) with a random scalar, which is used once and never sent. Raises GroupError."""
    if not 0 < blind < group.order:
        raise GroupError("a blinding scalar lies from 1 to the order of the group less 1")
    return group.multiply(blind, _element(group, message))


def evaluated(
    group: Group, key: int, elements: Sequence[Element], nonce: int | None = None
) -> tuple[list[Element], Proof]:
    """BlindEvaluate (§3.3.2) of a batch, with the proof that `key` was used. `nonce` is for the RFC's test vectors."""
    found = [group.multiply(key, e) for e in elements]
    return found, _proof(group, key, elements, found, nonce)


def finalized(
    group: Group,
    message: bytes,
    blind: int,
    evaluations: Sequence[Element],
) -> bytes:
    """Finalize (§3.3.2) of one message; the evaluations of all shares are added. Check the proofs first."""
    total = evaluations[0]
    for other in evaluations[1:]:
        total = group.add(total, other)
    element = group.multiply(pow(blind, -1, group.order), total)
    return group.digest(_prefixed(message) + _prefixed(group.encode(element)) + b"Finalize")


def check(group: Group, public: Element, elements: Sequence[Element], found: Sequence[Element], proof: Proof) -> None:
    """VerifyProof (§2.2.2). Raises ProofError where `found` is not `elements` times the secret of `public`."""
    if len(elements) != len(found) or not elements:
        raise ProofError(f"{len(elements):,} elements were sent and {len(found):,} came back; ask again")
    m, z = _composites(group, public, elements, found)
    t2 = group.add(group.multiply(proof.s, group.generator), group.multiply(proof.c, public))
    t3 = group.add(group.multiply(proof.s, m), group.multiply(proof.c, z))
    try:
        expected = _challenge(group, public, m, z, t2, t3)
    except GroupError:
        expected = None
    same = hmac.compare_digest(group.encode_scalar(expected or 0), group.encode_scalar(proof.c))
    if not same or expected is None:
        raise ProofError(
            "the proof does not hold: this was not evaluated with the published key; do not use the answer"
        )


def _element(group: Group, message: bytes) -> Element:
    if len(message) > _LONGEST:
        raise GroupError(f"a message has at most {_LONGEST:,} bytes, got {len(message):,}")
    element = group.hash_to_element(message, context(group))
    group.encode(element)
    return element


def _proof(group: Group, key: int, elements: Sequence[Element], found: Sequence[Element], nonce: int | None) -> Proof:
    """GenerateProof (§2.2.1)."""
    public = public_key(group, key)
    m, z = _composites(group, public, elements, found, key)
    r = nonce or random_scalar(group)
    c = _challenge(group, public, m, z, group.multiply(r, group.generator), group.multiply(r, m))
    return Proof(c=c, s=(r - c * key) % group.order)


def _composites(
    group: Group, public: Element, elements: Sequence[Element], found: Sequence[Element], key: int | None = None
) -> tuple[Element, Element]:
    """ComputeComposites (§2.2.2): one pair that stands for a batch of pairs; with the key, ComputeCompositesFast."""
    if len(elements) > MOST:
        raise GroupError(f"at most {MOST:,} elements are evaluated at once, got {len(elements):,}")
    seed = group.digest(_prefixed(group.encode(public)) + _prefixed(b"Seed-" + context(group)))
    m: Element | None = None
    z: Element | None = None
    for n, (one, other) in enumerate(zip(elements, found, strict=True)):
        message = _prefixed(seed) + n.to_bytes(2, "big") + _prefixed(group.encode(one)) + _prefixed(group.encode(other))
        d = group.hash_to_scalar(message + b"Composite", b"HashToScalar-" + context(group))
        m = group.multiply(d, one) if m is None else group.add(m, group.multiply(d, one))
        if key is None:
            z = group.multiply(d, other) if z is None else group.add(z, group.multiply(d, other))
    if key is not None and m is not None:
        return m, group.multiply(key, m)
    if m is None or z is None:
        raise GroupError("nothing was sent to be evaluated")
    return m, z


def _challenge(group: Group, *elements: Element) -> int:
    message = b"".join(_prefixed(group.encode(e)) for e in elements) + b"Challenge"
    return group.hash_to_scalar(message, b"HashToScalar-" + context(group))


def _prefixed(message: bytes) -> bytes:
    return len(message).to_bytes(2, "big") + message
