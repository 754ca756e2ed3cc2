"""Callbacks' opening: a caller's request becomes a callback, or joins the one already open for that caller."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import Clinic
from audit.events import CALLBACK_MERGED, CALLBACK_OPENED
from audit.recording import record_change
from callbacks.calendars import clinic_calendar
from callbacks.models import Callback, Caller
from callbacks.requests import AppointmentType, PreferredWindow, Urgency
from callbacks.scheduling.due import Promise, compute_promise
from callbacks.scheduling.zones import recipient_zones
from callbacks.services.ordering import place_in_queue
from callbacks.states import Status
from lib import clock
from vault.blind_index import index_value


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


@dataclass(frozen=True)
class Opened:
    """The callback, and what happened: `opened` or `merged`."""

    callback: Callback
    outcome: str


def open_callback(draft: CallbackDraft) -> Opened:
    """Open a callback, or attach the call to the caller's open one (a repeat caller never waits twice).

    Same number and same first name is the same caller; another name on the same phone is another caller of the
    household and is never merged. Locks the caller's row, so that two calls of one caller cannot open two callbacks.
    Records the opening in the same transaction. The promise is computed here, once.
    """
    with transaction.atomic():
        caller = _lock_caller(draft)
        current = Callback.objects.select_for_update().filter(caller=caller).exclude(status=Status.CLOSED).first()
        if current is not None:
            return Opened(callback=_merge(current, draft), outcome="merged")
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


def _open(draft: CallbackDraft, caller: Caller) -> Callback:
    zones = recipient_zones(draft.phone) if draft.phone and draft.phone_is_valid else ()
    promise = _promise(draft, zones)
    callback = Callback(
        clinic=draft.clinic,
        caller=caller,
        first_name=draft.first_name,
        phone=draft.phone,
        phone_tail=_tail(draft.phone),
        called_from=draft.called_from,
        preferred_words=draft.preferred_words,
        phone_is_valid=draft.phone_is_valid,
        called_from_differs=bool(draft.called_from) and draft.called_from != draft.phone,
        appointment_type=draft.appointment_type,
        preferred_window=draft.preferred_window,
        language=draft.language,
        urgency=draft.urgency,
        status=Status.NEEDS_REVIEW if draft.review_reasons else Status.OPEN,
        review_reasons=list(draft.review_reasons),
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
        details={"flags": sorted(promise.flags), "review_reasons": list(draft.review_reasons)},
    )
    return callback


def _promise(draft: CallbackDraft, zones: tuple[ZoneInfo, ...]) -> Promise:
    return compute_promise(
        received_at=draft.received_at,
        calendar=clinic_calendar(draft.clinic),
        recipient_zones=zones,
        preferred_window=PreferredWindow(draft.preferred_window),
        urgency=Urgency(draft.urgency),
    )


def _merge(current: Callback, draft: CallbackDraft) -> Callback:
    """Join a repeat call: the promise stays, urgency only rises, the latest preference counts, gaps are filled.

    The version stays: whoever is talking to the caller right now must be able to save. A callback somebody holds is
    not taken into review under their hands; the reasons are shown to them all the same.
    """
    current.repeat_count += 1
    if draft.urgency == Urgency.URGENT and current.urgency != Urgency.URGENT:
        current.urgency = Urgency.URGENT
        due_at = _promise(draft, current.recipient_zones).due_at
        current.due_at = min(current.due_at or due_at, due_at) if due_at else current.due_at
    if draft.preferred_window != PreferredWindow.ANY or draft.preferred_words:
        current.preferred_window = draft.preferred_window
        current.preferred_words = draft.preferred_words
    if current.appointment_type == AppointmentType.UNSPECIFIED:
        current.appointment_type = draft.appointment_type
    current.language = current.language or draft.language
    if not current.is_called_from_known and draft.called_from:
        current.called_from = draft.called_from
        current.called_from_differs = draft.called_from != draft.phone
    current.review_reasons = sorted({*current.review_reasons, *draft.review_reasons})
    is_held = current.lease_expires_at is not None and current.lease_expires_at > clock.now()
    if draft.review_reasons and current.status == Status.OPEN and not is_held:
        current.status = Status.NEEDS_REVIEW
    place_in_queue(current)
    current.save()
    record_change(
        CALLBACK_MERGED,
        subject=current.audit_subject,
        obj=current.audit_object,
        clinic_id=current.audit_clinic_id,
        details={"repeat_count": current.repeat_count},
    )
    return current


def _tail(phone: str | None) -> str | None:
    """The last two digits, kept sealed in a field of their own so that lists never open the number."""
    digits = [character for character in phone or "" if character.isdigit()]
    return "".join(digits[-2:]) or None
