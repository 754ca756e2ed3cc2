"""Callbacks' queue in administration: the same masked rows as on the desk, and the same acts."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.guards import signed_in
from audit.events import CALLBACK_VIEWED, QUEUE_VIEWED
from audit.recording import record_event
from audit.scope import Subject
from callbacks.access import access_callback, check_callback_access
from callbacks.admin.acting import claim, escalate, reassign, record_outcome, release
from callbacks.admin.attempts import AttemptInline
from callbacks.admin.filters import ClinicFilter, DueFilter, StatusFilter
from callbacks.admin.ground import ReadOnlyAdmin, chosen_ids, working_clinics
from callbacks.admin.lines import as_seen, line_of
from callbacks.models import Callback
from callbacks.queries.ready import QUEUE_ORDER
from callbacks.queries.rows import when
from callbacks.queries.words import WINDOWS
from callbacks.requests import PreferredWindow


class QueueChangeList(ChangeList):
    """A page of rows read once, each able to show itself to the person who asked."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = as_seen(self.result_list, user=signed_in(request))


class CallbackAdmin(ReadOnlyAdmin):
    """The queue: masked, in calling order, a page at a time with a constant number of queries."""

    object_kind = "callback"
    pages = ("changelist", "change")
    # Named apart from the model's fields, which the stock pages would show instead.
    list_display = (
        "reference",
        "clock",
        "state",
        "masked_name",
        "masked_number",
        "wants",
        "asked_for",
        "made",
        "holder",
    )
    list_filter = (StatusFilter, DueFilter, "urgency", ClinicFilter)
    list_select_related = ("claimed_by", "last_attempt_by")
    ordering = QUEUE_ORDER
    inlines = (AttemptInline,)
    actions = (claim, release, record_outcome, reassign, escalate)
    fields = (
        "workspace", "clock", "state", "why", "masked_name", "masked_number", "wants", "asked_for", "language",
        "called_us", "promised", "made", "last_try", "holder",
    )  # fmt: skip
    readonly_fields = fields

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        del request, kwargs
        return QueueChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, on the trail as the queue is: one event for each clinic's list, one for each caller shown."""
        response = super().changelist_view(request, extra_context)
        shown = (response.context_data or {}).get("cl") if isinstance(response, TemplateResponse) else None
        if shown is not None:
            for clinic in working_clinics(request):
                record_event(
                    QUEUE_VIEWED,
                    obj=Subject("clinic", str(clinic.pk)),
                    clinic_id=clinic.pk,
                    rows_count=sum(callback.clinic_id == clinic.pk for callback in shown.result_list),
                    details={"view": "administration"},
                )
        return response

    def change_view(
        self, request: HttpRequest, object_id: Any, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One callback to look at; there is no form to send."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        return super().change_view(request, object_id, form_url, extra_context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Callback:
        """Through the one door, which authorises and records."""
        del from_field
        user = signed_in(request)
        callback = access_callback(user=user, public_id=UUID(object_id))
        return as_seen([callback], user=user, tag=CALLBACK_VIEWED)[0]

    def has_work_permission(self, request: HttpRequest) -> bool:
        """Asked by actions; whether one may act on a row is asked row by row."""
        return self.has_view_permission(request)

    def response_action(  # type: ignore[override]  # the stubs are a later Django's
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponse | None:
        """Act on the ticked rows, also on those that left the filter meanwhile; one that is not ours stops them all.

        Rows are ticked one by one: nobody acts on callers that he has not seen on the page.
        """
        del queryset
        if request.POST.get("select_across", "0") != "0":
            raise BadRequest("rows are ticked one by one")
        try:
            ids = chosen_ids(request, ACTION_CHECKBOX_NAME)
        except ValueError as error:
            raise BadRequest("not an id") from error
        for public_id in ids:
            check_callback_access(user=signed_in(request), public_id=public_id)
        return super().response_action(request, self.get_queryset(request).select_related("clinic"))

    @admin.display(description=_("Callback"))
    def reference(self, callback: Callback) -> str:
        return callback.ref

    @admin.display(description=_("Clock"))
    def clock(self, callback: Callback) -> SafeString:
        badge = line_of(callback).row.badge
        return format_html(
            '<span class="badge {}"><span aria-hidden="true">{}</span> {}</span>', badge.kind, badge.icon, badge.text
        )

    @admin.display(description=_("State"))
    def state(self, callback: Callback) -> str:
        return line_of(callback).state

    @admin.display(description=_("Why here"))
    def why(self, callback: Callback) -> str:
        return line_of(callback).row.why

    @admin.display(description=_("Caller"))
    def masked_name(self, callback: Callback) -> str:
        return line_of(callback).row.first_name

    @admin.display(description=_("Number"))
    def masked_number(self, callback: Callback) -> str:
        return line_of(callback).row.masked_number

    @admin.display(description=_("Wants"))
    def wants(self, callback: Callback) -> str:
        return line_of(callback).row.appointment_label

    @admin.display(description=_("Asked for"))
    def asked_for(self, callback: Callback) -> str:
        return str(WINDOWS[PreferredWindow(callback.preferred_window)])

    @admin.display(description=_("Attempts"))
    def made(self, callback: Callback) -> str:
        row = line_of(callback).row
        return f"{row.attempts_made}/{row.attempts_max}"

    @admin.display(description=_("Last outcome"))
    def last_try(self, callback: Callback) -> str:
        return line_of(callback).row.last_outcome

    @admin.display(description=_("Held by"), empty_value="-")
    def holder(self, callback: Callback) -> str | None:
        return line_of(callback).row.holder or None

    @admin.display(description=_("Called us"))
    def called_us(self, callback: Callback) -> str:
        return when(callback.received_at, callback, line_of(callback).now)

    @admin.display(description=_("Promised by"))
    def promised(self, callback: Callback) -> str:
        return when(callback.promised_by, callback, line_of(callback).now)

    @admin.display(description=_("Number and notes"))
    def workspace(self, callback: Callback) -> SafeString:
        address = reverse("callbacks:workspace", args=[callback.pk])
        return format_html('<a class="button" href="{}">{}</a>', address, _("Open in the workspace"))
