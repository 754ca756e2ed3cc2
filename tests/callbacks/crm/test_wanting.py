"""Every change of a callback asks its clinic's targets to follow, in the change's own transaction."""

import ast
from datetime import timedelta
from uuid import uuid4

from django.db import transaction

from callbacks.crm import sync as engine
from callbacks.crm.wanting import want_all_open
from callbacks.models import Callback, CrmTarget, SyncState, SyncStatus
from callbacks.scheduling.ladder import Outcome
from callbacks.services.claiming import take_over
from callbacks.services.closing import close_callback, reopen_callback
from callbacks.services.dialing import start_dial
from callbacks.services.expiring import sweep_leases
from callbacks.services.undoing import undo_change
from callbacks.states import ClosedReason
from tests.callbacks.crm.lanes import is_synced, state_of, supervised, sync
from tests.callbacks.desk import beat, claim, do, fresh, release, save
from tests.policies.callers import promise_call
from tests.policies.test_source import SOURCES, nodes, room_of

# Columns that the queue's own clocks write past `save`: place and heartbeat, nobody else's business.
CLOCKWORK = {"lease_expires_at", "priority_group", "is_in_window", "regroup_at"}


def written_past_save() -> set[str]:
    """Columns of callbacks that any source writes by `update` or `bulk_update` on Callback's own rows."""
    found: set[str] = set()
    for path in SOURCES:
        for node in nodes(path):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if not ast.unparse(node.func.value).startswith("Callback.objects"):
                continue
            if node.func.attr == "update":
                found |= {keyword.arg or f"** in {room_of(path)}" for keyword in node.keywords}
            elif node.func.attr == "bulk_update":
                found |= set(ast.literal_eval(node.args[1]))
            elif node.func.attr in {"bulk_create", "raw"}:
                found.add(f"{node.func.attr} in {room_of(path)}")
    return found


def test_no_service_changes_a_callback_without_saving_it():
    assert written_past_save() == CLOCKWORK


def version(callback: Callback, target: CrmTarget) -> int:
    return state_of(callback, target).wanted_version


class TestEveryAct:
    def test_is_wanted_once_more(self, cast, target, dana, tuesday):
        last = uuid4()
        acts = [
            lambda: claim(dana, cast.ana),
            lambda: do(start_dial, dana, by=cast.ana),
            lambda: save(dana, cast.ana, Outcome.NO_ANSWER, command_id=last),
            lambda: do(undo_change, dana, by=cast.ana, undone=last),
            lambda: release(dana, cast.ana),
            lambda: claim(dana, cast.ana),
            lambda: do(take_over, dana, by=cast.sam, reason="lunch"),
            lambda: release(dana, cast.sam),
            lambda: promise_call(cast.riverside, urgency="urgent"),
            lambda: do(close_callback, dana, ClosedReason.CANCELLED, by=cast.ana),
            lambda: do(reopen_callback, dana, by=cast.sam),
        ]
        for number, act in enumerate(acts, start=1):
            assert version(dana, target) == number
            act()
            assert version(dana, target) == number + 1, f"act {number}"

    def test_an_expired_claim_is_wanted_a_heartbeat_is_not(self, cast, target, dana, tuesday):
        claim(dana, cast.ana)
        beat(dana, cast.ana)
        assert version(dana, target) == 2
        tuesday.shift(timedelta(minutes=10))
        supervised(sweep_leases)
        assert version(dana, target) == 3

    def test_what_is_rolled_back_is_not_wanted(self, cast, target, dana, tuesday):
        with transaction.atomic():
            claim(dana, cast.ana)
            assert version(dana, target) == 2
            transaction.set_rollback(True)
        assert version(dana, target) == 1

    def test_nobody_elses_target_hears_of_it(self, cast, target, dana, tuesday):
        promise_call(cast.hilltop)
        assert [state.callback_id for state in SyncState.objects.all()] == [dana.pk]

    def test_a_target_that_is_switched_off_is_told_once_it_is_on_again(self, cast, crm, target, tuesday):
        CrmTarget.objects.update(is_enabled=False)
        callback = promise_call(cast.riverside)
        tuesday.shift(timedelta(hours=1))
        assert sync(target) == 0
        CrmTarget.objects.update(is_enabled=True)
        sync(target)
        assert is_synced(callback, target)

    def test_a_target_that_is_switched_off_in_the_middle_of_a_lane_is_told_no_more(
        self, cast, crm, target, tuesday, monkeypatch
    ):
        for number in range(3):
            promise_call(cast.riverside, phone=f"+1202555{100 + number:04}")
        read = engine.take_snapshot

        def switched_off_meanwhile(*arguments, **named):
            CrmTarget.objects.update(is_enabled=False)
            return read(*arguments, **named)

        monkeypatch.setattr(engine, "take_snapshot", switched_off_meanwhile)
        assert sync(target) == 1


class TestTheUndoWindow:
    def test_a_call_is_told_at_once_and_what_people_do_once_it_cannot_be_undone(
        self, cast, crm, target, dana, tuesday
    ):
        assert sync(target) == 1
        claim(dana, cast.ana)
        tuesday.shift(timedelta(seconds=29))
        assert sync(target) == 0
        tuesday.shift(timedelta(seconds=1))
        assert sync(target) == 1
        assert is_synced(dana, target)

    def test_what_was_undone_meanwhile_costs_no_request(self, cast, crm, target, dana, tuesday):
        tuesday.shift(timedelta(seconds=30))
        sync(target)
        told, last = len(crm.seen), uuid4()
        do(close_callback, dana, ClosedReason.CANCELLED, by=cast.ana, command_id=last)
        do(undo_change, dana, by=cast.ana, undone=last)
        release(dana, cast.ana)
        tuesday.shift(timedelta(seconds=30))
        assert sync(target) == 1
        assert is_synced(dana, target)
        assert len(crm.seen) == told


class TestARowThatIsDead:
    def test_has_a_new_chance_with_the_next_change(self, cast, crm, target, dana, tuesday):
        crm.script = ["422"]
        tuesday.shift(timedelta(seconds=31))
        sync(target)
        assert state_of(dana, target).status == SyncStatus.DEAD
        claim(dana, cast.ana)
        tuesday.shift(timedelta(seconds=31))
        sync(target)
        assert is_synced(dana, target)

    def test_a_target_made_later_is_told_what_waits(self, cast, crm, tuesday, request):
        waiting, closed = promise_call(cast.riverside), promise_call(cast.riverside, phone="+12025550177")
        do(close_callback, closed, ClosedReason.CANCELLED, by=cast.ana)
        target = request.getfixturevalue("target")
        assert want_all_open(target) == 1
        sync(target)
        assert is_synced(fresh(waiting), target)
