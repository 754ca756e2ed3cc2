"""Callbacks' states: four stored ones, what is shown of them, and which command may follow which. Pure."""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from lib.errors import ConflictRefusal


class Status(StrEnum):
    """What is stored; everything else about a callback's state is computed (callbacks.md §2.2)."""

    OPEN = "open"
    NEEDS_REVIEW = "needs_review"
    ESCALATED = "escalated"
    CLOSED = "closed"


class ClosedReason(StrEnum):
    """Why a callback ended (§2.3, §2.4)."""

    BOOKED = "booked"
    RESOLVED_NO_APPOINTMENT = "resolved_no_appointment"
    RESOLVED_CLINICALLY = "resolved_clinically"
    RESOLVED_ELSEWHERE = "resolved_elsewhere"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    UNREACHABLE = "unreachable"
    IDENTITY_NOT_CONFIRMED = "identity_not_confirmed"
    HUNG_UP = "hung_up"
    NOT_IN_SERVICE = "not_in_service"
    WRONG_NUMBER = "wrong_number"
    NO_USABLE_NUMBER = "no_usable_number"
    DO_NOT_CALL = "do_not_call"
    DUPLICATE_MERGED = "duplicate_merged"
    TEST_CALL = "test_call"


CLOSED_REASON_WORDS: Mapping[ClosedReason, str] = MappingProxyType(
    {
        ClosedReason.BOOKED: "appointment booked",
        ClosedReason.RESOLVED_NO_APPOINTMENT: "resolved without an appointment",
        ClosedReason.RESOLVED_CLINICALLY: "resolved by the clinical team",
        ClosedReason.RESOLVED_ELSEWHERE: "resolved elsewhere",
        ClosedReason.DECLINED: "caller declined",
        ClosedReason.CANCELLED: "cancelled by the caller",
        ClosedReason.UNREACHABLE: "not reached",
        ClosedReason.IDENTITY_NOT_CONFIRMED: "identity not confirmed",
        ClosedReason.HUNG_UP: "caller hung up",
        ClosedReason.NOT_IN_SERVICE: "number not in service",
        ClosedReason.WRONG_NUMBER: "wrong number",
        ClosedReason.NO_USABLE_NUMBER: "no usable number",
        ClosedReason.DO_NOT_CALL: "asked not to be called",
        ClosedReason.DUPLICATE_MERGED: "merged into another callback",
        ClosedReason.TEST_CALL: "test call",
    }
)


class WaitReason(StrEnum):
    """Why a callback has a `not_before`."""

    NONE = "none"
    RETRY = "retry"
    AGREED = "agreed"
    SNOOZE = "snooze"
    HOLD = "hold"


class DisplayState(StrEnum):
    """What a screen says a callback is doing right now (§2.2)."""

    CLOSED = "closed"
    ESCALATED = "escalated"
    NEEDS_REVIEW = "needs_review"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    CLOSED_HOURS = "closed_hours"
    READY = "ready"


class Command(StrEnum):
    """What people and the system may do to a callback that exists (§2.3)."""

    RELEASE_FROM_REVIEW = "release_from_review"
    CLAIM = "claim"
    HEARTBEAT = "heartbeat"
    START_DIAL = "start_dial"
    RECORD_OUTCOME = "record_outcome"
    RECORD_LATE_OUTCOME = "record_late_outcome"
    RELEASE = "release"
    SKIP = "skip"
    TAKE_OVER = "take_over"
    SNOOZE = "snooze"
    AGREE_TIME = "agree_time"
    ESCALATE = "escalate"
    ACCEPT = "accept"
    RESOLVE = "resolve"
    RETURN = "return"
    CLOSE = "close"
    MERGE_INTO_OTHER = "merge_into_other"
    RESOLVE_ELSEWHERE = "resolve_elsewhere"
    CANCEL = "cancel"
    RECOMPUTE_DUE = "recompute_due"
    UNDO = "undo"
    REOPEN = "reopen"
    ATTACH_REPEAT = "attach_repeat"
    REASSIGN = "reassign"
    HAND_OVER = "hand_over"
    CORRECT = "correct"
    SEND_TO_REVIEW = "send_to_review"
    EXPIRE = "expire"
    NOTE_NEEDS = "note_needs"
    LET_DESK_CALL = "let_desk_call"


