"""Callbacks' default CRM target: the environment's endpoint, as the first clinic's target (decision 14)."""

from django.conf import settings
from django.db import transaction

from accounts.models import Clinic
from audit.events import ADMIN_RECORD_CHANGED
from audit.recording import record_change
from callbacks.crm.targets.article import NAMES
from callbacks.crm.wanting import want_all_open
from callbacks.models import CrmTarget, TargetKind

FIELDS = (*NAMES, "call_id")


def make_default_target() -> CrmTarget | None:
    """Make the target of HEALTHCARE_CRM_ENDPOINT once that is set, with the callbacks that wait by then; None when it is
    there, not set, or no clinic is. Records it. Safe beside another process.
    """
    if not settings.HEALTHCARE_CRM_ENDPOINT or CrmTarget.objects.filter(is_default=True).exists():
        return None
    with transaction.atomic():
        first = Clinic.objects.select_for_update().order_by("pk").first()
        if first is None or CrmTarget.objects.filter(is_default=True).exists():
            return None
        made = CrmTarget.objects.create(
            clinic=first, name="CRM", kind=TargetKind.ARTICLE, is_default=True, fields=list(FIELDS)
        )
        record_change(
            ADMIN_RECORD_CHANGED, obj=made.audit_object, clinic_id=first.pk, fields=["fields"], details={"made": True}
        )
        want_all_open(made)
    return made
