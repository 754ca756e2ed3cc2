"""Callbacks' CRM queries: how far each callback has come, how each target fares, and what a person must see to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts.models import Clinic
from callbacks.crm.leases import breaker_of
from callbacks.crm.mapping import FIELD_WORDS, SEALED_FIELDS, Value, plain_fields
from callbacks.crm.targets import target_for
from callbacks.models import Callback, CrmTarget, SyncState, SyncStatus, TargetKind
from callbacks.queries.words import APPOINTMENTS, OUTCOMES, STATES, STATUSES, WINDOWS
from callbacks.scheduling import wording
from callbacks.states import CLOSED_REASON_WORDS

MOST_LETTERS = 100


@dataclass(frozen=True)
class SyncChip:
    """How far a callback has come at its clinic's CRMs, the worst of them, in a word or two."""

    kind: str
    text: str


# The worst first.
_CHIPS = {
    SyncStatus.DEAD: ("late", gettext_lazy("CRM refuses")),
    SyncStatus.PENDING: ("wait", gettext_lazy("CRM follows")),
    SyncStatus.SYNCED: ("ok", gettext_lazy("in CRM")),
    SyncStatus.IGNORED: ("wait", gettext_lazy("CRM let be")),
}


def sync_chips(callback_ids: Collection[UUID]) -> dict[UUID, SyncChip]:
    """One chip for each of these callbacks that any target is told of; one query for all."""
    found: dict[UUID, set[str]] = {}
    states = SyncState.objects.filter(callback__in=callback_ids, target__is_enabled=True)
    for callback_id, status in states.values_list("callback_id", "status"):
        found.setdefault(callback_id, set()).add(status)
    return {callback_id: _chip(statuses) for callback_id, statuses in found.items()}


def _chip(statuses: Collection[str]) -> SyncChip:
    worst = next(status for status in _CHIPS if status in statuses)
    kind, text = _CHIPS[worst]
    return SyncChip(kind, str(text))


def sync_of(callback_id: UUID) -> tuple[SyncChip | None, str]:
    """A callback's chip, and a sentence where a CRM ended it by itself while somebody here is working on it."""
    states = SyncState.objects.filter(callback=callback_id, target__is_enabled=True)
    found = list(states.values_list("status", "remote_ended_as"))
    chip = _chip([status for status, _ended_as in found]) if found else None
    ends = {ended_as for _status, ended_as in found}
    return chip, next((str(sentence) for ended_as, sentence in _ENDED.items() if ended_as in ends), "")


_ENDED = {
    "cancelled": gettext_lazy(
        "The CRM says that this was cancelled there. Finish your call as it went; nothing is lost."
    ),
    "completed": gettext_lazy("The CRM says that this was done there. Finish your call as it went; nothing is lost."),
}


@dataclass(frozen=True)
class TargetRow:
    """One target as its supervisors read it; times in the clinic's zone."""

    id: UUID
    name: str
    kind: str
    badge_kind: str
    badge_icon: str
    badge_text: str
    waiting: int
    synced: int
    dead: int
    lag: str
    last_success: str
    check: str
    can_resume: bool
    is_check_wanted: bool
    can_compare: bool
    is_comparison_wanted: bool
    compared: str
    orphans: list[str]
    repaired: list[str]
    missing: list[str]


def target_rows(clinic: Clinic, now: datetime) -> list[TargetRow]:
    """The clinic's targets by name, each with its counts."""
    targets = CrmTarget.objects.filter(clinic=clinic, is_enabled=True).annotate(
        waiting=Count("sync_states", filter=Q(sync_states__status=SyncStatus.PENDING)),
        synced=Count("sync_states", filter=Q(sync_states__status=SyncStatus.SYNCED)),
        dead=Count("sync_states", filter=Q(sync_states__status=SyncStatus.DEAD)),
        oldest=Min("sync_states__wanted_since", filter=Q(sync_states__status=SyncStatus.PENDING)),
    )
    return [_target_row(target, clinic, now) for target in targets.order_by("name", "pk")]


def _target_row(target: CrmTarget, clinic: Clinic, now: datetime) -> TargetRow:
    counted: dict[str, int] = {name: getattr(target, name) for name in ("waiting", "synced", "dead")}
    oldest: datetime | None = target.oldest  # type: ignore[attr-defined]  # annotated above
    badge = _badge(target, now)
    return TargetRow(
        id=target.pk,
        name=target.name,
        kind=str(TargetKind(target.kind).label),
        badge_kind=badge[0],
        badge_icon=badge[1],
        badge_text=badge[2],
        **counted,
        lag=_minutes(now - oldest) if oldest is not None else _("none"),
        last_success=_when(target.last_success_at, clinic, now) or _("never"),
        check=_check(target, clinic, now),
        can_resume=bool(target.paused_code) or breaker_of(target).is_tripped,
        is_check_wanted=target.is_check_wanted,
        can_compare=target_for(target.kind).reads_back,
        is_comparison_wanted=target.is_reconcile_wanted,
        compared=_when(target.reconciled_at, clinic, now),
        orphans=target.orphan_ids,
        repaired=target.repaired_refs,
        missing=target.missing_refs,
    )


