"""Callbacks' saving of views: a look at the queue gets a name, for oneself or for the clinic, and loses it again."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import Clinic, User
from accounts.rights import held_rights
from accounts.roles import SUPERVISE_CALLBACKS, VIEW_QUEUE
from audit.events import ACCESS_DENIED, VIEW_REMOVED, VIEW_SAVED, Outcome
from audit.recording import record_change, record_event
from audit.scope import Subject
from callbacks.models import SavedView
from callbacks.models.saved_view import LABEL_LENGTH
from callbacks.queries.filters import QueueFilter
from callbacks.queries.queue import QueueView
from lib.errors import NotFoundRefusal, Refusal

MOST_VIEWS = 20
# A label is read by colleagues and stands in no sealed column: nothing that could be a number goes in.
_A_NUMBER = re.compile(r"\d{3}")


class ViewRefusal(Refusal):
    code = "view_refused"
    status = 422
    sentence = "Give the view a name of its own, without numbers."


class TooManyViewsRefusal(Refusal):
    code = "too_many_views"
    status = 422
    sentence = f"{MOST_VIEWS} views are as many as a bar can hold; remove one first."


@dataclass(frozen=True)
class ViewDraft:
    """A tab with a filter, and what somebody calls it."""

    label: str
    tab: QueueView
    filter: QueueFilter
    is_shared: bool


def save_view(clinic: Clinic, draft: ViewDraft, *, acting_user: User) -> SavedView:
    """Keep a view; only who supervises the clinic shares one, everybody else's stays their own. Recorded.

    Raises ViewRefusal for a label that is empty, taken or holds a number, TooManyViewsRefusal.
    """
    label = " ".join(draft.label.split())
    if not label or len(label) > LABEL_LENGTH or _A_NUMBER.search(label):
        raise ViewRefusal
    if SavedView.objects.filter(clinic=clinic, owner=acting_user).count() >= MOST_VIEWS:
        raise TooManyViewsRefusal
    may_share = held_rights(acting_user).allow(SUPERVISE_CALLBACKS, clinic_id=clinic.pk)
    view = SavedView(
        clinic=clinic,
        owner=acting_user,
        label=label,
        tab=draft.tab.value,
        filters=draft.filter.words,
        is_shared=draft.is_shared and may_share,
    )
    try:
        with transaction.atomic():
            view.save(force_insert=True)
            record_change(
                VIEW_SAVED, obj=view.audit_object, clinic_id=clinic.pk, details={"shared": int(view.is_shared)}
            )
    except IntegrityError as error:
        raise ViewRefusal from error
    return view


def remove_view(view_id: UUID, *, acting_user: User) -> None:
    """Forget a view: its owner may, and of a shared one a supervisor. Anybody else's is a recorded 404."""
    view = SavedView.objects.filter(pk=view_id).first()
    if view is None or not _may_remove(view, acting_user):
        record_event(
            ACCESS_DENIED,
            obj=Subject("saved_view", str(view_id)),
            clinic_id=view.clinic_id if view is not None else None,
            outcome=Outcome.MINOR_FAILURE,
            outcome_code=_why_not(view, acting_user),
        )
        raise NotFoundRefusal
    with transaction.atomic():
        record_change(VIEW_REMOVED, obj=view.audit_object, clinic_id=view.clinic_id)
        view.delete()


def _why_not(view: SavedView | None, user: User) -> str:
    """The trail's word for a removal that was refused."""
    if view is None:
        return "not_found"
    is_theirs = held_rights(user).allow(VIEW_QUEUE, clinic_id=view.clinic_id)
    return "other_person" if is_theirs else "other_clinic"


def _may_remove(view: SavedView, user: User) -> bool:
    rights = held_rights(user)
    if view.owner_id == user.pk:
        return rights.allow(VIEW_QUEUE, clinic_id=view.clinic_id)
    return view.is_shared and rights.allow(SUPERVISE_CALLBACKS, clinic_id=view.clinic_id)
