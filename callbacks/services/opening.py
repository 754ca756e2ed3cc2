"""Callbacks' opening: a caller's request becomes a callback, or joins the one already open for that caller."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import Clinic
from audit.events import CALLBACK_OPENED
from audit.recording import record_change
from callbacks.calendars import clinic_calendar
from callbacks.models import Callback, Caller, ContactRule, RuleKind
from callbacks.requests import PreferredWindow, Urgency
from callbacks.scheduling.due import Promise, compute_promise
from callbacks.scheduling.zones import recipient_zones
from callbacks.services.contact_rules import ASKED_NOT_TO_BE_CALLED
from callbacks.services.merging import RepeatCall, attach_repeat
from callbacks.services.ordering import place_in_queue
from callbacks.states import ClosedReason, Status
from lib import clock
from vault.blind_index import index_value

# Who rings again this soon after a callback was closed rings about the same thing.
AGAIN_WITHIN = timedelta(hours=72)


@dataclass(frozen=True, kw_only=True)
class CallbackDraft:
    """What a call asked for, validated and unsaved. `phone` is E.164 when `phone_is_valid`, else as given.

    `received_at` (aware, UTC) is where the promise starts: the end of the call. The repr shows nothing of the caller.
    """

    clinic: Clinic
    first_name: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    phone_is_valid: bool
    called_from: str | None = field(repr=False)
    preferred_words: str | None = field(repr=False)
    appointment_type: str
    urgency: str
    preferred_window: str
    language: str
    received_at: datetime
    review_reasons: tuple[str, ...]
    # Whether a callback that this joins was made by the very same call, told in two messages.
    is_same_call: Callable[[Callback], bool] = field(default=lambda _: False, repr=False)


@dataclass(frozen=True)
class Opened:
    """The callback, and what happened: `opened` or `merged`."""

    callback: Callback
    outcome: str


def open_callback(draft: CallbackDraft) -> Opened:
    """Open a callback, or attach the call to the caller's open one (a repeat caller never waits twice).

    Same number and same first name is the same caller; another name on the same phone is another caller of the
    household and is never merged. Locks the caller's row, so that two calls of one caller cannot open two callbacks.
    Who asked not to be called is looked at by a person first. Who was called lately is linked to that callback. Records
    the opening in the same transaction. The promise is computed here, once.
    """
    with transaction.atomic():
        caller = _lock_caller(draft)
        current = Callback.objects.select_for_update().filter(caller=caller).exclude(status=Status.CLOSED).first()
        if current is not None:
            return Opened(callback=attach_repeat(current, _repeat_of(draft, current)), outcome="merged")
        return Opened(callback=_open(draft, caller), outcome="opened")


def _lock_caller(draft: CallbackDraft) -> Caller:
    # Only a valid number tells who it is: two callers whose number was misheard as the same words are two callers.
    phone_index = (
        index_value("phone", draft.phone, clinic_id=draft.clinic.pk) if draft.phone and draft.phone_is_valid else ""
    )
    name_index = index_value("name", draft.first_name, clinic_id=draft.clinic.pk) if draft.first_name else ""
    if not phone_index:
        return Caller.objects.create(clinic=draft.clinic, name_index=name_index)
    caller, _ = Caller.objects.get_or_create(clinic=draft.clinic, phone_index=phone_index, name_index=name_index)
    return Caller.objects.select_for_update().get(pk=caller.pk)


def _repeat_of(draft: CallbackDraft, current: Callback) -> RepeatCall:
    return RepeatCall(
        urgency=draft.urgency,
        due_at=_promise(draft, current.recipient_zones).due_at,
        preferred_window=draft.preferred_window,
        preferred_words=draft.preferred_words,
        appointment_type=draft.appointment_type,
        language=draft.language,
        called_from=draft.called_from,
        called_from_differs=draft.called_from != draft.phone,
        review_reasons=draft.review_reasons,
        is_same_call=draft.is_same_call(current),
    )


def _open(draft: CallbackDraft, caller: Caller) -> Callback:
    zones = recipient_zones(draft.phone) if draft.phone and draft.phone_is_valid else ()
    promise = _promise(draft, zones)
    now = clock.now()
    review_reasons = list(draft.review_reasons)
    if asked_not_to_be_called(caller, now):
        review_reasons.append(ASKED_NOT_TO_BE_CALLED)
    callback = Callback(
        clinic=draft.clinic,
        caller=caller,
        first_name=draft.first_name,
        phone=draft.phone,
        phone_tail=phone_tail(draft.phone),
        called_from=draft.called_from,
        preferred_words=draft.preferred_words,
        phone_is_valid=draft.phone_is_valid,
        called_from_differs=bool(draft.called_from) and draft.called_from != draft.phone,
        appointment_type=draft.appointment_type,
        preferred_window=draft.preferred_window,
        language=draft.language,
        urgency=draft.urgency,
        status=Status.NEEDS_REVIEW if review_reasons else Status.OPEN,
        review_reasons=review_reasons,
        again_after=_closed_lately(caller, now),
        zone_names=[zone.key for zone in zones],
        received_at=draft.received_at,
        promised_by=promise.promised_by,
        due_at=promise.due_at,
        target_from=promise.target_from,
        target_to=promise.target_to,
        flags=sorted(promise.flags),
    )
    place_in_queue(callback)
    callback.save(force_insert=True)
    record_change(
        CALLBACK_OPENED,
        subject=callback.audit_subject,
        obj=callback.audit_object,
        clinic_id=draft.clinic.pk,
        fields=[name for name in ("first_name", "phone", "called_from", "preferred_words") if getattr(draft, name)],
        details={"flags": sorted(promise.flags), "review_reasons": review_reasons},
    )
    return callback


def asked_not_to_be_called(caller: Caller, now: datetime) -> bool:
    """Whether a rule in force says that this number is not to be called."""
    if not caller.is_recognisable:
        return False
    rules = ContactRule.objects.in_force(now).filter(clinic_id=caller.clinic_id, phone_index=caller.phone_index)
    return rules.filter(kind=RuleKind.DO_NOT_CALL).exists()


def _closed_lately(caller: Caller, now: datetime) -> Callback | None:
    closed = Callback.objects.filter(caller=caller, closed_at__gt=now - AGAIN_WITHIN)
    return closed.exclude(closed_reason=ClosedReason.DUPLICATE_MERGED).order_by("-closed_at").first()


def _promise(draft: CallbackDraft, zones: tuple[ZoneInfo, ...]) -> Promise:
    """The clocks of what a call asked for, for a number in these zones."""
    return compute_promise(
        received_at=draft.received_at,
        calendar=clinic_calendar(draft.clinic),
        recipient_zones=zones,
        preferred_window=PreferredWindow(draft.preferred_window),
        urgency=Urgency(draft.urgency),
    )


def phone_tail(phone: str | None) -> str | None:
    """The last two digits, kept sealed in a field of their own so that lists never open the number."""
    digits = [character for character in phone or "" if character.isdigit()]
    return "".join(digits[-2:]) or None
