"""Equal values find each other within a clinic, and nobody without the key can find anybody."""

import hashlib
import hmac
from uuid import uuid4

import pytest

from tests.vault.conftest import new_key
from vault.blind_index import index_value, search_values

HERE, ELSEWHERE = uuid4(), uuid4()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dana", "dana"),
        (" Dana ", "Dana"),
        ("Mary  Ann", "mary ann"),
        ("\uff24\uff21\uff2e\uff21", "dana"),
        ("Straße", "STRASSE"),
    ],
)
def test_spellings_of_one_name_are_one(one, other):
    assert index_value("name", one, clinic_id=HERE) == index_value("name", other, clinic_id=HERE)


@pytest.mark.parametrize("other", ["Dan", "Dana B", "Danà", ""])
def test_other_names_are_others(other):
    assert index_value("name", "Dana", clinic_id=HERE) != index_value("name", other, clinic_id=HERE)


def test_composed_and_decomposed_accents_are_one():
    assert index_value("name", "Jose\u0301", clinic_id=HERE) == index_value("name", "José", clinic_id=HERE)


def test_one_number_in_two_clinics_cannot_be_linked():
    number = "+12025550143"
    assert index_value("phone", number, clinic_id=HERE) != index_value("phone", number, clinic_id=ELSEWHERE)


def test_a_name_that_is_a_number_is_not_that_number():
    assert index_value("phone", "12025550143", clinic_id=HERE) != index_value("name", "12025550143", clinic_id=HERE)


def test_it_is_keyed_and_not_a_plain_digest(settings):
    """Ten digits can be tried in seconds: without the key the index must tell nothing."""
    number = "+12025550143"
    index = index_value("phone", number, clinic_id=HERE)
    assert index not in {hashlib.sha256(text.encode()).hexdigest() for text in (number, number[1:], number[2:])}
    assert index != hmac.digest(settings.SECRET_KEY.encode(), number.encode(), "sha256").hex()
    settings.RINGBACK_INDEX_KEYS = [new_key()]
    assert index_value("phone", number, clinic_id=HERE) != index


def test_the_index_key_rotates_apart_from_the_field_keys(settings, turn_in_key):
    before = index_value("name", "Dana", clinic_id=HERE)
    turn_in_key()
    assert index_value("name", "Dana", clinic_id=HERE) == before


def test_while_the_index_key_rotates_a_search_finds_old_and_new(settings):
    old = index_value("name", "Dana", clinic_id=HERE)
    settings.RINGBACK_INDEX_KEYS = [new_key(), *settings.RINGBACK_INDEX_KEYS]
    new = index_value("name", "Dana", clinic_id=HERE)
    assert search_values("name", "DANA", clinic_id=HERE) == [new, old]


def test_an_index_is_64_hex_digits():
    assert int(index_value("name", "", clinic_id=HERE), 16) >= 0
    assert len(index_value("name", "x" * 5000, clinic_id=HERE)) == 64
