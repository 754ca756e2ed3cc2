"""Callbacks' attempts: an outcome is recorded once, and decides what happens next."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from audit.events import ATTEMPT_RECORDED
from audit.recording import record_change
from callbacks.calendars import clinic_calendar
from callbacks.models import Attempt, Callback
from callbacks.requests import PreferredWindow, Urgency
from callbacks.scheduling.ladder import LadderAction, NextStep, Outcome, PastAttempt, next_step
from callbacks.services.claiming import NO_CLAIM, ClaimLostRefusal
from callbacks.services.ordering import place_in_queue
from callbacks.states import Command, Status, WaitReason, check_transition
from lib import clock
from lib.errors import ConflictRefusal, Refusal

# Somebody answered, whoever it was.
REACHED = frozenset(
    {
        Outcome.BOOKED,
        Outcome.RESOLVED_NO_APPOINTMENT,
        Outcome.DECLINED,
        Outcome.AGREED_TIME,
        Outcome.CLINICAL_CONCERN,
        Outcome.IDENTITY_NOT_CONFIRMED,
        Outcome.DO_NOT_CALL,
    }
)
WAITS_FOR = {LadderAction.RETRY: WaitReason.RETRY, LadderAction.WAIT_AGREED: WaitReason.AGREED}


class OutdatedFormRefusal(ConflictRefusal):
    """The form was made for an earlier version of the callback."""

    code = "outdated"
    sentence = "This callback changed while you were typing. Nothing was saved; your note is still below."


class ReasonMissingRefusal(Refusal):
    """Giving somebody up without having left a message needs a reason in words."""

    code = "reason_missing"
    status = 422
    sentence = "Say in the note why no message was left, then save again."


@dataclass(frozen=True, kw_only=True)
class AttemptDraft:
    """One outcome as the receptionist saved it. `command_id` is the form's own id: the same form counts once."""

    command_id: UUID
    version: int
    outcome: Outcome
    note: str = field(default="", repr=False)
    agreed_at: datetime | None = None
    verified_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recorded:
    """The stored attempt, and what happens next in words."""

    attempt: Attempt
    sentence: str


def preview_step(
    callback: Callback, outcome: Outcome, *, now: datetime, agreed_at: datetime | None = None
) -> NextStep:
    """What saving this outcome would do, before anyone saves it. Reads past attempts; changes nothing."""
    return next_step(
        outcome,
        history=past_attempts(callback),
        now=now,
        calendar=clinic_calendar(callback.clinic),
        recipient_zones=callback.recipient_zones,
        preferred_window=PreferredWindow(callback.preferred_window),
        agreed_at=agreed_at,
        urgency=Urgency(callback.urgency),
    )


def past_attempts(callback: Callback) -> list[PastAttempt]:
    """Outcomes so far, oldest first; read once for an object, since a page previews nine outcomes from them."""
    cached: list[PastAttempt] | None = getattr(callback, "_past_attempts", None)
    if cached is None:
        rows = callback.attempts.order_by("seq").only("outcome", "recorded_at", "counts", "callback_id")
        cached = [PastAttempt(Outcome(row.outcome), row.recorded_at, row.counts) for row in rows]
        callback._past_attempts = cached  # type: ignore[attr-defined]  # a request-long cache on the request's own object
    return cached


def record_attempt(callback: Callback, draft: AttemptDraft, *, acting_user: User) -> Recorded:
    """Record how a try ended and move the callback on, in one transaction.

    1. A command id seen before returns its attempt: a double click or a resent form changes nothing.
    2. Lock the row; the claim must be this person's and live, the version the form's.
    3. Ask the ladder for the next step; store the attempt, clear the claim, place the callback in the queue.

    Raises ClaimLostRefusal, OutdatedFormRefusal, TransitionError, AgreedTimeError, ReasonMissingRefusal.
    """
    with transaction.atomic():
        locked = Callback.objects.select_for_update(of=("self",)).select_related("clinic").get(pk=callback.pk)
        known = Attempt.objects.filter(command_id=draft.command_id).first()
        if known is not None and known.callback_id != locked.pk:
            raise OutdatedFormRefusal
        if known is not None:
            return Recorded(attempt=known, sentence="It was saved already.")
        now = clock.now()
        check_claim(locked, acting_user, now)
        if locked.version != draft.version:
            raise OutdatedFormRefusal
        check_transition(Command.RECORD_OUTCOME, Status(locked.status))
        step = preview_step(locked, draft.outcome, now=now, agreed_at=draft.agreed_at)
        if step.reason_required and not draft.note.strip():
            raise ReasonMissingRefusal
        attempt = _store(locked, draft, step, acting_user, now)
        _move_on(locked, draft.outcome, step, acting_user, now)
        record_change(
            ATTEMPT_RECORDED,
            subject=locked.audit_subject,
            obj=locked.audit_object,
            clinic_id=locked.clinic_id,
            fields=["outcome", "note"] if draft.note else ["outcome"],
            details={"outcome": draft.outcome.value, "action": step.action.value, "attempt": attempt.seq},
        )
    return Recorded(attempt=attempt, sentence=step.sentence)


def check_claim(callback: Callback, user: User, now: datetime) -> None:
    """Raise ClaimLostRefusal unless the claim is this person's and live at this instant."""
    if callback.claimed_by_id != user.pk or callback.lease_expires_at is None or callback.lease_expires_at <= now:
        raise ClaimLostRefusal


def _store(callback: Callback, draft: AttemptDraft, step: NextStep, user: User, now: datetime) -> Attempt:
    attempt = Attempt(
        callback=callback,
        seq=len(past_attempts(callback)) + 1,
        command_id=draft.command_id,
        staff=user,
        outcome=draft.outcome,
        counts=step.counts_as_attempt,
        verified_by=list(draft.verified_by),
        note=draft.note or None,
        recorded_at=now,
    )
    attempt.save(force_insert=True)
    return attempt


def _move_on(callback: Callback, outcome: Outcome, step: NextStep, user: User, now: datetime) -> None:
    """Apply the ladder's step: close, wait, send to review or to the clinical team, or stay open."""
    callback.attempts_count += step.counts_as_attempt
    callback.voicemails_count += outcome is Outcome.VOICEMAIL_LEFT
    callback.first_attempt_at = callback.first_attempt_at or now
    callback.last_outcome, callback.last_attempt_at, callback.last_attempt_by = outcome, now, user
    if outcome in REACHED:
        callback.reached_at = callback.reached_at or now
    callback.not_before = step.not_before
    callback.wait_reason = WAITS_FOR.get(step.action, WaitReason.NONE)
    if step.due_at is not None:
        callback.due_at = step.due_at
    callback.target_from, callback.target_to = step.not_before, step.due_at if step.not_before else None
    if step.action is LadderAction.CLOSE:
        callback.status, callback.closed_reason, callback.closed_at = Status.CLOSED, step.closed_reason or "", now
    elif step.action is LadderAction.REVIEW:
        callback.status = Status.NEEDS_REVIEW
        callback.review_reasons = sorted({*callback.review_reasons, outcome.value})
    elif step.action is LadderAction.ESCALATE:
        callback.status = Status.ESCALATED
    for name, nothing in NO_CLAIM.items():
        setattr(callback, name, nothing)
    callback.version += 1
    place_in_queue(callback)
    callback.save()
