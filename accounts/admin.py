"""Accounts' administration: clinics and memberships; nothing is deleted, because the trail points at it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.admin_pages import RecordedAdmin, administered
from accounts.admin_people import PersonAdmin
from accounts.guards import proof_needed
from accounts.models import Clinic, Membership, User


class ClinicAdmin(RecordedAdmin):
    object_kind = "clinic"
    # Another clinic is another customer: whoever runs this installation makes it, not a clinic's administrator.
    pages = ("changelist", "change")
    list_display = ("name", "time_zone", "main_number", "names_in_queue")
    search_fields = ("name",)

    def within(self, request: HttpRequest) -> Q:
        return Q(pk__in=administered(request))

    def clinic_of(self, obj: Clinic) -> UUID | None:
        return obj.pk

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Who works where as what. Nobody gives himself a role: that takes another administrator."""

    acting_user: User

    class Meta:
        model = Membership
        fields = ("user", "clinic", "role", "starts_at", "ends_at")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("user") == self.acting_user or self.instance.user_id == self.acting_user.pk:
            raise forms.ValidationError(_("Nobody changes his own roles; ask another administrator."))
        return cleaned


class MembershipAdmin(RecordedAdmin):
    object_kind = "membership"
    list_display = ("user", "clinic", "role", "starts_at", "ends_at")
    list_filter = (("clinic", admin.RelatedOnlyFieldListFilter), "role")
    list_select_related = ("user", "clinic")
    form = MembershipForm

    def within(self, request: HttpRequest) -> Q:
        return Q(clinic__in=administered(request))

    def details_of(self, obj: Membership) -> dict[str, str | int | list[str]]:
        """Who got or lost which role: the one thing about access an officer asks of administration."""
        return {"user": str(obj.user_id), "role": obj.role}

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who gives roles has proved again who they are."""
        return proof_needed(request) or super().changeform_view(request, *args, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type("MembershipForm", (form,), {"acting_user": request.user})

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer, and so accept, only this administrator's clinics and the people they may see."""
        if db_field.name == "clinic":
            kwargs["queryset"] = administered(request)
        else:
            kwargs["queryset"] = self.admin_site.get_model_admin(User).get_queryset(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def register_people_and_clinics(site: admin.AdminSite) -> None:
    """Register with the project's own site; a room does not know which one that is."""
    site.register(User, PersonAdmin)
    site.register(Clinic, ClinicAdmin)
    site.register(Membership, MembershipAdmin)
