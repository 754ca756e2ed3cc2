"""Callbacks' attempts in administration: what was tried, when and by whom; notes are read in the workspace alone."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.guards import signed_in
from accounts.roles import WORK_CALLBACKS
from callbacks.admin.filters import ClinicFilter, OutcomeFilter
from callbacks.admin.ground import ReadOnlyAdmin
from callbacks.models import Attempt
from callbacks.queries.rows import when
from callbacks.queries.words import OUTCOMES
from callbacks.scheduling.ladder import Outcome
from lib import clock


@admin.display(description=_("Outcome"))
def outcome(attempt: Attempt) -> str:
    return str(OUTCOMES[Outcome(attempt.outcome)])


@admin.display(description=_("When"))
def recorded(attempt: Attempt) -> str:
    return when(attempt.recorded_at, attempt.callback, clock.now())


@admin.display(description=_("Recorded by"))
def recorded_by(attempt: Attempt) -> str:
    return attempt.staff.display_name


@admin.display(description=_("Counts"), boolean=True)
def counts(attempt: Attempt) -> bool:
    return attempt.counts


class AttemptInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    """The attempts of one callback, to look at."""

    model = Attempt
    verbose_name_plural = _("Attempts")
    # The stubs know names only.
    fields: ClassVar[Any] = ("seq", outcome, recorded, recorded_by, counts)
    readonly_fields = fields
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        return super().get_queryset(request).select_related("staff", "callback__clinic").order_by("seq")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del obj
        return signed_in(request).has_perm(WORK_CALLBACKS)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False


class AttemptAdmin(ReadOnlyAdmin):
    """All attempts of one's clinics, latest first; the page of an attempt is its callback's."""

    object_kind = "attempt"
    clinic_path = "callback__clinic"
    number_path = "callback__number"
    list_display = ("reference", outcome, recorded, recorded_by, counts)
    list_display_links = None
    list_filter = (OutcomeFilter, ClinicFilter)
    list_select_related = ("staff", "callback__clinic")
    # Ids are made in order of time.
    ordering = ("-id",)

    def clinic_of(self, obj: Attempt) -> UUID | None:
        return obj.audit_clinic_id

    @admin.display(description=_("Callback"))
    def reference(self, attempt: Attempt) -> SafeString:
        address = reverse("admin:callbacks_callback_change", args=[attempt.callback_id])
        return format_html('<a href="{}">{}</a>', address, attempt.callback.ref)
