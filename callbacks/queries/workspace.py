"""Callbacks' workspace: everything one page shows of one callback, opened only as far as the person may see."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import phonenumbers
from django.utils.translation import gettext as _

from accounts.models import User
from audit.events import CALLBACK_VIEWED, NUMBER_REVEALED
from callbacks.models import Attempt, Callback
from callbacks.queries.rows import (
    BadgeView,
    appointment_label,
    badge_view,
    holder_of,
    last_outcome,
    their_time,
    when,
    why,
)
from callbacks.queries.words import CALLBACK_FLAGS, FLAGS, OUTCOME_GROUPS, OUTCOMES, REVIEW_REASONS, WINDOWS
from callbacks.requests import PreferredWindow
from callbacks.scheduling.due import PromiseFlag
from callbacks.scheduling.ladder import AgreedTimeError, Outcome
from callbacks.services.attempts import preview_step
from callbacks.states import CallbackFlag, Status
from vault.masking import mask_name, mask_number
from vault.reveal import reveal


@dataclass(frozen=True)
class OutcomeChoice:
    """One outcome button: its key, and what saving it will do."""

    code: str
    label: str
    key: str
    preview: str


@dataclass(frozen=True)
class OutcomeGroup:
    title: str
    choices: list[OutcomeChoice]


@dataclass(frozen=True)
class TimelineEntry:
    title: str
    detail: str
    note: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The page of one callback. `number` and `called_from` are None until the holder asks for them."""

    id: UUID
    ref: str
    version: int
    command_id: UUID
    badge: BadgeView
    why: str
    first_name: str = field(repr=False)
    wants: str
    asked_for: str
    caller_words: str = field(repr=False)
    their_time: str
    called_at: str
    promised_by: str
    due_at: str
    language: str
    held_by_me: bool
    holder: str
    lease_seconds_left: int
    can_claim: bool
    can_work: bool
    can_review: bool
    is_closed: bool
    masked_number: str
    number: str | None = field(repr=False)
    dial: str | None = field(repr=False)
    called_from: str | None = field(repr=False)
    called_from_note: str
    notices: list[str]
    review_reasons: list[str]
    strip: str
    script: str = field(repr=False)
    outcome_groups: list[OutcomeGroup]
    timeline: list[TimelineEntry]
    last_outcome: str
    chosen: str = ""
    note: str = field(default="", repr=False)
    agreed_at: str = ""
    error: str = ""


def build_workspace(callback: Callback, *, user: User, now: datetime, with_number: bool = False) -> Workspace:
    """Lay one callback out for a person. Only its holder sees the caller's words, notes and script; `with_number`
    opens the numbers too, for the holder alone. Every opened field joins the event of this page.
    """
    holder = holder_of(callback, now)
    mine = holder == user
    first_name, tail = reveal(callback, "first_name", "phone_tail", tag=CALLBACK_VIEWED)
    words = reveal(callback, "preferred_words", tag=CALLBACK_VIEWED)[0] if mine else None
    number, called_from = (
        reveal(callback, "phone", "called_from", tag=NUMBER_REVEALED) if mine and with_number else (None, None)
    )
    in_review = callback.status == Status.NEEDS_REVIEW
    is_closed = callback.status == Status.CLOSED
    return Workspace(
        id=callback.pk,
        ref=callback.ref,
        version=callback.version,
        command_id=uuid4(),
        badge=badge_view(callback, now),
        why=why(callback, now),
        # Before a claim the page shows no more of a name than the clinic shows in its lists.
        first_name=(first_name or _("Caller"))
        if mine
        else mask_name(first_name, policy=callback.clinic.names_in_queue),
        wants=appointment_label(callback),
        asked_for=str(WINDOWS[PreferredWindow(callback.preferred_window)]),
        caller_words=words or "",
        their_time=their_time(callback, now)
        or _("unknown, ours is %(clock)s") % {"clock": now.astimezone(callback.clinic.zone).strftime("%H:%M")},
        called_at=when(callback.received_at, callback, now),
        promised_by=when(callback.promised_by, callback, now),
        due_at=when(callback.due_at, callback, now) if callback.due_at else _("no calling time in sight"),
        language=callback.language,
        held_by_me=mine,
        holder=holder.display_name if holder else "",
        lease_seconds_left=_seconds_left(callback, now) if mine else 0,
        can_claim=holder is None and not is_closed,
        can_work=mine and not in_review and not is_closed,
        can_review=mine and in_review,
        is_closed=is_closed,
        masked_number=mask_number(tail),
        number=_readable(number),
        dial=number if callback.phone_is_valid else None,
        called_from=_readable(called_from),
        called_from_note=_called_from_note(callback),
        notices=[flag_label(flag) for flag in callback.flags if not is_closed],
        review_reasons=[str(REVIEW_REASONS.get(reason, reason)) for reason in callback.review_reasons],
        strip=_("Not verified yet: talk about the schedule only"),
        script=_script(callback, user, first_name) if mine else "",
        outcome_groups=_outcome_groups(callback, now) if mine and not in_review and not is_closed else [],
        timeline=_timeline(callback, now, with_notes=mine),
        last_outcome=last_outcome(callback, now),
    )


