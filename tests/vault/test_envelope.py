"""The envelope opens for its own field and row, whole and untouched, and for nothing else."""

from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.vault.conftest import new_key
from vault.envelope import SealBrokenError, key_id_of, open_text, opened_count, seal_text

pytestmark = pytest.mark.usefixtures("by_hand")

LABEL = "callback.phone"
ROW = uuid4()
PLAIN = "+12025550143"


def opens(token, *, label=LABEL, row_id=ROW):
    """The plain text, or None when the seal is broken."""
    try:
        return open_text(token, label=label, row_id=row_id)
    except SealBrokenError:
        return None


@pytest.mark.parametrize("plain", [PLAIN, "", "José", "\u202e\u0000\n", "x" * 500, "👩‍⚕️"])
def test_what_was_sealed_opens_again(plain):
    assert opens(seal_text(plain, label=LABEL, row_id=ROW)) == plain


def test_two_seals_of_one_value_have_nothing_in_common():
    first, second = (seal_text(PLAIN, label=LABEL, row_id=ROW) for _ in range(2))
    assert first.split(".")[2][:16] != second.split(".")[2][:16]


def test_nothing_of_the_value_shows_in_the_envelope():
    assert PLAIN not in seal_text(PLAIN, label=LABEL, row_id=ROW)


def test_no_changed_character_goes_unnoticed():
    token = seal_text(PLAIN, label=LABEL, row_id=ROW)
    for place, character in enumerate(token):
        for other in {"A", "Q", "-", "+", "/", "_", "=", "0", ".", " "} - {character}:
            assert opens(token[:place] + other + token[place + 1 :]) is None, (place, character, other)


def test_no_changed_bit_goes_unnoticed():
    token = seal_text(PLAIN, label=LABEL, row_id=ROW)
    for place in range(len(token)):
        for bit in range(7):
            changed = chr(ord(token[place]) ^ (1 << bit))
            assert opens(token[:place] + changed + token[place + 1 :]) is None, (place, bit)


@pytest.mark.parametrize(
    "damage",
    [
        lambda token: token[:-4],
        lambda token: token + "AAAA",
        lambda token: token + "\n",
        lambda token: token[:11],
        lambda token: token[:16],
        lambda token: "",
        lambda token: "plain text in the column",
        lambda token: "2" + token[1:],
        lambda token: token.replace(".", ""),
        lambda token: "1.deadbeef." + token.split(".")[2],
        lambda token: token + "é",
    ],
)
def test_a_damaged_envelope_stays_shut(damage):
    assert opens(damage(seal_text(PLAIN, label=LABEL, row_id=ROW))) is None


def test_an_envelope_does_not_open_in_another_row():
    assert opens(seal_text(PLAIN, label=LABEL, row_id=ROW), row_id=uuid4()) is None


def test_an_envelope_does_not_open_in_another_field():
    assert opens(seal_text(PLAIN, label=LABEL, row_id=ROW), label="callback.first_name") is None


def test_a_foreign_key_does_not_open(settings):
    token = seal_text(PLAIN, label=LABEL, row_id=ROW)
    settings.RINGBACK_FIELD_KEYS = [new_key()]
    assert opens(token) is None


def test_a_stolen_key_id_does_not_help(settings):
    """The id in the envelope only names a key; the wrong key under the right name fails the tag."""
    token = seal_text(PLAIN, label=LABEL, row_id=ROW)
    settings.RINGBACK_FIELD_KEYS = [new_key()]
    other_id = key_id_of(seal_text("x", label=LABEL, row_id=ROW))
    assert opens(f"1.{other_id}.{token.split('.')[2]}") is None


def test_after_a_rotation_the_newest_key_seals_and_the_old_one_still_opens(settings, turn_in_key):
    old = seal_text("before", label=LABEL, row_id=ROW)
    turn_in_key()
    turn_in_key()
    new = seal_text("after", label=LABEL, row_id=ROW)
    assert (opens(old), opens(new)) == ("before", "after")
    assert key_id_of(old) != key_id_of(new)
    settings.RINGBACK_FIELD_KEYS = settings.RINGBACK_FIELD_KEYS[:1]
    assert (opens(old), opens(new)) == (None, "after")


@pytest.mark.parametrize("text", ["", "plain", "1.only"])
def test_what_is_no_envelope_names_no_key(text):
    assert key_id_of(text) == ""


def test_only_openings_are_counted():
    token = seal_text(PLAIN, label=LABEL, row_id=ROW)
    before = opened_count.fields
    assert opens(token, row_id=uuid4()) is None
    assert opened_count.fields == before
    assert opens(token) == PLAIN
    assert opened_count.fields == before + 1


def test_a_broken_seal_says_which_field_and_nothing_of_the_value():
    token = seal_text(PLAIN, label=LABEL, row_id=ROW)
    with pytest.raises(SealBrokenError) as caught:
        open_text(token[:-8] + "AAAAAAA=", label=LABEL, row_id=ROW)
    assert LABEL in str(caught.value)
    assert token[:20] not in str(caught.value)
    assert caught.value.__cause__ is None


def test_without_keys_nothing_is_sealed(settings):
    settings.RINGBACK_FIELD_KEYS = []
    with pytest.raises(ImproperlyConfigured):
        seal_text(PLAIN, label=LABEL, row_id=ROW)
