"""Audit's findings: what may be wrong, declared once, and how a room raises it and an officer answers it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from audit.events import ACCESS_DENIED, FINDING_RAISED, FINDING_RESOLVED, Outcome
from audit.models import Finding
from audit.models.finding import Resolution
from audit.recording import record_change, record_event
from audit.scope import Subject, current_scope
from lib import clock
from lib.errors import ConflictRefusal, NotFoundRefusal

Details = Mapping[str, str | int | list[str]]


class Severity(StrEnum):
    """How soon somebody must look: an alarm now, a warning today."""

    ALARM = "alarm"
    WARNING = "warning"


@dataclass(frozen=True)
class FindingKind:
    """One thing that may be wrong: its sentence, and what to do about it.

    `is_disclosure`: somebody may have learned something of a caller, so the accounting of disclosures tells of it.
    """

    value: str
    severity: Severity
    sentence: str
    advice: str
    # The name of the page where it is answered, if that takes more than a word.
    answered_on: str = ""
    is_disclosure: bool = False


KINDS: dict[str, FindingKind] = {}


def declare_finding(
    value: str,
    severity: Severity,
    sentence: str,
    advice: str,
    *,
    answered_on: str = "",
    is_disclosure: bool = False,
) -> FindingKind:
    """A room declares, at import, what it may find. Raises ValueError for a kind declared twice."""
    if value in KINDS:
        raise ValueError(f"the finding {value} is declared twice")
    KINDS[value] = FindingKind(value, severity, sentence, advice, answered_on, is_disclosure)
    return KINDS[value]


class AlreadyResolvedRefusal(ConflictRefusal):
    code = "already_resolved"
    sentence = "Somebody resolved this finding already."


class AnsweredElsewhereRefusal(ConflictRefusal):
    code = "answered_elsewhere"
    sentence = "This finding is answered on a page of its own."


def raise_finding(
    kind: FindingKind,
    *,
    clinic_id: UUID | None = None,
    about: Subject | None = None,
    details: Details | None = None,
    at_most_every: timedelta | None = None,
) -> Finding:
    """Open a finding, or count it once more on the open one; `details` are the latest ones. No patient data in them.

    Seen again within `at_most_every`, the open one stays as it is and nobody waits for anybody. Only its first
    sight is an event: a broken thing seen every minute must not fill the trail. Needs a scope.
    """
    current_scope()
    now = clock.now()
    row = Finding(
        kind=kind.value,
        clinic_id=clinic_id,
        about_kind=about.kind if about else "",
        about_id=about.id if about else "",
        details=dict(details or {}),
        first_seen_at=now,
        last_seen_at=now,
    )
    same = _open().filter(
        kind=row.kind, clinic_id=row.clinic_id, about_kind=row.about_kind, about_id=row.about_id
    )  # fmt: skip
    if at_most_every is not None and (known := same.filter(last_seen_at__gt=now - at_most_every).first()):
        return known
    with transaction.atomic():
        # Two rooms may see the same thing at once: the one open row of it is the meeting point.
        _lock_kind(kind)
        if same.update(count=F("count") + 1, last_seen_at=now, details=row.details):
            return same.get()
        row.save(force_insert=True)
        record_change(
            FINDING_RAISED, obj=Subject("finding", str(row.pk)), clinic_id=clinic_id, details={"kind": row.kind}
        )
    return row


def resolve_finding(public_id: UUID, resolution: Resolution, *, clinic_ids: Collection[UUID]) -> Finding:
    """Answer an open finding of one of these clinics, or of the whole house, as the actor of the scope.

    Raises NotFoundRefusal for another clinic's (recorded), AlreadyResolvedRefusal for one that is answered,
    AnsweredElsewhereRefusal for one that has a page of its own.
    """
    current_scope()
    with transaction.atomic():
        finding = visible_findings(clinic_ids).select_for_update().filter(pk=public_id).first()
        if finding is None:
            foreign = Finding.objects.filter(pk=public_id).first()
            # The officer of the clinic it belongs to is the one who must learn of the try.
            record_event(
                ACCESS_DENIED,
                obj=Subject("finding", str(public_id)),
                clinic_id=None if foreign is None else foreign.clinic_id,
                outcome=Outcome.MINOR_FAILURE,
                outcome_code="not_found" if foreign is None else "other_clinic",
            )
            raise NotFoundRefusal
        if finding.resolved_at is not None:
            raise AlreadyResolvedRefusal
        if finding.kind in KINDS and KINDS[finding.kind].answered_on:
            raise AnsweredElsewhereRefusal
        _resolve(finding, resolution)
    return finding


def answer_finding(kind: FindingKind, *, about: Subject, resolution: Resolution) -> None:
    """Answer the open finding about a record from its room's own page, in the transaction of that act, as the actor of
    the scope. Nothing happens when none is open.
    """
    finding = _open().select_for_update().filter(kind=kind.value, about_kind=about.kind, about_id=about.id).first()
    if finding is not None:
        _resolve(finding, resolution)


def _resolve(finding: Finding, resolution: Resolution) -> None:
    actor = current_scope().actor
    finding.resolution, finding.resolved_at = resolution, clock.now()
    finding.resolved_by_id, finding.resolved_by_label = actor.id, actor.label
    finding.save(update_fields=["resolution", "resolved_at", "resolved_by_id", "resolved_by_label"])
    record_change(
        FINDING_RESOLVED,
        obj=Subject("finding", str(finding.pk)),
        clinic_id=finding.clinic_id,
        details={"kind": finding.kind, "resolution": resolution.value},
    )


def visible_findings(clinic_ids: Collection[UUID]) -> QuerySet[Finding]:
    """Findings of these clinics and of the whole house."""
    return Finding.objects.filter(Q(clinic_id__in=clinic_ids) | Q(clinic_id__isnull=True))


def open_count(clinic_ids: Collection[UUID]) -> int:
    """How many wait for an answer."""
    return visible_findings(clinic_ids).filter(resolved_at__isnull=True).count()


def _open() -> QuerySet[Finding]:
    return Finding.objects.filter(resolved_at__isnull=True)


def _lock_kind(kind: FindingKind) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"finding:{kind.value}"])
