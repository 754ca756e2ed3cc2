"""Intake's gate: every way a delivery is proven to come from a line's owner. Pure: bytes, headers and keys in."""

from intake.signatures.access_token import LIFETIME as ACCESS_TOKEN_LIFETIME, AccessTokenScheme, issue_access_token
from intake.signatures.hmac_scheme import (
    ARTICLE_FORM,
    VAPI_DEFAULT,
    HmacScheme,
    sign_article_form,
    sign_vapi_default,
)
from intake.signatures.proof import (
    SHORTEST_SECRET_BYTES,
    RejectionReason,
    Scheme,
    SecretKey,
    SignatureRejected,
    Verified,
)
from intake.signatures.token_scheme import BEARER, VAPI_SECRET, TokenScheme, find_key
from intake.signatures.verifying import furthest, verify_signature

__all__ = [
    "ACCESS_TOKEN_LIFETIME",
    "ARTICLE_FORM",
    "BEARER",
    "SHORTEST_SECRET_BYTES",
    "VAPI_DEFAULT",
    "VAPI_SECRET",
    "AccessTokenScheme",
    "HmacScheme",
    "RejectionReason",
    "Scheme",
    "SecretKey",
    "SignatureRejected",
    "TokenScheme",
    "Verified",
    "find_key",
    "furthest",
    "issue_access_token",
    "sign_article_form",
    "sign_vapi_default",
    "verify_signature",
]
