"""Intake's gate: proves from raw bytes and headers that a delivery was signed with one of a line's secrets. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from intake.signatures.proof import (
    RejectionReason,
    Scheme,
    SecretKey,
    SignatureRejected,
    SignedRequest,
    Verified,
)

# With several schemes the reason told is that of the one which came furthest.
_PROGRESS = (
    RejectionReason.NO_SECRET,
    RejectionReason.MISSING,
    RejectionReason.MALFORMED,
    RejectionReason.MISMATCH,
    RejectionReason.STALE_TIMESTAMP,
)


def furthest(reasons: Sequence[RejectionReason]) -> RejectionReason:
    """The reason of the check that came closest to a proof; NO_SECRET where nothing was checked."""
    return max(reasons, key=_PROGRESS.index, default=RejectionReason.NO_SECRET)


def verify_signature(
    *,
    headers: Mapping[str, str],
    body: bytes,
    schemes: Sequence[Scheme],
    secrets: Sequence[SecretKey],
    now: datetime,
    method: str = "POST",
    url: str = "",
) -> Verified:
    """Return which scheme and key prove the delivery; raise SignatureRejected if none does.

    `body` is the request's bytes as they arrived, `headers` may be in any case, `url` is the address configured at the
    sender, `now` is aware. All schemes and all active keys are tried whatever the first ones say, so that time tells
    nothing about which one matched.
    """
    active = [key for key in secrets if key.is_active(now)]
    if not active:
        raise SignatureRejected(RejectionReason.NO_SECRET)
    request = SignedRequest(method=method, url=url, headers=lower_case_names(headers), body=body)
    proofs: list[Verified] = []
    refusals: list[RejectionReason] = []
    for scheme in schemes:
        try:
            key = scheme.matching_key(request, keys=active, now=now)
        except SignatureRejected as refusal:
            refusals.append(refusal.reason)
        else:
            proofs.append(Verified(scheme_name=scheme.name, key_id=key.key_id))
    if proofs:
        return proofs[0]
    raise SignatureRejected(furthest(refusals))


def lower_case_names(headers: Mapping[str, str]) -> dict[str, str]:
    """Index headers by lower-case name; one sent in two spellings becomes a comma list, which no scheme accepts."""
    by_name: dict[str, str] = {}
    for name, value in headers.items():
        lower = name.lower()
        by_name[lower] = f"{by_name[lower]},{value}" if lower in by_name else value
    return by_name
