"""Configured HMAC schemes: the published plans, every option, and those that would prove too little."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import assume, given, strategies as st

from intake.signatures import (
    ARTICLE_FORM,
    VAPI_DEFAULT,
    HmacScheme,
    RejectionReason,
    SecretKey,
    Verified,
    sign_article_form,
)
from tests.intake.signed_deliveries import (
    BODY,
    KEY,
    SECRET,
    SENT,
    VECTORS,
    verdict,
)


def scheme_of_plan(plan):
    names = {
        "signatureHeader": "signature_header",
        "includeTimestamp": "include_timestamp",
        "payloadFormat": "payload_format",
        "signatureEncoding": "encoding",
        "algorithm": "algorithm",
    }
    return HmacScheme(name="of-plan", **{names[key]: value for key, value in plan.items() if key != "type"})


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_published_plans_verify(vector):
    assert hashlib.sha256(BODY).hexdigest() == VECTORS["raw_body_sha256"]
    scheme = scheme_of_plan(vector["plan"])
    assert verdict(vector["headers"], schemes=[scheme]) == Verified("of-plan", KEY.key_id)
    assert verdict(vector["headers"], schemes=[scheme], body=BODY + b" ") is RejectionReason.MISMATCH


@pytest.mark.parametrize(
    "settings",
    [
        {"algorithm": "sha512"},
        {"algorithm": "sha512", "encoding": "base64"},
        {"algorithm": "sha1", "allow_sha1": True},
        {"prefix": "sha256="},
        {"prefix": "v1,", "encoding": "base64"},
        {"signature_header": "X-Clinic-Signature", "timestamp_header": "X-Clinic-Time"},
        {"payload_format": "v0:{timestamp}:{body}:end"},
        {"payload_format": "{body}", "include_timestamp": False, "timestamp_header": None},
    ],
)
def test_a_configured_scheme_proves_what_it_signs(settings):
    scheme = HmacScheme(**settings)
    headers = scheme.sign(secret=SECRET, body=BODY, timestamp=SENT)
    assert verdict(headers, schemes=[scheme]) == Verified("hmac", KEY.key_id)
    assert verdict(headers, schemes=[scheme], body=b"{}") is RejectionReason.MISMATCH


def test_the_prefix_is_required_where_configured():
    scheme = HmacScheme(prefix="sha256=")
    headers = scheme.sign(secret=SECRET, body=BODY, timestamp=SENT)
    bare = {**headers, "x-signature": headers["x-signature"].removeprefix("sha256=")}
    assert verdict(bare, schemes=[scheme]) is RejectionReason.MALFORMED


@pytest.mark.parametrize("value", ["*" * 44, "\u00e9" * 44, "A" * 43, "A" * 45, "A" * 44, "=" * 44])
def test_base64_that_is_no_digest_is_malformed(value):
    headers = {"x-signature": value, "x-timestamp": str(SENT)}
    assert verdict(headers, schemes=[HmacScheme(encoding="base64")]) is RejectionReason.MALFORMED


def test_a_base64_secret_is_decoded_and_a_broken_one_is_no_secret():
    scheme = HmacScheme(secret_is_base64=True)
    text = base64.b64encode(b"raw key bytes of some length").decode()
    headers = scheme.sign(secret=text, body=BODY, timestamp=SENT)
    digest = hmac.new(b"raw key bytes of some length", f"{SENT}.".encode() + BODY, hashlib.sha256).hexdigest()
    assert headers["x-signature"] == digest
    key = SecretKey.from_text(text)
    assert verdict(headers, schemes=[scheme], secrets=[key]) == Verified("hmac", key.key_id)
    assert verdict(headers, schemes=[scheme], secrets=[SecretKey.from_text("no*base64")]) is RejectionReason.NO_SECRET
    assert verdict(headers, schemes=[scheme], secrets=[SecretKey.from_text("====")]) is RejectionReason.NO_SECRET


@pytest.mark.parametrize(
    "settings",
    [
        {"payload_format": "{timestamp}"},
        {"payload_format": "{timestamp}.{body}.{body}"},
        {"payload_format": "{timestamp}.{path}.{body}"},
        {"signature_header": "x signature"},
        {"signature_header": ""},
        {"timestamp_header": "x:time"},
        {"payload_format": "{body}"},
        {"include_timestamp": False},
        {"timestamp_header": None},
        {"algorithm": "sha1"},
        {"algorithm": "md5"},
        {"encoding": "base32"},
        {"tolerance_seconds": 0},
    ],
)
def test_a_scheme_that_would_prove_too_little_cannot_be_made(settings):
    with pytest.raises(ValueError):
        HmacScheme(**settings)


URL = "https://clinic.example.com/webhook/vapi"


@pytest.mark.parametrize("payload_format", ["{method}|{url}|{timestamp}|{body}", "{svix-id}.{timestamp}.{body}"])
def test_what_else_was_signed_must_be_as_it_was_signed(payload_format):
    scheme = HmacScheme(payload_format=payload_format)
    headers = scheme.sign(secret=SECRET, body=BODY, timestamp=SENT, url=URL, message_id="msg_2b7")
    digest = hmac.new(
        SECRET.encode(),
        payload_format.replace("{method}", "POST")
        .replace("{url}", URL)
        .replace("{timestamp}", str(SENT))
        .replace("{svix-id}", "msg_2b7")
        .replace("{body}", BODY.decode())
        .encode(),
        hashlib.sha256,
    )
    assert headers["x-signature"] == digest.hexdigest()
    assert verdict(headers, schemes=[scheme], url=URL) == Verified("hmac", KEY.key_id)
    if "{url}" in payload_format:
        assert verdict(headers, schemes=[scheme], url=URL + "/") is RejectionReason.MISMATCH
        assert verdict(headers, schemes=[scheme], url=URL, method="PUT") is RejectionReason.MISMATCH
    else:
        assert verdict(headers | {"svix-id": "msg_2b8"}, schemes=[scheme]) is RejectionReason.MISMATCH
        assert verdict(headers | {"svix-id": ""}, schemes=[scheme]) is RejectionReason.MISSING
        assert verdict(headers | {"svix-id": "a b"}, schemes=[scheme]) is RejectionReason.MALFORMED


def test_a_body_that_holds_a_placeholder_is_signed_as_it_is():
    scheme = HmacScheme(payload_format="{url}{timestamp}{body}")
    body = b'{"{url}": "{timestamp}"}'
    headers = scheme.sign(secret=SECRET, body=body, timestamp=SENT, url="{body}")
    assert verdict(headers, schemes=[scheme], body=body, url="{body}") == Verified("hmac", KEY.key_id)


ALL = {
    "hex": HmacScheme(),
    "base64": HmacScheme(encoding="base64"),
    "sha512": HmacScheme(algorithm="sha512", prefix="v1="),
    "article": ARTICLE_FORM,
}


@pytest.mark.parametrize("name", ALL)
@given(st.data())
def test_a_flipped_bit_anywhere_refuses(name, data):
    """Of the body, the signature or the timestamp: nothing but what was signed is proven."""
    scheme = ALL[name]
    headers = scheme.sign(secret=SECRET, body=BODY, timestamp=SENT)
    place = data.draw(st.sampled_from(["body", *headers]))
    original = BODY if place == "body" else headers[place].encode()
    bit = data.draw(st.integers(0, len(original) * 8 - 1))
    changed = bytearray(original)
    changed[bit // 8] ^= 1 << bit % 8
    # Hexadecimal digits in another case are the same signature.
    same = place != "body" and scheme.encoding == "hex" and bytes(changed).lower() == original.lower()
    assume(not same)
    if place == "body":
        found = verdict(headers, schemes=[scheme], body=bytes(changed))
    else:
        found = verdict(headers | {place: changed.decode("latin-1")}, schemes=[scheme])
    assert found in set(RejectionReason)


def test_signing_needs_a_timestamp_and_a_secret():
    with pytest.raises(ValueError):
        VAPI_DEFAULT.sign(secret=SECRET, body=BODY)
    with pytest.raises(ValueError):
        sign_article_form("", BODY)
