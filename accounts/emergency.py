"""Accounts' emergency access at a desk: the session that opened it holds it, and nobody else's does."""

from uuid import UUID

from django.http import HttpRequest

from accounts.models import EmergencyAccess, EmergencyEnd, EmergencyReason, User
from accounts.rights import held_rights
from accounts.roles import BREAK_GLASS
from accounts.services.emergency import end_emergencies, start_emergency
from accounts.sessions import handover
from audit.events import ACCESS_DENIED, Outcome
from audit.recording import record_event
from audit.scope import Subject, current_scope
from lib.errors import NotFoundRefusal, Refusal

_KEY = "emergency"


class EmergencyOverRefusal(Refusal):
    code = "emergency_over"
    status = 403
    sentence = "This emergency access is over. Nothing of the caller is shown any more."


def open_emergency(
    request: HttpRequest,
    person: User,
    *,
    clinic_id: UUID,
    callback: Subject,
    caller: Subject,
    reference: str,
    reason: EmergencyReason,
    words: str,
) -> EmergencyAccess:
    """Open one callback to whom this session is, under a new session id. As `start_emergency`, and raises as it does."""
    with handover(request):
        box = start_emergency(
            person=person,
            clinic_id=clinic_id,
            callback=callback,
            caller=caller,
            reference=reference,
            reason=reason,
            words=words,
        )
        request.session.cycle_key()
        request.session[_KEY] = str(box.pk)
    return box


def end_emergency(request: HttpRequest, person: User) -> None:
    """End it now, by its person."""
    with handover(request):
        end_emergencies(person, EmergencyEnd.PERSON)
        request.session.pop(_KEY, None)


def standing_emergency(request: HttpRequest) -> EmergencyAccess | None:
    """What this session has open by the database's clock, judged once a request; sessions that opened none ask nothing."""
    if not hasattr(request, "_emergency"):
        request._emergency = _judge(request)  # type: ignore[attr-defined]  # a request-long memory on the request itself
    found: EmergencyAccess | None = request._emergency  # type: ignore[attr-defined]
    return found


def _judge(request: HttpRequest) -> EmergencyAccess | None:
    user, kept = request.user, request.session.get(_KEY)
    if kept is None or not isinstance(user, User):
        return None
    box = EmergencyAccess.objects.in_force().filter(pk=UUID(kept), person=user).first()
    if box is None or not held_rights(user).allow(BREAK_GLASS, clinic_id=box.clinic_id):
        return None
    return box


def note_emergency(request: HttpRequest) -> None:
    """Mark every event of this request as one of an emergency while one is open."""
    box = standing_emergency(request)
    if box is not None:
        current_scope().in_emergency(box.pk, reason=box.reason)


def access_emergency(request: HttpRequest, person: User, emergency_id: UUID) -> EmergencyAccess:
    """The emergency access this session has open.

    Raises EmergencyOverRefusal for one of the person's that is over, NotFoundRefusal for anybody else's; both recorded.
    """
    box = standing_emergency(request)
    if box is not None and box.pk == emergency_id:
        return box
    known = EmergencyAccess.objects.filter(pk=emergency_id).first()
    is_theirs = known is not None and known.person_id == person.pk
    record_event(
        ACCESS_DENIED,
        obj=Subject("emergency", str(emergency_id)),
        clinic_id=None if known is None else known.clinic_id,
        outcome=Outcome.MINOR_FAILURE,
        outcome_code=EmergencyOverRefusal.code if is_theirs else "not_found",
    )
    raise EmergencyOverRefusal if is_theirs else NotFoundRefusal
