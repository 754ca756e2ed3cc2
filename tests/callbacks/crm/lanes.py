"""What workers and supervisors do with targets, each in a scope of its own, and what the tests read of it."""

from collections.abc import Callable
from datetime import timedelta

import time_machine
from bs4 import BeautifulSoup
from django.http import HttpResponse

from audit.background import service_scope
from callbacks.crm.sync import run_lane
from callbacks.models import Callback, CrmTarget, SyncState, SyncStatus


def sync(target: CrmTarget) -> int:
    """One lane, whose back-off waits for nothing: what fails is tried again at once."""
    with service_scope("worker", route="test"):
        return run_lane(target.pk, roll=lambda: 0.0)


def sync_patiently(target: CrmTarget) -> int:
    """One lane, whose back-off waits as long as it may."""
    with service_scope("worker", route="test"):
        return run_lane(target.pk, roll=lambda: 1.0)


def supervised(act: Callable[..., object], *arguments: object) -> object:
    with service_scope("test", route="test"):
        return act(*arguments)


def state_of(callback: Callback, target: CrmTarget) -> SyncState:
    return SyncState.objects.get(callback=callback, target=target)


def later(now: time_machine.Traveller, target: CrmTarget, *, steps: int = 12) -> None:
    """An hour of lanes, five minutes apart."""
    for _ in range(steps):
        now.shift(timedelta(minutes=5))
        sync_patiently(target)


def is_synced(callback: Callback, target: CrmTarget) -> bool:
    state = state_of(callback, target)
    return state.status == SyncStatus.SYNCED and state.synced_version == state.wanted_version


def settle(target: CrmTarget, now: time_machine.Traveller) -> None:
    """A minute and a second later, two lanes: what was seen there, and then what became of it here."""
    now.shift(timedelta(seconds=61))
    sync(target)
    sync(target)


def text_of(response: HttpResponse) -> str:
    """What a page says, in one line."""
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())
