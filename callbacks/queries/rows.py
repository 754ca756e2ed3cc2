"""Callbacks' rows: one line of the queue, masked, with the sentence that says why it stands there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.models.clinic import NamesInQueue
from accounts.rights import held_rights
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import QUEUE_CALLER_SHOWN, Tag
from callbacks.calendars import clinic_calendar
from callbacks.ladders import clinic_ladder
from callbacks.models import Callback
from callbacks.queries.crm import SyncChip
from callbacks.queries.words import APPOINTMENTS, BADGE_ICONS, OUTCOMES, PROXIES, WINDOWS
from callbacks.requests import AppointmentType, PreferredWindow, Relationship, Urgency
from callbacks.scheduling import wording
from callbacks.scheduling.clock_badge import badge
from callbacks.scheduling.ladder import Outcome, attempts_max
from callbacks.services.ordering import priority_of
from callbacks.states import CLOSED_REASON_WORDS, CallbackFlag, ClosedReason, Status, is_for_supervisor
from lib.logs import event_logger
from vault.envelope import SealBrokenError
from vault.masking import mask_name, mask_number
from vault.reveal import reveal

log = event_logger(__name__)


@dataclass(frozen=True)
class BadgeView:
    kind: str
    icon: str
    text: str


@dataclass(frozen=True)
class QueueRow:
    """One line of the queue. `first_name` is what the clinic's policy shows; the number never is more than its tail."""

    id: UUID
    ref: str
    first_name: str
    masked_number: str
    appointment_label: str
    asked_for: str
    badge: BadgeView
    why: str
    their_time: str
    attempts_made: int
    attempts_max: int
    last_outcome: str
    language: str
    repeat_count: int
    holder: str
    held_by_me: bool
    can_claim: bool
    is_review: bool
    version: int
    marks: list[str]
    sync: SyncChip | None


def queue_row(
    callback: Callback, *, user: User, now: datetime, tag: Tag = QUEUE_CALLER_SHOWN, sync: SyncChip | None = None
) -> QueueRow:
    """Open what a list may show (the name as the clinic wants it, two digits) and lay out the rest. Records the read
    under `tag`.
    """
    policy = callback.clinic.names_in_queue
    shown = ("phone_tail",) if policy == NamesInQueue.NONE else ("phone_tail", "first_name")
    opened = _open(callback, *shown, tag=tag)
    holder = holder_of(callback, now)
    return QueueRow(
        id=callback.pk,
        ref=callback.ref,
        first_name=mask_name(opened.get("first_name"), policy=policy) if opened else _("Cannot be read"),
        masked_number=mask_number(opened.get("phone_tail")),
        appointment_label=appointment_label(callback),
        asked_for=_("asked: %(window)s") % {"window": WINDOWS[PreferredWindow(callback.preferred_window)]},
        badge=badge_view(callback, now),
        why=why(callback, now),
        their_time=their_time(callback, now),
        attempts_made=callback.attempts_count,
        attempts_max=max(
            attempts_max(Urgency(callback.urgency), clinic_ladder(callback.clinic)), callback.attempts_count
        ),
        last_outcome=last_outcome(callback, now),
        language=callback.language,
        repeat_count=callback.repeat_count,
        holder=holder.display_name if holder else "",
        held_by_me=holder == user,
        can_claim=holder is None and is_takeable(callback, user),
        is_review=callback.status == Status.NEEDS_REVIEW,
        version=callback.version,
        marks=list(_marks(callback, now)),
        sync=sync,
    )


def _marks(callback: Callback, now: datetime) -> Iterator[str]:
    """What else a colleague must see in the list, in two or three words each."""
    if callback.status == Status.CLOSED:
        return
    is_lost_in_call = callback.dial_started_at is not None and holder_of(callback, now) is None
    if is_lost_in_call or CallbackFlag.UNFINISHED_CALL in callback.flags:
        yield _("unfinished call")
    if CallbackFlag.EMERGENCY_REFUSED in callback.flags:
        yield _("refused 911")
    if CallbackFlag.SKIPPED_OFTEN in callback.flags:
        yield _("skipped often")
    if CallbackFlag.REOPENED in callback.flags:
        yield _("reopened")
    if is_for_supervisor(callback.status, callback.flags):
        yield _("confidential: ask a supervisor")
    elif CallbackFlag.TEEN_CONFIDENTIAL in callback.flags:
        yield _("confidential")
    if callback.interpreter_required:
        yield _("interpreter")
    if callback.is_for_proxy:
        yield str(PROXIES[Relationship(callback.relationship)])
    if callback.preferred_agent is not None and callback.reserved_until is not None and callback.reserved_until > now:
        yield _("for %(who)s") % {"who": callback.preferred_agent.display_name}


