"""Config's Celery application: the worker and beat behind the doorbell."""

import logging.config
import os
import warnings
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning  # type: ignore[attr-defined]  # missing in the stubs
from celery.signals import beat_init, setup_logging, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

# The warning is about pickled messages run as root; ours are JSON ids, and nothing else is accepted.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("ringback")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Every entry expires before its next turn: a backlog of sweeps after an outage helps nobody.
app.conf.beat_schedule = {
    "heartbeat": {"task": "config.tasks.beat", "schedule": 10.0, "options": {"expires": 9}},
    "sweep-pending-work": {"task": "config.tasks.sweep_pending_work", "schedule": 30.0, "options": {"expires": 25}},
    "sweep-priorities": {"task": "callbacks.tasks.sweep_priorities", "schedule": 30.0, "options": {"expires": 25}},
    "sweep-leases": {"task": "callbacks.tasks.sweep_leases", "schedule": 30.0, "options": {"expires": 25}},
    "sweep-off-roll": {"task": "callbacks.tasks.sweep_off_roll", "schedule": 10.0, "options": {"expires": 9}},
    "raise-notices": {"task": "callbacks.tasks.raise_notices", "schedule": 30.0, "options": {"expires": 25}},
    "send-notice-mails": {"task": "callbacks.tasks.send_notice_mails", "schedule": 30.0, "options": {"expires": 25}},
    "follow-hours": {"task": "callbacks.tasks.follow_hours", "schedule": 30.0, "options": {"expires": 25}},
    "check-callbacks": {"task": "callbacks.tasks.check_callbacks", "schedule": 300.0, "options": {"expires": 240}},
    "ring-due-targets": {"task": "callbacks.tasks.ring_due_targets", "schedule": 5.0, "options": {"expires": 4}},
    "compare-with-crms": {
        "task": "callbacks.tasks.compare_with_crms",
        "schedule": 86_400.0,
        "options": {"expires": 3600},
    },
    "record-rejections": {"task": "intake.tasks.record_rejections", "schedule": 30.0, "options": {"expires": 25}},
    "arrived-reports": {"task": "intake.tasks.forget_arrived_reports", "schedule": 60.0, "options": {"expires": 55}},
    "watch-seals": {"task": "audit.tasks.watch_seals", "schedule": 60.0, "options": {"expires": 55}},
    "watch-whole-trail": {"task": "audit.tasks.watch_whole_trail", "schedule": 21_600.0, "options": {"expires": 3600}},
    "missing-reports": {"task": "intake.tasks.fetch_missing_reports", "schedule": 60.0, "options": {"expires": 55}},
    "call-quality": {"task": "intake.tasks.measure_calls", "schedule": 30.0, "options": {"expires": 25}},
    "old-records": {"task": "intake.tasks.forget_old_records", "schedule": 3600.0, "options": {"expires": 3500}},
    "ended-emergencies": {"task": "accounts.tasks.settle_emergencies", "schedule": 30.0, "options": {"expires": 25}},
    "trail-partitions": {"task": "audit.tasks.ensure_partitions", "schedule": 21_600.0, "options": {"expires": 3600}},
}


@setup_logging.connect
def _log_as_django_does(**kwargs: Any) -> None:
    """A receiver keeps Celery from configuring logging itself: its own format prints arguments and exception text."""
    del kwargs
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


# Signals swallow exceptions, so nothing that must happen hangs on them: these only shorten the wait for readiness.
@worker_ready.connect
def _worker_is_ready(sender: Any, **kwargs: Any) -> None:
    del kwargs
    from config.pulse import CRM_WORKER, WORKER, beat

    # The desk is ready without the one that waits for CRMs.
    if not str(sender.hostname).startswith(CRM_WORKER):
        beat(WORKER)


@beat_init.connect
def _beat_is_ready(**kwargs: Any) -> None:
    del kwargs
    from config.pulse import BEAT, beat

    beat(BEAT)
