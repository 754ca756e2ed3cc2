"""Accounts' access reviews (45 CFR 164.308(a)(4)): begun by an officer, decided line by line, signed and then unchangeable.

A role that is revoked ends at once, in the transaction of the decision. The signature is over every line: SHA-256 of
their canonical JSON in the order of their ids.
"""

import hashlib
import json
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import (
    AccessReview,
    AccessReviewLine,
    Authenticator,
    Clinic,
    LineDecision,
    Membership,
    Passkey,
    User,
)
from accounts.roles import READ_TRAIL
from accounts.services.memberships import RoleOverRefusal, end_role
from audit.events import (
    ACCESS_DENIED,
    ACCESS_REVIEW_DECIDED,
    ACCESS_REVIEW_SIGNED,
    ACCESS_REVIEW_STARTED,
    Outcome,
)
from audit.recording import record_change, record_event
from audit.reports.uses import uses_of
from audit.scope import Subject
from lib import clock
from lib.errors import ConflictRefusal, NotFoundRefusal, Refusal

USES_OF = timedelta(days=90)


class ReviewOpenRefusal(ConflictRefusal):
    code = "review_open"
    sentence = "A review of this clinic is open. Sign it before you begin another."


class ReviewSignedRefusal(ConflictRefusal):
    code = "review_signed"
    sentence = "This review is signed. Nothing of it changes any more."


class LineRevokedRefusal(ConflictRefusal):
    code = "line_revoked"
    sentence = "This role was revoked and has ended. Whoever needs it again gets it from an administrator."


class LinesUndecidedRefusal(ConflictRefusal):
    code = "lines_undecided"
    sentence = "Decide every line, then sign."


class OwnRoleRefusal(Refusal):
    code = "own_role"
    status = 422
    sentence = "Nobody revokes their own role here; ask an administrator."


def start_review(clinic: Clinic, *, acting_user: User) -> AccessReview:
    """Begin a review of every role in force in the clinic now; recorded. Raises ReviewOpenRefusal while one is open.

    Locks the clinic's row, so that of two who begin at once one does.
    """
    now = clock.now()
    with transaction.atomic():
        Clinic.objects.select_for_update().only("pk").get(pk=clinic.pk)
        if AccessReview.objects.filter(clinic=clinic, signed_at=None).exists():
            raise ReviewOpenRefusal
        review = AccessReview.objects.create(clinic=clinic, started_by=acting_user, started_at=now)
        memberships = list(clinic.memberships.active(now).filter(user__is_active=True).select_related("user"))
        people = {membership.user_id for membership in memberships}
        proved = {
            *Authenticator.objects.filter(user__in=people, confirmed_at__isnull=False).values_list("user", flat=True),
            *Passkey.objects.filter(user__in=people).values_list("user", flat=True),
        }
        uses = uses_of([str(pk) for pk in people], clinic_id=clinic.pk, since=now - USES_OF)
        AccessReviewLine.objects.bulk_create(
            AccessReviewLine(
                review=review,
                membership_id=membership.pk,
                person=membership.user,
                username=membership.user.username,
                display_name=membership.user.display_name,
                role=membership.role,
                since=membership.starts_at,
                signed_in_at=membership.user.last_login,
                reveals=uses.get(str(membership.user_id), 0),
                has_factor=membership.user_id in proved,
            )
            for membership in memberships
        )
        record_change(ACCESS_REVIEW_STARTED, obj=_subject(review), clinic_id=clinic.pk, rows_count=len(memberships))
    return review


def decide_line(
    line_id: UUID, decision: LineDecision, *, acting_user: User, clinic_ids: Collection[UUID]
) -> AccessReviewLine:
    """Keep a role, or end it now; recorded. A role kept may still be revoked until the review is signed.

    Raises NotFoundRefusal for another clinic's (recorded), ReviewSignedRefusal, LineRevokedRefusal, OwnRoleRefusal.
    """
    with transaction.atomic():
        found = AccessReviewLine.objects.filter(pk=line_id).values_list("review", flat=True).first()
        review = _locked(found, clinic_ids, asked="access-review-line", asked_id=line_id)
        line = AccessReviewLine.objects.select_related("person").get(pk=line_id)
        if line.decision == LineDecision.REVOKE:
            raise LineRevokedRefusal
        if decision == LineDecision.REVOKE:
            if line.person_id == acting_user.pk:
                raise OwnRoleRefusal
            _revoke(line, acting_user)
        line.decision, line.decided_by, line.decided_at = decision, acting_user, clock.now()
        line.save(update_fields=["decision", "decided_by", "decided_at"])
        record_change(
            ACCESS_REVIEW_DECIDED,
            obj=_subject(review),
            clinic_id=review.clinic_id,
            details={"membership": str(line.membership_id), "user": str(line.person_id), "decision": decision.value},
        )
    return line


