"""The page of contact rules: masked, found by number without an address that holds one, noted and ended on record."""

from datetime import timedelta

import pytest

from audit.background import service_scope
from audit.events import ACCESS_DENIED, CONTACT_RULES_VIEWED
from callbacks.models import ContactRule, RuleKind
from callbacks.services.contact_rules import RuleDraft, set_contact_rule, set_rule_for_number
from callbacks.states import Status
from lib import clock
from tests.callbacks.desk import claim, do, fresh
from tests.policies.callers import promise_call, shows_a_number

PAGE = "/settings/contact-rules"


@pytest.fixture
def sam(cast, tuesday):
    return cast.browser("sam")


def note(cast, kind=RuleKind.NO_SMS, phone="+12025550166", clinic=None, **wish):
    with service_scope("test", route="test"):
        draft = RuleDraft(kind=kind, **wish)
        return set_rule_for_number(clinic or cast.riverside, phone, draft, acting_user=cast.sam)


class TestTheList:
    def test_shows_two_digits_the_wish_and_who_noted_it(self, cast, sam, dana):
        do(set_contact_rule, dana, RuleDraft(kind=RuleKind.NO_VOICEMAIL), by=cast.ana)
        note(cast, RuleKind.ONLY_HOURS, only_from=17 * 60, only_to=19 * 60, expires_at=clock.now() + timedelta(days=2))
        page = sam.get(PAGE)
        rows = {row.masked_number: row for row in page.context["rows"]}
        assert rows["••• ••43"].wish == "No voicemail"
        assert rows["••• ••43"].noted == "today 10:12, Ana, asked by the caller"
        assert (rows["••• ••66"].wish, rows["••• ••66"].until) == (
            "Only at certain hours: 17:00-19:00",
            "Thu 26 Nov, 10:12",
        )
        assert not shows_a_number(page.content.decode())

    @pytest.mark.django_db(transaction=True)
    def test_every_row_that_is_opened_is_recorded(self, cast, sam, dana, trail):
        do(set_contact_rule, dana, RuleDraft(kind=RuleKind.NO_VOICEMAIL), by=cast.ana)
        by_hand = note(cast)
        sam.get(PAGE)
        events = trail.events(CONTACT_RULES_VIEWED)
        assert {event.get("object_id") for event in events} == {None, str(dana.pk), str(by_hand.pk)}
        assert {event.get("rows_count") for event in events} == {None, 2}

    def test_leaves_out_what_ended_and_other_clinics(self, cast, sam, tuesday):
        note(cast, clinic=cast.hilltop)
        note(cast, expires_at=clock.now() + timedelta(minutes=1))
        tuesday.shift(61)
        assert sam.get(PAGE).context["rows"] == []

    @pytest.mark.parametrize("name", ["ana", "nadia", "olu", "max", "cleo"])
    def test_is_for_supervisors_alone(self, cast, tuesday, name):
        browser = cast.browser(name)
        assert browser.get(PAGE).status_code == 403
        assert browser.post(f"{PAGE}/search", {"number": "202-555-0166"}).status_code == 403


class TestSearch:
    def test_finds_by_number_however_it_is_written(self, cast, sam):
        note(cast)
        note(cast, phone="+12025550167")
        for text in ("202-555-0166", "(202) 555 0166", "+12025550166"):
            page = sam.post(f"{PAGE}/search", {"number": text})
            assert [row.masked_number for row in page.context["rows"]] == ["••• ••66"]
            assert not shows_a_number(page.content.decode())

    def test_of_an_unknown_number_finds_nothing_and_of_no_number_is_refused(self, cast, sam):
        note(cast)
        assert "No rule for this number" in sam.post(f"{PAGE}/search", {"number": "202-555-0199"}).content.decode()
        for text in ("", "12", "x" * 50):
            assert sam.post(f"{PAGE}/search", {"number": text}).status_code == 422
        assert sam.get(f"{PAGE}/search").status_code == 405


class TestNoting:
    def test_a_rule_for_a_number_holds_for_whoever_calls_from_it(self, cast, sam):
        typed = {"number": "202-555-0143", "kind": "do_not_call", "expires_on": "2026-11-30"}
        waiting = promise_call(cast.riverside)
        assert sam.post(f"{PAGE}/add", typed)["Location"] == PAGE
        rule = ContactRule.objects.get()
        assert (rule.set_by, rule.source, rule.kind) == (cast.sam, "clinic", "do_not_call")
        assert rule.expires_at.isoformat() == "2026-12-01T05:00:00+00:00"
        assert fresh(waiting).status == Status.NEEDS_REVIEW
        assert promise_call(cast.riverside, first_name="Eli").review_reasons == ["do_not_call"]
        assert promise_call(cast.hilltop).review_reasons == []

    def test_what_somebody_holds_stays_theirs(self, cast, sam, dana):
        claim(dana, cast.ana)
        sam.post(f"{PAGE}/add", {"number": "202-555-0143", "kind": "do_not_call"})
        assert fresh(dana).status == Status.OPEN

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"kind": "no_sms"}, "Give the number the rule is about."),
            ({"number": "12", "kind": "no_sms"}, "That is not a valid number."),
            ({"number": "202-555-0143"}, "Choose what the caller asked for."),
            ({"number": "202-555-0143", "kind": "only_hours"}, "Give the hours as a start and a later end."),
            ({"number": "202-555-0143", "kind": "alt_number"}, "Give the number they want to be called on."),
            ({"number": "202-555-0143", "kind": "no_sms", "expires_on": "2026-11-01"}, "from today on"),
        ],
    )
    def test_what_makes_no_sense_is_said_and_kept(self, cast, sam, typed, sentence):
        response = sam.post(f"{PAGE}/add", typed)
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert typed.get("number", "") in response.content.decode()
        assert not ContactRule.objects.exists()


class TestEnding:
    def test_ends_the_rule_and_twice_is_once(self, cast, sam):
        rule = note(cast, RuleKind.DO_NOT_CALL)
        for _ in range(2):
            assert sam.post(f"{PAGE}/{rule.pk}/end")["Location"] == PAGE
        assert ContactRule.objects.get().lifted_at == clock.now()

    @pytest.mark.django_db(transaction=True)
    def test_another_clinics_rule_does_not_exist(self, cast, sam, trail):
        theirs = note(cast, clinic=cast.hilltop)
        assert sam.post(f"{PAGE}/{theirs.pk}/end").status_code == 404
        (denied,) = trail.events(ACCESS_DENIED)
        assert denied["outcome_code"] == "other_clinic"
        assert ContactRule.objects.get().lifted_at is None
