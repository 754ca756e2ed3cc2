"""Callbacks' filters of administration lists: closed words, none of a person."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from callbacks.admin.ground import working_clinics
from callbacks.queries.ready import not_waiting
from callbacks.queries.words import OUTCOMES, STATUSES
from callbacks.scheduling.ladder import Outcome
from callbacks.states import Status
from lib import clock


class StatusFilter(admin.SimpleListFilter):
    """Work first: without a choice the list leaves out what is closed, unless somebody searches a reference."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        del request, model_admin
        return [*((status.value, label) for status, label in STATUSES.items()), ("all", _("All"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        unchosen, *others = super().choices(changelist)
        yield {**unchosen, "display": _("Not closed")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        if chosen in set(Status):
            return queryset.filter(status=chosen)
        is_whole = chosen == "all" or bool(request.GET.get("q"))
        return queryset if is_whole else queryset.exclude(status=Status.CLOSED)


class DueFilter(admin.SimpleListFilter):
    """How urgent the clock is, for callbacks that are not closed."""

    title = _("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        del request, model_admin
        return [
            ("overdue", _("Overdue")),
            ("hour", _("Within the hour")),
            ("later", _("Later")),
            ("waiting", _("Waits for its time")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        del request
        chosen = _due(clock.now()).get(self.value() or "")
        return queryset if chosen is None else queryset.exclude(status=Status.CLOSED).filter(chosen)


def _due(now: datetime) -> dict[str, Q]:
    in_an_hour = now + timedelta(hours=1)
    return {
        "overdue": not_waiting(now) & Q(due_at__lte=now),
        "hour": not_waiting(now) & Q(due_at__gt=now, due_at__lte=in_an_hour),
        "later": not_waiting(now) & Q(due_at__gt=in_an_hour),
        "waiting": Q(not_before__gt=now),
    }


class OutcomeFilter(admin.SimpleListFilter):
    """How a try ended."""

    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        del request, model_admin
        return [(outcome.value, label) for outcome, label in OUTCOMES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        del request
        chosen = self.value()
        return queryset.filter(outcome=chosen) if chosen in set(Outcome) else queryset


class ClinicFilter(admin.SimpleListFilter):
    """For people who work in several clinics; nobody else is asked."""

    title = _("clinic")
    parameter_name = "clinic"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        self.path = model_admin.clinic_path
        clinics = working_clinics(request)
        return [(str(clinic.pk), clinic.name) for clinic in clinics] if len(clinics) > 1 else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        del request
        chosen = self.value()
        return queryset.filter(**{self.path: chosen}) if chosen in dict(self.lookup_choices) else queryset
