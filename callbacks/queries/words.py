"""Callbacks' words: what stored codes are called on screens. No patient data, so any page may use them."""

from django.utils.translation import gettext_lazy as _

from callbacks.models import EmergencyAnswer, RuleKind, RuleSource
from callbacks.requests import AppointmentType, PreferredWindow, Relationship
from callbacks.scheduling.clock_badge import BadgeKind
from callbacks.scheduling.due import PromiseFlag
from callbacks.scheduling.ladder import Outcome
from callbacks.states import CallbackFlag, DisplayState, Status

APPOINTMENTS = {
    AppointmentType.GENERAL_CHECKUP: _("General checkup"),
    AppointmentType.FOLLOW_UP: _("Follow-up"),
    AppointmentType.CONSULTATION: _("Consultation"),
    AppointmentType.UNSPECIFIED: _("Reason not said"),
}
WINDOWS = {
    PreferredWindow.ANY: _("any time"),
    PreferredWindow.MORNING: _("morning"),
    PreferredWindow.AFTERNOON: _("afternoon"),
    PreferredWindow.EVENING: _("evening"),
}
OUTCOMES = {
    Outcome.BOOKED: _("Appointment booked"),
    Outcome.RESOLVED_NO_APPOINTMENT: _("Resolved, no appointment"),
    Outcome.DECLINED: _("Does not want it any more"),
    Outcome.AGREED_TIME: _("Call at agreed time"),
    Outcome.LANGUAGE_BARRIER: _("Needs an interpreter"),
    Outcome.CLINICAL_CONCERN: _("Clinical concern"),
    Outcome.IDENTITY_NOT_CONFIRMED: _("Identity not confirmed"),
    Outcome.HUNG_UP: _("Hung up"),
    Outcome.MESSAGE_WITH_PERSON: _("Message with a person"),
    Outcome.VOICEMAIL_LEFT: _("Voicemail left"),
    Outcome.NO_ANSWER: _("No answer"),
    Outcome.VOICEMAIL_UNAVAILABLE: _("No voicemail possible"),
    Outcome.BUSY: _("Busy"),
    Outcome.CALL_FAILED: _("Call failed"),
    Outcome.NOT_IN_SERVICE: _("Number not in service"),
    Outcome.WRONG_NUMBER: _("Wrong number"),
    Outcome.DO_NOT_CALL: _("Do not call again"),
}
STATUSES = {
    Status.OPEN: _("Open"),
    Status.NEEDS_REVIEW: _("Needs review"),
    Status.ESCALATED: _("With the clinical team"),
    Status.CLOSED: _("Closed"),
}
STATES = {
    DisplayState.CLOSED: STATUSES[Status.CLOSED],
    DisplayState.ESCALATED: STATUSES[Status.ESCALATED],
    DisplayState.NEEDS_REVIEW: STATUSES[Status.NEEDS_REVIEW],
    DisplayState.IN_PROGRESS: _("In progress"),
    DisplayState.WAITING: _("Waiting"),
    DisplayState.CLOSED_HOURS: _("Outside calling hours"),
    DisplayState.READY: _("Ready"),
}
DISCLOSURE = _("Somebody else may have learned something of the caller")
# Groups and keys of the outcome buttons; the most frequent have a digit.
OUTCOME_GROUPS = (
    (
        _("Reached"),
        (
            (Outcome.BOOKED, "1"),
            (Outcome.RESOLVED_NO_APPOINTMENT, "2"),
            (Outcome.AGREED_TIME, "3"),
            (Outcome.DECLINED, ""),
            (Outcome.LANGUAGE_BARRIER, ""),
        ),
    ),
    (
        _("Not reached"),
        (
            (Outcome.NO_ANSWER, "4"),
            (Outcome.BUSY, "5"),
            (Outcome.VOICEMAIL_LEFT, "6"),
            (Outcome.VOICEMAIL_UNAVAILABLE, ""),
            (Outcome.MESSAGE_WITH_PERSON, ""),
        ),
    ),
    (
        _("Problem"),
        (
            (Outcome.WRONG_NUMBER, "7"),
            (Outcome.IDENTITY_NOT_CONFIRMED, "8"),
            (Outcome.DO_NOT_CALL, "9"),
            (Outcome.HUNG_UP, ""),
            (Outcome.NOT_IN_SERVICE, ""),
            (Outcome.CALL_FAILED, ""),
        ),
    ),
)
BADGE_ICONS = {BadgeKind.URGENT: "▲", BadgeKind.RISK: "◔", BadgeKind.OK: "●", BadgeKind.WAIT: "◌"}
FLAGS = {
    PromiseFlag.PROMISE_UNKEEPABLE: _(
        "The promise of 24 hours cannot be kept: the clinic is closed until it is over."
    ),
    PromiseFlag.URGENT_WHILE_CLOSED: _("Urgent words came in while the clinic was closed."),
    PromiseFlag.PREFERRED_WINDOW_UNAVAILABLE: _("The time the caller asked for lies outside calling hours."),
    PromiseFlag.NO_CALLABLE_TIME: _(
        "There is no calling time in the next 21 days: are the clinic's hours configured?"
    ),
}
EMERGENCY_ANSWERS = {
    EmergencyAnswer.CONFIRMED: _("Said they will dial 911"),
    EmergencyAnswer.REFUSED: _("Refused to dial 911"),
    EmergencyAnswer.COULD_NOT_ASK: _("Could not be asked about 911"),
    EmergencyAnswer.NOT_ASKED: _("Not asked about 911"),
}
SKIP_REASONS = {
    "needs_colleague": _("Needs a particular colleague"),
    "needs_interpreter": _("Needs an interpreter"),
    "needs_information": _("Needs information first"),
    "interrupted": _("I was interrupted"),
}
RULE_KINDS = {
    RuleKind.DO_NOT_CALL: _("Do not call"),
    RuleKind.NO_VOICEMAIL: _("No voicemail"),
    RuleKind.NO_SMS: _("No text messages"),
    RuleKind.ONLY_HOURS: _("Only at certain hours"),
    RuleKind.ALTERNATIVE_NUMBER: _("Another number"),
}
RULE_SOURCES = {
    RuleSource.CALLER: _("asked by the caller"),
    RuleSource.OUTCOME: _("at the end of a call"),
    RuleSource.CLINIC: _("from the settings"),
}
CALLBACK_FLAGS = {
    CallbackFlag.UNFINISHED_CALL: _("Somebody dialled this caller and did not say how the call ended."),
    CallbackFlag.SKIPPED_OFTEN: _("Skipped three times: a supervisor should look at it."),
    CallbackFlag.EMERGENCY_REFUSED: _("The caller refused to dial 911."),
    CallbackFlag.REOPENED: _("It was closed before and opened again."),
    CallbackFlag.TEEN_CONFIDENTIAL: _(
        "Confidential, asked for by a minor: speak with the caller alone, and say to nobody else why you ring."
    ),
    CallbackFlag.LEFT_TO_DESK: _("A supervisor left this confidential call to the front desk."),
}
RELATIONSHIPS = {
    Relationship.SELF: _("the caller"),
    Relationship.PARENT: _("a parent of the caller"),
    Relationship.GUARDIAN: _("a guardian of the caller"),
    Relationship.SPOUSE: _("the caller's spouse"),
    Relationship.CHILD: _("a grown-up child of the caller"),
    Relationship.OTHER_PROXY: _("somebody else for the caller"),
}
# Whom a list names, in two words.
PROXIES = {
    Relationship.PARENT: _("call a parent"),
    Relationship.GUARDIAN: _("call a guardian"),
    Relationship.SPOUSE: _("call the spouse"),
    Relationship.CHILD: _("call a grown-up child"),
    Relationship.OTHER_PROXY: _("call somebody else"),
}
# Primary tags of BCP 47 that interpreter lines are asked for most; others are shown by their tag.
LANGUAGES = {
    "ar": _("Arabic"),
    "zh": _("Chinese"),
    "en": _("English"),
    "fa": _("Farsi"),
    "fr": _("French"),
    "de": _("German"),
    "ht": _("Haitian Creole"),
    "hi": _("Hindi"),
    "ko": _("Korean"),
    "pl": _("Polish"),
    "pt": _("Portuguese"),
    "ru": _("Russian"),
    "so": _("Somali"),
    "es": _("Spanish"),
    "tl": _("Tagalog"),
    "uk": _("Ukrainian"),
    "ur": _("Urdu"),
    "vi": _("Vietnamese"),
}
REVIEW_REASONS = {
    "do_not_call": _("Somebody on this number asked not to be called."),
    "no_structured_data": _("The assistant handed over no answers, only that there was a call."),
    "missing_name": _("The name is missing."),
    "odd_name": _("The name looks odd: it may be misheard."),
    "missing_number": _("There is no number to call."),
    "invalid_number": _("The number as dictated is not a number."),
    "possible_number": _("The number as dictated may be wrong or incomplete."),
    "number_with_extension": _("The number has an extension."),
    "number_from_caller_id": _("No number was dictated; this is the one the call came from."),
    "unknown_appointment_type": _("The reason for the visit was not one of those we know."),
    "unknown_preferred_time": _("The time asked for was not understood."),
    "unknown_language": _("The language was not understood."),
    "unreadable_text": _("Part of the report was unreadable."),
    "text_removed": _("An answer held more than it should, such as health details; it was removed and never stored."),
    "unexpected_keys": _("The assistant collected more than it may; that was dropped and never stored."),
    Outcome.CALL_FAILED.value: _("The call could not be connected."),
    Outcome.NOT_IN_SERVICE.value: _("The number is not in service."),
    Outcome.WRONG_NUMBER.value: _("The number belongs to somebody else."),
    "reports_differ": _("Two reports of this call differ: ask the caller again."),
    "unknown_type": _("The report came as a kind of message we do not know."),
}


def language_name(tag: str) -> str:
    """`Spanish` of `es-MX`; the tag itself where it has no name here."""
    return str(LANGUAGES.get(tag.split("-", maxsplit=1)[0], tag))
