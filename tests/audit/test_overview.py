"""The officer's overview: what stands badly is said in words, and nobody else reads it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from audit.background import service_scope
from audit.events import OVERVIEW_VIEWED
from audit.findings import raise_finding
from audit.models import AnchorState
from audit.tasks import ROWS_LATE
from lib import clock

URL = "/audit/overview"


@pytest.fixture
def olu(cast):
    return cast.browser("olu")


def test_it_is_where_the_officer_starts(cast, olu, trail):
    assert olu.get("/")["Location"] == URL
    response = olu.get(URL)
    assert (response.context["is_whole"], response.context["alarms"]) == (True, 0)
    assert "No sign of tampering" in response.content.decode()
    (event,) = trail.events(OVERVIEW_VIEWED)
    assert (event["actor_label"], event["purpose"]) == ("olu", ["HCOMPL"])


@pytest.mark.parametrize(("seconds", "said"), [(60, "Sealed in time"), (61, "Rows wait for 61 seconds")])
def test_rows_that_wait_for_their_seal_are_said(cast, olu, monkeypatch, seconds, said):
    """How the lag is known is sealing/test_watch.py's matter."""
    monkeypatch.setattr("audit.web.overview.seal_lag", lambda: timedelta(seconds=seconds))
    assert said in olu.get(URL).content.decode()


def test_an_alarm_about_the_trail_ends_the_good_word(cast, olu):
    with service_scope("test", route="test"):
        raise_finding(ROWS_LATE, details={"events": []})
    response = olu.get(URL)
    assert (response.context["is_whole"], response.context["alarms"]) == (False, 1)
    assert "No sign of tampering" not in response.content.decode()


def test_another_clinics_findings_are_not_counted(cast, olu):
    with service_scope("test", route="test"):
        raise_finding(ROWS_LATE, clinic_id=cast.hilltop.pk)
    assert olu.get(URL).context["alarms"] == 0


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({}, "Nothing kept yet"),
        ({"seal_n": 3, "kept_at": True}, "Up to date"),
        ({"seal_n": 3, "kept_at": True, "problem": "refused"}, "Tried again soon"),
    ],
)
def test_each_anchor_says_how_far_it_got(cast, olu, settings, state, word):
    settings.AUDIT_ANCHOR_PATH, settings.AUDIT_ANCHOR_SYSLOG = None, "udp://127.0.0.1:514"
    if state:
        AnchorState.objects.create(name="syslog", **(state | {"kept_at": clock.now()}))
    (anchor,) = olu.get(URL).context["anchors"]
    assert (anchor.name, anchor.badge_text) == ("Log collector", word)
    assert ("Seal 3" in anchor.detail) is bool(state)


def test_no_anchor_at_all_is_said(cast, olu, settings):
    settings.AUDIT_ANCHOR_PATH = None
    assert "A cut tail could not be seen" in olu.get(URL).content.decode()


@pytest.mark.parametrize("name", ["ana", "nadia", "sam", "max", "cleo"])
def test_nobody_else_reads_it(cast, name):
    assert cast.browser(name).get(reverse("audit:overview")).status_code == 403
