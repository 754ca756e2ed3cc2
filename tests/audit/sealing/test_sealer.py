"""The sealer: nothing that commits late is missed, nothing is sealed twice, and nobody waits for it."""

import json
import threading
from datetime import timedelta
from itertools import pairwise

import psycopg
import pytest
import time_machine
from django.db import connections, transaction

from audit.background import service_scope
from audit.events import CALLBACK_OPENED
from audit.models import Seal
from audit.recording import record_change
from audit.scope import Subject
from audit.sealing.body import NO_SEAL, seal_hash
from audit.sealing.sealer import HEARTBEAT, KeyUnknownError, NotOurTurnError, seal_everything, seal_once
from lib import clock
from tests.audit.sealing.conftest import new_signing_key
from tests.crowd import at_once


def seals():
    return list(Seal.objects.using("audit_reader").order_by("n"))


def unsealed():
    with connections["audit_reader"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit_event e WHERE NOT EXISTS"
            " (SELECT FROM audit_leaf l WHERE l.event_id = e.event_id)"
        )
        return cursor.fetchone()[0]


def sealed_twice():
    with connections["audit_reader"].cursor() as cursor:
        cursor.execute("SELECT count(*) - count(DISTINCT event_id) FROM audit_leaf")
        return cursor.fetchone()[0]


def test_the_first_seal_names_the_key_and_the_next_holds_the_rows(house):
    house.write(3)
    assert seal_everything() == 2
    genesis, batch = seals()
    assert (genesis.facts["kind"], genesis.facts["prev"], genesis.facts["count"]) == ("genesis", NO_SEAL, 0)
    assert len(genesis.facts["facts"]["public_key"]) == 64
    assert (batch.facts["kind"], batch.facts["prev"], batch.facts["count"]) == ("batch", genesis.hash, 3)
    assert batch.hash == seal_hash(batch.body, bytes(batch.signature))
    assert unsealed() == 0


def test_ranges_follow_one_another_without_a_gap(house):
    for _ in range(4):
        house.write()
        seal_everything()
    facts = [seal.facts for seal in seals()]
    assert [fact["n"] for fact in facts] == [1, 2, 3, 4, 5]
    assert all(later["lo"] == earlier["hi"] for earlier, later in pairwise(facts))


def test_a_row_that_commits_late_waits_for_a_later_seal(house):
    seal_everything()
    with transaction.atomic():
        with service_scope("test", route="test"):
            record_change(CALLBACK_OPENED, obj=Subject("callback", "late"))
        # Written first, still open: a sealer that asked for "later than the last" would step over it now.
        at_once([lambda: house.write(5)])
        seal_everything()
        assert unsealed() == 5
    seal_everything()
    assert (unsealed(), sealed_twice()) == (0, 0)


def test_what_was_rolled_back_is_not_missed(house):
    seal_everything()
    with service_scope("test", route="test"), transaction.atomic():
        record_change(CALLBACK_OPENED, obj=Subject("callback", "never"))
        transaction.set_rollback(True)
    house.write()
    seal_everything()
    assert seals()[-1].facts["count"] == 1


def test_silence_is_sealed_once_an_hour(house):
    seal_everything()
    assert seal_once() is None
    with time_machine.travel(clock.now() + HEARTBEAT, tick=False):
        assert seal_once() is not None
        assert seal_once() is None
    assert (seals()[-1].facts["kind"], seals()[-1].facts["count"]) == ("batch", 0)


def test_a_long_silence_of_the_sealer_becomes_several_seals(house):
    seal_everything()
    house.write(10)
    while seal_once(rows_a_seal=4) is not None:
        pass
    assert [seal.facts["count"] for seal in seals()[1:]] == [4, 4, 2]
    assert unsealed() == 0


def test_one_transaction_larger_than_a_seal_is_one_seal(house):
    seal_everything()
    with service_scope("test", route="test"), transaction.atomic():
        for n in range(6):
            record_change(CALLBACK_OPENED, obj=Subject("callback", f"{n}"))
    house.write(2)
    while seal_once(rows_a_seal=4) is not None:
        pass
    assert [seal.facts["count"] for seal in seals()[1:]] == [6, 2]


def test_a_second_sealer_finds_the_place_taken(house):
    seal_everything()
    with transaction.atomic(using="sealer"), connections["sealer"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('audit sealer'))")
        (found,) = at_once([seal_once])
        assert isinstance(found, NotOurTurnError)


