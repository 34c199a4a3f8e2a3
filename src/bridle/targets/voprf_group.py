"""The two groups of prime order that look-ups are made in: P-256 with SHA-256, and ristretto255 with SHA-512.

An element is a tuple of integers, a scalar an integer below the group's order. Formulas are complete and every
multiplication takes the same steps whatever the scalar is; yet Python's integers take time that depends on their value,
so that this is not constant-time. With P-256 a multiplication is done by OpenSSL, which is; see docs/guides/look-up.md.
Sources: RFC 9497 §2.1 and §4; RFC 9380 (hash to curve); RFC 9496 (ristretto255); SEC 1 v2 §2.3 (encoding of points);
J. Renes, C. Costello, L. Batina, "Complete addition formulas for prime order elliptic curves" (2016), algorithm 4.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec

from bridle.classes import dataclass

Element = tuple[int, ...]


class GroupError(ValueError):
    """Bytes that are no element or scalar of the group, or are the one that is not allowed."""


class Group(Protocol):
    """A group of prime `order` with its hash functions, as RFC 9497 names them."""

    @property
    def name(self) -> str: ...
    @property
    def order(self) -> int: ...
    @property
    def generator(self) -> Element: ...
    @property
    def element_size(self) -> int: ...
    @property
    def scalar_size(self) -> int: ...
    def digest(self, message: bytes) -> bytes: ...
    def add(self, one: Element, other: Element) -> Element: ...
    def multiply(self, scalar: int, element: Element) -> Element: ...
    def hash_to_element(self, message: bytes, context: bytes) -> Element: ...
    def hash_to_scalar(self, message: bytes, tag: bytes) -> int: ...
    def encode(self, element: Element) -> bytes: ...
    def decode(self, stored: bytes) -> Element: ...
    def encode_scalar(self, scalar: int) -> bytes: ...
    def decode_scalar(self, stored: bytes) -> int: ...


def random_scalar(group: Group) -> int:
    """A scalar from 1 to the order less 1, from the system's source of randomness."""
    return 1 + secrets.randbelow(group.order - 1)


def expanded(message: bytes, tag: bytes, length: int, hash_name: str) -> bytes:
    """expand_message_xmd of RFC 9380 §5.3.1."""
    size = hashlib.new(hash_name).digest_size
    block = hashlib.new(hash_name).block_size
    ended = tag + bytes([len(tag)])
    start = hashlib.new(hash_name, bytes(block) + message + length.to_bytes(2, "big") + b"\0" + ended).digest()
    found = [hashlib.new(hash_name, start + b"\1" + ended).digest()]
    while len(found) * size < length:
        mixed = bytes(a ^ b for a, b in zip(start, found[-1], strict=True))
        found.append(hashlib.new(hash_name, mixed + bytes([len(found) + 1]) + ended).digest())
    return b"".join(found)[:length]


