"""Callbacks' supplementing: a later report of the same call fills what was empty; nothing the caller said is overwritten."""

from django.db import transaction

from audit.events import CALLBACK_REVIEWED, CALLBACK_SUPPLEMENTED
from callbacks.models import Callback, Caller
from callbacks.requests import AppointmentType, PreferredWindow, Urgency
from callbacks.scheduling.zones import recipient_zones
from callbacks.services.acting import begin_act
from callbacks.services.contact_rules import ASKED_NOT_TO_BE_CALLED
from callbacks.services.opening import CallbackDraft, asked_not_to_be_called, phone_tail
from callbacks.services.promising import set_promise
from callbacks.states import SAME_CALL, Command, Status
from vault.blind_index import index_value

REPORTS_DIFFER = "reports_differ"
# The number to call is the line the call came from, for want of one that the caller said.
FROM_CALLER_ID = "number_from_caller_id"
# Reasons to look that say something is missing, by the field whose arrival settles them.
SETTLED_BY = {
    "first_name": {"missing_name", "no_structured_data"},
    "phone": {"missing_number", FROM_CALLER_ID, "no_structured_data"},
}
ABSENCES = frozenset().union(*SETTLED_BY.values())


def supplement_callback(callback: Callback, draft: CallbackDraft, *, differs: tuple[str, ...]) -> Callback:
    """Fill the callback's empty fields from another report of its call, and flag where the two differ (`differs`).

    The promise stays; before the first attempt the due time follows a number that became known and an urgency that
    rose. A reason to look that is settled now goes, and with the last one the review; what the later report lacks is
    no reason. The version stays: whoever is talking to the caller right now must be able to save. Raises
    TransitionError for a closed callback.
    """
    with transaction.atomic():
        act = begin_act(callback, Command.ATTACH_REPEAT, acting_user=None)
        current = act.callback
        filled = [*_fill_sealed(current, draft), *_fill_plain(current, draft)]
        reasons = {reason for reason in draft.review_reasons if reason not in ABSENCES}
        if {"phone", "first_name"}.intersection(filled) and asked_not_to_be_called(
            _name_caller(current, draft), act.now
        ):
            reasons.add(ASKED_NOT_TO_BE_CALLED)
        if {"phone", "urgency"}.intersection(filled) and not current.attempts_count:
            set_promise(current)
        settled = set().union(*(SETTLED_BY.get(name, set()) for name in filled)).intersection(current.review_reasons)
        if differs:
            reasons.add(REPORTS_DIFFER)
        current.review_reasons = sorted(({*current.review_reasons} - settled) | reasons)
        if reasons and current.status == Status.OPEN and not act.is_held:
            current.status = Status.NEEDS_REVIEW
        act.finish(
            CALLBACK_SUPPLEMENTED,
            word=SAME_CALL,
            fields=filled,
            details={"differs": list(differs), "settled": sorted(settled)},
            changes_version=False,
        )
        if settled and not current.review_reasons and current.status == Status.NEEDS_REVIEW:
            return _release(current)
        return current


def _release(callback: Callback) -> Callback:
    """Nothing is left to look at: the callback is as good as any."""
    act = begin_act(callback, Command.RELEASE_FROM_REVIEW, acting_user=None)
    act.callback.status = Status.OPEN
    act.finish(CALLBACK_REVIEWED, fields=["status"], details={"decision": "settled"}, changes_version=False)
    return act.callback


def _fill_sealed(current: Callback, draft: CallbackDraft) -> list[str]:
    filled = []
    for name in ("first_name", "called_from", "preferred_words"):
        if getattr(current, name) is None and getattr(draft, name):
            setattr(current, name, getattr(draft, name))
            filled.append(name)
    lacks_a_number = current.phone is None or FROM_CALLER_ID in current.review_reasons
    if lacks_a_number and draft.phone and FROM_CALLER_ID not in draft.review_reasons:
        current.phone, current.phone_tail = draft.phone, phone_tail(draft.phone)
        current.phone_is_valid = draft.phone_is_valid
        zones = recipient_zones(draft.phone) if draft.phone_is_valid else ()
        current.zone_names = [zone.key for zone in zones]
        filled.append("phone")
    if {"phone", "called_from"}.intersection(filled) and draft.called_from and draft.phone:
        current.called_from_differs = draft.called_from != draft.phone
    return filled


def _fill_plain(current: Callback, draft: CallbackDraft) -> list[str]:
    """Words of closed lists that said nothing so far; urgency only rises."""
    filled = []
    for name, nothing in (
        ("appointment_type", AppointmentType.UNSPECIFIED),
        ("preferred_window", PreferredWindow.ANY),
        ("urgency", Urgency.ROUTINE),
        ("language", ""),
    ):
        if getattr(current, name) == nothing != getattr(draft, name):
            setattr(current, name, getattr(draft, name))
            filled.append(name)
    return filled


def _name_caller(current: Callback, draft: CallbackDraft) -> Caller:
    """Let the caller be recognised from now on, under the id of before; unless somebody is known by that already.

    Returns who the number and the name belong to.
    """
    caller = Caller.objects.select_for_update().get(pk=current.caller_id)
    phone, name = draft.phone if draft.phone_is_valid else None, draft.first_name
    clinic_id = current.clinic_id
    wanted = {
        "phone_index": caller.phone_index or (index_value("phone", phone, clinic_id=clinic_id) if phone else ""),
        "name_index": caller.name_index or (index_value("name", name, clinic_id=clinic_id) if name else ""),
    }
    known = Caller.objects.filter(clinic=clinic_id, **wanted).exclude(pk=caller.pk)
    if wanted["phone_index"] and (other := known.first()) is not None:
        return other
    caller.phone_index, caller.name_index = wanted["phone_index"], wanted["name_index"]
    caller.save(update_fields=["phone_index", "name_index"])
    return caller
