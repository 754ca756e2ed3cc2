"""Callbacks' administration: staff may work the queue there too, masked, by the same services (decision 20); and CRMs."""

from django.contrib.admin import AdminSite

from callbacks.admin.attempts import AttemptAdmin
from callbacks.admin.crm_targets import CrmTargetAdmin
from callbacks.admin.policies import register_policies
from callbacks.admin.queue import CallbackAdmin
from callbacks.models import Attempt, Callback, CrmTarget


def register_callbacks(site: AdminSite) -> None:
    """Register with the project's own site; a room does not know which one that is."""
    site.register(Callback, CallbackAdmin)
    site.register(Attempt, AttemptAdmin)
    register_policies(site)
    site.register(CrmTarget, CrmTargetAdmin)
