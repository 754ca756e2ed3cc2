"""Configured HMAC schemes: the published plans, every option, and those that would prove too little."""

import base64
import hashlib
import hmac

import pytest

from intake.signatures import VAPI_DEFAULT, HmacScheme, RejectionReason, SecretKey, Verified, sign_article_form
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
        {"payload_format": "{timestamp}.{url}.{body}"},
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


def test_signing_needs_a_timestamp_and_a_secret():
    with pytest.raises(ValueError):
        VAPI_DEFAULT.sign(secret=SECRET, body=BODY)
    with pytest.raises(ValueError):
        sign_article_form("", BODY)
