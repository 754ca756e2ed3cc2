"""Intake's quality queries: how calls went, for the workspace and the call-quality page; no patient data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext as _

from callbacks.models import Callback
from intake.models import CallQuality, CallStatus, Delivery
from intake.quality.barge_in import Network

BUCKET_MS = 100
# Whatever took longer stands in one bucket: it is poor however long it took.
HIGHEST_EDGE_MS = 600


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a call: the voice side's word for it, when (UTC), and for the last one how the call ended."""

    status: str
    at: datetime
    ended_reason_group: str


def steps_of_callback(callback_id: UUID) -> list[Step]:
    """The timelines of all calls behind a callback, in the order of their instants."""
    steps = CallStatus.objects.filter(_is_behind(callback_id)).order_by("at", "received_at")
    return [Step(*found) for found in steps.values_list("status", "at", "ended_reason_group")]


def has_poor_network(callback_id: UUID) -> bool:
    """Whether any call behind a callback had a poor network: staff may be hard to understand on it too."""
    return CallQuality.objects.filter(_is_behind(callback_id), network=Network.POOR).exists()


def call_notices(callback_id: UUID) -> list[str]:
    """What whoever rings back should know of the calls (the article: tell staff of a degraded network)."""
    if not has_poor_network(callback_id):
        return []
    return [_("The line to this caller was poor: the assistant may have misheard. Repeat what matters.")]


@dataclass(frozen=True, slots=True)
class Figures:
    """A clinic's calls of one period. `noticed` counts measured calls by the lower edge of their median, in 100 ms."""

    calls: int
    judged: int
    poor: int
    interruptions: int
    coughs: int
    noticed: dict[int, int]
    ended: dict[str, int]


def figures(clinic_id: UUID, *, since: datetime, until: datetime) -> Figures:
    """Reckon with calls that began, and with ends that came, in the period (half-open). Four queries at most."""
    calls = _calls(clinic_id, since, until)
    sums = calls.aggregate(
        calls=Count("pk"),
        judged=Count("pk", filter=~Q(network=Network.UNKNOWN)),
        poor=Count("pk", filter=Q(network=Network.POOR)),
        interruptions=Coalesce(Sum("interruptions"), 0),
        coughs=Coalesce(Sum("coughs"), 0),
    )
    edge = Least(F("median_ms") / BUCKET_MS, HIGHEST_EDGE_MS // BUCKET_MS) * BUCKET_MS
    noticed = calls.exclude(median_ms=None).annotate(edge=edge).values_list("edge").annotate(Count("pk"))
    ended = CallStatus.objects.filter(line__clinic=clinic_id, status="ended", at__gte=since, at__lt=until)
    by_reason = ended.values_list("ended_reason_group").annotate(Count("pk"))
    return Figures(noticed=dict(noticed), ended=dict(by_reason), **sums)


def poor_calls(clinic_id: UUID, *, since: datetime, until: datetime, at_most: int) -> list[CallQuality]:
    """The latest calls with a poor network, of those that began together the slowest first."""
    return list(
        _calls(clinic_id, since, until).filter(network=Network.POOR).order_by("-began_at", "-median_ms")[:at_most]
    )


def _calls(clinic_id: UUID, since: datetime, until: datetime) -> QuerySet[CallQuality]:
    return CallQuality.objects.filter(line__clinic=clinic_id, began_at__gte=since, began_at__lt=until)


def callbacks_of(calls: Sequence[CallQuality]) -> dict[tuple[UUID, str], Callback]:
    """The callback behind each of these calls (line and call id) that has one; nothing sealed is opened."""
    found = Delivery.objects.filter(
        line__in={call.line_id for call in calls}, call_id__in=[call.call_id for call in calls]
    ).exclude(callback=None)
    return {
        (delivery.line_id, delivery.call_id): delivery.callback
        for delivery in found.select_related("callback")
        if delivery.callback is not None
    }


def _is_behind(callback_id: UUID) -> Exists:
    return Exists(
        Delivery.objects.filter(callback=callback_id, line=OuterRef("line"), call_id=OuterRef("call_id")).exclude(
            call_id=""
        )
    )
