"""A signed delivery, the secrets around it, and what the gate says of it."""

import hashlib
import hmac
from datetime import UTC, datetime

from intake.signatures import ARTICLE_FORM, VAPI_DEFAULT, SecretKey, SignatureRejected, verify_signature
from tests.payloads import load_payload

VECTORS = load_payload("vapi_hmac_vectors.json")
SECRET = VECTORS["secret"]
BODY = VECTORS["raw_body_utf8"].encode()
SENT = int(VECTORS["timestamp"])
NOW = datetime.fromtimestamp(SENT + 2, tz=UTC)
KEY = SecretKey.from_text(SECRET)
OTHER_SECRET = "another-test-secret-9876543210"
BOTH_FORMS = (ARTICLE_FORM, VAPI_DEFAULT)


def verdict(headers, *, body=BODY, schemes=BOTH_FORMS, secrets=(KEY,), now=NOW, **sent):
    """Return the Verified, or the reason of the refusal."""
    try:
        return verify_signature(headers=headers, body=body, schemes=schemes, secrets=secrets, now=now, **sent)
    except SignatureRejected as refusal:
        return refusal.reason


def article_digest(body=BODY, secret=SECRET):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
