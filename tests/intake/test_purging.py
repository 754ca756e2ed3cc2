"""What has been kept for as long as it may be is deleted, and the trail tells what and when."""

from datetime import timedelta

import pytest
import time_machine

from audit.events import QUARANTINE_PURGED
from intake.models import Delivery, Quarantine
from intake.models.quarantine import Closure
from intake.services.purging import KEPT_AFTER_CLOSING
from intake.tasks import forget_old_records
from tests.cast import OPEN_TUESDAY
from tests.intake.reports import report, send


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


def close(cast, quarantine):
    Quarantine.objects.filter(pk=quarantine.pk).update(
        closure=Closure.FALSE_ALARM, closed_at=OPEN_TUESDAY, closed_by=cast.olu
    )


@pytest.mark.django_db(transaction=True)
def test_one_closed_six_years_ago_is_deleted_and_recorded(cast, tuesday, trail):
    for _ in range(2):
        send(report(diagnosis="asthma"))
    closed, still_open = Quarantine.objects.order_by("pk")
    close(cast, closed)
    tuesday.move_to(OPEN_TUESDAY + KEPT_AFTER_CLOSING)
    forget_old_records()
    assert Quarantine.objects.count() == 2
    tuesday.shift(timedelta(minutes=1))
    forget_old_records()
    assert Quarantine.objects.get() == still_open
    assert Delivery.objects.count() == 2
    (event,) = trail.events(QUARANTINE_PURGED)
    assert (event["object_id"], event["actor_label"], event["action"]) == (str(closed.pk), "worker", "D")
    assert (event["clinic_id"], event["details"]) == (str(cast.riverside.pk), {"closure": "false_alarm"})
    forget_old_records()
    assert len(trail.events(QUARANTINE_PURGED)) == 1
