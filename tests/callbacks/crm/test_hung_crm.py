"""A CRM that hangs: the staff's pages and acts go on over real HTTP while a request to it gets no answer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections

from callbacks.crm import wire
from callbacks.models import CrmTarget
from lib.http import Timeout
from tests.callbacks.crm.lanes import state_of, sync
from tests.callbacks.desk import fresh
from tests.cast import Cast
from tests.fakes.json_crm import JsonCrm
from tests.live_desk import LiveDesk
from tests.policies.callers import promise_call
from tests.waiting import becomes_true

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _long_patience(monkeypatch: pytest.MonkeyPatch, crm: JsonCrm) -> None:
    """Longer than the whole test: what goes on, goes on while the request hangs."""
    monkeypatch.setattr(wire, "TIMEOUT", Timeout(connect=2, read=60, total=60))


@contextmanager
def hanging(target: CrmTarget, crm: JsonCrm) -> Iterator[None]:
    """A lane in a thread of its own, in the middle of a request that nobody answers, for the block."""

    def lane() -> None:
        try:
            sync(target)
        finally:
            connections.close_all()

    crm.script = ["hung"]
    sender = threading.Thread(target=lane, daemon=True)
    sender.start()
    assert becomes_true(lambda: crm.seen)
    try:
        yield
        assert sender.is_alive(), "the request still hangs"
    finally:
        crm.released.set()
        sender.join(20)
    assert not sender.is_alive()


@pytest.mark.usefixtures("_long_patience")
def test_pages_and_acts_go_on(cast: Cast, crm: JsonCrm, target: CrmTarget, live_desk: LiveDesk):
    told = promise_call(cast.riverside)
    ana = cast.browser("ana")
    page = ana.get(f"/callbacks/{told.pk}")
    kept = "; ".join(f"{name}={morsel.value}" for name, morsel in ana.cookies.items())
    headers = {"Cookie": kept, "X-CSRFToken": ana.cookies["csrftoken"].value, "Accept": "text/html"}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert page.status_code == 200
    with hanging(target, crm):
        queue = live_desk.ask("GET", "/queue", headers=headers)
        workspace = live_desk.ask("GET", f"/callbacks/{told.pk}", headers=headers)
        claimed = live_desk.ask("POST", f"/callbacks/{told.pk}/claim", b"", {**headers, **form})
        assert [queue.status, workspace.status, claimed.status] == [200, 200, 302]
        assert b"CRM follows" in queue.body
        assert fresh(told).claimed_by == cast.people["ana"]
        assert state_of(told, target).lease_until is not None
