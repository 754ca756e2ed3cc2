"""Callbacks' merging: one caller waits in one place. A repeat call joins the open callback; a duplicate goes into it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import CALLBACK_MERGED, Tag
from callbacks.models import Callback
from callbacks.requests import AppointmentType, PreferredWindow, Urgency
from callbacks.services.acting import Act, begin_act, lock_callback
from callbacks.services.concerns import move_concern, open_concern_of
from callbacks.states import (
    SAME_CALL,
    CallbackFlag,
    ClosedReason,
    Command,
    Status,
    WaitReason,
    is_kept_from_desk,
)
from lib.errors import ConflictRefusal


class NotTheSameCallerRefusal(ConflictRefusal):
    """People who share a number are never merged, nor callbacks of two clinics."""

    code = "not_the_same_caller"
    sentence = "These two are not the same caller; they stay apart."


@dataclass(frozen=True, kw_only=True)
class RepeatCall:
    """What a repeat call adds. `due_at` is the due time it would have had by itself (UTC)."""

    urgency: str
    due_at: datetime | None
    preferred_window: str
    preferred_words: str | None = field(repr=False)
    appointment_type: str
    language: str
    called_from: str | None = field(repr=False)
    called_from_differs: bool
    review_reasons: tuple[str, ...]
    # Told in another message of the call that is here already: nobody rang again.
    is_same_call: bool = False


def attach_repeat(callback: Callback, call: RepeatCall) -> Callback:
    """Join a repeat call: the promise stays, urgency only rises, the latest preference counts, gaps are filled.

    Who rings now can be reached now: a retry or a snooze ends, an agreed time stays unless it has become urgent. The
    version stays: whoever is talking to the caller right now must be able to save. A callback somebody holds is not
    taken into review under their hands; the reasons are shown to them all the same.
    """
    with transaction.atomic():
        act = begin_act(callback, Command.ATTACH_REPEAT, acting_user=None)
        current = act.callback
        current.repeat_count += not call.is_same_call
        has_become_urgent = call.urgency == Urgency.URGENT and current.urgency != Urgency.URGENT
        if has_become_urgent:
            current.urgency = Urgency.URGENT
            # Whoever spoke with them before has not spoken about this.
            current.reached_at = None
        waits_in_vain = current.wait_reason not in {WaitReason.NONE, WaitReason.AGREED} and not call.is_same_call
        if has_become_urgent or waits_in_vain:
            _end_wait(act, call.due_at)
        if call.preferred_window != PreferredWindow.ANY or call.preferred_words:
            current.preferred_window, current.preferred_words = call.preferred_window, call.preferred_words
        if current.appointment_type == AppointmentType.UNSPECIFIED:
            current.appointment_type = call.appointment_type
        current.language = current.language or call.language
        if not current.is_called_from_known and call.called_from:
            current.called_from, current.called_from_differs = call.called_from, call.called_from_differs
        current.review_reasons = sorted({*current.review_reasons, *call.review_reasons})
        if call.review_reasons and current.status == Status.OPEN and not act.is_held:
            current.status = Status.NEEDS_REVIEW
        word = SAME_CALL if call.is_same_call else ""
        act.finish(CALLBACK_MERGED, word=word, details={"repeat_count": current.repeat_count}, changes_version=False)
        return current


def _end_wait(act: Act, due_at: datetime | None) -> None:
    callback = act.callback
    callback.not_before, callback.wait_reason = None, WaitReason.NONE
    callback.target_from, callback.target_to = None, None
    act.clear_reservation()
    callback.due_at = min((at for at in (callback.due_at, due_at) if at is not None), default=None)


def merge_callback(
    duplicate: Callback,
    *,
    into: Callback,
    version: int,
    acting_user: User,
    command_id: UUID | None = None,
) -> Callback:
    """A supervisor puts a duplicate into the same caller's other open callback; returns the one that stays.

    Raises NotAllowedRefusal, NotTheSameCallerRefusal, AlreadyClaimedRefusal, OutdatedFormRefusal, TransitionError.
    """
    with transaction.atomic():
        # Two merges that cross each other wait in one order.
        for callback_id in sorted({duplicate.pk, into.pk}):
            lock_callback(callback_id)
        act = begin_act(
            duplicate, Command.MERGE_INTO_OTHER, acting_user=acting_user, version=version, command_id=command_id
        )
        if act.is_repeated:
            return into
        act.check_may(SUPERVISE_CALLBACKS)
        act.check_not_others()
        kept = lock_callback(into.pk)
        is_possible = kept.pk != act.callback.pk and kept.clinic_id == act.callback.clinic_id
        if not is_possible or kept.status == Status.CLOSED or is_shared_number(act.callback, kept):
            raise NotTheSameCallerRefusal
        merge_into(act, kept)
        return kept


def is_shared_number(one: Callback, other: Callback) -> bool:
    """Whether two callbacks are of different people on one number."""
    return one.caller_id != other.caller_id and one.caller.phone_index == other.caller.phone_index != ""


def _carry_needs(duplicate: Callback, joined: Act) -> bool:
    """What protects the caller is not lost with a duplicate; who was to be called is the kept one's own.

    True when the kept one became a supervisor's by it: then it leaves the hands it was in, and no form stays good.
    """
    target = joined.callback
    target.interpreter_required = target.interpreter_required or duplicate.interpreter_required
    target.language = target.language or duplicate.language
    if not is_kept_from_desk(duplicate.flags) or is_kept_from_desk(target.flags):
        return False
    joined.raise_flag(CallbackFlag.TEEN_CONFIDENTIAL)
    joined.lower_flag(CallbackFlag.LEFT_TO_DESK)
    joined.clear_claim()
    return True


def merge_into(act: Act, kept: Callback, *, tag: Tag = CALLBACK_MERGED) -> None:
    """Close the act's callback as a duplicate of `kept`, whose row is locked too; finish the act.

    The kept one takes the earlier promise and due time, the higher urgency and an open clinical concern; its own
    preference is the latest. Its version stays: whoever holds it is told and can save; unless it became confidential.
    """
    duplicate = act.callback
    joined = begin_act(kept, Command.ATTACH_REPEAT, acting_user=act.user)
    target = joined.callback
    target.repeat_count += duplicate.repeat_count
    target.promised_by = min(target.promised_by, duplicate.promised_by)
    target.received_at = min(target.received_at, duplicate.received_at)
    if target.status != Status.ESCALATED and target.wait_reason == WaitReason.NONE:
        # Of a clinical concern, the due time from before it: the clinical one moves with the concern.
        concern = open_concern_of(act)
        due_at = duplicate.due_at if concern is None else concern.due_before
        target.due_at = min((at for at in (target.due_at, due_at) if at is not None), default=None)
    if duplicate.urgency == Urgency.URGENT:
        target.urgency = Urgency.URGENT
    became_confidential = _carry_needs(duplicate, joined)
    move_concern(act, joined)
    joined.finish(CALLBACK_MERGED, details={"repeat_count": target.repeat_count}, changes_version=became_confidential)

    act.clear_claim()
    act.clear_reservation()
    duplicate.status, duplicate.closed_at = Status.CLOSED, duplicate.closed_at or act.now
    duplicate.closed_reason, duplicate.merged_into = ClosedReason.DUPLICATE_MERGED, target
    act.finish(tag, details={"into": str(target.pk)})