def sign_review(review_id: UUID, *, acting_user: User, clinic_ids: Collection[UUID]) -> AccessReview:
    """Sign a review of which every line is decided; recorded with the digest over its lines.

    The caller asked for a proof. Raises NotFoundRefusal (recorded), ReviewSignedRefusal, LinesUndecidedRefusal.
    """
    with transaction.atomic():
        review = _locked(review_id, clinic_ids, asked="access-review", asked_id=review_id)
        lines = list(review.lines.all())
        if any(not line.decision for line in lines):
            raise LinesUndecidedRefusal
        review.digest, review.signed_by, review.signed_at = digest_of(lines), acting_user, clock.now()
        review.save(update_fields=["digest", "signed_by", "signed_at"])
        record_change(
            ACCESS_REVIEW_SIGNED,
            obj=_subject(review),
            clinic_id=review.clinic_id,
            rows_count=len(lines),
            details={"sha256": review.digest},
        )
    return review


def digest_of(lines: Collection[AccessReviewLine]) -> str:
    """SHA-256 (hex) over the lines as they stand, in the order of their ids; the same for the same lines for ever."""
    told = [
        {
            "id": str(line.pk),
            "membership": str(line.membership_id),
            "person": str(line.person_id),
            "username": line.username,
            "role": str(line.role),
            "since": line.since.isoformat(),
            "signed_in_at": line.signed_in_at.isoformat() if line.signed_in_at else None,
            "reveals": line.reveals,
            "has_factor": line.has_factor,
            "decision": str(line.decision),
            "decided_by": str(line.decided_by_id),
            "decided_at": line.decided_at.isoformat() if line.decided_at else None,
        }
        for line in sorted(lines, key=lambda line: line.pk)
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def access_review(review_id: UUID, *, clinic_ids: Collection[UUID]) -> AccessReview:
    """A review to look at. Raises NotFoundRefusal, recorded, for another clinic's."""
    review = AccessReview.objects.select_related("clinic", "started_by", "signed_by").filter(pk=review_id).first()
    if review is None or review.clinic_id not in clinic_ids:
        _refuse(review, asked="access-review", asked_id=review_id)
        raise NotFoundRefusal
    return review


def _locked(review_id: UUID | None, clinic_ids: Collection[UUID], *, asked: str, asked_id: UUID) -> AccessReview:
    """The open review, locked: a signature and a decision never pass each other."""
    rows = AccessReview.objects.select_for_update()
    review = None if review_id is None else rows.filter(pk=review_id).first()
    if review is None or review.clinic_id not in clinic_ids:
        _refuse(review, asked=asked, asked_id=asked_id)
        raise NotFoundRefusal
    if review.signed_at is not None:
        raise ReviewSignedRefusal
    return review


def _refuse(review: AccessReview | None, *, asked: str, asked_id: UUID) -> None:
    record_event(
        ACCESS_DENIED,
        obj=Subject(asked, str(asked_id)),
        clinic_id=None if review is None else review.clinic_id,
        outcome=Outcome.MINOR_FAILURE,
        outcome_code="not_found" if review is None else "other_clinic",
    )


def _revoke(line: AccessReviewLine, acting_user: User) -> None:
    """End the role now; one that ended or was withdrawn meanwhile stays as it is."""
    membership = Membership.objects.select_related("user").filter(pk=line.membership_id).first()
    if membership is None:
        return
    with suppress(RoleOverRefusal):
        end_role(membership, acting_user=acting_user, right=READ_TRAIL)


def _subject(review: AccessReview) -> Subject:
    return Subject("access-review", str(review.pk))
