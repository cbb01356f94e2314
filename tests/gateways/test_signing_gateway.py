"""The platform's signature."""

import pytest

from app.gateways.signing import Signer, SigningKeyUnfit, new_seed, verify

# RFC 8032, section 7.1, tests 1 and 2.
KNOWN = [
    (
        "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), KNOWN)
def test_it_signs_as_the_standard_says(
    seed: str, public: str, message: str, signature: str
) -> None:
    signer = Signer(seed)

    assert signer.public_key_hex == public
    assert signer.sign(bytes.fromhex(message)).hex() == signature


def test_anyone_verifies_with_the_public_key_in_any_of_its_spellings() -> None:
    signer = Signer(new_seed())
    signature = signer.sign(b"hammer price")

    for key in (signer.public_key, signer.public_key_base64, signer.public_key_hex):
        assert verify(key, b"hammer price", signature)


def test_another_message_signature_or_key_does_not_verify() -> None:
    signer, other = Signer(new_seed()), Signer(new_seed())
    signature = signer.sign(b"hammer price")
    changed = bytes([signature[0] ^ 1]) + signature[1:]

    assert not verify(signer.public_key, b"hammer price!", signature)
    assert not verify(signer.public_key, b"hammer price", changed)
    assert not verify(other.public_key, b"hammer price", signature)
    for nonsense in ("", "no key", b"short", "zz" * 32, "é" * 44):
        assert not verify(nonsense, b"hammer price", signature)
    assert not verify(signer.public_key, b"hammer price", b"")


def test_a_key_has_a_short_name_and_hides_its_seed() -> None:
    seed = new_seed()
    signer = Signer(seed)

    assert signer.key_id == Signer(seed).key_id
    assert seed not in repr(signer)
    assert len(signer.key_id) == 16


@pytest.mark.parametrize("seed", ["", "dev", "YWJj", "!" * 44])
def test_a_text_that_is_no_seed_is_refused(seed: str) -> None:
    with pytest.raises(SigningKeyUnfit):
        Signer(seed)
