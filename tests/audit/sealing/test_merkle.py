"""The tree and the signatures as the standards define them, and the verifier's own code beside the sealer's."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings, strategies as st

from audit import verify
from audit.sealing.merkle import EMPTY_ROOT, inclusion_path, leaf_hash, root

# Inputs and roots of the certificate-transparency reference tests for RFC 6962.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LINES = st.lists(st.text(alphabet="abcé\n", max_size=6), max_size=40)


@pytest.mark.parametrize("count", range(1, 9))
def test_the_roots_of_the_standard(count):
    leaves = [hashlib.sha256(b"\x00" + bytes.fromhex(text)).digest() for text in INPUTS[:count]]
    assert root(leaves).hex() == verify.root_of(leaves).hex() == ROOTS[count - 1]


def test_nothing_has_a_root_too():
    assert root([]) == verify.root_of([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()


@given(LINES)
def test_every_leaf_leads_to_the_root_and_no_other_does(lines):
    leaves = [leaf_hash(line) for line in lines]
    assert leaves == [verify.leaf_of(line) for line in lines]
    for index, leaf in enumerate(leaves):
        path = inclusion_path(leaves, index)
        assert verify.root_by_path(leaf, index, len(leaves), path) == root(leaves)
        assert verify.root_by_path(leaf_hash("forged"), index, len(leaves), path) != root(leaves)
        assert verify.root_by_path(leaf, index, len(leaves), [*path, leaf]) is None
        if path:
            assert verify.root_by_path(leaf, index, len(leaves), path[:-1]) is None


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_path_for_a_leaf_that_is_not_there(index):
    with pytest.raises(IndexError):
        inclusion_path([leaf_hash("a")] * 3, index)
    assert verify.root_by_path(leaf_hash("a"), index, 3, []) is None


@settings(max_examples=25)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80), st.integers(0, 511))
def test_the_verifiers_signature_check_agrees_with_the_library(seed, message, bit):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert verify.is_signed(public, message, signature)
    assert not verify.is_signed(public, message + b"x", signature)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not verify.is_signed(public, message, bytes(flipped))


def test_the_first_vector_of_rfc_8032():
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    signature = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert verify.is_signed(public, b"", signature)


@pytest.mark.parametrize(
    ("public", "signature"),
    [
        (b"", b"\x00" * 64),
        (b"\x00" * 32, b""),
        (b"\xff" * 32, b"\x00" * 64),
        (b"\x01" + b"\x00" * 31, b"\x00" * 32 + verify.ORDER.to_bytes(32, "little")),
    ],
    ids=["no key", "no signature", "a key off the curve", "a scalar that is too large"],
)
def test_what_is_malformed_is_not_signed(public, signature):
    assert not verify.is_signed(public, b"message", signature)
