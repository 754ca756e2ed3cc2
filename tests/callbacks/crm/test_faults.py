"""The fault table: whatever the CRM does, in the end it has one object at the last version, and others went on."""

from datetime import timedelta

import pytest
from django.db import connection

from audit.models import Finding
from callbacks.crm import sync as engine
from callbacks.crm.letters import resume_target, retry_all
from callbacks.models import CrmTarget, SyncStatus
from callbacks.services.closing import close_callback
from callbacks.states import ClosedReason
from tests.callbacks.crm.lanes import is_synced, later, state_of, supervised, sync, sync_patiently
from tests.callbacks.desk import do, fresh
from tests.fakes.json_crm import TOKEN
from tests.policies.callers import promise_call

PENDING, DEAD, SYNCED = SyncStatus.PENDING, SyncStatus.DEAD, SyncStatus.SYNCED

# What the CRM does to the first request; what is known of the callback then.
FAULTS = [
    ("slow", SYNCED, ""),
    ("hung", PENDING, "timeout"),
    ("500", PENDING, "http_500"),
    ("503", PENDING, "http_503"),
    ("429", PENDING, "http_429"),
    ("401", PENDING, "http_401"),
    ("400", DEAD, "http_400"),
    ("403", DEAD, "http_403"),
    ("404", DEAD, "http_404"),
    ("422", DEAD, "http_422"),
    ("409", PENDING, "http_409"),
    ("412", PENDING, "http_412"),
    ("html", PENDING, "not_json"),
    ("*html", PENDING, "not_json"),
    ("truncated", PENDING, "broken"),
    ("*truncated", PENDING, "broken"),
    ("endless", PENDING, "too_large"),
    ("*endless", PENDING, "too_large"),
    ("redirect", DEAD, "http_302"),
    ("*redirect", DEAD, "http_302"),
    ("lost", PENDING, "broken"),
    ("*lost", PENDING, "broken"),
]


@pytest.mark.parametrize(("fault", "status", "code"), FAULTS, ids=[fault for fault, *_ in FAULTS])
class TestEachFault:
    def test_is_known_by_its_code_and_ends_with_one_object_at_the_last_version(
        self, cast, crm, target, dana, tuesday, fault, status, code
    ):
        crm.script = [fault]
        tuesday.shift(timedelta(seconds=31))
        sync_patiently(target)
        state = state_of(dana, target)
        assert (state.status, state.last_error_code) == (status, code)
        assert state.lease_until is None

        do(close_callback, dana, ClosedReason.CANCELLED, by=cast.ana)
        supervised(retry_all, target)
        target.refresh_from_db()
        supervised(resume_target, target)
        later(tuesday, target)

        assert is_synced(dana, target)
        (kept,) = crm.objects[str(dana.pk)]
        assert kept.version == state_of(dana, target).wanted_version
        assert kept.content["state"] == "closed"
        assert "/elsewhere" not in {path for _, path, *_ in crm.seen}

    def test_does_not_keep_another_callback_waiting(self, cast, crm, target, dana, tuesday, fault, status, code):
        other = promise_call(cast.riverside, phone="+12025550177")
        crm.script = [fault]
        tuesday.shift(timedelta(seconds=31))
        sync(target)
        if fault == "401":
            assert state_of(other, target).status == PENDING
            supervised(resume_target, target)
            sync(target)
        assert is_synced(other, target)


