"""ECDSA over P-256, as much as a session needs: sign a digest, check a signature, make a public key. Whole numbers and nothing else.

Curve and algorithm: FIPS 186-4; the number that must never repeat is made from key and digest (RFC 6979), so no chance is needed. It takes
no care to hide its timing: it signs once for a session, on the user's own computer. Checked against the vectors of RFC 6979, A.2.5.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from functools import lru_cache

from rnprog.protocol.errors import LocalProtocolError

_P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_SIZE = 32

Point = tuple[int, int] | None
"""None: the point at infinity."""
Projected = tuple[int, int, int]
_NOWHERE: Projected = (0, 1, 0)


def private_key(text: str) -> int:
    """The key in 64 hexadecimal digits. LocalProtocolError, which does not repeat it, when that is none."""
    digits = text.strip()
    if len(digits) != 2 * _SIZE or any(digit not in "0123456789abcdefABCDEF" for digit in digits):
        raise LocalProtocolError("a private key has 64 hexadecimal digits")
    key = int(digits, 16)
    if not 0 < key < _N:
        raise LocalProtocolError("this number is no private key")
    return key


def public_key(key: int) -> bytes:
    """X and Y of a private key's public half, 64 bytes."""
    point = _times(key, _G)
    assert point is not None  # the key is below the order of the curve
    return point[0].to_bytes(_SIZE, "big") + point[1].to_bytes(_SIZE, "big")


def sign(key: int, digest: bytes) -> tuple[bytes, bytes]:
    """r and s of a SHA-256 digest, 32 bytes each."""
    secret = next(_secrets(key, digest))
    point = _times(secret, _G)
    assert point is not None  # the secret is below the order of the curve
    r = point[0] % _N
    s = pow(secret, -1, _N) * (int.from_bytes(digest, "big") + r * key) % _N
    return r.to_bytes(_SIZE, "big"), s.to_bytes(_SIZE, "big")


def verifies(public: bytes, r: bytes, s: bytes, digest: bytes) -> bool:
    """Whether the signature was made by the key's owner. False as well for bytes that are no key or no signature."""
    point = (int.from_bytes(public[:_SIZE], "big"), int.from_bytes(public[_SIZE:], "big"))
    first, second, number = (int.from_bytes(part, "big") for part in (r, s, digest))
    if not (_on_curve(point) and 0 < first < _N and 0 < second < _N):
        return False
    inverse = pow(second, -1, _N)
    found = _plus(_times(number * inverse % _N, _G), _times(first * inverse % _N, point))
    return found is not None and found[0] % _N == first


def _on_curve(point: tuple[int, int]) -> bool:
    x, y = point
    return 0 <= x < _P and 0 <= y < _P and (y * y - (x * x * x - 3 * x + _B)) % _P == 0 and point != (0, 0)


def _secrets(key: int, digest: bytes) -> Iterator[int]:
    """RFC 6979, 3.2. The second one is for an r or s of 0, which has a chance of 2 to the -256 and is not looked for."""
    seed = key.to_bytes(_SIZE, "big") + (int.from_bytes(digest, "big") % _N).to_bytes(_SIZE, "big")
    k, v = bytes(_SIZE), b"\x01" * _SIZE
    for mark in (b"\x00", b"\x01"):
        k = hmac.digest(k, v + mark + seed, hashlib.sha256)
        v = hmac.digest(k, v, hashlib.sha256)
    while True:
        v = hmac.digest(k, v, hashlib.sha256)
        secret = int.from_bytes(v, "big")
        if 0 < secret < _N:
            yield secret
        k = hmac.digest(k, v + b"\x00", hashlib.sha256)
        v = hmac.digest(k, v, hashlib.sha256)


def _plus(a: Point, b: Point) -> Point:
    return _plain(_add(_projected(a), _projected(b)))


def _times(factor: int, point: Point) -> Point:
    found = _NOWHERE
    for bit, adding in enumerate(_doublings(point)):
        if factor >> bit & 1:
            found = _add(found, adding)
    return _plain(found)


@lru_cache(maxsize=8)
def _doublings(point: Point) -> tuple[Projected, ...]:
    """A public point times 1, 2, 4 ... 2 to the 255. Kept: it is two thirds of the work, and the same few points come again and again."""
    found = [_projected(point)]
    while len(found) < 8 * _SIZE:
        found.append(_double(found[-1]))
    return tuple(found)


# Jacobian coordinates: x = X / Z^2, y = Y / Z^3, so that only the end needs a division.


def _projected(point: Point) -> Projected:
    return _NOWHERE if point is None else (*point, 1)


def _plain(point: Projected) -> Point:
    x, y, z = point
    if not z:
        return None
    inverse = pow(z, -1, _P)
    return x * inverse * inverse % _P, y * inverse * inverse * inverse % _P


def _double(point: Projected) -> Projected:
    x, y, z = point
    squared = y * y % _P
    s, m = 4 * x * squared, 3 * (x - z * z) * (x + z * z)
    new_x = (m * m - 2 * s) % _P
    return new_x, (m * (s - new_x) - 8 * squared * squared) % _P, 2 * y * z % _P


def _add(a: Projected, b: Projected) -> Projected:
    if not a[2] or not b[2]:
        return a if a[2] else b
    z1, z2 = a[2] * a[2] % _P, b[2] * b[2] % _P
    u, s = a[0] * z2 % _P, a[1] * b[2] * z2 % _P
    h, r = (b[0] * z1 - u) % _P, (b[1] * a[2] * z1 - s) % _P
    if not h:
        return _NOWHERE if r else _double(a)
    squared = h * h % _P
    cubed, v = h * squared % _P, u * squared % _P
    x = (r * r - cubed - 2 * v) % _P
    return x, (r * (v - x) - s * cubed) % _P, h * a[2] * b[2] % _P
