"""Intake's proving: which line a delivery belongs to is decided by whose secret proves it."""

import time
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.http import HttpRequest

from intake.models import Line, LineSecret
from intake.refusals import NotConfiguredRefusal
from intake.services.line_schemes import DEFAULT_LINE_SCHEMES, schemes_of
from intake.services.line_secrets import counting_secrets, note_match
from intake.services.opened_secrets import opened_secrets
from intake.services.rejecting import refuse
from intake.signatures import (
    BEARER,
    VAPI_SECRET,
    RejectionReason,
    Scheme,
    SecretKey,
    SignatureRejected,
    Verified,
    furthest,
    verify_signature,
)
from lib import clock
from lib.errors import NotFoundRefusal
from lib.logs import event_logger

log = event_logger(__name__)

USUAL_HEADERS = frozenset(scheme.proof_header for scheme in (*DEFAULT_LINE_SCHEMES, BEARER, VAPI_SECRET))


@dataclass(frozen=True)
class Proven:
    """A delivery's line, with its clinic, and what proved it."""

    line: Line
    verified: Verified


@dataclass(frozen=True)
class Candidate:
    """A line that a delivery may belong to, what it accepts, and its secrets that count now."""

    line: Line
    schemes: tuple[Scheme, ...]
    secrets: tuple[LineSecret, ...]

    @property
    def has_a_secret(self) -> bool:
        return bool(settings.VAPI_SERVER_SECRETS if self.line.is_default else self.secrets)

    def open_keys(self) -> list[SecretKey]:
        """The environment's secrets are the default line's alone: whoever knows one clinic's cannot speak for another
        (decision 14). Others are opened, which is recorded.
        """
        if self.line.is_default:
            return [SecretKey.from_text(text) for text in settings.VAPI_SERVER_SECRETS]
        return opened_secrets.keys(self.secrets)


# Candidates by the id in the address, and until when (monotonic) they may be believed.
_known: dict[UUID | None, tuple[list[Candidate], float]] = {}


def find_candidates(line_id: UUID | None) -> list[Candidate]:
    """Lines in use with their clinics, the default line first; the one of the address where it names one.

    Asked of the database now and then, with two queries at most: a change to a line, its clinic or its secrets counts
    in every process after INTAKE_LINES_KEPT_SECONDS at the latest. Raises NotFoundRefusal for a line that is unknown
    or retired, and asks anew each time: a line just made takes its first report.
    """
    candidates, until = _known.get(line_id, ([], 0.0))
    if not candidates or time.monotonic() >= until:
        candidates = _load_candidates(line_id)
        _known[line_id] = (candidates, time.monotonic() + settings.INTAKE_LINES_KEPT_SECONDS)
    return candidates


def _load_candidates(line_id: UUID | None) -> list[Candidate]:
    lines = Line.objects.in_use().select_related("clinic").order_by("-is_default", "id")
    found = list(lines if line_id is None else lines.filter(pk=line_id))
    if line_id is not None and not found:
        raise NotFoundRefusal
    own = {line.pk: line for line in found if not line.is_default}
    secrets: dict[UUID, list[LineSecret]] = defaultdict(list)
    if own:
        for secret in LineSecret.objects.filter(counting_secrets(clock.now()), line__in=own):
            secret.line = own[secret.line_id]
            secrets[secret.line_id].append(secret)
    return [Candidate(line=line, schemes=_schemes_of(line), secrets=tuple(secrets[line.pk])) for line in found]


def require_claim(request: HttpRequest, line_id: UUID | None) -> None:
    """Refuse a request that carries no proof at all, before its body is read: a stranger's slow body must not hold a
    thread. Lines with a header of their own are asked for only where none of the usual ones is there.
    """
    if any(request.headers.get(name) for name in USUAL_HEADERS):
        return
    candidates = find_candidates(line_id)
    if any(request.headers.get(scheme.proof_header) for found in candidates for scheme in found.schemes):
        # The body comes next, at the sender's pace: it must not hold a connection of the pool.
        if not connections["default"].in_atomic_block:
            connections["default"].close()
        return
    if not any(found.has_a_secret for found in candidates):
        raise NotConfiguredRefusal
    refuse(request, RejectionReason.MISSING)


def prove_delivery(request: HttpRequest, body: bytes, line_id: UUID | None) -> Proven:
    """Return the line whose secret proves the raw body; every candidate is tried, so that time tells nothing of which.

    Candidates are all lines in use, or the one of the address. A failure is counted for the trail, and the answer tells
    nothing of why. Raises SignatureRefusal or FloodRefusal, NotFoundRefusal for an unknown line, NotConfiguredRefusal
    where no candidate has a secret.
    """
    now = clock.now()
    proofs: list[tuple[Candidate, Verified]] = []
    reasons: list[RejectionReason] = []
    for candidate in find_candidates(line_id):
        try:
            verified = verify_signature(
                headers=request.headers,
                body=body,
                schemes=candidate.schemes,
                secrets=candidate.open_keys(),
                now=now,
                method=request.method or "",
                url=settings.PUBLIC_URL + request.path,
            )
        except SignatureRejected as rejection:
            reasons.append(rejection.reason)
        else:
            proofs.append((candidate, verified))
    if not proofs:
        reason = furthest(reasons)
        if reason is RejectionReason.NO_SECRET:
            raise NotConfiguredRefusal
        refuse(request, reason)
    candidate, verified = proofs[0]
    for secret in candidate.secrets:
        if secret.key_id == verified.key_id:
            note_match(secret, at=now)
    return Proven(line=candidate.line, verified=verified)


def _schemes_of(line: Line) -> tuple[Scheme, ...]:
    """What the line accepts: nothing where its stored options prove too little (forms refuse such)."""
    try:
        return schemes_of(line)
    except ValueError:
        log.error("line_options_unusable", with_exception=True, line=line.pk)  # noqa: TRY400 - our logger, not logging's
        return ()
