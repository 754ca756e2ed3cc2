"""The doorbell rings after commit, with ids only, and nobody waits for it."""

import pytest
from django.db import transaction

from config.celery import app
from lib import jobs
from lib.ids import new_id


@pytest.fixture
def rung(monkeypatch):
    """What reached the broker's client, as (task, args, headers); the doorbell is fresh."""
    sent = []
    monkeypatch.setattr(
        app,
        "send_task",
        lambda name, args, headers, retry: sent.append((name, args, headers, retry)),
    )
    doorbell = jobs.Doorbell()
    monkeypatch.setattr(jobs, "_doorbell", doorbell)

    def rings():
        doorbell._rings.join()
        return sent

    return rings


@pytest.mark.django_db(transaction=True)
def test_it_rings_once_the_row_is_there(rung):
    row = new_id()
    with transaction.atomic():
        jobs.ring_after_commit("a.task", row, request_id="r1")
        assert rung() == []
    assert rung() == [("a.task", [str(row)], {"request_id": "r1"}, False)]


@pytest.mark.django_db(transaction=True)
def test_a_rollback_rings_nothing(rung):
    with transaction.atomic():
        jobs.ring_after_commit("a.task", new_id(), request_id="r1")
        transaction.set_rollback(True)
    assert rung() == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_costs_the_caller_nothing(rung, monkeypatch, caplog):
    def refuse(*args, **kwargs):
        raise ConnectionError("redis://:secret@nowhere")

    monkeypatch.setattr(app, "send_task", refuse)
    jobs.ring_after_commit("a.task", new_id(), request_id="r1")
    rung()
    assert [(entry.getMessage(), entry.reason) for entry in caplog.records] == [
        ("doorbell_unanswered", "ConnectionError")
    ]
    assert "secret" not in caplog.text


def test_a_full_doorbell_drops_the_ring_and_says_so(caplog, monkeypatch):
    doorbell = jobs.Doorbell()
    monkeypatch.setattr(doorbell, "_start_thread_once", lambda: None)
    for _ in range(jobs.MOST_WAITING_RINGS + 1):
        doorbell.ring(jobs.Ring("a.task", "1", "r"))
    assert [entry.getMessage() for entry in caplog.records] == ["doorbell_full"]


def test_a_source_of_work_is_known_once():
    names = [source.name for source in jobs.work_sources()]
    assert "deliveries" in names
    jobs.register_work_source(jobs.work_sources()[0])
    assert [source.name for source in jobs.work_sources()] == names
