"""Signatures: the published vectors of RFC 6979 (A.2.5, P-256 with SHA-256), and what is no key and no signature."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnprog.protocol.errors import LocalProtocolError
from rnprog.protocol.opennerve import p256
from rnprog.protocol.opennerve.p256 import private_key, public_key, sign, verifies

KEY = private_key("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721\n")
PUBLIC = bytes.fromhex(
    "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB67903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"
)
SAMPLE, TEST = (hashlib.sha256(text).digest() for text in (b"sample", b"test"))
SIGNED = {
    SAMPLE: (
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    ),
    TEST: (
        "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
        "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
    ),
}
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def test_the_public_key_of_the_vectors() -> None:
    assert public_key(KEY) == PUBLIC


@pytest.mark.parametrize("digest", SIGNED)
def test_the_signatures_of_the_vectors(digest: bytes) -> None:
    r, s = map(bytes.fromhex, SIGNED[digest])
    assert sign(KEY, digest) == (r, s)
    assert verifies(PUBLIC, r, s, digest)


@settings(max_examples=5, deadline=None)
@given(st.integers(1, ORDER - 1), st.binary(min_size=32, max_size=32), st.integers(0, 255))
def test_a_signature_holds_for_its_digest_and_key_only(key: int, digest: bytes, bit: int) -> None:
    r, s = sign(key, digest)
    mine = public_key(key)
    assert verifies(mine, r, s, digest)
    other = bytearray(digest)
    other[bit // 8] ^= 1 << bit % 8
    assert not verifies(mine, r, s, bytes(other))
    assert not verifies(PUBLIC, r, s, digest) or mine == PUBLIC


def test_what_is_no_key_or_no_signature_never_holds() -> None:
    r, s = sign(KEY, SAMPLE)
    order = ORDER.to_bytes(32, "big")
    assert not verifies(bytes(64), r, s, SAMPLE)
    assert not verifies(b"\xff" * 64, r, s, SAMPLE)
    assert not verifies(PUBLIC[:63] + b"\x00", r, s, SAMPLE)
    assert not verifies(PUBLIC, bytes(32), s, SAMPLE)
    assert not verifies(PUBLIC, r, order, SAMPLE)


@pytest.mark.parametrize("text", ["", "00" * 32, "zz" * 32, "12" * 31, f"{ORDER:064x}", "+1" * 32])
def test_a_text_that_is_no_private_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(LocalProtocolError) as refused:
        private_key(text)
    assert not text or text not in str(refused.value)


def test_opposite_points_cancel() -> None:
    point = p256._times(KEY, p256._G)
    assert point is not None
    assert p256._plus(point, (point[0], -point[1] % p256._P)) is None
    assert p256._times(ORDER, p256._G) is None
    assert p256._plus(point, point) == p256._times(2, point)
    assert p256._plus(None, point) == point == p256._plus(point, None)


def test_a_secret_that_is_no_number_below_the_order_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    made = iter(
        [b"k" * 32, b"v" * 32, b"k" * 32, b"v" * 32, b"\xff" * 32, b"k" * 32, b"v" * 32, b"\x01" * 32, b"k" * 32, b"v" * 32, b"\x02" * 32]
    )
    monkeypatch.setattr(p256.hmac, "digest", lambda *_: next(made))
    secrets = p256._secrets(KEY, SAMPLE)
    assert next(secrets) == int.from_bytes(b"\x01" * 32, "big")
    assert next(secrets) == int.from_bytes(b"\x02" * 32, "big")
