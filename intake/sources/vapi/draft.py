"""What a VAPI message becomes: validated, unsaved, and free of everything that is not on the allow-list."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from callbacks.requests import AppointmentType, PreferredWindow, Urgency
from intake.screen import Kind


class EndedReasonGroup(StrEnum):
    """Why a call ended, in the nine ways that matter to staff."""

    CALLER_ENDED = "caller_ended"
    ASSISTANT_ENDED = "assistant_ended"
    SILENCE = "silence"
    VOICEMAIL = "voicemail"
    TRANSFERRED = "transferred"
    # The caller was not understood: the transcriber failed.
    RECOGNITION = "recognition"
    ERROR = "error"
    NEVER_CONNECTED = "never_connected"
    UNKNOWN = "unknown"


class Defect(StrEnum):
    """What a report lacks or says oddly; never what it said."""

    UNKNOWN_TYPE = "unknown_type"
    NO_STRUCTURED_DATA = "no_structured_data"
    MISSING_NAME = "missing_name"
    ODD_NAME = "odd_name"
    MORE_THAN_FIRST_NAME = "more_than_first_name"
    MISSING_NUMBER = "missing_number"
    INVALID_NUMBER = "invalid_number"
    POSSIBLE_NUMBER = "possible_number"
    NUMBER_WITH_EXTENSION = "number_with_extension"
    NUMBER_FROM_CALLER_ID = "number_from_caller_id"
    UNKNOWN_APPOINTMENT_TYPE = "unknown_appointment_type"
    UNKNOWN_PREFERRED_TIME = "unknown_preferred_time"
    UNKNOWN_LANGUAGE = "unknown_language"
    UNREADABLE_TEXT = "unreadable_text"
    # The screen took out words or numbers that the desk must not keep.
    TEXT_REMOVED = "text_removed"


# Two words where one was asked for: shown to staff, but no reason to hold a callback up.
_HARMLESS = frozenset({Defect.MORE_THAN_FIRST_NAME})


class UnsafeEvidence(StrEnum):
    """What a report carried that a safe assistant would never have made."""

    RECORDING_PRESENT = "recording_present"
    TRANSCRIPT_PRESENT = "transcript_present"
    SUMMARY_PRESENT = "summary_present"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDraft:
    """One call as it will open a callback. Datetimes are aware UTC; the repr shows nothing a caller said."""

    first_name: str | None = field(repr=False)
    phone_e164: str | None = field(repr=False)
    # What was dictated where that is no valid number, or more than one.
    phone_as_given: str | None = field(repr=False)
    called_from_e164: str | None = field(repr=False)
    appointment_type: AppointmentType
    urgency: Urgency
    preferred_window: PreferredWindow
    # The caller's own words about the time where the window does not say it all.
    preferred_words: str | None = field(repr=False)
    # BCP 47: language, script and region only.
    language: str | None
    call_started_at: datetime | None
    call_ended_at: datetime | None
    promise_base: datetime
    ended_reason_group: EndedReasonGroup
    duration_seconds: int | None
    provider_call_sid: str | None
    collected: tuple[str, ...]
    dropped_keys: tuple[str, ...]
    # Allowed keys of which the screen removed the text, and what kinds of thing it saw there.
    removed_keys: tuple[str, ...]
    removed_kinds: tuple[Kind, ...]
    defects: tuple[Defect, ...]
    unsafe_evidence: tuple[UnsafeEvidence, ...]

    @property
    def needs_review(self) -> bool:
        """Whether a person must look before anyone dials: a defect, or the assistant asked for too much."""
        return self.is_quarantined or not _HARMLESS.issuperset(self.defects)

    @property
    def is_quarantined(self) -> bool:
        """Whether something was dropped that the assistant should never have passed on: the officer is to look."""
        return bool(self.dropped_keys or self.removed_keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class VapiMessage:
    """One delivery of VAPI; `report` is there for the two types that report a call."""

    # An open set of keywords; empty where the message names none.
    type: str
    call_id: str | None
    assistant_id: str | None
    phone_number_id: str | None
    status: str | None
    timestamp: datetime | None
    report: ReportDraft | None