# The word of ATTACH_REPEAT where nobody rang again: another report of the call that is here already.
SAME_CALL = "same_call"


class CallbackFlag(StrEnum):
    """What staff must know about a callback besides its promise (scheduling.due.PromiseFlag); both share a column."""

    UNFINISHED_CALL = "unfinished_call"
    SKIPPED_OFTEN = "skipped_often"
    EMERGENCY_REFUSED = "emergency_refused"
    REOPENED = "reopened"
    TEEN_CONFIDENTIAL = "teen_confidential"
    LEFT_TO_DESK = "left_to_desk"


class TransitionError(ConflictRefusal):
    """The command does not fit the callback's status; nothing was changed."""

    code = "transition_not_allowed"

    def __init__(self, command: Command, from_status: Status) -> None:
        self.command = command
        self.from_status = from_status
        super().__init__(_SENTENCE_OF_STATUS[from_status])


_SENTENCE_OF_STATUS = {
    Status.OPEN: "This callback is open for calling; there is nothing to release, resolve, return or reopen.",
    Status.NEEDS_REVIEW: "This callback needs review first; release it from review or close it.",
    Status.ESCALATED: "This callback is with the clinical team; they resolve it or return it first.",
    Status.CLOSED: "This callback is closed already; reopen it first.",
}

_OPEN, _REVIEW, _ESCALATED, _CLOSED = Status.OPEN, Status.NEEDS_REVIEW, Status.ESCALATED, Status.CLOSED
_UNDER_LEASE = {_OPEN: {_OPEN}, _REVIEW: {_REVIEW}, _ESCALATED: {_ESCALATED}}
_TO_CLOSED = {_OPEN: {_CLOSED}, _REVIEW: {_CLOSED}, _ESCALATED: {_CLOSED}}

# Command, status before, statuses it may lead to. Anything not closed may be leased (decisions.md 17), but a number
# under review is dialled only after its release. Whether a lease is live, whose it is and who may act is not said here.
_TRANSITIONS: dict[Command, dict[Status, set[Status]]] = {
    Command.RELEASE_FROM_REVIEW: {_REVIEW: {_OPEN}},
    Command.CLAIM: _UNDER_LEASE,
    Command.HEARTBEAT: _UNDER_LEASE,
    Command.START_DIAL: {_OPEN: {_OPEN}, _ESCALATED: {_ESCALATED}},
    Command.RECORD_OUTCOME: {_OPEN: {_OPEN, _REVIEW, _ESCALATED, _CLOSED}, _ESCALATED: {_ESCALATED, _CLOSED}},
    # After the lease ran out the call still happened; where others moved the callback on, it stays there.
    Command.RECORD_LATE_OUTCOME: {
        _OPEN: {_OPEN, _REVIEW, _ESCALATED, _CLOSED},
        _REVIEW: {_REVIEW},
        _ESCALATED: {_ESCALATED},
        _CLOSED: {_CLOSED},
    },
    Command.RELEASE: _UNDER_LEASE,
    Command.SKIP: {_OPEN: {_OPEN}},
    Command.TAKE_OVER: _UNDER_LEASE,
    Command.SNOOZE: {_OPEN: {_OPEN}},
    Command.AGREE_TIME: {_OPEN: {_OPEN}},
    Command.ESCALATE: {_OPEN: {_ESCALATED}, _REVIEW: {_ESCALATED}},
    Command.ACCEPT: {_ESCALATED: {_ESCALATED}},
    Command.RESOLVE: {_ESCALATED: {_CLOSED}},
    Command.RETURN: {_ESCALATED: {_OPEN}},
    Command.CLOSE: {_OPEN: {_CLOSED}, _REVIEW: {_CLOSED}},
    Command.MERGE_INTO_OTHER: _TO_CLOSED,
    Command.RESOLVE_ELSEWHERE: {_OPEN: {_CLOSED}, _REVIEW: {_CLOSED}},
    Command.CANCEL: _TO_CLOSED,
    Command.RECOMPUTE_DUE: _UNDER_LEASE,
    # Undo takes an outcome back, whatever it led to, except into the hands of the clinical team: they return it.
    # Undone or reopened into another open callback of the same caller, it merges instead and the row stays closed.
    Command.UNDO: {_OPEN: {_OPEN}, _REVIEW: {_OPEN}, _CLOSED: {_OPEN, _REVIEW, _ESCALATED, _CLOSED}},
    # A number that nobody may or can dial is reopened into review.
    Command.REOPEN: {_CLOSED: {_OPEN, _REVIEW, _CLOSED}},
    # A repeat call may bring a defect that a person must look at; a duplicate, its clinical concern.
    Command.ATTACH_REPEAT: {
        _OPEN: {_OPEN, _REVIEW, _ESCALATED},
        _REVIEW: {_REVIEW, _ESCALATED},
        _ESCALATED: {_ESCALATED},
    },
    Command.EXPIRE: _UNDER_LEASE,
    Command.REASSIGN: _UNDER_LEASE,
    Command.HAND_OVER: _UNDER_LEASE,
    # A corrected number may turn out to be a caller who waits already: then the two are merged.
    Command.CORRECT: {_REVIEW: {_REVIEW, _CLOSED}},
    Command.SEND_TO_REVIEW: {_OPEN: {_REVIEW}},
    Command.NOTE_NEEDS: _UNDER_LEASE,
    Command.LET_DESK_CALL: {_OPEN: {_OPEN}, _REVIEW: {_REVIEW}},
}