class TestTheCrmIsAway:
    def test_refused_connections_cost_nothing_and_everything_is_told_once_it_is_back(
        self, cast, crm, target, dana, tuesday
    ):
        CrmTarget.objects.filter(pk=target.pk).update(address="http://127.0.0.1:1")
        tuesday.shift(timedelta(seconds=31))
        sync(target)
        assert state_of(dana, target).last_error_code == "unreachable"
        CrmTarget.objects.filter(pk=target.pk).update(address=crm.address)
        later(tuesday, target)
        assert is_synced(dana, target)
        assert len(crm.objects[str(dana.pk)]) == 1

    def test_five_failures_open_the_breaker_and_waiting_rows_burn_no_attempt(self, cast, crm, target, tuesday):
        callbacks = [promise_call(cast.riverside, phone=f"+1202555{100 + n:04}") for n in range(8)]
        crm.script = ["500"] * 6
        tuesday.shift(timedelta(seconds=31))
        assert sync_patiently(target) == 5
        target.refresh_from_db()
        assert target.open_seconds == 60
        assert sync_patiently(target) == 0
        tuesday.shift(timedelta(seconds=61))
        assert sync_patiently(target) == 1, "one request probes"
        target.refresh_from_db()
        assert target.open_seconds == 120
        assert sorted(state_of(callback, target).attempts for callback in callbacks)[:2] == [0, 0]
        later(tuesday, target)
        assert all(is_synced(callback, target) for callback in callbacks)

    def test_a_server_that_asks_for_time_gets_it(self, crm, target, dana, tuesday):
        crm.script, crm.retry_after = ["429"], "600"
        tuesday.shift(timedelta(seconds=31))
        sync(target)
        tuesday.shift(timedelta(seconds=599))
        assert sync(target) == 0
        tuesday.shift(timedelta(seconds=2))
        assert sync(target) == 1
        assert is_synced(dana, target)

    def test_after_a_day_of_failures_it_is_a_dead_letter(self, crm, target, dana, tuesday):
        crm.script = ["500"] * 1000
        for _ in range(25):
            tuesday.shift(timedelta(hours=1))
            sync_patiently(target)
        state = state_of(dana, target)
        assert (state.status, state.last_error_code) == (DEAD, "http_500")
        assert "first_name" in state.unsent_fields


class TestTheCrmDoesNotKnowUs:
    def test_everything_stops_a_finding_is_raised_and_resuming_tells_all(self, cast, crm, target, dana, tuesday):
        other = promise_call(cast.riverside, phone="+12025550177")
        crm.script = ["401"]
        tuesday.shift(timedelta(seconds=31))
        assert sync(target) == 1, "a wrong key is tried once"
        target.refresh_from_db()
        assert target.paused_code == "http_401"
        finding = Finding.objects.get(kind="crm:target:unauthorised")
        assert finding.details == {"code": "http_401", "waiting": 2}
        tuesday.shift(timedelta(hours=1))
        assert sync(target) == 0
        supervised(resume_target, target)
        sync(target)
        assert is_synced(dana, target)
        assert is_synced(other, target)


class TestAPoisonedRow:
    def test_is_put_off_and_others_go_on(self, cast, crm, target, dana, tuesday, monkeypatch):
        other = promise_call(cast.riverside, phone="+12025550177")
        reading = engine.take_snapshot

        def broken(callback, *arguments, **named):
            if callback.pk == dana.pk:
                raise KeyError(callback.pk)
            return reading(callback, *arguments, **named)

        monkeypatch.setattr(engine, "take_snapshot", broken)
        tuesday.shift(timedelta(seconds=31))
        sync_patiently(target)
        assert state_of(dana, target).last_error_code == "KeyError"
        assert is_synced(other, target)

    @pytest.mark.usefixtures("by_hand")
    def test_secrets_that_do_not_open_stop_their_target_alone(self, crm, target, dana, tuesday):
        other = CrmTarget(clinic=target.clinic, name="Other")
        other.credential = TOKEN
        foreign = other.credential.token
        with connection.cursor() as cursor:
            cursor.execute("UPDATE callbacks_crmtarget SET credential = %s", [foreign])
        tuesday.shift(timedelta(seconds=31))
        assert sync(target) == 0
        target.refresh_from_db()
        assert target.paused_code == "credential"


class TestTheLeaseIsLost:
    def test_a_sender_that_slept_too_long_writes_over_nothing(self, crm, target, dana, tuesday, monkeypatch):
        tuesday.shift(timedelta(seconds=31))
        send = engine.take_snapshot

        def slept(*arguments, **named):
            monkeypatch.setattr(engine, "take_snapshot", send)
            tuesday.shift(timedelta(minutes=5))
            sync(target)
            return send(*arguments, **named)

        monkeypatch.setattr(engine, "take_snapshot", slept)
        sync(target)
        assert is_synced(dana, target)
        assert len(crm.objects[str(dana.pk)]) == 1
        assert fresh(dana).version == 1
