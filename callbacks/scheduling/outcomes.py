"""Scheduling's outcomes: how one try to reach a caller can end (callbacks.md §2.4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What the receptionist records after a try."""

    BOOKED = "booked"
    RESOLVED_NO_APPOINTMENT = "resolved_no_appointment"
    DECLINED = "declined"
    AGREED_TIME = "agreed_time"
    LANGUAGE_BARRIER = "language_barrier"
    CLINICAL_CONCERN = "clinical_concern"
    IDENTITY_NOT_CONFIRMED = "identity_not_confirmed"
    HUNG_UP = "hung_up"
    MESSAGE_WITH_PERSON = "message_with_person"
    VOICEMAIL_LEFT = "voicemail_left"
    NO_ANSWER = "no_answer"
    VOICEMAIL_UNAVAILABLE = "voicemail_unavailable"
    BUSY = "busy"
    CALL_FAILED = "call_failed"
    NOT_IN_SERVICE = "not_in_service"
    WRONG_NUMBER = "wrong_number"
    DO_NOT_CALL = "do_not_call"


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """One recorded try: its outcome, when (UTC), and whether it counted when it was recorded."""

    outcome: Outcome
    recorded_at: datetime
    counts: bool