@pytest.mark.parametrize("change", [{"prev": "1" * 64}, {"n": 7}], ids=["another predecessor", "another number"])
def test_even_with_its_own_login_nobody_forks_the_chain(house, change):
    house.write()
    seal_everything()
    last = seals()[-1]
    forged = json.loads(last.body) | {"n": last.n + 1, "prev": last.hash} | change
    text = json.dumps(forged)
    with pytest.raises(Exception, match="does not follow"), connections["sealer"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_seal (n, body, signature, hash) VALUES (%s, %s, %s, %s)",
            [forged["n"], text, last.signature, seal_hash(text, bytes(last.signature))],
        )


class TestKeys:
    def test_a_new_key_is_vouched_for_by_the_old_one_and_then_signs(self, house, signing):
        seal_everything()
        signing()
        house.write()
        seal_everything()
        genesis, rotation, batch = (seal.facts for seal in seals())
        assert rotation["kind"] == "rotation"
        assert rotation["key_id"] == genesis["key_id"] != batch["key_id"]

    def test_without_the_chains_key_nothing_is_sealed(self, house, settings):
        seal_everything()
        settings.AUDIT_SIGNING_KEYS = [new_signing_key()]
        house.write()
        with pytest.raises(KeyUnknownError):
            seal_once()
        assert len(seals()) == 1


class TestAnotherCluster:
    def test_after_a_restore_the_epoch_is_new_and_nothing_is_left_out_or_sealed_twice(self, house, monkeypatch):
        house.write(2)
        seal_everything()
        house.write(3)
        monkeypatch.setattr("audit.sealing.sealer._cluster", lambda cursor: "another-cluster")
        seal_everything()
        epoch = next(seal.facts for seal in seals() if seal.facts["kind"] == "epoch")
        assert (epoch["epoch"], epoch["lo"], epoch["hi"], epoch["count"]) == (1, 0, 0, 3)
        house.write(2)
        seal_everything()
        assert (unsealed(), sealed_twice()) == (0, 0)


class TestTwelveWriters:
    TURNS = 21

    def test_with_rollbacks_and_slow_transactions_no_row_stays_unsealed_and_none_is_sealed_twice(self, house):
        threads = [threading.Thread(target=self.write, args=(n,)) for n in range(12)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            seal_once()
        seal_everything()
        assert (unsealed(), sealed_twice()) == (0, 0)
        counts = [seal.facts["count"] for seal in seals()]
        assert sum(counts) == 12 * self.TURNS * 6 // 7
        assert sum(count > 0 for count in counts) > 3

    def write(self, number: int) -> None:
        """Changes in transactions of different lengths, every seventh of them taken back."""
        try:
            for turn in range(self.TURNS):
                with service_scope("test", route="test"), transaction.atomic():
                    record_change(CALLBACK_OPENED, obj=Subject("callback", f"{number}-{turn}"))
                    with connections["default"].cursor() as cursor:
                        cursor.execute("SELECT pg_sleep(%s)", [0.02 if turn % 5 == number % 5 else 0])
                    if turn % 7 == 6:
                        transaction.set_rollback(True)
        finally:
            connections.close_all()


class TestRights:
    @pytest.mark.parametrize("statement", [
        "SELECT * FROM audit_seal", "INSERT INTO audit_seal (n) VALUES (1)", "DELETE FROM audit_leaf",
    ])  # fmt: skip
    def test_the_application_reaches_neither(self, house, statement):
        with pytest.raises(Exception, match="permission denied"), connections["default"].cursor() as cursor:
            cursor.execute(statement)

    @pytest.mark.parametrize("statement", [
        "UPDATE audit_seal SET body = body", "DELETE FROM audit_leaf", "TRUNCATE audit_leaf",
        "INSERT INTO audit_event (event_id, recorded, line) VALUES (gen_random_uuid(), now(), '{}')",
    ])  # fmt: skip
    def test_the_sealer_only_appends_seals(self, house, statement):
        seal_everything()
        with pytest.raises(Exception, match="permission denied"), connections["sealer"].cursor() as cursor:
            cursor.execute(statement)

    @pytest.mark.parametrize(
        "statement", ["UPDATE audit_seal SET n = 9", "DELETE FROM audit_leaf", "TRUNCATE audit_leaf"]
    )
    def test_even_the_owner_meets_the_fence(self, house, statement):
        house.write()
        seal_everything()
        with house.superuser() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            connection.execute(statement)


def test_a_clock_that_went_back_does_not_stop_the_seals(house):
    seal_everything()
    with time_machine.travel(clock.now() - timedelta(days=1)):
        house.write()
        assert seal_once() is not None
