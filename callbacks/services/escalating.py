"""Callbacks' escalating: a clinical concern goes to the nurse, who takes it, resolves it or returns it."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.roles import CLINICAL_WORK, SUPERVISE_CALLBACKS
from audit.events import CONCERN_ACCEPTED, CONCERN_RAISED, CONCERN_RESOLVED, CONCERN_RETURNED
from callbacks.models import Callback, EmergencyAnswer
from callbacks.scheduling.ladder import Outcome
from callbacks.services.acting import Act, begin_act
from callbacks.services.attempts import AttemptDraft, store_attempt
from callbacks.services.claiming import give_claim, held_by, lock_person
from callbacks.services.concerns import open_concern, open_concern_of, settle_concern
from callbacks.services.refusals import HoldingAnotherRefusal, ReasonMissingRefusal
from callbacks.states import ClosedReason, Command, Status, WaitReason

# Who was told to dial 911 was reached.
ANSWERED = frozenset({EmergencyAnswer.CONFIRMED, EmergencyAnswer.REFUSED})
CLINICAL_TEAM_ONLY = "Only a nurse or a supervisor may do this."


def escalate_callback(
    callback: Callback,
    *,
    acting_user: User,
    words: str = "",
    version: int,
    emergency: EmergencyAnswer = EmergencyAnswer.NOT_ASKED,
    command_id: UUID | None = None,
) -> Callback:
    """Pass a callback to the clinical team, whoever holds it: anyone may, and 15 open minutes run from now.

    `words` are the caller's own, sealed, for clinical roles only. Raised by the holder in a call, it is the outcome of
    that call too, so that the promise counts as kept. Raises OutdatedFormRefusal, TransitionError.
    """
    with transaction.atomic():
        act = begin_act(callback, Command.ESCALATE, acting_user=acting_user, version=version, command_id=command_id)
        if act.is_repeated:
            return act.callback
        if act.is_mine and (act.callback.dial_started_at is not None or emergency in ANSWERED):
            draft = AttemptDraft(command_id=act.command_id, version=version, outcome=Outcome.CLINICAL_CONCERN)
            store_attempt(act, draft, started_at=act.callback.dial_started_at)
        open_concern(act, emergency, words.strip())
        act.finish(
            CONCERN_RAISED,
            word=emergency.value,
            fields=["words"] if words.strip() else [],
            details={"emergency": emergency.value},
        )
        return act.callback


def accept_concern(
    callback: Callback, *, acting_user: User, version: int | None = None, command_id: UUID | None = None
) -> Callback:
    """A nurse or a supervisor takes the concern and holds the callback.

    Raises NotAllowedRefusal, HoldingAnotherRefusal, AlreadyClaimedRefusal, OutdatedFormRefusal, TransitionError.
    """
    with transaction.atomic():
        now = lock_person(acting_user)
        held = held_by(acting_user, now)
        if held is not None and held.pk != callback.pk:
            raise HoldingAnotherRefusal(held)
        act = begin_act(callback, Command.ACCEPT, acting_user=acting_user, version=version, command_id=command_id)
        if act.is_repeated:
            return act.callback
        _check_clinical(act)
        concern = open_concern_of(act)
        if concern is not None:
            concern.accepted_by, concern.accepted_at = acting_user, act.now
            concern.save(update_fields=["accepted_by", "accepted_at"])
        give_claim(act.callback, acting_user, act.now)
        act.finish(CONCERN_ACCEPTED)
        return act.callback


def resolve_concern(
    callback: Callback, *, reason: str, acting_user: User, version: int, command_id: UUID | None = None
) -> Callback:
    """Close the callback as resolved by the clinical team; `reason` says how, sealed.

    Raises NotAllowedRefusal, AlreadyClaimedRefusal, ReasonMissingRefusal, OutdatedFormRefusal, TransitionError.
    """
    with transaction.atomic():
        act = begin_act(callback, Command.RESOLVE, acting_user=acting_user, version=version, command_id=command_id)
        if act.is_repeated:
            return act.callback
        _check_clinical(act, reason)
        settle_concern(act)
        act.clear_claim()
        act.callback.status = Status.CLOSED
        act.callback.closed_reason, act.callback.closed_at = ClosedReason.RESOLVED_CLINICALLY, act.now
        act.finish(CONCERN_RESOLVED, reason=reason.strip(), fields=["status", "reason"])
        return act.callback


def return_concern(
    callback: Callback, *, reason: str, acting_user: User, version: int, command_id: UUID | None = None
) -> Callback:
    """Give the callback back to the front desk, with the due time it had before, ready to be called.

    Raises NotAllowedRefusal, AlreadyClaimedRefusal, ReasonMissingRefusal, OutdatedFormRefusal, TransitionError.
    """
    with transaction.atomic():
        act = begin_act(callback, Command.RETURN, acting_user=acting_user, version=version, command_id=command_id)
        if act.is_repeated:
            return act.callback
        _check_clinical(act, reason)
        concern = settle_concern(act)
        act.clear_claim()
        act.callback.status = Status.OPEN
        act.callback.not_before, act.callback.wait_reason = None, WaitReason.NONE
        act.callback.target_from, act.callback.target_to = None, None
        if concern is not None:
            act.callback.due_at = concern.due_before or act.callback.due_at
        act.finish(CONCERN_RETURNED, reason=reason.strip(), fields=["status", "reason"])
        return act.callback


def _check_clinical(act: Act, reason: str = "-") -> None:
    act.check_may(CLINICAL_WORK, SUPERVISE_CALLBACKS, sentence=CLINICAL_TEAM_ONLY)
    act.check_not_others()
    if not reason.strip():
        raise ReasonMissingRefusal("Say in a few words what was decided, then try again.")
