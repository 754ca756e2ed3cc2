"""Callbacks' rules of a clinic in administration: its administrators say who is on call and how often a caller is tried. No
callers here.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin_pages import RecordedAdmin, administered
from accounts.models import User
from accounts.rights import held_rights
from accounts.roles import WORK_CALLBACKS
from callbacks.models import DeskPolicy, LadderStep, OnCall
from callbacks.web.act_forms import dialable


class ClinicRuleAdmin(RecordedAdmin):
    """Rows of the clinics one administers; a row stays with its clinic."""

    def within(self, request: HttpRequest) -> Q:
        return Q(clinic__in=administered(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        return () if obj is None else ("clinic",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer, and so accept, only this administrator's clinics and the people they may see."""
        people = self.admin_site.get_model_admin(User)
        kwargs["queryset"] = administered(request) if db_field.name == "clinic" else people.get_queryset(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class OnCallForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Who is told must be able to do something about it."""

    class Meta:
        model = OnCall
        fields = ("clinic", "person", "starts_at", "ends_at")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        clinic, person = cleaned.get("clinic") or getattr(self.instance, "clinic", None), cleaned.get("person")
        if clinic and person and WORK_CALLBACKS not in held_rights(person).permissions(clinic_id=clinic.pk):
            raise forms.ValidationError(_("This person does not work with this clinic's callbacks."))
        return cleaned


class OnCallAdmin(ClinicRuleAdmin):
    """Who is told at once of an urgent call while the clinic is closed; nobody: it waits until the clinic opens."""

    object_kind = "on_call"
    form = OnCallForm
    list_display = ("person", "clinic", "starts_at", "ends_at")
    list_select_related = ("clinic", "person")

    def details_of(self, obj: OnCall) -> dict[str, str | int | list[str]]:
        return {"user": str(obj.person_id)}


class LadderStepAdmin(ClinicRuleAdmin):
    """What a clinic does otherwise than the common ladder (docs/operate/desk.md); no rows: the common ladder holds."""

    object_kind = "ladder_step"
    list_display = (
        "outcome", "urgency", "step", "action", "delay_minutes", "window_rule", "counts_as_attempt", "is_in_force", "clinic",
    )  # fmt: skip
    fields = (
        "clinic", "outcome", "urgency", "step", "action", "delay_minutes", "window_rule", "counts_as_attempt", "is_in_force",
    )  # fmt: skip
    list_select_related = ("clinic",)
    ordering = ("clinic", "outcome", "urgency", "step")

    def details_of(self, obj: LadderStep) -> dict[str, str | int | list[str]]:
        return {"outcome": obj.outcome, "step": obj.step, "action": obj.action, "in_force": int(obj.is_in_force)}


class DeskPolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A line that staff can dial from the page."""

    class Meta:
        model = DeskPolicy
        fields = ("clinic", "shares_retries", "interpreter_line")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        clinic = cleaned.get("clinic") or getattr(self.instance, "clinic", None)
        try:
            cleaned["interpreter_line"] = dialable(
                cleaned.get("interpreter_line", ""), clinic.region if clinic else "US"
            )
        except forms.ValidationError as error:
            self.add_error("interpreter_line", error)
        return cleaned


class DeskPolicyAdmin(ClinicRuleAdmin):
    """How a clinic's queue is dealt and whom it rings for an interpreter; a clinic without a row has the defaults."""

    object_kind = "desk_policy"
    form = DeskPolicyForm
    list_display = ("clinic", "shares_retries", "interpreter_line")
    list_select_related = ("clinic",)
    fields = ("clinic", "shares_retries", "interpreter_line")

    def details_of(self, obj: DeskPolicy) -> dict[str, str | int | list[str]]:
        return {"shares_retries": int(obj.shares_retries), "has_interpreter_line": int(bool(obj.interpreter_line))}


def register_policies(site: admin.AdminSite) -> None:
    site.register(OnCall, OnCallAdmin)
    site.register(LadderStep, LadderStepAdmin)
    site.register(DeskPolicy, DeskPolicyAdmin)
