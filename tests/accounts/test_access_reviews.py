"""Access reviews: every role decided by somebody, ended at once where it is revoked, signed, and then unchangeable."""

from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, connections, transaction

from accounts.models import AccessReview, AccessReviewLine, Membership, Role
from accounts.services.access_reviews import digest_of
from audit.events import (
    ACCESS_DENIED,
    ACCESS_REVIEW_DECIDED,
    ACCESS_REVIEW_SIGNED,
    ACCESS_REVIEW_STARTED,
    ROLE_ENDED,
)
from tests.accounts.device import Device, keep
from tests.cast import OPEN_TUESDAY, PASSWORD
from tests.policies.callers import promise_call

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/audit/access-review"


@pytest.fixture(autouse=True)
def tuesday(db):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def olu(cast):
    return cast.browser("olu")


@pytest.fixture
def review(olu):
    assert olu.post(f"{LIST}/start").status_code == 302
    return AccessReview.objects.get()


def line_of(name):
    return AccessReviewLine.objects.get(username=name)


def decide(browser, name, decision):
    return browser.post(f"{LIST}/lines/{line_of(name).pk}", {"line_decision": decision}, follow=True)


def sign(browser, review):
    return browser.post(f"{LIST}/{review.pk}/sign", follow=True)


def said(response):
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def signed(olu, review):
    for line in review.lines.all():
        decide(olu, line.username, "keep")
    sign(olu, review)
    review.refresh_from_db()
    return review


class TestTheSheet:
    def test_has_every_role_in_force_with_what_speaks_for_it(self, cast, olu, trail):
        promised = promise_call(cast.riverside)
        ana = cast.browser("ana")
        ana.get("/queue")
        ana.get(f"/callbacks/{promised.pk}")
        keep(Device(), cast.ana)
        past = Membership.objects.get(user=cast.ben)
        past.ends_at = OPEN_TUESDAY - timedelta(days=1)
        past.starts_at = OPEN_TUESDAY - timedelta(days=9)
        past.save()
        olu.post(f"{LIST}/start")
        review = AccessReview.objects.get()
        rows = {row.username: row for row in olu.get(f"{LIST}/{review.pk}").context["lines"]}
        assert sorted(rows) == ["ana", "max", "nadia", "olu", "sam"]
        assert (rows["ana"].role, rows["ana"].reveals, rows["ana"].has_factor) == ("Front desk", 2, True)
        assert (rows["ana"].signed_in, rows["sam"].signed_in) == ("24 Nov 2026", "never")
        assert (rows["sam"].reveals, rows["sam"].has_factor) == (0, False)
        (event,) = trail.events(ACCESS_REVIEW_STARTED)
        assert (event["object_id"], event["rows_count"]) == (str(review.pk), 5)

    def test_is_one_at_a_time(self, olu, review):
        response = olu.post(f"{LIST}/start", follow=True)
        assert said(response) == ["A review of this clinic is open. Sign it before you begin another."]
        assert AccessReview.objects.count() == 1

    def test_is_the_officers_of_that_clinic(self, cast, review, trail):
        assert cast.browser("max").get(LIST).status_code == 403
        Membership.objects.create(user=cast.cleo, clinic=cast.hilltop, role=Role.OFFICER)
        cleo = cast.browser("cleo")
        line = line_of("ana")
        tries = [
            cleo.get(f"{LIST}/{review.pk}"),
            cleo.post(f"{LIST}/{review.pk}/sign"),
            cleo.post(f"{LIST}/lines/{line.pk}", {"line_decision": "revoke"}),
        ]
        assert [response.status_code for response in tries] == [404] * 3
        assert [event["outcome_code"] for event in trail.events(ACCESS_DENIED)][1:] == ["other_clinic"] * 3
        assert line_of("ana").decision == ""


