"""Accounts' administration: clinics and memberships; nothing is deleted, because the trail points at it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.admin_pages import RecordedAdmin, administered
from accounts.admin_people import PersonAdmin
from accounts.guards import signed_in
from accounts.models import Clinic, Membership, User
from accounts.services.memberships import check_may_end, check_may_give, end_role, give_role
from lib.errors import Refusal


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
    """Who works where as what, and from when. A role that was given is ended; another one is given beside it."""

    acting_user: User

    class Meta:
        model = Membership
        fields = ("user", "clinic", "role", "starts_at", "ends_at")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            if not self.instance._state.adding:
                check_may_end(self.instance, acting_user=self.acting_user)
                if "ends_at" in self.changed_data and cleaned.get("ends_at") is None and not self.errors:
                    raise forms.ValidationError(_("An end may be moved until it has come, but not taken away."))
            elif {"user", "clinic", "role", "starts_at"} <= cleaned.keys():
                check_may_give(
                    person=cleaned["user"],
                    clinic=cleaned["clinic"],
                    role=cleaned["role"],
                    starts_at=cleaned["starts_at"],
                    ends_at=cleaned.get("ends_at"),
                    acting_user=self.acting_user,
                )
        except Refusal as refusal:
            raise forms.ValidationError(refusal.sentence) from refusal
        return cleaned


class MembershipAdmin(RecordedAdmin):
    object_kind = "membership"
    needs_proof = True
    list_display = ("user", "clinic", "role", "starts_at", "ends_at")
    list_filter = (("clinic", admin.RelatedOnlyFieldListFilter), "role")
    list_select_related = ("user", "clinic")
    form = MembershipForm

    def within(self, request: HttpRequest) -> Q:
        return Q(clinic__in=administered(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        return () if obj is None else ("user", "clinic", "role", "starts_at")

    def save_model(self, request: HttpRequest, obj: Membership, form: forms.BaseForm, change: bool) -> None:
        """Gives or ends the role as the page of people does, with its event."""
        acting_user = signed_in(request)
        if change:
            # Saved as it was, nothing ends: only on the page of people an empty field means now.
            if "ends_at" in form.changed_data:
                end_role(obj, at=obj.ends_at, acting_user=acting_user)
            return
        given = give_role(
            person=obj.user,
            clinic=obj.clinic,
            role=obj.role,
            starts_at=obj.starts_at,
            ends_at=obj.ends_at,
            acting_user=acting_user,
        )
        obj.pk = given.pk

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
