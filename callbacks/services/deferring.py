"""Callbacks' deferring: not now. A skip, a snooze, or the time a caller agreed on."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import CALLBACK_SKIPPED, CALLBACK_SNOOZED, CALLBACK_TIME_AGREED
from callbacks.models import Callback
from callbacks.queries.contact_rules import minute_of_day, rules_of
from callbacks.scheduling import wording
from callbacks.scheduling.ladder import Outcome
from callbacks.services.acting import Act, begin_act
from callbacks.services.attempts import AGREED_TIME_IS_MINE_FOR, preview_step
from callbacks.states import CallbackFlag, Command, WaitReason
from lib.errors import Refusal

SKIPPED_FOR = timedelta(minutes=15)
# From this one on a supervisor sees it.
SKIPS_THAT_TELL = 3
# A mistyped year must not hide a caller for ever.
LONGEST_WAIT = timedelta(days=90)


class SkipReason(StrEnum):
    """Why somebody passes a caller on. A closed list: nothing of the caller is typed here."""

    NEEDS_COLLEAGUE = "needs_colleague"
    NEEDS_INTERPRETER = "needs_interpreter"
    NEEDS_INFORMATION = "needs_information"
    INTERRUPTED = "interrupted"


class TimeRefusal(Refusal):
    """The time cannot be kept; the sentence says why."""

    code = "time_not_possible"
    status = 422


def skip_callback(
    callback: Callback, reason: SkipReason, *, version: int, acting_user: User, command_id: UUID | None = None
) -> Callback:
    """Pass a claimed callback on: it rests for 15 minutes and then comes last in its group. Not an attempt.

    The third skip since the last attempt puts it on the supervisor's list. Raises ClaimLostRefusal,
    OutdatedFormRefusal, TransitionError.
    """
    with transaction.atomic():
        act = _begin(callback, Command.SKIP, version, acting_user, command_id)
        if act.is_repeated:
            return act.callback
        act.callback.skips_count += 1
        if act.callback.skips_count >= SKIPS_THAT_TELL:
            act.raise_flag(CallbackFlag.SKIPPED_OFTEN)
        _put_off(act, act.now + SKIPPED_FOR, WaitReason.HOLD)
        act.finish(CALLBACK_SKIPPED, word=reason.value, details={"reason": reason.value})
        return act.callback


def snooze_callback(
    callback: Callback, until: datetime, *, version: int, acting_user: User, command_id: UUID | None = None
) -> Callback:
    """Put a callback off until an instant (aware). Not beyond its due time, but for a supervisor, who may also put off
    what nobody holds. Raises TimeRefusal, ClaimLostRefusal, AlreadyClaimedRefusal, OutdatedFormRefusal, TransitionError.
    """
    with transaction.atomic():
        act = _begin(callback, Command.SNOOZE, version, acting_user, command_id)
        if act.is_repeated:
            return act.callback
        _check_future(act, until)
        due_at = act.callback.due_at
        if due_at is not None and until > due_at and not act.may(SUPERVISE_CALLBACKS):
            when = wording.day_and_clock(due_at, act.now, act.callback.clinic.zone)
            raise TimeRefusal(f"It is due {when}; only a supervisor may put it off beyond that.")
        _put_off(act, until, WaitReason.SNOOZE)
        act.finish(CALLBACK_SNOOZED, details={"until": until.isoformat()})
        return act.callback


def agree_time(
    callback: Callback, at: datetime, *, version: int, acting_user: User, command_id: UUID | None = None
) -> Callback:
    """Note the time a caller wants to be called at (aware): due 15 minutes after it, and for whoever agreed on it alone
    until 10 minutes after it. Not an attempt.

    Raises AgreedTimeError (past, or not within calling hours), ContactForbiddenRefusal, TimeRefusal and what
    snooze_callback raises.
    """
    with transaction.atomic():
        act = _begin(callback, Command.AGREE_TIME, version, acting_user, command_id)
        if act.is_repeated:
            return act.callback
        step = preview_step(act.callback, Outcome.AGREED_TIME, now=act.now, agreed_at=at)
        _check_future(act, at)
        rules_of(act.callback, act.now).check_dial(minute_of_day(act.callback.clinic, at))
        _put_off(act, at, WaitReason.AGREED)
        act.callback.due_at = step.due_at
        act.callback.target_from, act.callback.target_to = step.not_before, step.due_at
        act.callback.preferred_agent, act.callback.reserved_until = acting_user, at + AGREED_TIME_IS_MINE_FOR
        act.finish(CALLBACK_TIME_AGREED, details={"at": at.isoformat()})
        return act.callback


def _begin(callback: Callback, command: Command, version: int, user: User, command_id: UUID | None) -> Act:
    """The holder may; a supervisor also with what nobody holds, but for a skip, which only passes on what one holds."""
    act = begin_act(callback, command, acting_user=user, command_id=command_id)
    if act.is_repeated:
        return act
    if act.may(SUPERVISE_CALLBACKS) and command is not Command.SKIP:
        act.check_not_others()
    else:
        act.check_mine()
    act.check_version(version)
    return act


def _check_future(act: Act, at: datetime) -> None:
    if at <= act.now:
        raise TimeRefusal("That time has passed already.")
    if at > act.now + LONGEST_WAIT:
        raise TimeRefusal("That is more than 90 days away; choose an earlier time.")


def _put_off(act: Act, until: datetime, reason: WaitReason) -> None:
    act.clear_claim()
    act.clear_reservation()
    act.callback.not_before, act.callback.wait_reason = until, reason
