"""Time-to-disable, measured: a browser at work in another process is out with the first request after the end."""

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from accounts.services.memberships import end_role
from accounts.services.people import disable_person, enable_person
from audit.background import service_scope
from audit.events import SESSION_ENDED
from audit.reports.after_leaving import disabled_at, seconds_after
from lib import clock
from tests.waiting import becomes_true

pytestmark = pytest.mark.django_db(transaction=True)


class Browser:
    """Ana's, at a web process of its own; keeps when each request began, and when its answer was here."""

    def __init__(self, desk, client):
        self.desk, self.cookie = desk, f"sessionid={client.cookies['sessionid'].value}"
        self.asked: list[tuple[datetime, datetime, int]] = []

    def looks(self):
        """Whether the queue was shown."""
        began = clock.now()
        answer = self.desk.ask("GET", "/queue", headers={"Cookie": self.cookie, "Accept": "text/html"})
        self.asked.append((began, clock.now(), answer.status))
        return answer.status == 200


@pytest.fixture
def browser(cast, live_desk):
    browser = Browser(live_desk, cast.browser("ana"))
    assert browser.looks()
    return browser


@pytest.fixture
def acting(cast):
    with service_scope("test", route="test"):
        yield cast.max


def test_a_role_ended_now_is_over_for_the_next_request(cast, browser, acting, trail):
    membership = cast.ana.memberships.get()
    end_role(membership, acting_user=acting)
    assert not browser.looks()
    membership.refresh_from_db()
    assert seconds_after({cast.ana.pk: membership.ends_at}) == {cast.ana.pk: 0.0}
    assert [event["details"]["reason"] for event in trail.events(SESSION_ENDED)] == ["off_the_roll"]


def test_an_account_disabled_is_out_with_the_next_request_and_enabling_revives_nothing(cast, browser, acting):
    disable_person(cast.ana, acting_user=acting)
    assert not browser.looks()
    ends = disabled_at([cast.ana.pk, cast.ben.pk])
    assert list(ends) == [cast.ana.pk]
    assert seconds_after(ends) == {cast.ana.pk: 0.0}
    enable_person(User.objects.get(pk=cast.ana.pk), acting_user=acting)
    assert not browser.looks()


def test_at_a_planned_end_no_request_begun_after_it_is_served_though_nothing_runs_then(cast, browser, acting):
    membership = cast.ana.memberships.get()
    ends_at = clock.now() + timedelta(seconds=1)
    end_role(membership, at=ends_at, acting_user=acting)
    assert becomes_true(lambda: not browser.looks())
    served = [(began, done) for began, done, status in browser.asked if status == 200]
    assert all(began < ends_at for began, _ in served)
    assert browser.asked[-1][1] >= ends_at
    # What the trail measures is at most the request that was under way at that instant.
    under_way = max((done - ends_at).total_seconds() for _, done in served)
    assert 0.0 <= seconds_after({cast.ana.pk: ends_at})[cast.ana.pk] <= max(under_way, 0.0)


def test_the_measure_sees_a_leaver_who_went_on(cast, browser, acting):
    """The figure is no constant: an end that came before the last look is told."""
    (began, done, _status) = browser.asked[-1]
    ends_at = began - timedelta(seconds=3)
    measured = seconds_after({cast.ana.pk: ends_at, cast.ben.pk: ends_at})
    assert 3.0 <= measured[cast.ana.pk] <= (done - ends_at).total_seconds()
    assert measured[cast.ben.pk] == 0.0
