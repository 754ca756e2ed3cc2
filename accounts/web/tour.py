"""Accounts' note that somebody has been shown round: the tour opens by itself once a person, whatever the computer."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from accounts.guards import signed_in
from accounts.models import User
from audit.policy import not_audited


@not_audited("Notes that a person closed the tour of the desk; shows nothing, and changes nobody's rights.")
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """204; the tour does not open by itself again."""
    User.objects.filter(pk=signed_in(request).pk).update(has_seen_tour=True)
    return HttpResponse(status=204)
