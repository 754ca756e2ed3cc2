"""Sensitive acts ask once more who is there: for ten minutes, and recorded."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine

from audit.events import PROOF_FAILED, PROVED_AGAIN, SIGNED_IN
from tests.cast import OPEN_TUESDAY, PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(OPEN_TUESDAY, tick=False) as traveller:
        yield traveller


class TestProof:
    @pytest.mark.parametrize("form", ["accounts/user", "accounts/membership", "intake/line", "callbacks/crmtarget"])
    def test_it_lasts_ten_minutes_and_is_recorded(self, cast, trail, tuesday, form):
        max_ = cast.browser("max")
        page = f"/admin/{form}/add/"
        assert max_.get(page).status_code == 200
        for _ in range(3):
            tuesday.shift(timedelta(minutes=4))
            max_.post("/session/active")
        led = max_.get(page)
        assert led["Location"] == f"/prove?{urlencode({'next': page})}"
        assert max_.post(page, {}).status_code == 302
        assert max_.get(led["Location"]).status_code == 200
        assert max_.post("/prove", {"proof": "wrong", "next": page}).status_code == 422
        assert max_.post("/prove", {"proof": PASSWORD, "next": page})["Location"] == page
        assert max_.get(page).status_code == 200
        assert [len(trail.events(tag)) for tag in (PROOF_FAILED, PROVED_AGAIN, SIGNED_IN)] == [1, 1, 1]

    def test_it_leads_nowhere_else(self, cast):
        max_ = cast.browser("max")
        assert max_.post("/prove", {"proof": PASSWORD, "next": "//evil.example"})["Location"] == "/admin/"