def is_takeable(callback: Callback, user: User) -> bool:
    """Whether the front desk's button "Claim" is for this person, as far as the callback itself goes."""
    if is_for_supervisor(callback.status, callback.flags):
        return held_rights(user).allow(SUPERVISE_CALLBACKS, clinic_id=callback.clinic_id)
    return callback.status in {Status.OPEN, Status.NEEDS_REVIEW}


def _open(callback: Callback, *shown: str, tag: Tag) -> dict[str, str | None]:
    """What the row shows; nothing when its seal is broken: one damaged row must not take the others off the screen."""
    try:
        return dict(zip(shown, reveal(callback, *shown, tag=tag), strict=True))
    except SealBrokenError:
        log.critical("seal_broken", callback_id=callback.pk)
        return {}


def holder_of(callback: Callback, now: datetime) -> User | None:
    """Who holds the callback at this instant; an expired lease holds nothing."""
    live = callback.lease_expires_at is not None and callback.lease_expires_at > now
    return callback.claimed_by if live else None


def appointment_label(callback: Callback) -> str:
    """What the caller wants; urgent words first, whatever else was said."""
    label = str(APPOINTMENTS[AppointmentType(callback.appointment_type)])
    if callback.urgency != Urgency.URGENT:
        return label
    is_bare = callback.appointment_type == AppointmentType.UNSPECIFIED
    return _("Urgent") if is_bare else _("Urgent · %(label)s") % {"label": label}


def badge_view(callback: Callback, now: datetime) -> BadgeView:
    """The clock in words, with an icon; a closed callback says how it ended."""
    if callback.status == Status.CLOSED:
        return BadgeView("wait", "✓", CLOSED_REASON_WORDS[ClosedReason(callback.closed_reason)])
    found = badge(
        callback.due_at,
        callback.promised_by,
        now,
        clinic_calendar(callback.clinic),
        callback.recipient_zones,
        not_before=callback.not_before,
        is_attempted=callback.first_attempt_at is not None,
    )
    return BadgeView(found.kind.value, BADGE_ICONS[found.kind], found.label)


def why(callback: Callback, now: datetime) -> str:
    """Why this row stands where it stands."""
    if callback.status == Status.CLOSED and callback.closed_at is not None:
        return _("closed %(when)s") % {"when": when(callback.closed_at, callback, now)}
    sentence = priority_of(callback, now).why
    return _("Needs review · %(why)s") % {"why": sentence} if callback.status == Status.NEEDS_REVIEW else sentence


def when(instant: datetime, callback: Callback, now: datetime) -> str:
    return wording.day_and_clock(instant, now, callback.clinic.zone)


def their_time(callback: Callback, now: datetime) -> str:
    """The time where the number rings; "or" when its prefix lies in several zones; "" when that is unknown."""
    zones: tuple[ZoneInfo, ...] = callback.recipient_zones
    clocks = sorted({wording.clock(now, zone) for zone in zones})
    return _("%(clock)s there") % {"clock": _(" or ").join(clocks)} if clocks else ""


def last_outcome(callback: Callback, now: datetime) -> str:
    """`No answer, yesterday 16:40, Ben`; `never called` before the first attempt."""
    if not callback.last_outcome or callback.last_attempt_at is None:
        return _("never called")
    parts = [str(OUTCOMES[Outcome(callback.last_outcome)]), when(callback.last_attempt_at, callback, now)]
    if callback.last_attempt_by is not None:
        parts.append(callback.last_attempt_by.display_name)
    return ", ".join(parts)