def _badge(target: CrmTarget, now: datetime) -> tuple[str, str, str]:
    breaker = breaker_of(target)
    if target.paused_code:
        return "urgent", "urgent", _("Stopped: %(why)s") % {"why": code_words(target.paused_code)}
    if not breaker.lets_through(now):
        return "late", "warning", _("Unreachable, work continues")
    if breaker.is_tripped:
        return "risk", "risk", _("Trying again")
    return "ok", "ok", _("In touch")


def _check(target: CrmTarget, clinic: Clinic, now: datetime) -> str:
    if target.is_check_wanted:
        return _("being tested")
    if target.checked_at is None:
        return _("never tested")
    said = _("works") if target.check_code == "ok" else code_words(target.check_code)
    return _("%(said)s, %(when)s") % {"said": said, "when": _when(target.checked_at, clinic, now)}


@dataclass(frozen=True)
class FieldChange:
    """One field the target has not got as it is here; `value` is "" for what stays sealed, else in words and clinic time.
    What stands there instead is not kept here: only whether it took anything yet.
    """

    label: str
    value: str
    is_sealed: bool
    is_older_there: bool


@dataclass(frozen=True)
class LetterRow:
    """One dead letter: which callback, what the target said, and what it lacks, with nothing of the caller."""

    id: UUID
    callback_id: UUID
    ref: str
    target: str
    code: str
    said: str
    since: str
    tries: int
    changes: list[FieldChange]


def dead_letters(clinic: Clinic, now: datetime) -> list[LetterRow]:
    """The clinic's dead letters, oldest first; at most a hundred of them. Opens nothing sealed."""
    dead = SyncState.objects.filter(status=SyncStatus.DEAD, target__clinic=clinic, target__is_enabled=True)
    found = dead.select_related("callback__clinic", "target").order_by("wanted_since", "pk")[:MOST_LETTERS]
    return [_letter_row(letter, clinic, now) for letter in found]


def _letter_row(letter: SyncState, clinic: Clinic, now: datetime) -> LetterRow:
    values = plain_fields(letter.callback, now)
    return LetterRow(
        id=letter.pk,
        callback_id=letter.callback_id,
        ref=letter.callback.ref,
        target=letter.target.name,
        code=letter.last_error_code,
        said=code_words(letter.last_error_code),
        since=_when(letter.failing_since or letter.wanted_since, clinic, now),
        tries=letter.attempts,
        changes=[
            FieldChange(
                label=FIELD_WORDS[name],
                value="" if name in SEALED_FIELDS else _spoken(name, values[name], letter.callback, now),
                is_sealed=name in SEALED_FIELDS,
                is_older_there=name in letter.sent_marks,
            )
            for name in letter.unsent_fields
        ],
    )


_WORDS: dict[str, Mapping[Any, object]] = {
    "status": STATUSES,
    "state": STATES,
    "closed_reason": CLOSED_REASON_WORDS,
    "appointment_type": APPOINTMENTS,
    "preferred_time": WINDOWS,
    "last_outcome": OUTCOMES,
}


def _spoken(name: str, value: Value, callback: Callback, now: datetime) -> str:
    """A field as staff say it; `value` is what the target would get."""
    if value is None:
        return _("nothing")
    if name in _WORDS:
        return str(_WORDS[name].get(value, value))
    instant = getattr(callback, name, None)
    if isinstance(instant, datetime):
        return wording.day_and_clock(instant, now, callback.clinic.zone)
    return str(value)


_CODES = {
    "unreachable": gettext_lazy("no connection"),
    "tls": gettext_lazy("its certificate is not trusted"),
    "timeout": gettext_lazy("no answer in time"),
    "broken": gettext_lazy("the answer broke off"),
    "too_large": gettext_lazy("the answer did not end"),
    "not_json": gettext_lazy("the answer was a page, not data"),
    "odd_answer": gettext_lazy("the answer makes no sense"),
    "address_refused": gettext_lazy("its address may not be spoken to"),
    "credential": gettext_lazy("its credential cannot be opened"),
    "no_communication": gettext_lazy("it cannot take attempts so that none stands there twice"),
    "no_task": gettext_lazy("it does not offer what a Task needs"),
    "not_fhir_r4": gettext_lazy("it is no FHIR R4 server"),
    "no_external_id": gettext_lazy("the object there has no external id"),
    "many_matches": gettext_lazy("it has this callback more than once"),
    "recipient_key": gettext_lazy("its key is no public key"),
    "http_400": gettext_lazy("it does not understand the request"),
    "http_401": gettext_lazy("it does not know us any more"),
    "http_403": gettext_lazy("we may not do this there"),
    "http_404": gettext_lazy("it does not have this"),
    "http_409": gettext_lazy("it holds something else by now"),
    "http_412": gettext_lazy("it holds something else by now"),
    "http_422": gettext_lazy("it does not accept the content"),
    "http_429": gettext_lazy("it asks us to be slower"),
}


def code_words(code: str) -> str:
    """What an error code means, in words a supervisor would use."""
    if code in _CODES:
        return str(_CODES[code])
    return _("it answered %(code)s") % {"code": code.removeprefix("http_").upper()}


def _when(instant: datetime | None, clinic: Clinic, now: datetime) -> str:
    return wording.day_and_clock(instant, now, clinic.zone) if instant is not None else ""


def _minutes(lag: timedelta) -> str:
    minutes = int(lag.total_seconds() // 60)
    return ngettext("%(n)s min", "%(n)s min", minutes) % {"n": minutes} if minutes else _("under a minute")
