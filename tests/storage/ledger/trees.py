"""Trees for tests: the definition of RFC 6962 as it is written, and the published tree of eight leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from archiver.storage.ledger.merkle import Reader

# The eight leaves that implementations of Certificate Transparency test with, and the root at each size.
PUBLISHED = tuple(
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
)
PUBLISHED_ROOTS = tuple(
    bytes.fromhex(text)
    for text in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
)


def data_of(number: int) -> bytes:
    """The data of one leaf (32 bytes), as if it were salted and hashed."""
    return hashlib.sha256(b"leaf %d" % number).digest()


def datas(count: int) -> list[bytes]:
    """The data of the first leaves."""
    return [data_of(number) for number in range(count)]


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """MTH(D[n]) of RFC 6962, 2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = below(len(leaves))
    return hashlib.sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    k = below(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), tree_hash(leaves[k:])]
    return [*path(m - k, leaves[k:]), tree_hash(leaves[:k])]


def proof(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PROOF(m, D[n]) of RFC 6962, 2.1.2; empty where m is 0, which the RFC does not define."""
    return _subproof(m, leaves, known=True) if m else []


def _subproof(m: int, leaves: Sequence[bytes], *, known: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if known else [tree_hash(leaves)]
    k = below(len(leaves))
    if m <= k:
        return [*_subproof(m, leaves[:k], known=known), tree_hash(leaves[k:])]
    return [*_subproof(m - k, leaves[k:], known=False), tree_hash(leaves[:k])]


def below(n: int) -> int:
    """The largest power of two below n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def reader_of(leaves: Sequence[bytes]) -> Reader:
    """A reader of the whole subtrees over these leaves; a subtree that is not whole is not there."""

    def read(level: int, index: int) -> bytes:
        start, stop = index << level, index + 1 << level
        assert stop <= len(leaves), "a subtree that is not whole was read"
        return tree_hash(leaves[start:stop])

    return read


def flipped(value: bytes, bit: int) -> bytes:
    """The bytes with one bit changed."""
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
