"""The doorbell rings after commit, with ids only, and nobody waits for it."""

import threading

import pytest
from django.db import transaction

from config.celery import app
from lib import jobs
from lib.ids import new_id
from tests.waiting import becomes_true


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
        doorbell.until_quiet()
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


def test_rings_that_nobody_heard_yet_become_one_a_task(monkeypatch):
    sent, line_is_free = [], threading.Event()

    def send(name, args, headers, retry):
        sent.append((name, *args))
        line_is_free.wait(timeout=10)

    monkeypatch.setattr(app, "send_task", send)
    doorbell = jobs.Doorbell()
    doorbell.ring(jobs.Ring("a.task", "1", "r"))
    assert becomes_true(lambda: sent == [("a.task", "1")])
    for row in ("2", "3", "4"):
        doorbell.ring(jobs.Ring("a.task", row, "r"))
        doorbell.ring(jobs.Ring("another.task", row, "r"))
    line_is_free.set()
    doorbell.until_quiet()
    assert sent == [("a.task", "1"), ("a.task", "4"), ("another.task", "4")]


def test_after_a_ring_it_rests(rung, monkeypatch):
    """A storm costs a process so many rings a second and no more."""
    rests: list[float] = []
    monkeypatch.setattr(jobs.time, "sleep", rests.append)
    doorbell = jobs._doorbell
    for row in ("1", "2"):
        doorbell.ring(jobs.Ring("a.task", row, "r"))
        rung()
    assert becomes_true(lambda: rests == [jobs.REST_SECONDS] * 2)


def test_a_source_of_work_is_known_once():
    names = [source.name for source in jobs.work_sources()]
    assert "deliveries" in names
    jobs.register_work_source(jobs.work_sources()[0])
    assert [source.name for source in jobs.work_sources()] == names
