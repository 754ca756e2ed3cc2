"""Callbacks' rule of what may be called now, as one filter."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet

from accounts.models import Clinic, User
from accounts.rights import held_rights
from accounts.roles import SUPERVISE_CALLBACKS
from callbacks.calendars import clinic_calendar
from callbacks.models import Callback
from callbacks.queries.contact_rules import forbidding_rule
from callbacks.queries.zones import open_zone_names
from callbacks.scheduling.hours import is_callable, is_open
from callbacks.states import CallbackFlag, Status

# Stored columns only, so that a partial index serves order and pages (decision 18).
QUEUE_ORDER = (
    "priority_group",
    F("is_in_window").desc(),
    "skips_count",
    F("due_at").asc(nulls_last=True),
    "received_at",
    "id",
)


def not_waiting(now: datetime) -> Q:
    return Q(not_before__isnull=True) | Q(not_before__lte=now)


def not_held(now: datetime) -> Q:
    return Q(claimed_by__isnull=True) | Q(lease_expires_at__lte=now)


def mine(user: User, now: datetime) -> Q:
    """Held by this person, or kept for them."""
    return Q(claimed_by=user, lease_expires_at__gt=now) | Q(preferred_agent=user, reserved_until__gt=now)


def not_reserved(now: datetime, user: User | None) -> Q:
    """Reserved for nobody, or for this person."""
    free = Q(reserved_until__isnull=True) | Q(reserved_until__lte=now)
    return free | Q(preferred_agent=user) if user is not None else free


def not_for_supervisor() -> Q:
    """The SQL of states.is_for_supervisor for open callbacks, turned round."""
    confidential = Q(flags__contains=[CallbackFlag.TEEN_CONFIDENTIAL])
    return ~confidential | Q(flags__contains=[CallbackFlag.LEFT_TO_DESK])


def ready_callbacks(clinic: Clinic, now: datetime, *, user: User | None = None) -> QuerySet[Callback]:
    """Callbacks of a clinic that this person (None: anybody) may be dealt now, in calling order; none while it is
    closed.
    """
    if not is_open(clinic_calendar(clinic), now):
        return Callback.objects.none()
    ready = Callback.objects.filter(not_waiting(now), not_held(now), not_reserved(now, user), may_ring(clinic, now))
    if user is None or not held_rights(user).allow(SUPERVISE_CALLBACKS, clinic_id=clinic.pk):
        ready = ready.filter(not_for_supervisor())
    return ready.filter(clinic=clinic, status=Status.OPEN).order_by(*QUEUE_ORDER)


def may_ring(clinic: Clinic, now: datetime) -> Q:
    """Whether a callback's number may be rung at this instant: the clinic is open, it is neither too early nor too late
    in any zone the number may be in, and nobody asked otherwise (callbacks.md §1, §2.2, §2.5).
    """
    calendar = clinic_calendar(clinic)
    # Callers share a handful of zones, so these few are judged here and the rows are chosen by the database.
    awake = [
        names
        for names in open_zone_names(clinic)
        if is_callable(calendar, now, tuple(ZoneInfo(name) for name in names))
    ]
    return Q(zone_names__in=awake) & ~Q(forbidding_rule(clinic, now))
