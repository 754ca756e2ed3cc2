"""Intake's gate: what proves a delivery, and everything that does not (security.md 1, rows 2-9)."""

import ast
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from intake import signatures
from intake.signatures import (
    ARTICLE_FORM,
    VAPI_DEFAULT,
    RejectionReason,
    SecretKey,
    Verified,
    sign_article_form,
    sign_vapi_default,
)
from tests.intake.signed_deliveries import (
    BODY,
    KEY,
    NOW,
    OTHER_SECRET,
    SECRET,
    SENT,
    article_digest,
    verdict,
)


def test_the_two_standing_forms_verify_and_say_which():
    assert verdict(sign_article_form(SECRET, BODY)) == Verified("article", KEY.key_id)
    assert verdict(sign_vapi_default(SECRET, BODY, SENT)) == Verified("vapi-default", KEY.key_id)
    assert sign_article_form(SECRET, BODY) == {"x-vapi-signature": article_digest()}
    assert sign_vapi_default(SECRET, BODY, SENT)["x-timestamp"] == str(SENT)


def test_a_form_that_is_not_open_proves_nothing():
    assert verdict(sign_article_form(SECRET, BODY), schemes=[VAPI_DEFAULT]) is RejectionReason.MISSING
    assert verdict(sign_vapi_default(SECRET, BODY, SENT), schemes=[ARTICLE_FORM]) is RejectionReason.MISSING
    assert verdict(sign_article_form(SECRET, BODY), schemes=[]) is RejectionReason.NO_SECRET


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", RejectionReason.MISSING),
        ("test_signature_for_local_dev", RejectionReason.MALFORMED),
        ("0" * 64, RejectionReason.MISMATCH),
        (article_digest()[:-1], RejectionReason.MALFORMED),
        (article_digest() + "0", RejectionReason.MALFORMED),
        (article_digest()[:-1] + "g", RejectionReason.MALFORMED),
        (article_digest()[:-1] + "é", RejectionReason.MALFORMED),
        (article_digest()[:-1] + "\uff14", RejectionReason.MALFORMED),
        (article_digest()[:-1] + "\udc80", RejectionReason.MALFORMED),
        (article_digest()[:-1] + "\n", RejectionReason.MALFORMED),
        (article_digest()[:-2] + "  ", RejectionReason.MALFORMED),
        (f"{article_digest()}, {article_digest()}", RejectionReason.MALFORMED),
        ("sha256=" + article_digest(), RejectionReason.MALFORMED),
        ("a" * 8192, RejectionReason.MALFORMED),
        (article_digest(body=BODY + b"\n"), RejectionReason.MISMATCH),
        (article_digest(secret=OTHER_SECRET), RejectionReason.MISMATCH),
        (article_digest(secret=""), RejectionReason.MISMATCH),
    ],
)
def test_wrong_signatures_are_refused_with_their_reason(value, reason):
    assert verdict({"x-vapi-signature": value}) is reason


def test_no_header_at_all_is_missing():
    assert verdict({}) is RejectionReason.MISSING
    assert verdict({"content-type": "application/json"}) is RejectionReason.MISSING


def test_header_names_and_hex_digits_may_be_in_any_case():
    assert verdict({"X-VAPI-Signature": article_digest().upper()}) == Verified("article", KEY.key_id)


def test_a_header_sent_in_two_spellings_is_refused_even_if_one_is_right():
    both = {"x-vapi-signature": article_digest(), "X-Vapi-Signature": "0" * 64}
    assert verdict(both) is RejectionReason.MALFORMED


@pytest.mark.parametrize(
    "rewritten",
    [
        BODY.replace(b'":', b'": '),
        BODY.replace("é".encode(), b"\\u00e9"),
        b'{"message":{"status":"ended","type":"status-update"}}',
        b"",
    ],
)
def test_only_the_exact_bytes_are_proven(rewritten):
    headers = sign_article_form(SECRET, BODY)
    assert verdict(headers, body=rewritten) is RejectionReason.MISMATCH


@pytest.mark.parametrize(
    "body", [b'{ "a" : 1,\n "a":2, "\xc3\xa9": "\\u00e9" }', b"", b"\xff\x00\xfe", b"{timestamp}"]
)
def test_any_bytes_signed_as_they_are_are_proven(body):
    assert verdict(sign_article_form(SECRET, body), body=body) == Verified("article", KEY.key_id)
    signed = sign_vapi_default(SECRET, body, SENT)
    assert verdict(signed, body=body) == Verified("vapi-default", KEY.key_id)


@given(st.binary(max_size=200), st.text(max_size=100), st.text(max_size=30))
def test_no_header_whatever_raises_anything_but_the_refusal(body, signature, timestamp):
    headers = {"x-signature": signature, "x-vapi-signature": signature, "x-timestamp": timestamp}
    assert verdict(headers, body=body) in set(RejectionReason)


# Timestamps (row 7)


@pytest.mark.parametrize("off", [-300, -299, 0, 299, 300])
@pytest.mark.parametrize("unit", [1, 1000])
def test_a_timestamp_within_the_tolerance_is_fresh(off, unit):
    headers = sign_vapi_default(SECRET, BODY, SENT * unit)
    now = datetime.fromtimestamp(SENT + off, tz=UTC)
    assert verdict(headers, now=now) == Verified("vapi-default", KEY.key_id)


