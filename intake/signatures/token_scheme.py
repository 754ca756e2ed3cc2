"""Intake's gate for static tokens: the secret itself in a header, as VAPI's bearer credential sends it. Pure."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from intake.signatures.proof import (
    RejectionReason,
    SecretKey,
    SignatureRejected,
    SignedRequest,
    check_header_name,
)

_BEARER = "bearer "


def bearer_token(header: str) -> str:
    """Return what follows `Bearer `, in any case. Raises SignatureRejected for another form or an empty token."""
    if header[: len(_BEARER)].lower() != _BEARER or not header[len(_BEARER) :]:
        raise SignatureRejected(RejectionReason.MALFORMED)
    return header[len(_BEARER) :]


def find_key(text: str, keys: Sequence[SecretKey]) -> SecretKey | None:
    """Return the key that `text` is; every one is compared, match or not. An empty text or key never matches."""
    # Bytes: compare_digest raises for text outside ASCII.
    given = text.encode("utf-8", "surrogatepass")
    matches = [key for key in keys if hmac.compare_digest(key.value, given) and key.value]
    return matches[0] if matches else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenScheme:
    """The secret as it is, after `Bearer ` or bare.

    It proves who sends, not what is sent: whoever can read one request can make others. Such a line needs TLS from
    end to end, and is offered because VAPI offers it. Raises ValueError for a name that no header can have.
    """

    name: str
    header: str = "Authorization"
    has_bearer_prefix: bool = True

    def __post_init__(self) -> None:
        check_header_name(self.header)

    @property
    def proof_header(self) -> str:
        return self.header

    def matching_key(self, request: SignedRequest, *, keys: Sequence[SecretKey], now: datetime) -> SecretKey:
        """Return the key that the header holds; every key is compared, match or not."""
        del now
        value = request.header(self.header)
        key = find_key(bearer_token(value) if self.has_bearer_prefix else value, keys)
        if key is None:
            raise SignatureRejected(RejectionReason.MISMATCH)
        return key

    def sign(self, *, secret: str) -> dict[str, str]:
        """Return the header a sender adds."""
        return {self.header: f"Bearer {secret}" if self.has_bearer_prefix else secret}


BEARER = TokenScheme(name="bearer")
VAPI_SECRET = TokenScheme(name="vapi-secret", header="X-Vapi-Secret", has_bearer_prefix=False)