class TestALine:
    def test_kept_changes_no_right(self, cast, olu, review, trail):
        decide(olu, "ana", "keep")
        assert (line_of("ana").decision, line_of("ana").decided_by) == ("keep", cast.olu)
        assert Membership.objects.get(user=cast.ana).ends_at is None
        (event,) = trail.events(ACCESS_REVIEW_DECIDED)
        assert (event["details"]["decision"], event["subtypes"]) == ("keep", ["DCM#110136"])

    def test_revoked_ends_the_role_at_once(self, cast, olu, review, trail, tuesday):
        ana = cast.browser("ana")
        assert ana.get("/queue").status_code == 200
        tuesday.shift(timedelta(seconds=1))
        decide(olu, "ana", "revoke")
        assert ana.get("/queue").status_code != 200
        assert Membership.objects.get(user=cast.ana).ends_at == OPEN_TUESDAY + timedelta(seconds=1)
        (event,) = trail.events(ROLE_ENDED)
        assert (event["details"]["user"], event["details"]["role"]) == (str(cast.ana.pk), "agent")
        (refused,) = said(decide(olu, "ana", "keep"))
        assert refused.startswith("This role was revoked and has ended.")

    def test_ones_own_is_not_revoked(self, cast, olu, review):
        assert said(decide(olu, "olu", "revoke")) == ["Nobody revokes their own role here; ask an administrator."]
        assert Membership.objects.get(user=cast.olu).ends_at is None

    def test_without_a_word_nothing_is_decided(self, olu, review):
        assert said(decide(olu, "ana", "perhaps")) == ["Choose whether the role is kept or revoked."]
        assert line_of("ana").decision == ""

    def test_revoking_and_signing_take_a_proof(self, cast, olu, review, tuesday):
        for _ in range(3):
            tuesday.shift(timedelta(minutes=4))
            olu.post("/session/active")
        for address, form in (
            (f"{LIST}/lines/{line_of('ana').pk}", {"line_decision": "revoke"}),
            (f"{LIST}/{review.pk}/sign", {}),
        ):
            assert olu.post(address, form)["Location"].startswith("/prove?next=")
        assert Membership.objects.get(user=cast.ana).ends_at is None
        olu.post("/prove", {"proof": PASSWORD})
        decide(olu, "ana", "revoke")
        assert line_of("ana").decision == "revoke"


class TestTheSignature:
    def test_waits_for_every_line(self, olu, review):
        decide(olu, "ana", "keep")
        assert said(sign(olu, review)) == ["Decide every line, then sign."]
        review.refresh_from_db()
        assert review.signed_at is None

    def test_is_kept_with_the_digest_of_the_lines_and_stands_in_the_trail(self, cast, trail, signed):
        assert (signed.signed_by, signed.signed_at) == (cast.olu, OPEN_TUESDAY)
        assert signed.digest == digest_of(signed.lines.all())
        (event,) = trail.events(ACCESS_REVIEW_SIGNED)
        assert event["details"] == {"sha256": signed.digest}
        assert event["object_id"] == str(signed.pk)

    def test_is_given_once(self, olu, signed):
        assert said(sign(olu, signed)) == ["This review is signed. Nothing of it changes any more."]
        (refused,) = said(decide(olu, "ana", "revoke"))
        assert refused == "This review is signed. Nothing of it changes any more."

    @pytest.mark.parametrize("alias", ["default", "owner"])
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE accounts_accessreviewline SET decision = 'revoke'",
            "UPDATE accounts_accessreview SET signed_at = NULL, signed_by_id = NULL, digest = ''",
            "DELETE FROM accounts_accessreviewline",
            "DELETE FROM accounts_accessreview",
        ],
    )
    def test_lets_nobody_change_what_is_signed(self, signed, alias, statement):
        with pytest.raises(DatabaseError), transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute(statement)
        assert digest_of(signed.lines.all()) == signed.digest

    def test_says_when_the_next_is_due_and_the_overview_when_it_is_overdue(self, cast, olu, tuesday, settings):
        assert "Never reviewed" in olu.get(LIST).content.decode()
        assert overdue(olu) == 1
        AccessReview.objects.create(
            clinic=cast.riverside, started_by=cast.olu, started_at=OPEN_TUESDAY, signed_by=cast.olu,
            signed_at=OPEN_TUESDAY, digest="0" * 64,
        )  # fmt: skip
        assert "Due on 24 Feb 2027" in olu.get(LIST).content.decode()
        assert overdue(olu) == 0
        tuesday.shift(timedelta(days=settings.ACCESS_REVIEW_DAYS))
        olu = cast.browser("olu")
        assert "Overdue since 24 Feb 2027" in olu.get(LIST).content.decode()
        assert overdue(olu) == 1


def overdue(browser):
    (found,) = [
        duty for duty in browser.get("/audit/overview").context["duties"] if duty.page == "access-reviews:list"
    ]
    return found.overdue
