"""Accounts' ground for administration pages: what every registered model's pages have in common, whichever the room."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime, RelatedFieldWidgetWrapper
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import DataError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.text import capfirst
from django.utils.translation import gettext

from accounts.guards import proof_needed
from accounts.models import Clinic, User
from accounts.rights import held_rights
from accounts.roles import ADMINISTER
from audit.events import ACCESS_DENIED, ADMIN_RECORD_CHANGED, Outcome
from audit.recording import record_change, record_event
from audit.scope import Subject
from lib.errors import NotFoundRefusal

ROUTES = {"changelist": "", "add": "add/", "change": "<uuid:object_id>/change/"}


def administered(request: HttpRequest) -> QuerySet[Clinic]:
    """Clinics this person administers: another clinic's people, hours and memberships do not exist for them."""
    user = request.user
    if not isinstance(user, User):
        return Clinic.objects.none()
    return Clinic.objects.filter(pk__in=[clinic.pk for clinic in held_rights(user).clinics_with(ADMINISTER)])


class DeskAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Rows of one's own clinics, on the pages named in `pages`; what belongs to others is a recorded 404.

    Django's LogEntry stays empty, and with it the history pages and "recent actions" are gone: there is one truth
    about who did what, and it is the trail. A second log would repeat a part of it, in a table the application may
    rewrite, with texts (`object_repr`, `change_message`) that are only as free of patient data as their last author
    was careful. The site refuses to register a model without this class.
    """

    object_kind = ""
    # Keys of ROUTES. Deletion does not exist, because the trail points at every row.
    pages: tuple[str, ...] = ("changelist",)
    # Whether these pages are about callers: then opening one is patient administration, whoever does it.
    is_about_callers = False

    view_on_site = False
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    list_per_page = 50
    # `?all=` shows what one page would.
    list_max_show_all = list_per_page

    def within(self, request: HttpRequest) -> Q:
        """Which rows this person may see here."""
        raise NotImplementedError

    def clinic_of(self, obj: Any) -> UUID | None:
        """Whose trail an event about this row belongs to; None where it belongs to no single clinic."""
        clinic_id: UUID | None = obj.clinic_id
        return clinic_id

    def get_urls(self) -> list[URLPattern]:
        """The named pages alone, by real ids: an address that takes any text would carry it into the trail."""
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        views = {entry.name.removeprefix(prefix): entry for entry in super().get_urls() if entry.name}
        return [path(ROUTES[page], views[page].callback, name=views[page].name) for page in self.pages]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(self.within(request))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: Any, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().change_view(request, str(object_id), form_url, extra_context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row, or a recorded 404 that is the same for another clinic's and for one that does not exist."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        found = super().get_object(request, object_id, from_field)
        if found is None:
            foreign = self.model._default_manager.filter(pk=object_id).first()
            record_event(
                ACCESS_DENIED,
                obj=Subject(self.object_kind, object_id),
                clinic_id=None if foreign is None else self.clinic_of(foreign),
                outcome=Outcome.MINOR_FAILURE,
                outcome_code="not_found" if foreign is None else "other_clinic",
            )
            raise NotFoundRefusal
        return found

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """A choice without Django's links to other pages, which the site refuses; both parts of an instant named."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is None:
            return field
        if isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        if isinstance(field.widget, AdminSplitDateTime):
            for part, name in zip(field.widget.widgets, (gettext("date"), gettext("time")), strict=True):
                part.attrs["aria-label"] = f"{capfirst(field.label)}: {name}"
        return field

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """What this list's own filters send, and nothing else: any other lookup is a probe of columns (400)."""
        del value
        return any(lookup in _parameters(item) for item in self.get_list_filter(request))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """A value that fits no column (a year beyond the calendar, a NUL) is the sender's mistake, not ours (400)."""
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError, DataError) as error:
            raise BadRequest("a filter's value fits no column") from error

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """The trail knows; see the class."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]
        """The trail knows; see the class."""

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        """The trail knows; see the class."""


class RecordedAdmin(DeskAdmin):
    """Pages that change rows: a change and its event commit together (the change views are atomic)."""

    pages: tuple[str, ...] = ("changelist", "add", "change")
    # Whether a form opens only to somebody who proved again who they are: roles, accounts, and whatever holds keys.
    needs_proof = False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.needs_proof and (proof := proof_needed(request)):
            return proof
        return super().changeform_view(request, *args, **kwargs)

    def details_of(self, obj: Any) -> dict[str, str | int | list[str]]:
        """What an officer needs beside the names of the changed fields: closed vocabularies and ids, never texts."""
        del obj
        return {}

    def save_model(self, request: HttpRequest, obj: Any, form: forms.BaseForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record_change(
            ADMIN_RECORD_CHANGED,
            obj=Subject(self.object_kind, str(obj.pk)),
            fields=form.changed_data,
            clinic_id=self.clinic_of(obj),
            details={"made": not change, **self.details_of(obj)},
        )


def _parameters(item: Any) -> set[str]:
    """Names under which an entry of `list_filter` puts its choice into the address."""
    if isinstance(item, type) and issubclass(item, admin.SimpleListFilter):
        return {str(item.parameter_name)}
    name = item if isinstance(item, str) else item[0]
    return {f"{name}__exact", f"{name}__id__exact"}
