"""The Salesforce target: an upsert by external id is one record, however often it is sent."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from callbacks.crm.mapping import FIELD_WORDS
from callbacks.models import CrmTarget, SyncStatus, TargetKind
from callbacks.services.closing import close_callback
from callbacks.states import ClosedReason
from lib import clock
from tests.callbacks.crm.lanes import is_synced, later, settle, state_of, sync
from tests.callbacks.desk import do, fresh
from tests.fakes.salesforce import CREDENTIAL, SalesforceServer
from tests.fakes.server import served


@pytest.fixture
def server(_patience: None) -> Iterator[SalesforceServer]:
    with served(SalesforceServer()) as fake:
        yield fake


@pytest.fixture
def org(cast, server, tuesday) -> CrmTarget:
    made = CrmTarget(
        clinic=cast.riverside,
        name="Org",
        kind=TargetKind.SALESFORCE,
        address=server.address,
        fields=list(FIELD_WORDS),
        polled_until=clock.now(),
    )
    made.credential = CREDENTIAL
    made.save(force_insert=True)
    return made


@pytest.mark.parametrize("fault", ["lost", "truncated", "500", "hung", "429", "html"])
def test_whatever_happens_there_is_one_record_at_the_last_version(cast, server, org, dana, tuesday, fault):
    server.script = [fault]
    tuesday.shift(timedelta(seconds=31))
    sync(org)
    do(close_callback, dana, ClosedReason.CANCELLED, by=cast.ana)
    later(tuesday, org)
    assert is_synced(dana, org)
    (record,) = server.records.values()
    assert record["Version__c"] == state_of(dana, org).synced_version
    assert record["First_Name__c"] == "Dana"
    assert state_of(dana, org).remote_id == record["Id"]


def test_several_records_with_one_id_are_a_persons_to_sort_out(server, org, dana, tuesday):
    server.doubled = {str(dana.pk)}
    settle(org, tuesday)
    state = state_of(dana, org)
    assert (state.status, state.last_error_code) == (SyncStatus.DEAD, "many_matches")


def test_a_client_it_does_not_know_is_stopped_at_once(server, org, dana, tuesday):
    server.secret = "another"
    settle(org, tuesday)
    org.refresh_from_db()
    assert org.paused_code == "http_401"


def test_what_was_completed_there_is_closed_here(server, org, dana, tuesday):
    settle(org, tuesday)
    server.change(str(dana.pk), Status__c="Completed")
    settle(org, tuesday)
    assert fresh(dana).closed_reason == ClosedReason.RESOLVED_ELSEWHERE
    later(tuesday, org)
    assert is_synced(dana, org)


def test_the_test_button_asks_for_the_object(server, org, tuesday):
    CrmTarget.objects.update(is_check_wanted=True)
    sync(org)
    org.refresh_from_db()
    assert org.check_code == "ok"
