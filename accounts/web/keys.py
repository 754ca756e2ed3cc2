"""Accounts' switch for single-key shortcuts: a person's own, kept on the server, so that nothing stays in a browser."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from accounts.guards import signed_in
from accounts.models import User
from audit.events import KEYS_SWITCHED
from audit.policy import audited
from audit.recording import record_change
from audit.scope import Subject


@audited(KEYS_SWITCHED)
@require_POST
def switch_keys(request: HttpRequest) -> HttpResponse:
    """The key sheet's checkbox: `on` is there when single keys shall work. 204; the sheet already shows it."""
    user = signed_in(request)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(single_keys="on" in request.POST)
        record_change(KEYS_SWITCHED, obj=Subject("person", str(user.pk)), fields=["single_keys"])
    return HttpResponse(status=204)
