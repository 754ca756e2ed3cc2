"""The key ring: 32 bytes in base64, named by a digest, one subkey a duty."""

import base64
import os

import pytest
from django.core.exceptions import ImproperlyConfigured

from lib.digests import digest_key, keyed_digest, keyed_digests
from lib.keyring import field_keys, parse_key

MATERIAL = bytes(range(200, 232))


def test_both_alphabets_of_base64_name_the_same_key():
    standard, url_safe = base64.b64encode(MATERIAL).decode(), base64.urlsafe_b64encode(MATERIAL).decode()
    assert standard != url_safe
    assert parse_key(standard) == parse_key(url_safe)


@pytest.mark.parametrize("text", ["", "???", "c2hvcnQ=", base64.b64encode(b"x" * 33).decode(), "é" * 44])
def test_anything_else_is_refused_without_quoting_it(text):
    with pytest.raises(ImproperlyConfigured) as caught:
        parse_key(text)
    assert not text or text not in str(caught.value)


def test_a_key_shows_its_name_and_never_itself():
    key = parse_key(base64.b64encode(MATERIAL).decode())
    assert key.key_id in repr(key)
    assert len(key.key_id) == 8
    for shown in (repr(MATERIAL)[2:-1], MATERIAL.hex(), base64.b64encode(MATERIAL).decode()[:20]):
        assert shown not in repr(key)


def test_duties_have_keys_of_their_own():
    key = parse_key(base64.b64encode(MATERIAL).decode())
    assert len({key.material, key.subkey("one"), key.subkey("two"), key.subkey("")}) == 4
    assert key.subkey("one") == key.subkey("one")


def test_the_ring_follows_settings_and_finds_keys_by_name(settings):
    old = field_keys().current
    settings.RINGBACK_FIELD_KEYS = [base64.b64encode(os.urandom(32)).decode(), *settings.RINGBACK_FIELD_KEYS]
    ring = field_keys()
    assert ring.current != old
    assert ring.get(old.key_id) == old
    assert ring.get("00000000") is None


def test_digests_differ_by_duty_value_and_key(settings):
    first = {keyed_digest("a", "x"), keyed_digest("b", "x"), keyed_digest("a", "y")}
    settings.RINGBACK_INDEX_KEYS = [base64.b64encode(os.urandom(32)).decode(), *settings.RINGBACK_INDEX_KEYS]
    assert len(first | {keyed_digest("a", "x")}) == 4
    assert keyed_digests("a", "x")[0] == keyed_digest("a", "x")
    assert keyed_digests("a", "x")[1] in first
    assert len(digest_key("a")) == 32
