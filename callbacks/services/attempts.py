"""Callbacks' attempts: an outcome is recorded once, and decides what happens next."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import User
from audit.events import ATTEMPT_RECORDED
from callbacks.calendars import clinic_calendar
from callbacks.ladders import clinic_ladder
from callbacks.models import Attempt, Callback, Change, RuleKind, RuleSource
from callbacks.queries.changes import unfinished_dial
from callbacks.requests import PreferredWindow, Urgency
from callbacks.scheduling.ladder import LadderAction, NextStep, Outcome, PastAttempt, next_step
from callbacks.scripts.checks import AUTHORITY
from callbacks.services.acting import Act, lock_for
from callbacks.services.concerns import open_concern, settle_concern
from callbacks.services.contact_rules import RuleDraft, lock_household, set_contact_rule
from callbacks.services.disclosing import report_disclosure
from callbacks.services.drafting import drop_draft
from callbacks.services.refusals import AuthorityNotCheckedRefusal, ReasonMissingRefusal
from callbacks.states import CallbackFlag, Command, Status, WaitReason, check_transition

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
# What is only settled with the caller, or with somebody whose authority was checked (45 CFR 164.514(h)).
SETTLED = frozenset({Outcome.BOOKED, Outcome.RESOLVED_NO_APPOINTMENT, Outcome.DECLINED})
WAITS_FOR = {LadderAction.RETRY: WaitReason.RETRY, LadderAction.WAIT_AGREED: WaitReason.AGREED}
# What happens to a callback by itself; whose call it was can still say how it ended.
NOBODYS_ACTS = (Command.ATTACH_REPEAT, Command.EXPIRE, Command.RECOMPUTE_DUE)
# Who agreed on a time has the caller to themselves until this long after it.
AGREED_TIME_IS_MINE_FOR = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class AttemptDraft:
    """One outcome as the receptionist saved it. `command_id` is the form's own id: the same form counts once."""

    command_id: UUID
    version: int
    outcome: Outcome
    note: str = field(default="", repr=False)
    agreed_at: datetime | None = None
    verified_by: tuple[str, ...] = ()
    # Somebody else may have learned something of the caller.
    is_possible_disclosure: bool = False


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
        ladder=clinic_ladder(callback.clinic),
    )


def past_attempts(callback: Callback) -> list[PastAttempt]:
    """Outcomes so far, oldest first; read once for an object, since a page previews nine outcomes from them."""
    cached: list[PastAttempt] | None = getattr(callback, "_past_attempts", None)
    if cached is None:
        rows = callback.attempts.standing().order_by("seq").only("outcome", "recorded_at", "counts", "callback_id")
        cached = [PastAttempt(Outcome(row.outcome), row.recorded_at, row.counts) for row in rows]
        callback._past_attempts = cached  # type: ignore[attr-defined]  # a request-long cache on the request's own object
    return cached


def record_attempt(callback: Callback, draft: AttemptDraft, *, acting_user: User) -> Recorded:
    """Record how a try ended and move the callback on, in one transaction.

    1. A command id seen before returns its attempt: a double click or a resent form changes nothing.
    2. Lock the row; the claim must be this person's and live, the version the form's.
    3. Ask the ladder for the next step; store the attempt, clear the claim, place the callback in the queue. A possible
       disclosure is a finding of the officer's, whatever the outcome.

    A claim that ended in a call is no reason to lose its outcome: who dialled and has not said how it went is recorded
    late. Where nobody did anything since, the callback moves on as ever; where others moved it on, it stays there, and
    their forms stay good.

    Raises ClaimLostRefusal, OutdatedFormRefusal, TransitionError, AgreedTimeError, ReasonMissingRefusal,
    AuthorityNotCheckedRefusal.
    """
    with transaction.atomic():
        if draft.outcome is Outcome.DO_NOT_CALL:
            lock_household(callback)
        act = lock_for(callback.pk, Command.RECORD_OUTCOME, acting_user=acting_user, command_id=draft.command_id)
        if act.is_repeated:
            known = Attempt.objects.get(command_id=draft.command_id)
            return Recorded(attempt=known, sentence="It was saved already.")
        if act.is_mine:
            act.check_version(draft.version)
            check_transition(Command.RECORD_OUTCOME, Status(act.callback.status))
            return apply_outcome(act, draft, started_at=act.callback.dial_started_at)
        dial = unfinished_dial(act.callback, acting_user, act.now)
        if dial is None:
            act.check_mine()
            raise AssertionError("unreachable: without a claim the check refuses")
        return _record_late(act, draft, dial)


def apply_outcome(act: Act, draft: AttemptDraft, *, started_at: datetime | None) -> Recorded:
    """Store an outcome on the act's locked callback and move it on; for who holds the callback, or held it last."""
    if act.callback.is_for_proxy and draft.outcome in SETTLED and AUTHORITY not in draft.verified_by:
        raise AuthorityNotCheckedRefusal
    step = preview_step(act.callback, draft.outcome, now=act.now, agreed_at=draft.agreed_at)
    if step.reason_required and not draft.note.strip():
        raise ReasonMissingRefusal
    attempt = _store(act, draft, step, started_at)
    _count(act, draft.outcome, step, started_at)
    _move_on(act, step)
    if draft.outcome is Outcome.DO_NOT_CALL:
        _note_rule(act)
    _tell(act, draft, step, attempt)
    return Recorded(attempt=attempt, sentence=step.sentence)


def store_attempt(act: Act, draft: AttemptDraft, *, started_at: datetime | None) -> Attempt:
    """Store and count an outcome whose consequence the act itself decides: a concern raised in a call."""
    step = preview_step(act.callback, draft.outcome, now=act.now)
    attempt = _store(act, draft, step, started_at)
    _count(act, draft.outcome, step, started_at)
    return attempt


