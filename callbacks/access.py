"""Callbacks' door: the only way from a page to a callback or to a row of a clinic's settings; authorises, records, or raises."""

from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from accounts.rights import held_rights
from accounts.roles import BREAK_GLASS, WORK_CALLBACKS
from audit.events import ACCESS_DENIED, CALLBACK_VIEWED, Outcome
from audit.recording import record_event, record_read
from audit.scope import Subject
from callbacks.models import Callback, Closure, ContactRule, LadderStep, SpecialDay
from lib.errors import NotFoundRefusal

Row = TypeVar("Row", Callback, Closure, ContactRule, LadderStep, SpecialDay)

# A callback with what its page needs besides.
CALLBACK_ROWS = Callback.objects.select_related("clinic", "caller", "claimed_by", "last_attempt_by", "again_after")


def access_callback(*, user: User, public_id: UUID, permission: str = WORK_CALLBACKS) -> Callback:
    """Load one callback for a person, with its clinic, and record that they opened it.

    Another clinic's callback and one that does not exist give the same recorded 404.
    """
    callback = _load(user, public_id, permission)
    # Whatever the page goes on to do: opening the record is the read; a claim or an outcome records itself.
    record_read(
        subject=callback.audit_subject, obj=callback.audit_object, clinic_id=callback.clinic_id, tag=CALLBACK_VIEWED
    )
    return callback


def check_callback_access(*, user: User, public_id: UUID, permission: str = WORK_CALLBACKS) -> Callback:
    """Authorise an act that shows nothing of the callback, and so records nothing but its refusal."""
    return _load(user, public_id, permission)


def access_for_emergency(*, user: User, number: int) -> Callback:
    """A callback of the person's clinic by its number, to open it in an emergency: nothing of it is read yet.

    Another clinic's and one that does not exist give the same recorded 404.
    """
    public_id = Callback.objects.filter(number=number).values_list("pk", flat=True).first()
    if public_id is None:
        record_event(ACCESS_DENIED, outcome=Outcome.MINOR_FAILURE, outcome_code="not_found")
        raise NotFoundRefusal
    return _load(user, public_id, BREAK_GLASS)


def access_row(rows: QuerySet[Row], *, user: User, public_id: UUID, kind: str, permission: str) -> Row:
    """One row of a clinic, for whoever holds the permission there; `kind` is its object's name on the trail.

    Another clinic's row and one that does not exist give the same recorded 404.
    """
    row = rows.filter(pk=public_id).first()
    if row is None or not held_rights(user).allow(permission, clinic_id=row.clinic_id):
        record_event(
            ACCESS_DENIED,
            obj=Subject(kind, str(public_id)),
            clinic_id=row.clinic_id if row is not None else None,
            outcome=Outcome.MINOR_FAILURE,
            outcome_code="not_found" if row is None else "other_clinic",
        )
        raise NotFoundRefusal
    return row


def _load(user: User, public_id: UUID, permission: str) -> Callback:
    return access_row(CALLBACK_ROWS, user=user, public_id=public_id, kind="callback", permission=permission)