@pytest.mark.parametrize("off", [-301, 301, -86_400, 86_400 * 365])
@pytest.mark.parametrize("unit", [1, 1000])
def test_a_timestamp_outside_the_tolerance_is_stale_in_both_directions(off, unit):
    headers = sign_vapi_default(SECRET, BODY, SENT * unit)
    now = datetime.fromtimestamp(SENT + off, tz=UTC)
    assert verdict(headers, now=now) is RejectionReason.STALE_TIMESTAMP


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "NaN",
        "-1",
        "1e309",
        "1e9",
        "inf",
        "0x10",
        "17953668.31",
        " 1795366831",
        "\uff11795366831",
        "9" * 17,
        "9" * 8192,
    ],
)
def test_a_timestamp_that_is_no_count_is_malformed_even_when_signed(text):
    digest = hmac.new(SECRET.encode(), f"{text}.".encode() + BODY, hashlib.sha256).hexdigest()
    assert verdict({"x-signature": digest, "x-timestamp": text}) is RejectionReason.MALFORMED


@pytest.mark.parametrize("text", ["0", "1", "9" * 16])
def test_a_signed_timestamp_far_off_is_stale(text):
    digest = hmac.new(SECRET.encode(), f"{text}.".encode() + BODY, hashlib.sha256).hexdigest()
    assert verdict({"x-signature": digest, "x-timestamp": text}) is RejectionReason.STALE_TIMESTAMP


def test_a_timestamp_changed_or_left_out_after_signing_is_refused():
    headers = sign_vapi_default(SECRET, BODY, SENT)
    assert verdict({**headers, "x-timestamp": str(SENT + 1)}) is RejectionReason.MISMATCH
    assert verdict({"x-signature": headers["x-signature"]}) is RejectionReason.MISSING
    assert verdict({**headers, "x-timestamp": ""}) is RejectionReason.MISSING


# Secrets (rows 8 and 9)


def test_two_active_secrets_both_prove_and_say_which_did():
    other = SecretKey.from_text(OTHER_SECRET)
    for secret, key in ((SECRET, KEY), (OTHER_SECRET, other)):
        headers = sign_article_form(secret, BODY)
        assert verdict(headers, secrets=(KEY, other)) == Verified("article", key.key_id)
    assert (
        verdict(sign_article_form("a-third-secret-of-nobody", BODY), secrets=(KEY, other)) is RejectionReason.MISMATCH
    )


def test_a_secret_proves_until_its_end_and_not_after():
    ending = SecretKey.from_text(OTHER_SECRET, not_after=NOW)
    headers = sign_article_form(OTHER_SECRET, BODY)
    assert verdict(headers, secrets=(KEY, ending), now=NOW) == Verified("article", ending.key_id)
    later = NOW + timedelta(seconds=1)
    assert verdict(headers, secrets=(KEY, ending), now=later) is RejectionReason.MISMATCH
    assert verdict(headers, secrets=(ending,), now=later) is RejectionReason.NO_SECRET


def test_an_empty_secret_never_proves_anything():
    empty = SecretKey.from_text("")
    forged = {"x-vapi-signature": article_digest(secret="")}
    assert verdict(forged, secrets=()) is RejectionReason.NO_SECRET
    assert verdict(forged, secrets=(empty,)) is RejectionReason.NO_SECRET
    assert verdict(forged, secrets=(empty, KEY)) is RejectionReason.MISMATCH


@pytest.mark.parametrize("signer", [SECRET, OTHER_SECRET, "a-third-secret-of-nobody"])
def test_every_active_key_is_compared_whichever_matches(monkeypatch, signer):
    compared = []

    def counting(left, right):
        assert type(left) is type(right) is bytes
        compared.append(left)
        return left == right

    monkeypatch.setattr("intake.signatures.hmac_scheme.hmac.compare_digest", counting)
    keys = (KEY, SecretKey.from_text(OTHER_SECRET), SecretKey.from_text("never-used-here-0123456789"))
    verdict(sign_article_form(signer, BODY), secrets=keys)
    assert len(compared) == len(keys)


def test_a_key_shows_its_id_and_never_its_secret():
    assert len(KEY.key_id) == 8
    assert KEY.key_id != hashlib.sha256(SECRET.encode()).hexdigest()[:8]
    assert KEY.key_id != SecretKey.from_text(OTHER_SECRET).key_id
    assert SECRET not in repr(KEY)


def test_the_furthest_refusal_is_told():
    stale = sign_vapi_default(SECRET, BODY, SENT - 1000)
    assert verdict({**stale, "x-vapi-signature": "0" * 64}) is RejectionReason.STALE_TIMESTAMP
    assert verdict({"x-vapi-signature": "zz"}) is RejectionReason.MALFORMED


# Source (row 6)

SENSITIVE = {"received", "digest", "encoded", "decoded", "signed", "material", "value", "header", "body", "secret"}


def unsafe_comparisons(source):
    def name_of(node):
        return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""

    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare)
        if any(name_of(side) in SENSITIVE for side in (node.left, *node.comparators))
    ]


def test_secrets_and_digests_are_compared_in_constant_time_only():
    sources = {path.name: path.read_text() for path in Path(signatures.__file__).parent.glob("*.py")}
    assert [found for source in sources.values() for found in unsafe_comparisons(source)] == []
    assert all("hmac.compare_digest(" in sources[name] for name in ("hmac_scheme.py", "token_scheme.py"))
    assert unsafe_comparisons("if received == expected or self.value in known: ...") == [
        "received == expected",
        "self.value in known",
    ]
