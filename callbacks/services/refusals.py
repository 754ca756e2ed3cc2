"""Callbacks' refusals: the expected "no" of the services, each a sentence for the person who asked."""

from http import HTTPStatus

from audit.events import ACCESS_DENIED, ACTION_TRIED, Outcome
from audit.recording import record_event
from callbacks.models import Callback
from lib.errors import ConflictRefusal, Refusal


class AlreadyClaimedRefusal(ConflictRefusal):
    code = "already_claimed"
    sentence = "Somebody else is working on this callback."


class HoldingAnotherRefusal(ConflictRefusal):
    """One live claim a person: nobody can talk to two callers."""

    code = "holding_another"

    def __init__(self, held: Callback) -> None:
        self.held = held
        super().__init__(f"You still hold {held.ref}. Finish or release it first.")


class ClaimLostRefusal(ConflictRefusal):
    code = "claim_lost"
    sentence = "You no longer hold this callback: the claim ran out or somebody took over."


class ReservedRefusal(ConflictRefusal):
    """Somebody agreed on a time with the caller, or was given the callback; for a short while it is theirs."""

    code = "reserved"
    sentence = "This callback is reserved for a colleague."


class OutdatedFormRefusal(ConflictRefusal):
    """The form was made for an earlier version of the callback."""

    code = "outdated"
    sentence = "This callback changed while you were typing. Nothing was saved; your note is still below."


class ReasonMissingRefusal(Refusal):
    """Some acts need a reason in words: giving somebody up without a message, taking a colleague's call."""

    code = "reason_missing"
    status = 422
    sentence = "Say in the note why no message was left, then save again."


class NotAllowedRefusal(Refusal):
    """The person's role does not include the act."""

    code = "not_allowed"
    status = 403
    sentence = "Only a supervisor may do this."


class ForSupervisorRefusal(ConflictRefusal):
    """A teenager's confidential request: nobody at the front desk takes it until a supervisor leaves it to them."""

    code = "for_supervisor"
    sentence = "This callback is confidential: ask a supervisor, who calls or leaves it to the front desk."


class AuthorityNotCheckedRefusal(Refusal):
    """Something was settled with somebody who is not the caller, and nobody said that they may (the spouse trap)."""

    code = "authority_not_checked"
    status = 422
    sentence = "Tick that the authority to speak for the caller was checked, or choose another outcome."


class NoNumberRefusal(Refusal):
    """Released without a number, it would be dealt to somebody who cannot call."""

    code = "no_number"
    status = 422
    sentence = "There is no number to call. Close it, or release it and wait for the caller to ring again."


def record_refusal(callback: Callback, code: str, *, status: int) -> None:
    """Note that an act on one of several callbacks was refused, with its code: the page that tried them all is answered
    as done, and its own event cannot say which was not.
    """
    record_event(
        ACCESS_DENIED if status == HTTPStatus.FORBIDDEN else ACTION_TRIED,
        subject=callback.audit_subject,
        obj=callback.audit_object,
        clinic_id=callback.audit_clinic_id,
        outcome=Outcome.MINOR_FAILURE,
        outcome_code=code,
    )