_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_SSWU_Z = -10 % _P
_SSWU_C1 = (_P - 3) // 4
_SSWU_C2 = pow(10, (_P + 1) // 4, _P)
"""The square root of -Z (RFC 9380 §F.2.1.2)."""
_CURVE = ec.SECP256R1()


@dataclass(frozen=True)
class P256:
    """NIST P-256; elements are (X, Y, Z), x = X/Z and y = Y/Z, and the identity is (0, 1, 0)."""

    name: str = "P256-SHA256"
    order: int = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    generator: Element = (
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
        1,
    )
    element_size: int = 33
    scalar_size: int = 32

    def digest(self, message: bytes) -> bytes:
        return hashlib.sha256(message).digest()

    def add(self, one: Element, other: Element) -> Element:
        """The sum, of any two elements, the same one included."""
        x1, y1, z1 = one
        x2, y2, z2 = other
        t0, t1, t2 = x1 * x2 % _P, y1 * y2 % _P, z1 * z2 % _P
        t3 = ((x1 + y1) * (x2 + y2) - t0 - t1) % _P
        t4 = ((y1 + z1) * (y2 + z2) - t1 - t2) % _P
        y3 = ((x1 + z1) * (x2 + z2) - t0 - t2) % _P
        x3 = 3 * (y3 - _B * t2)
        z3, x3 = (t1 - x3) % _P, (t1 + x3) % _P
        y3 = 3 * (_B * y3 - 3 * t2 - t0) % _P
        t0 = 3 * (t0 - t2)
        return (t3 * x3 - t4 * y3) % _P, (x3 * z3 + t0 * y3) % _P, (t4 * z3 + t3 * t0) % _P

    def multiply(self, scalar: int, element: Element) -> Element:
        """`scalar` times `element`; the multiplications are OpenSSL's.

        It gives the x of a product only. The x of `scalar` times (element + generator) tells which y is the right one.
        """
        if scalar % self.order == 0 or element[2] == 0:
            return 0, 1, 0
        secret = _private(scalar % self.order)
        x, y = self._affine(element)
        shifted = self.add((x, y, 1), self.generator)
        if shifted[2] == 0:
            gx, gy, _ = _public(secret)
            return gx, -gy % _P, 1
        found = _exchange(secret, x, y)
        root = _root(found)
        beside = self.add((found, root, 1), _public(secret))
        same = (beside[0] - _exchange(secret, *self._affine(shifted)) * beside[2]) % _P == 0 and beside[2] != 0
        return found, root if same else -root % _P, 1

    def _affine(self, element: Element) -> tuple[int, int]:
        x, y, z = element
        inverse = pow(z, -1, _P)
        return x * inverse % _P, y * inverse % _P

    def hash_to_element(self, message: bytes, context: bytes) -> Element:
        """hash_to_curve of P256_XMD:SHA-256_SSWU_RO_ with the tag `HashToGroup-` and the context."""
        uniform = expanded(message, b"HashToGroup-" + context, 96, "sha256")
        one, other = (_sswu(int.from_bytes(uniform[i : i + 48], "big") % _P) for i in (0, 48))
        return self.add((*one, 1), (*other, 1))

    def hash_to_scalar(self, message: bytes, tag: bytes) -> int:
        return int.from_bytes(expanded(message, tag, 48, "sha256"), "big") % self.order

    def encode(self, element: Element) -> bytes:
        """33 bytes: the sign of y, and x. Raises GroupError for the identity, which is never sent."""
        if element[2] % _P == 0:
            raise GroupError("the identity of the group is never sent")
        x, y = self._affine(element)
        return bytes([2 + (y & 1)]) + x.to_bytes(32, "big")

    def decode(self, stored: bytes) -> Element:
        """The element of 33 bytes. Raises GroupError for anything that is not on the curve."""
        x = int.from_bytes(stored[1:], "big")
        if len(stored) != self.element_size or stored[0] not in (2, 3) or x >= _P:
            raise GroupError("expected 33 bytes of a compressed point of P-256")
        y = _root(x)
        if (y * y - x * x * x + 3 * x - _B) % _P:
            raise GroupError("these bytes are no point of P-256")
        return x, y if y & 1 == stored[0] & 1 else _P - y, 1

    def encode_scalar(self, scalar: int) -> bytes:
        return scalar.to_bytes(32, "big")

    def decode_scalar(self, stored: bytes) -> int:
        """The scalar of 32 bytes, most significant first. Raises GroupError where it is not below the order."""
        return _scalar(stored, self.order, "big")


def _root(x: int) -> int:
    """A square root of the curve's equation at `x`, if there is one."""
    return pow((x * x * x - 3 * x + _B) % _P, (_P + 1) // 4, _P)


def _scalar(stored: bytes, order: int, byteorder: str) -> int:
    found = int.from_bytes(stored, "little" if byteorder == "little" else "big")
    if len(stored) != 32 or found >= order:
        raise GroupError("expected 32 bytes of a scalar below the order of the group")
    return found


@lru_cache(maxsize=4)
def _private(scalar: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(scalar, _CURVE)


def _public(secret: ec.EllipticCurvePrivateKey) -> Element:
    numbers = secret.public_key().public_numbers()
    return numbers.x, numbers.y, 1


def _exchange(secret: ec.EllipticCurvePrivateKey, x: int, y: int) -> int:
    """The x of the product (ECDH). Raises GroupError for what is not on the curve."""
    try:
        other = ec.EllipticCurvePublicNumbers(x, y, _CURVE).public_key()
    except ValueError as e:
        raise GroupError("this is no point of P-256") from e
    return int.from_bytes(secret.exchange(ec.ECDH(), other), "big")


def _sswu(u: int) -> tuple[int, int]:
    """The simplified SWU map of RFC 9380 §6.6.2 for y² = x³ - 3x + b, without inverting twice (§F.2)."""
    u2 = _SSWU_Z * u * u % _P
    t = (u2 * u2 + u2) % _P
    denominator = 3 * (t or -_SSWU_Z) % _P
    numerator = _B * (t + 1) % _P
    d2 = denominator * denominator % _P
    d3 = d2 * denominator % _P
    value = (numerator * (numerator * numerator - 3 * d2) + _B * d3) % _P
    root = value * d3 * pow(value * d3 % _P * d3 % _P * d3 % _P, _SSWU_C1, _P) % _P
    square = (root * root * d3 - value) % _P == 0
    x = numerator if square else u2 * numerator % _P
    y = root if square else u2 * u * _SSWU_C2 * root % _P
    if (y & 1) != (u & 1):
        y = -y % _P
    return x * pow(denominator, -1, _P) % _P, y


_Q = 2**255 - 19
_D = -121665 * pow(121666, -1, _Q) % _Q
_SQRT_M1 = pow(2, (_Q - 1) // 4, _Q)


def _sqrt_ratio(u: int, v: int) -> tuple[bool, int]:
    """SQRT_RATIO_M1 of RFC 9496 §4.2: whether u/v is a square, and the root of it or of its product with √-1."""
    v3 = v * v % _Q * v % _Q
    r = u * v3 % _Q * pow(u * v3 % _Q * v3 % _Q * v % _Q, (_Q - 5) // 8, _Q) % _Q
    check = v * r % _Q * r % _Q
    correct, flipped, flipped_i = check == u % _Q, check == -u % _Q, check == -u * _SQRT_M1 % _Q
    if flipped or flipped_i:
        r = r * _SQRT_M1 % _Q
    return correct or flipped, _even(r)


def _even(value: int) -> int:
    return _Q - value if value & 1 else value


_INVSQRT_A_MINUS_D = _sqrt_ratio(1, (-1 - _D) % _Q)[1]
_SQRT_AD_MINUS_ONE = _Q - _sqrt_ratio((-_D - 1) % _Q, 1)[1]
"""RFC 9496 §4.1 gives the odd root."""
_BASE_Y = 4 * pow(5, -1, _Q) % _Q
_BASE_X = _sqrt_ratio((_BASE_Y * _BASE_Y - 1) % _Q, (_D * _BASE_Y * _BASE_Y + 1) % _Q)[1]


@dataclass(frozen=True)
class Ristretto255:
    """ristretto255; elements are extended coordinates (X, Y, Z, T) of a point of edwards25519."""

    name: str = "ristretto255-SHA512"
    order: int = 2**252 + 27742317777372353535851937790883648493
    generator: Element = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _Q)
    element_size: int = 32
    scalar_size: int = 32

    def digest(self, message: bytes) -> bytes:
        return hashlib.sha512(message).digest()

    def add(self, one: Element, other: Element) -> Element:
        """The sum, of any two elements (unified formulas for a = -1, RFC 8032 §5.1.4)."""
        x1, y1, z1, t1 = one
        x2, y2, z2, t2 = other
        a, b = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2)
        c, d = 2 * _D * t1 % _Q * t2, 2 * z1 * z2
        e, f, g, h = (b - a) % _Q, (d - c) % _Q, (d + c) % _Q, (b + a) % _Q
        return e * f % _Q, g * h % _Q, f * g % _Q, e * h % _Q

    def multiply(self, scalar: int, element: Element) -> Element:
        """`scalar` times `element`: 64 windows of four bits, each four doublings and one addition."""
        table: list[Element] = [(0, 1, 1, 0)]
        for _ in range(15):
            table.append(self.add(table[-1], element))
        found = table[0]
        for shift in range(252, -4, -4):
            for _ in range(4):
                found = self.add(found, found)
            found = self.add(found, table[scalar % self.order >> shift & 15])
        return found

    def hash_to_element(self, message: bytes, context: bytes) -> Element:
        """hash_to_ristretto255 (RFC 9496 §4.3.4) with the tag `HashToGroup-` and the context."""
        uniform = expanded(message, b"HashToGroup-" + context, 64, "sha512")
        one, other = (_mapped(int.from_bytes(uniform[i : i + 32], "little") % 2**255 % _Q) for i in (0, 32))
        return self.add(one, other)

    def hash_to_scalar(self, message: bytes, tag: bytes) -> int:
        return int.from_bytes(expanded(message, tag, 64, "sha512"), "little") % self.order

    def encode(self, element: Element) -> bytes:
        """32 bytes (RFC 9496 §4.3.2). Raises GroupError for the identity, which is never sent."""
        x0, y0, z0, t0 = element
        u1, u2 = (z0 + y0) * (z0 - y0) % _Q, x0 * y0 % _Q
        inverse = _sqrt_ratio(1, u1 * u2 % _Q * u2 % _Q)[1]
        d1, d2 = inverse * u1 % _Q, inverse * u2 % _Q
        z_inverse = d1 * d2 % _Q * t0 % _Q
        x, y, last = x0, y0, d2
        if t0 * z_inverse % _Q & 1:
            x, y, last = y0 * _SQRT_M1 % _Q, x0 * _SQRT_M1 % _Q, d1 * _INVSQRT_A_MINUS_D % _Q
        if x * z_inverse % _Q & 1:
            y = -y % _Q
        s = _even((z0 - y) * last % _Q)
        if s == 0:
            raise GroupError("the identity of the group is never sent")
        return s.to_bytes(32, "little")

    def decode(self, stored: bytes) -> Element:
        """The element of 32 bytes (RFC 9496 §4.3.1). Raises GroupError for any other bytes, and for the identity."""
        s = int.from_bytes(stored, "little")
        if len(stored) != self.element_size or s >= _Q or s & 1 or s == 0:
            raise GroupError("expected 32 bytes of an element of ristretto255")
        u1, u2 = (1 - s * s) % _Q, (1 + s * s) % _Q
        v = (-_D * u1 * u1 - u2 * u2) % _Q
        square, inverse = _sqrt_ratio(1, v * u2 % _Q * u2 % _Q)
        dx = inverse * u2 % _Q
        x = _even(2 * s * dx % _Q)
        y = u1 * inverse % _Q * dx % _Q * v % _Q
        if not square or x * y % _Q & 1 or y == 0:
            raise GroupError("these bytes are no element of ristretto255")
        return x, y, 1, x * y % _Q

    def encode_scalar(self, scalar: int) -> bytes:
        return scalar.to_bytes(32, "little")

    def decode_scalar(self, stored: bytes) -> int:
        """The scalar of 32 bytes, least significant first. Raises GroupError where it is not below the order."""
        return _scalar(stored, self.order, "little")


def _mapped(t: int) -> Element:
    """MAP of RFC 9496 §4.3.4."""
    r = _SQRT_M1 * t % _Q * t % _Q
    u, v = (r + 1) * (1 - _D * _D) % _Q, (-1 - r * _D) * (r + _D) % _Q
    square, s = _sqrt_ratio(u, v)
    c = -1
    if not square:
        s, c = -_even(s * t % _Q) % _Q, r
    n = (c * (r - 1) * (_D - 1) % _Q * (_D - 1) - v) % _Q
    w0, w1, w2, w3 = 2 * s * v % _Q, n * _SQRT_AD_MINUS_ONE % _Q, (1 - s * s) % _Q, (1 + s * s) % _Q
    return w0 * w3 % _Q, w2 * w1 % _Q, w1 * w3 % _Q, w0 * w2 % _Q


_BOTH: tuple[Group, ...] = (P256(), Ristretto255())
GROUPS = {g.name: g for g in _BOTH}
"""By the name of the suite in RFC 9497."""
