"""Callbacks' ground for administration pages: read-only rows of the clinics one works in, searched by reference."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _, gettext_lazy

from accounts.admin_pages import DeskAdmin
from accounts.guards import signed_in
from accounts.models import Clinic
from accounts.rights import held_rights
from accounts.roles import WORK_CALLBACKS
from callbacks.references import parse_reference


def working_clinics(request: HttpRequest) -> list[Clinic]:
    """Clinics whose callers this person works with; none for administrators and officers."""
    return held_rights(signed_in(request)).clinics_with(WORK_CALLBACKS)


class ReadOnlyAdmin(DeskAdmin):
    """For people with a working role. Nothing is added, edited or deleted here: acts go through the services."""

    is_about_callers = True
    # Where a row keeps its clinic and its reference, seen from the model.
    clinic_path = "clinic"
    number_path = "number"
    search_help_text = gettext_lazy("A reference such as CB-1042. Names and numbers are not searched.")
    sortable_by = ()

    def within(self, request: HttpRequest) -> Q:
        return Q(**{f"{self.clinic_path}__in": [clinic.pk for clinic in working_clinics(request)]})

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del obj
        return signed_in(request).has_perm(WORK_CALLBACKS)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        del request
        return (self.number_path,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        del request
        number = _searched(search_term)
        return (queryset if number is None else queryset.filter(**{self.number_path: number})), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list. A search for anything but a reference is not made, and leaves the address bar."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        term = request.GET.get("q", "")
        if term and _searched(term) is None:
            messages.warning(
                request, _("Search takes a reference such as CB-1042; names and numbers are not searched.")
            )
            return redirect(request.path)
        return super().changelist_view(request, extra_context)


def _searched(term: str) -> int | None:
    """The number of a reference with its letters: bare digits may be a telephone number."""
    return parse_reference(term) if term.strip().upper().startswith("CB") else None


def chosen_ids(request: HttpRequest, name: str) -> list[UUID]:
    """The rows ticked in a list, in its order, each once. Raises ValueError for what is no id."""
    return list(dict.fromkeys(UUID(text) for text in request.POST.getlist(name)))
