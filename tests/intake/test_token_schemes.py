"""Tokens: the secret itself in a header, and the short-lived access tokens of our own token endpoint."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
from hypothesis import given, strategies as st

from intake.signatures import (
    ACCESS_TOKEN_LIFETIME,
    BEARER,
    VAPI_SECRET,
    AccessTokenScheme,
    RejectionReason,
    SecretKey,
    Verified,
    issue_access_token,
)
from intake.signatures.access_token import _signing_key
from tests.intake.signed_deliveries import BODY, KEY, NOW, OTHER_SECRET, SECRET, VECTORS, verdict

OF_PLAN = {"bearer_default": BEARER, "legacy_x_vapi_secret": VAPI_SECRET}
CLIENT = "01a205c7-a2ae-7e5d-aeb7-68b7efdd9cd7"
OAUTH2 = AccessTokenScheme(client_id=CLIENT)


class TestStaticTokens:
    @pytest.mark.parametrize("vector", VECTORS["shared_secret_schemes"], ids=lambda vector: vector["name"])
    def test_published_plans_verify(self, vector):
        scheme = OF_PLAN.get(vector["name"], VAPI_SECRET)
        expected = Verified(scheme.name, KEY.key_id) if vector.get("valid", True) else RejectionReason.MISSING
        assert verdict(vector["headers"], schemes=[scheme]) == expected

    @pytest.mark.parametrize("scheme", [BEARER, VAPI_SECRET], ids=lambda scheme: scheme.name)
    def test_each_of_two_secrets_matches_and_says_which(self, scheme):
        other = SecretKey.from_text(OTHER_SECRET)
        for text, key in ((SECRET, KEY), (OTHER_SECRET, other)):
            found = verdict(scheme.sign(secret=text), schemes=[scheme], secrets=(KEY, other))
            assert found == Verified(scheme.name, key.key_id)

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("", RejectionReason.MISSING),
            ("Bearer", RejectionReason.MALFORMED),
            ("Bearer ", RejectionReason.MALFORMED),
            (SECRET, RejectionReason.MALFORMED),
            (f"Basic {SECRET}", RejectionReason.MALFORMED),
            (f"Bearer  {SECRET}", RejectionReason.MISMATCH),
            (f"Bearer {SECRET} ", RejectionReason.MISMATCH),
            (f"Bearer {SECRET[:-1]}", RejectionReason.MISMATCH),
            (f"Bearer {SECRET.upper()}", RejectionReason.MISMATCH),
            (f"Bearer {SECRET}\udc80é", RejectionReason.MISMATCH),
        ],
    )
    def test_wrong_bearers_are_refused_with_their_reason(self, value, reason):
        assert verdict({"Authorization": value}, schemes=[BEARER]) is reason

    def test_the_word_bearer_may_be_in_any_case(self):
        assert verdict({"authorization": f"bearer {SECRET}"}, schemes=[BEARER]) == Verified("bearer", KEY.key_id)

    @pytest.mark.parametrize("scheme", [BEARER, VAPI_SECRET], ids=lambda scheme: scheme.name)
    @pytest.mark.parametrize("sent", ["", " ", "Bearer ", "\x00"])
    def test_nothing_never_matches_not_even_an_empty_secret(self, scheme, sent):
        keys = (SecretKey.from_text(""), KEY)
        assert verdict({scheme.header: sent}, schemes=[scheme], secrets=keys) in set(RejectionReason)
        assert verdict({scheme.header: sent}, schemes=[scheme], secrets=keys[:1]) is RejectionReason.NO_SECRET

    @pytest.mark.parametrize("scheme", [BEARER, VAPI_SECRET], ids=lambda scheme: scheme.name)
    @given(st.integers(0, len(SECRET) * 7 - 1))
    def test_a_flipped_bit_refuses(self, scheme, bit):
        changed = bytearray(SECRET.encode())
        changed[bit // 7] ^= 1 << bit % 7
        assert verdict(scheme.sign(secret=changed.decode()), schemes=[scheme]) in set(RejectionReason)


def token(*, secret=KEY, client=CLIENT, now=NOW):
    return issue_access_token(secret, client_id=client, now=now)


def said_of(text, *, now=NOW, secrets=(KEY,)):
    return verdict({"Authorization": f"Bearer {text}"}, schemes=[OAUTH2], secrets=secrets, now=now)


class TestAccessTokens:
    def test_one_proves_its_clients_deliveries_until_it_ends(self):
        last = NOW.replace(microsecond=0) + ACCESS_TOKEN_LIFETIME
        assert said_of(token()) == Verified("oauth2", KEY.key_id)
        assert said_of(token(), now=last - timedelta(seconds=1)) == Verified("oauth2", KEY.key_id)
        assert said_of(token(), now=last) is RejectionReason.STALE_TIMESTAMP

    def test_it_ends_with_the_secret_it_was_given_for(self):
        other = SecretKey.from_text(OTHER_SECRET)
        assert said_of(token(secret=other), secrets=(KEY, other)) == Verified("oauth2", other.key_id)
        assert said_of(token(secret=other)) is RejectionReason.MISMATCH
        ended = SecretKey.from_text(OTHER_SECRET, not_after=NOW - timedelta(seconds=1))
        assert said_of(token(secret=ended), secrets=(KEY, ended)) is RejectionReason.MISMATCH

    def test_another_clients_is_no_proof_even_with_the_same_secret(self):
        assert said_of(token(client=CLIENT[:-1] + "8")) is RejectionReason.MISMATCH

    def test_the_client_secret_itself_is_no_token(self):
        assert said_of(SECRET) is RejectionReason.MISMATCH

    @pytest.mark.parametrize("left_out", ["aud", "sub", "exp", "iat", "jti"])
    def test_every_claim_is_needed(self, left_out):
        claims = jwt.decode(token(), options={"verify_signature": False})
        key = _signing_key(KEY, CLIENT)
        assert said_of(jwt.encode(claims, key, "HS256")) == Verified("oauth2", KEY.key_id)
        del claims[left_out]
        assert said_of(jwt.encode(claims, key, "HS256")) is RejectionReason.MISMATCH

    @pytest.mark.parametrize("ending", ["never", None, [], {}, True, -1, 0])
    def test_an_end_that_is_no_instant_is_no_end(self, ending):
        claims = jwt.decode(token(), options={"verify_signature": False}) | {"exp": ending}
        found = said_of(jwt.encode(claims, _signing_key(KEY, CLIENT), "HS256"))
        assert found in {RejectionReason.MISMATCH, RejectionReason.STALE_TIMESTAMP}

    def test_a_token_without_signature_is_none(self):
        claims = jwt.decode(token(), options={"verify_signature": False})
        assert said_of(jwt.encode(claims, None, "none")) is RejectionReason.MISMATCH
        assert said_of(jwt.encode(claims, _signing_key(KEY, CLIENT) * 2, "HS512")) is RejectionReason.MISMATCH

    @pytest.mark.parametrize("depth", [10, 400, 700])
    def test_brackets_exhaust_nothing(self, depth):
        nested = base64.urlsafe_b64encode(b"[" * depth + b"]" * depth).decode().rstrip("=")
        for text in (f"{nested}.{nested}.{nested}", f"{nested}.e30.c2ln", "a" * 1_999, "a" * 9_000):
            assert said_of(text) in set(RejectionReason)

    @given(st.data())
    def test_a_changed_character_refuses(self, data):
        text = token()
        place = data.draw(st.integers(0, len(text) - 1))
        character = data.draw(st.characters(codec="ascii").filter(lambda found: found != text[place]))
        # The spare bits of the last character of a base64 part: the bytes are the same, and so is the signature.
        changed = text[:place] + character + text[place + 1 :]
        if [_bytes_of(part) for part in changed.split(".")] != [_bytes_of(part) for part in text.split(".")]:
            assert said_of(changed) in set(RejectionReason)

    @given(st.text(max_size=60))
    def test_no_text_raises_anything_but_the_refusal(self, text):
        assert said_of(text) in set(RejectionReason)
        assert verdict({"Authorization": text}, schemes=[OAUTH2], body=BODY) in set(RejectionReason)

    def test_it_holds_no_secret(self):
        header, claims, _ = token().split(".")
        shown = _bytes_of(header) + _bytes_of(claims)
        assert SECRET.encode() not in shown
        assert set(json.loads(_bytes_of(claims))) == {"aud", "sub", "iat", "exp", "jti"}


def _bytes_of(part):
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        return None
