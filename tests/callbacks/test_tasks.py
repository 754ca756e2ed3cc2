"""Callbacks' beats: each is in the schedule, acts as the service, takes nothing, and does no harm run twice."""

import inspect

import pytest

from audit.background import AuditedTask
from callbacks import tasks
from callbacks.models import Callback, Notice
from config.celery import app
from tests.callbacks.desk import local

# Rung with an id, as work falls due: no beat.
RUNG = {"sync_target"}
BEATS = {name: task for name, task in vars(tasks).items() if isinstance(task, AuditedTask) and name not in RUNG}


def test_every_beat_is_in_the_schedule():
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {f"callbacks.tasks.{name}" for name in BEATS} <= scheduled
    assert len(BEATS) == 9


@pytest.mark.parametrize("name", BEATS)
def test_a_beat_takes_nothing_and_run_twice_changes_nothing_more(cast, dana, tuesday, name):
    assert not inspect.signature(BEATS[name].run).parameters
    tuesday.move_to(local("2026-11-25 09:40"))
    BEATS[name]()
    once = (Callback.objects.values().get(), list(Notice.objects.values()))
    BEATS[name]()
    assert (Callback.objects.values().get(), list(Notice.objects.values())) == once