def flag_label(flag: str) -> str:
    """What staff must know, as a sentence."""
    return str(CALLBACK_FLAGS[CallbackFlag(flag)] if flag in set(CallbackFlag) else FLAGS[PromiseFlag(flag)])


def _seconds_left(callback: Callback, now: datetime) -> int:
    return int((callback.lease_expires_at - now).total_seconds()) if callback.lease_expires_at else 0


def _readable(number: str | None) -> str | None:
    """A number as people read it; as given where it is no valid number."""
    if number is None:
        return None
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    is_home = parsed.country_code == 1
    style = phonenumbers.PhoneNumberFormat.NATIONAL if is_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, style))


def _called_from_note(callback: Callback) -> str:
    if not callback.is_called_from_known:
        return _("the number the call came from is unknown")
    if callback.called_from_differs:
        return _("called from another number, revealed with it")
    return _("called from the same number")


def _script(callback: Callback, user: User, first_name: str | None) -> str:
    return _(
        "This is %(staff)s from %(clinic)s. May I speak with %(caller)s? … Before we go on, could you tell me your "
        "full name and date of birth, please?"
    ) % {
        "staff": user.display_name,
        "clinic": callback.clinic.neutral_name,
        "caller": first_name or _("the person who called us"),
    }


def _outcome_groups(callback: Callback, now: datetime) -> list[OutcomeGroup]:
    return [
        OutcomeGroup(
            str(title),
            [
                OutcomeChoice(code.value, str(OUTCOMES[code]), key, _preview(callback, code, now))
                for code, key in choices
            ],
        )
        for title, choices in OUTCOME_GROUPS
    ]


def _preview(callback: Callback, outcome: Outcome, now: datetime) -> str:
    try:
        return preview_step(callback, outcome, now=now).sentence
    except AgreedTimeError as refusal:
        return refusal.sentence


def _timeline(callback: Callback, now: datetime, *, with_notes: bool) -> list[TimelineEntry]:
    """What happened so far, newest first. Notes are opened for the holder alone, each recorded."""
    entries = [_attempt_entry(attempt, callback, now, with_notes=with_notes) for attempt in _attempts(callback)]
    if callback.repeat_count > 1:
        entries.append(
            TimelineEntry(
                _("Called us again"), _("%(count)s calls attached to this callback") % {"count": callback.repeat_count}
            )
        )
    entries.append(
        TimelineEntry(
            _("Promise made: %(when)s") % {"when": when(callback.promised_by, callback, now)},
            _("%(when)s · voice assistant") % {"when": when(callback.received_at, callback, now)},
        )
    )
    return entries


def _attempts(callback: Callback) -> list[Attempt]:
    attempts = list(callback.attempts.select_related("staff").order_by("-seq"))
    for attempt in attempts:
        attempt.callback = callback
    return attempts


def _attempt_entry(attempt: Attempt, callback: Callback, now: datetime, *, with_notes: bool) -> TimelineEntry:
    note = reveal(attempt, "note", tag=CALLBACK_VIEWED)[0] if with_notes and attempt.note is not None else None
    detail = f"{when(attempt.recorded_at, callback, now)} · {attempt.staff.display_name}"
    return TimelineEntry(str(OUTCOMES[Outcome(attempt.outcome)]), detail, note or "")