def _record_late(act: Act, draft: AttemptDraft, dial: Change) -> Recorded:
    act.command = Command.RECORD_LATE_OUTCOME
    check_transition(act.command, Status(act.callback.status))
    others = act.callback.changes.filter(made_at__gte=dial.made_at).exclude(staff=act.user)
    is_moved_on = (
        act.is_held
        or act.callback.status != Status.OPEN
        or others.exclude(command__in=NOBODYS_ACTS).filter(undone_at__isnull=True).exists()
    )
    if not is_moved_on:
        return apply_outcome(act, draft, started_at=dial.made_at)
    # What becomes of a callback in others' hands is theirs to say; the agreed time or reason is in the note.
    step = preview_step(act.callback, _settled(draft.outcome), now=act.now)
    attempt = _store(act, draft, step, dial.made_at)
    _count(act, draft.outcome, step, dial.made_at)
    if draft.outcome is Outcome.DO_NOT_CALL:
        _note_rule(act)
    _tell(act, draft, step, attempt, changes_version=False)
    return Recorded(attempt=attempt, sentence="Recorded for your earlier call; the callback stays where it is now.")


def _settled(outcome: Outcome) -> Outcome:
    """For counting only: an agreed time of an earlier call cannot be planned any more."""
    return Outcome.LANGUAGE_BARRIER if outcome is Outcome.AGREED_TIME else outcome


def _store(act: Act, draft: AttemptDraft, step: NextStep, started_at: datetime | None) -> Attempt:
    attempt = Attempt(
        callback=act.callback,
        seq=act.callback.attempts.count() + 1,
        command_id=draft.command_id,
        staff=act.user,
        outcome=draft.outcome,
        counts=step.counts_as_attempt,
        verified_by=list(draft.verified_by),
        note=draft.note or None,
        started_at=started_at,
        recorded_at=act.now,
        due_at=act.callback.due_at,
        agreed_for=act.callback.not_before if act.callback.wait_reason == WaitReason.AGREED else None,
        claimed_at=act.callback.claimed_at if act.is_mine else None,
        is_late=act.command is Command.RECORD_LATE_OUTCOME,
    )
    attempt.save(force_insert=True)
    if draft.is_possible_disclosure:
        report_disclosure(act.callback)
    return attempt


def _count(act: Act, outcome: Outcome, step: NextStep, started_at: datetime | None) -> None:
    """What every outcome adds to the callback's tally, whenever it arrives. The promise is kept by dialling."""
    callback, dialled_at = act.callback, started_at or act.now
    callback.attempts_count += step.counts_as_attempt
    callback.voicemails_count += outcome is Outcome.VOICEMAIL_LEFT
    callback.first_attempt_at = min(callback.first_attempt_at or dialled_at, dialled_at)
    callback.last_outcome, callback.last_attempt_at, callback.last_attempt_by = outcome, act.now, act.user
    if outcome in REACHED:
        callback.reached_at = callback.reached_at or act.now
    if outcome is Outcome.LANGUAGE_BARRIER:
        callback.interpreter_required = True
    callback.skips_count = 0
    act.lower_flag(CallbackFlag.UNFINISHED_CALL, CallbackFlag.SKIPPED_OFTEN)


def _move_on(act: Act, step: NextStep) -> None:
    """Apply the ladder's step: close, wait, send to review or to the clinical team, or stay open.

    With the clinical team a callback stays with them until it is closed.
    """
    callback = act.callback
    act.clear_claim()
    act.clear_reservation()
    callback.not_before = step.not_before
    callback.wait_reason = WAITS_FOR.get(step.action, WaitReason.NONE)
    callback.target_from, callback.target_to = step.not_before, step.due_at if step.not_before else None
    if step.action is LadderAction.WAIT_AGREED and step.not_before is not None:
        callback.preferred_agent = act.user
        callback.reserved_until = step.not_before + AGREED_TIME_IS_MINE_FOR
    is_clinical = callback.status == Status.ESCALATED
    if step.action is LadderAction.CLOSE:
        callback.status, callback.closed_reason, callback.closed_at = Status.CLOSED, step.closed_reason or "", act.now
        if is_clinical:
            settle_concern(act)
    elif step.action is LadderAction.ESCALATE and not is_clinical:
        open_concern(act)
    elif step.action is LadderAction.REVIEW and not is_clinical:
        callback.status = Status.NEEDS_REVIEW
        callback.review_reasons = sorted({*callback.review_reasons, callback.last_outcome})
    elif step.due_at is not None:
        callback.due_at = step.due_at


def _note_rule(act: Act) -> None:
    if act.user is not None and act.callback.caller.is_recognisable:
        draft = RuleDraft(kind=RuleKind.DO_NOT_CALL, source=RuleSource.OUTCOME)
        set_contact_rule(act.callback, draft, acting_user=act.user)


def _tell(act: Act, draft: AttemptDraft, step: NextStep, attempt: Attempt, *, changes_version: bool = True) -> None:
    if act.user is not None:
        drop_draft(act.callback, acting_user=act.user)
    act.finish(
        ATTEMPT_RECORDED,
        word=draft.outcome.value,
        fields=["outcome", "note"] if draft.note else ["outcome"],
        details={"outcome": draft.outcome.value, "action": step.action.value, "attempt": attempt.seq}
        | ({"late": 1} if attempt.is_late else {})
        | ({"verified_by": attempt.verified_by} if attempt.verified_by else {}),
        changes_version=changes_version,
    )