TRANSITIONS: Mapping[tuple[Command, Status], frozenset[Status]] = MappingProxyType(
    {(command, status): frozenset(targets) for command, row in _TRANSITIONS.items() for status, targets in row.items()}
)


def can_transition(command: Command, from_status: Status) -> bool:
    """Whether the command may be given to a callback with this status (§2.3)."""
    return (command, from_status) in TRANSITIONS


def check_transition(command: Command, from_status: Status) -> frozenset[Status]:
    """Return the statuses the command may lead to (§2.3). Raises TransitionError when it does not fit the status."""
    try:
        return TRANSITIONS[command, from_status]
    except KeyError:
        raise TransitionError(command, from_status) from None


def is_for_supervisor(status: str, flags: Collection[str]) -> bool:
    """Whether only a supervisor may take the callback: a teenager's confidential request that none has left to the desk
    (§1). A clinical concern goes first: the clinical team takes it as any other.
    """
    return is_kept_from_desk(flags) and status in {Status.OPEN, Status.NEEDS_REVIEW}


def is_kept_from_desk(flags: Collection[str]) -> bool:
    """Whether a callback's flags, whatever its status, leave it to supervisors."""
    return CallbackFlag.TEEN_CONFIDENTIAL in flags and CallbackFlag.LEFT_TO_DESK not in flags


def display_state(
    *,
    status: Status,
    now: datetime,
    lease_expires_at: datetime | None,
    not_before: datetime | None,
    is_callable_now: bool,
) -> DisplayState:
    """Return what to show of a callback (§2.2). All instants aware; a lease that expires now is over, a wait too.

    `is_callable_now` is the answer of hours, zones and contact rules for this number at `now`.
    """
    if status == Status.CLOSED:
        return DisplayState.CLOSED
    if status == Status.ESCALATED:
        return DisplayState.ESCALATED
    if status == Status.NEEDS_REVIEW:
        return DisplayState.NEEDS_REVIEW
    if lease_expires_at is not None and lease_expires_at > now:
        return DisplayState.IN_PROGRESS
    if not_before is not None and not_before > now:
        return DisplayState.WAITING
    return DisplayState.READY if is_callable_now else DisplayState.CLOSED_HOURS
