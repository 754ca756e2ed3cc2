"""A sender who is killed: run as a process of its own, over a database with the cast.

Forks one process for every point between two database statements of a lane; the process kills itself there. Between two
deaths the callback changes. After each death another sender, once the leases are over, brings the callback to its last
version, and the CRM has one object of it. Prints one line a death, what was known then; ends when one came through alive.
"""

import sys
from datetime import timedelta

import time_machine
from django.conf import settings

from accounts.models import Clinic
from audit.background import service_scope
from callbacks.crm import wire
from callbacks.crm.mapping import FIELD_WORDS
from callbacks.crm.sync import run_lane
from callbacks.models import CrmTarget, SyncState, SyncStatus, TargetKind
from callbacks.services.closing import close_callback
from callbacks.states import ClosedReason
from lib.http import Timeout
from tests.callbacks.killed_taker import live_until
from tests.cast import OPEN_TUESDAY
from tests.fakes.json_crm import SIGNING_SECRET, TOKEN, JsonCrm
from tests.fakes.server import served
from tests.policies.callers import promise_call
from tests.waiting import becomes_true


def main() -> None:
    settings.OUTBOUND_HOSTS = settings.OUTBOUND_PRIVATE_HOSTS = frozenset({"127.0.0.1"})
    wire.TIMEOUT = Timeout(connect=2, read=2, total=4)
    with served(JsonCrm()) as crm:
        target = make_target(crm.address)
        point, is_alive = 0, False
        while not is_alive:
            is_alive = die_at(point, target, crm)
            point += 1


def make_target(address: str) -> CrmTarget:
    clinic = Clinic.objects.get(name__startswith="Riverside")
    target = CrmTarget(clinic=clinic, name="Chart", kind=TargetKind.JSON, address=address, fields=list(FIELD_WORDS))
    target.credential, target.signing_secret = TOKEN, SIGNING_SECRET
    target.save(force_insert=True)
    return target


def die_at(point: int, target: CrmTarget, crm: JsonCrm) -> bool:
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        callback = promise_call(target.clinic, phone=f"+1202555{100 + point:04}")
        now.shift(timedelta(seconds=31))
        is_alive = live_until(point, lambda: run(target))
        state = SyncState.objects.get(callback=callback)
        known = "told" if state.synced_version else "may be told" if state.may_exist else "not told"
        sys.stdout.write(f"{point} {known}, {len(crm.objects.get(str(callback.pk), []))} there\n")
        sys.stdout.flush()
        with service_scope("test", route="test"):
            close_callback(callback, ClosedReason.CANCELLED, acting_user=None)
        now.shift(timedelta(minutes=5))

        def is_told() -> bool:
            run(target)
            state.refresh_from_db()
            return state.status == SyncStatus.SYNCED

        # PostgreSQL notices within moments that a client is gone; until then its row is skipped as locked.
        assert becomes_true(is_told), "it was lost"
    (kept,) = crm.objects[str(callback.pk)]
    assert kept.version == state.wanted_version == 2
    assert kept.content["status"] == "closed"
    return is_alive


def run(target: CrmTarget) -> None:
    with service_scope("worker", route="test"):
        run_lane(target.pk)
