"""Intake's gate for OAuth2: short-lived tokens that our token endpoint gives for a line's client secret. Pure.

A token is signed with a key derived from the client secret that asked for it: no further key has to be kept, and
where a secret ends its tokens end with it.
"""

import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from jwt.types import Options

from intake.signatures.proof import RejectionReason, SecretKey, SignatureRejected, SignedRequest
from intake.signatures.token_scheme import bearer_token

LIFETIME = timedelta(minutes=15)
_ALGORITHM = "HS256"
_AUDIENCE = "ringback:webhook"
_LONGEST_TOKEN = 2_000
# The library checks the signature and the shape; the instants are ours to judge, by the `now` of the request.
_CHECKS: Options = {
    "require": ["aud", "exp", "iat", "jti", "sub"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


def issue_access_token(secret: SecretKey, *, client_id: str, now: datetime) -> str:
    """Return a token that proves deliveries of this client for `LIFETIME` from `now` (aware)."""
    claims = {
        "aud": _AUDIENCE,
        "sub": client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "jti": str(uuid.uuid4()),
    }
    return jwt.encode(claims, _signing_key(secret, client_id), algorithm=_ALGORITHM)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTokenScheme:
    """`Authorization: Bearer <access token>` of one client, whose id stands in the token."""

    client_id: str
    name: str = "oauth2"

    @property
    def proof_header(self) -> str:
        return "Authorization"

    def matching_key(self, request: SignedRequest, *, keys: Sequence[SecretKey], now: datetime) -> SecretKey:
        """Return the client secret for which the token was given; every one is tried."""
        token = bearer_token(request.header("Authorization"))
        if len(token) > _LONGEST_TOKEN:
            raise SignatureRejected(RejectionReason.MALFORMED)
        proofs = [(key, expires) for key in keys if (expires := self._expiry(token, key)) is not None]
        if not proofs:
            raise SignatureRejected(RejectionReason.MISMATCH)
        key, expires = proofs[0]
        if now.timestamp() >= expires:
            raise SignatureRejected(RejectionReason.STALE_TIMESTAMP)
        return key

    def _expiry(self, token: str, secret: SecretKey) -> float | None:
        """Return when a token of this client and secret ends (Unix seconds); None for any other text."""
        try:
            claims = jwt.decode(
                token,
                _signing_key(secret, self.client_id),
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                subject=self.client_id,
                options=_CHECKS,
            )
            return float(claims["exp"])
        # The library reads a token's header before it knows who wrote it: 1,500 brackets exhaust Python's stack.
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, RecursionError):
            return None


def _signing_key(secret: SecretKey, client_id: str) -> bytes:
    return hmac.digest(secret.value, b"ringback:access-token:" + client_id.encode(), "sha256")
