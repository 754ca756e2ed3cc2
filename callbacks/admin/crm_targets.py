"""Callbacks' administration of CRM targets: where a clinic's callbacks are kept as well; secrets are write-only."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy as _

from accounts.admin_pages import RecordedAdmin, administered
from audit.events import CRM_CREDENTIAL_SET
from audit.recording import record_change
from callbacks.admin.crm_target_form import SECRETS, CrmTargetForm
from callbacks.crm.targets import target_for
from callbacks.crm.wanting import want_all_open
from callbacks.models import CrmTarget
from lib import clock


class CrmTargetAdmin(RecordedAdmin):
    """A target gets what is ticked here and nothing else; the default one takes its address from the environment."""

    object_kind = "crm_target"
    needs_proof = True
    form = CrmTargetForm
    list_display = ("name", "clinic", "kind", "is_enabled", "secret_state")
    list_filter = ("kind",)
    list_select_related = ("clinic",)
    search_fields: ClassVar = ()
    ordering = ("name",)

    def within(self, request: HttpRequest) -> Q:
        return Q(clinic__in=administered(request))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        if obj is not None and obj.is_default:
            own: tuple[str, ...] = ("clinic", "name", "where", "recipient_key", "is_enabled")
            return ((None, {"fields": own}), (_("What may leave"), {"fields": ("fields_sent",)}))
        return (
            (None, {"fields": ("clinic", "name", "kind", "address", "is_enabled")}),
            (_("Secrets"), {"fields": ("secret_state", "new_credential", "new_signing_secret", "recipient_key")}),
            (_("What may leave"), {"fields": ("fields_sent", "sends_attempts")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A target stays with its clinic and of its kind: its remote ids are that system's."""
        del request
        return ("secret_state", "where") if obj is None else ("clinic", "kind", "secret_state", "where")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer, and so accept, only this administrator's clinics."""
        kwargs["queryset"] = administered(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: CrmTarget, form: Any, change: bool) -> None:
        """The target, its secrets, what waits for it and their events commit together (the change view is atomic)."""
        given = form.cleaned_data
        obj.fields = sorted(given["fields_sent"])
        set_now = [name for name in SECRETS if given.get(f"new_{name}")]
        for name in set_now:
            setattr(obj, name, given[f"new_{name}"])
        if not change and target_for(obj.kind).reads_back:
            obj.polled_until = clock.now()
        if obj.sends_attempts and "sends_attempts" in form.changed_data:
            # A server that cannot is known before an attempt leaves.
            obj.is_check_wanted = True
        super().save_model(request, obj, form, change)
        if set_now:
            record_change(CRM_CREDENTIAL_SET, obj=obj.audit_object, clinic_id=obj.clinic_id, fields=set_now)
        if obj.is_enabled:
            want_all_open(obj)

    @admin.display(description=_("Set so far"))
    def secret_state(self, target: CrmTarget) -> str:
        """What there is to know of them without knowing them."""
        if target.is_default:
            return gettext("set in the environment")
        said = {"credential": gettext("credential"), "signing_secret": gettext("signing secret")}
        return ", ".join(said[name] for name in SECRETS if getattr(target, name) is not None) or gettext("none")

    @admin.display(description=_("Where"))
    def where(self, target: CrmTarget) -> str:
        return gettext("HEALTHCARE_CRM_ENDPOINT of the environment") if target.is_default else target.address
