"""Reads one VAPI message of any type, and the reports of a call in full."""

from dataclasses import replace
from datetime import UTC, datetime

from intake.screen import Field
from intake.sources.vapi.appointment import parse_appointment, parse_language
from intake.sources.vapi.draft import Defect, ReportDraft, UnsafeEvidence, VapiMessage
from intake.sources.vapi.ended import group_ended_reason
from intake.sources.vapi.envelope import JsonObject, message_of, token_at, value_at
from intake.sources.vapi.kinds import KNOWN_TYPES, REPORT_TYPES
from intake.sources.vapi.names import parse_first_name
from intake.sources.vapi.numbers import Numbers, parse_numbers, sole_number
from intake.sources.vapi.preferred_time import parse_preferred_time
from intake.sources.vapi.screening import Removals, screen_values
from intake.sources.vapi.structured import StructuredData, read_structured
from intake.sources.vapi.times import parse_duration, parse_instant, promise_base

# A report whose type is missing, misspelt or of a later day: the caller waits all the same.
MISTYPED_AS = "end-of-call-report"
_LONGEST_ID = 128
_EVIDENCE: tuple[tuple[UnsafeEvidence, tuple[tuple[str, ...], ...]], ...] = (
    (
        UnsafeEvidence.RECORDING_PRESENT,
        (
            ("recordingUrl",),
            ("stereoRecordingUrl",),
            ("artifact", "recording"),
            ("artifact", "recordingUrl"),
            ("artifact", "stereoRecordingUrl"),
            ("artifact", "videoRecordingUrl"),
            ("artifact", "presignedMonoUrl"),
            ("artifact", "presignedStereoUrl"),
            ("artifact", "presignedVideoUrl"),
        ),
    ),
    (UnsafeEvidence.TRANSCRIPT_PRESENT, (("transcript",), ("artifact", "transcript"))),
    (UnsafeEvidence.SUMMARY_PRESENT, (("summary",), ("analysis", "summary"))),
)


def parse_message(
    document: JsonObject,
    *,
    received_at: datetime,
    region: str,
    structured_output_ids: frozenset[str] = frozenset(),
) -> VapiMessage:
    """Return what a delivery says, for any JSON object whatever; defects are noted in the draft, never raised.

    `received_at` is aware (ValueError otherwise). `region` (ISO 3166, "US") is the clinic's, for numbers dictated without a country code.
    `structured_output_ids` are the line's configured structured outputs, preferred over others. Nothing outside
    the allow-list is kept. A message without a known type that holds a caller's request is read as a report, for review.
    """
    if received_at.tzinfo is None:
        raise ValueError("received_at must be aware")
    message = message_of(document)
    message_type = token_at(message, "type") or ""
    report = None
    if message_type in REPORT_TYPES or (message_type not in KNOWN_TYPES and _reports_a_call(message)):
        report = _report_of(
            message, received_at=received_at, region=region, structured_output_ids=structured_output_ids
        )
    if report is not None and message_type not in REPORT_TYPES:
        message_type = MISTYPED_AS
        report = replace(report, defects=(Defect.UNKNOWN_TYPE, *report.defects))
    return VapiMessage(
        type=message_type,
        call_id=token_at(message, "call", "id", longest=_LONGEST_ID),
        assistant_id=_first_id(message, ("call", "assistantId"), ("assistant", "id"), ("phoneNumber", "assistantId")),
        phone_number_id=_first_id(message, ("call", "phoneNumberId"), ("phoneNumber", "id")),
        status=token_at(message, "status"),
        timestamp=parse_instant(message.get("timestamp")),
        report=report,
    )


def _reports_a_call(message: JsonObject) -> bool:
    """Whether a message of no known type holds what only a report holds: somebody who wants to be called."""
    collected = read_structured(message, structured_output_ids=frozenset()).collected
    return not {"patientFirstName", "callbackNumber"}.isdisjoint(collected)


def _report_of(
    message: JsonObject, *, received_at: datetime, region: str, structured_output_ids: frozenset[str]
) -> ReportDraft:
    structured = read_structured(message, structured_output_ids=structured_output_ids)
    removals = screen_values(structured.values, this_year=received_at.year)
    first_name, name_defects = (
        (None, ()) if Field.FIRST_NAME in removals else parse_first_name(structured.values.get("patientFirstName"))
    )
    numbers = _numbers_of(message, structured, removals, region=region)
    appointment_type, urgency, type_defects = parse_appointment(structured.values.get("appointmentType"))
    # The window is a word of ours, not the caller's: it stays where the words go.
    window, words, time_defects = parse_preferred_time(structured.values.get("preferredTime"))
    language, language_defects = (
        (None, ()) if Field.LANGUAGE in removals else parse_language(structured.values.get("language"))
    )
    started_at = _first_instant(message, "startedAt")
    ended_at = _first_instant(message, "endedAt")
    nothing_extracted = () if structured.found else (Defect.NO_STRUCTURED_DATA,)
    defects = (
        *nothing_extracted,
        *name_defects,
        *numbers.defects,
        *type_defects,
        *time_defects,
        *language_defects,
        *((Defect.TEXT_REMOVED,) if removals.keys else ()),
    )
    return ReportDraft(
        first_name=first_name,
        phone_e164=numbers.phone_e164,
        phone_as_given=numbers.phone_as_given,
        called_from_e164=numbers.called_from_e164,
        appointment_type=appointment_type,
        urgency=urgency,
        preferred_window=window,
        preferred_words=None if Field.PREFERRED_TIME in removals else words,
        language=language,
        call_started_at=started_at,
        call_ended_at=ended_at,
        promise_base=promise_base(ended_at, received_at.astimezone(UTC)),
        ended_reason_group=group_ended_reason(
            value_at(message, "endedReason") or value_at(message, "call", "endedReason")
        ),
        duration_seconds=_duration_of(message, started_at, ended_at),
        provider_call_sid=_first_id(message, ("call", "phoneCallProviderId"), ("call", "transport", "callSid")),
        collected=structured.collected,
        dropped_keys=structured.dropped_keys,
        removed_keys=removals.keys,
        removed_kinds=removals.kinds,
        # Two fields may have the same defect; it is told once.
        defects=tuple(dict.fromkeys(defects)),
        unsafe_evidence=tuple(
            evidence for evidence, paths in _EVIDENCE if any(value_at(message, *path) for path in paths)
        ),
    )


def _numbers_of(message: JsonObject, structured: StructuredData, removals: Removals, *, region: str) -> Numbers:
    """Return the numbers; of a dictated text with more in it than a number, the number alone or nothing."""
    lines = (value_at(message, "customer", "number"), value_at(message, "call", "customer", "number"))
    dictated = structured.values.get("callbackNumber")
    if Field.CALLBACK_NUMBER in removals:
        dictated = sole_number(dictated, region=region) if removals.spare_the_number else None
    return parse_numbers(dictated, *lines, region=region)


def _first_id(message: JsonObject, *paths: tuple[str, ...]) -> str | None:
    return next((found for path in paths if (found := token_at(message, *path, longest=_LONGEST_ID))), None)


def _first_instant(message: JsonObject, name: str) -> datetime | None:
    """Return an instant of the message, else of its call."""
    return parse_instant(message.get(name)) or parse_instant(value_at(message, "call", name))


def _duration_of(message: JsonObject, started_at: datetime | None, ended_at: datetime | None) -> int | None:
    """Return the call's whole seconds: from its own times, else from the sender's hints."""
    if started_at is not None and ended_at is not None:
        return parse_duration((ended_at - started_at).total_seconds(), None)
    return parse_duration(message.get("durationSeconds"), message.get("durationMs"))
