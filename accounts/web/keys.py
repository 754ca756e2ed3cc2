"""Accounts' keys of one's own: the switch for single keys and another key for an act, kept on the server, so that nothing
stays in a browser.
"""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import signed_in
from accounts.key_map import FIXED_KEYS, KEY_ACTS, KeyRefusal, choose_keys, key_rows
from accounts.models import User
from audit.events import KEYS_CHOSEN, KEYS_SWITCHED, PAGE_VIEWED
from audit.policy import audited
from audit.recording import record_change
from audit.scope import Subject

# A key is one sign; what is longer is refused, and shown again no longer than this.
MOST_TYPED = 8


@audited(PAGE_VIEWED)
@require_GET
def own_keys(request: HttpRequest) -> HttpResponse:
    """One's keys, the switch that turns them off, and what cannot be moved."""
    user = signed_in(request)
    return _page(request, {row.name: row.own for row in key_rows(user.own_keys)})


@audited(KEYS_CHOSEN)
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep other keys, or (`restore`) none but the default ones. A conflict changes nothing and is said in words."""
    user = signed_in(request)
    if "restore" in request.POST:
        _keep(user, own_keys={}, single_keys=True)
        messages.success(request, _("All keys are as they were made."))
        return redirect("accounts:keys")
    typed = {act.name: request.POST.get(f"key-{act.name}", act.key)[:MOST_TYPED] for act in KEY_ACTS}
    try:
        chosen = choose_keys(typed)
    except KeyRefusal as refusal:
        return _page(request, typed, refusal=refusal)
    _keep(user, own_keys=chosen, single_keys="on" in request.POST)
    messages.success(request, _("Your keys are saved, for every computer you sign in at."))
    return redirect("accounts:keys")


@audited(KEYS_SWITCHED)
@require_POST
def switch_keys(request: HttpRequest) -> HttpResponse:
    """The key sheet's checkbox: `on` is there when single keys shall work. 204; the sheet already shows it."""
    user = signed_in(request)
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(single_keys="on" in request.POST)
        record_change(KEYS_SWITCHED, obj=Subject("person", str(user.pk)), fields=["single_keys"])
    return HttpResponse(status=204)


def _keep(user: User, **settings: Any) -> None:
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(**settings)
        record_change(KEYS_CHOSEN, obj=Subject("person", str(user.pk)), fields=sorted(settings))


def _page(request: HttpRequest, typed: dict[str, str], *, refusal: KeyRefusal | None = None) -> HttpResponse:
    user = signed_in(request)
    context = {
        "section": "keys",
        "rows": [
            (row, typed[row.name], refusal is not None and row.name in refusal.acts) for row in key_rows(user.own_keys)
        ],
        "fixed": FIXED_KEYS,
        "error": refusal.sentence if refusal is not None else "",
        "is_on": user.single_keys if refusal is None else "on" in request.POST,
    }
    return render(request, "accounts/keys.html", context, status=200 if refusal is None else refusal.status)
