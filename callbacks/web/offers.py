"""Callbacks' offers: what a person may take back, and which call they left without an outcome."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.urls import reverse

from accounts.models import Clinic, User
from accounts.rights import held_rights
from accounts.roles import SUPERVISE_CALLBACKS
from callbacks.models import Change
from callbacks.queries.changes import unfinished_dials
from callbacks.queries.colleagues import colleagues
from callbacks.queries.rows import when
from callbacks.services.closing import COMMAND_OF
from callbacks.services.undoing import UNDONE_WITHIN, undoable_change
from callbacks.states import CLOSED_REASON_WORDS


@dataclass(frozen=True)
class UndoOffer:
    """The person's last act, for as long as it can be taken back."""

    ref: str
    url: str
    undone: UUID
    command_id: UUID
    seconds_left: int


@dataclass(frozen=True)
class UnfinishedCall:
    """A call the person began and said nothing about."""

    ref: str
    url: str
    when: str


@dataclass(frozen=True)
class BulkOffer:
    """What a supervisor may do with ticked rows: to whom to give them, and with what reason to close them."""

    command_id: UUID
    colleagues: list[User]
    reasons: list[tuple[str, str]]


def bulk_offer(user: User, clinic: Clinic) -> BulkOffer | None:
    """None for whoever does not supervise."""
    if not held_rights(user).allow(SUPERVISE_CALLBACKS, clinic_id=clinic.pk):
        return None
    reasons = [(reason.value, CLOSED_REASON_WORDS[reason]) for reason in COMMAND_OF]
    return BulkOffer(command_id=uuid4(), colleagues=list(colleagues(clinic)), reasons=reasons)


def offer_undo(user: User, now: datetime) -> UndoOffer | None:
    """What can be taken back right now; None when nothing can."""
    change = undoable_change(user, now)
    if change is None:
        return None
    return UndoOffer(
        ref=change.callback.ref,
        url=reverse("callbacks:undo", args=[change.callback_id]),
        undone=change.command_id,
        command_id=uuid4(),
        seconds_left=int((change.made_at + UNDONE_WITHIN - now).total_seconds()),
    )


def unfinished_calls(user: User, now: datetime) -> list[UnfinishedCall]:
    """Calls this person should say the end of, those they are still holding left out."""
    found: dict[UUID, Change] = {}
    for dial in unfinished_dials(now).filter(staff=user).select_related("callback__clinic"):
        callback = dial.callback
        is_going_on = callback.claimed_by_id == user.pk and (callback.lease_expires_at or now) > now
        if not is_going_on:
            found.setdefault(callback.pk, dial)
    return [
        UnfinishedCall(
            ref=dial.callback.ref,
            url=reverse("callbacks:workspace", args=[dial.callback_id]),
            when=when(dial.made_at, dial.callback, now),
        )
        for dial in found.values()
    ]
