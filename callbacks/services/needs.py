"""Callbacks' needs: whom staff ask for, in which language, and who may make the call at all (callbacks.md §1)."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import CALLBACK_LEFT_TO_DESK, CALLBACK_NEEDS_NOTED
from callbacks.models import Callback
from callbacks.requests import Relationship
from callbacks.services.acting import Act, begin_act
from callbacks.services.refusals import ReasonMissingRefusal
from callbacks.states import CallbackFlag, Command, is_for_supervisor, is_kept_from_desk
from lib.errors import ConflictRefusal, Refusal


class PersonUnrelatedRefusal(Refusal):
    """A name without a relationship would be somebody whose authority nobody asks for."""

    code = "person_unrelated"
    status = 422
    sentence = "Say how the person to call is related to the caller, or leave the name empty."


class NotConfidentialRefusal(ConflictRefusal):
    code = "not_confidential"
    sentence = "This callback is the front desk's already."


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a call needs. An empty name or language leaves the present one; a call to the caller names nobody else."""

    relationship: Relationship = Relationship.SELF
    person_to_call: str = field(default="", repr=False)
    language: str = ""
    interpreter_required: bool = False
    teen_confidential: bool = False


def note_needs(
    callback: Callback, needs: Needs, *, version: int, acting_user: User, command_id: UUID | None = None
) -> Callback:
    """Note whom to call and how; for whoever holds the callback, and for a supervisor while nobody else does.

    Anyone may make a callback confidential, and the front desk then lets go of it; only a supervisor makes it an
    ordinary one again. The event names the fields, never a name. The caller's wishes about being contacted stay as
    they are: they belong to the number. Raises PersonUnrelatedRefusal, AlreadyClaimedRefusal, NotAllowedRefusal,
    OutdatedFormRefusal, TransitionError.
    """
    if needs.person_to_call and needs.relationship is Relationship.SELF:
        raise PersonUnrelatedRefusal
    with transaction.atomic():
        act = begin_act(callback, Command.NOTE_NEEDS, acting_user=acting_user, version=version, command_id=command_id)
        if act.is_repeated:
            return act.callback
        act.check_not_others()
        if not act.is_mine:
            act.check_may(SUPERVISE_CALLBACKS, sentence="Claim this callback first; then note whom to call.")
        _set_confidential(act, needs.teen_confidential)
        changed = _note(act.callback, needs)
        act.finish(
            CALLBACK_NEEDS_NOTED,
            fields=changed,
            details={
                "relationship": act.callback.relationship,
                "interpreter": int(act.callback.interpreter_required),
                "confidential": int(is_kept_from_desk(act.callback.flags)),
            },
        )
        return act.callback


def leave_to_desk(
    callback: Callback, *, reason: str, version: int, acting_user: User, command_id: UUID | None = None
) -> Callback:
    """A supervisor lets the front desk make a confidential call, and says why; it stays marked as confidential.

    Raises NotAllowedRefusal, NotConfidentialRefusal, ReasonMissingRefusal, AlreadyClaimedRefusal, OutdatedFormRefusal,
    TransitionError.
    """
    with transaction.atomic():
        act = begin_act(
            callback, Command.LET_DESK_CALL, acting_user=acting_user, version=version, command_id=command_id
        )
        if act.is_repeated:
            return act.callback
        act.check_may(SUPERVISE_CALLBACKS)
        if not is_for_supervisor(act.callback.status, act.callback.flags):
            raise NotConfidentialRefusal
        if not reason.strip():
            raise ReasonMissingRefusal("Say why the front desk may call, then try again.")
        act.check_not_others()
        act.clear_claim()
        act.raise_flag(CallbackFlag.LEFT_TO_DESK)
        act.finish(CALLBACK_LEFT_TO_DESK, reason=reason.strip(), fields=["reason"])
        return act.callback


def _set_confidential(act: Act, is_wanted: bool) -> None:
    is_set, supervises = CallbackFlag.TEEN_CONFIDENTIAL in act.callback.flags, act.may(SUPERVISE_CALLBACKS)
    if is_set and not is_wanted:
        act.check_may(SUPERVISE_CALLBACKS, sentence="Only a supervisor may end that a callback is confidential.")
        act.lower_flag(CallbackFlag.TEEN_CONFIDENTIAL, CallbackFlag.LEFT_TO_DESK)
    if is_wanted and not is_set:
        act.raise_flag(CallbackFlag.TEEN_CONFIDENTIAL)
        if not supervises and is_for_supervisor(act.callback.status, act.callback.flags):
            act.clear_claim()


def _note(callback: Callback, needs: Needs) -> list[str]:
    """Set the columns; the names of those that changed, or were given anew where they are sealed."""
    before = (callback.relationship, callback.language, callback.interpreter_required)
    callback.relationship = needs.relationship.value
    callback.language = needs.language or callback.language
    callback.interpreter_required = needs.interpreter_required
    after = (callback.relationship, callback.language, callback.interpreter_required)
    names = ("relationship", "language", "interpreter_required")
    changed = [name for name, old, new in zip(names, before, after, strict=True) if old != new]
    had_person = callback.person_to_call is not None
    if needs.relationship is Relationship.SELF:
        callback.person_to_call = None
    elif needs.person_to_call:
        callback.person_to_call = needs.person_to_call
    is_given = needs.person_to_call or (had_person and callback.person_to_call is None)
    return [*changed, "person_to_call"] if is_given else changed
