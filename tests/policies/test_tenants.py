"""Law: what belongs to one clinic does not exist for another, whatever the address, the method or the parameter."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import Membership, Role, User
from audit.events import ACCESS_DENIED
from callbacks.models import Callback
from intake.models import Delivery, Line
from tests.intake.signed_posts import post_report
from tests.policies.addresses import EVERY, UNKNOWN, fill
from tests.policies.callers import promise_call

IN_ADMINISTRATION = "admin/callbacks/callback/<uuid:object_id>/change/"
WITH_A_CALLBACK = [route for route, _ in EVERY if "<uuid:public_id>" in route or route == IN_ADMINISTRATION]
LOOKED_AT = {"callbacks/<uuid:public_id>", IN_ADMINISTRATION}
# Rows that are nobody's data; tests/accounts/test_admin.py, tests/callbacks/test_rules_of_a_clinic.py,
# tests/callbacks/crm/test_admin.py and tests/intake/test_line_admin.py try another clinic's.
ADMINISTERED = {
    f"admin/{model}/<uuid:object_id>/change/"
    for model in (
        "accounts/user",
        "accounts/clinic",
        "accounts/membership",
        "callbacks/crmtarget",
        "callbacks/deskpolicy",
        "callbacks/ladderstep",
        "callbacks/oncall",
        "intake/line",
    )
}
ACTS_ON_PEOPLE = ("give", "change", "end", "disable", "enable", "end-session", "reset-factor", "invite")
OF_PEOPLE = {"people/<uuid:person_id>", *(f"people/<uuid:person_id>/{act}" for act in ACTS_ON_PEOPLE)}
METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


def method_of(route):
    return "get" if route in LOOKED_AT else "post"


def form(callback):
    """Every field any of the forms takes, filled in well."""
    return {
        "outcome": "no_answer",
        "note": "",
        "command_id": str(uuid4()),
        "version": callback.version,
        "decision": "test_call",
        "why": "cancelled",
        "at": "2026-11-24T11:00",
        "to": str(callback.claimed_by_id or ""),
        "reason": "because",
        "words": "",
        "emergency": "not_asked",
        "undone": str(uuid4()),
        "first_name": "Dana",
        "kind": "no_sms",
        "into": callback.ref,
        "relationship": "parent",
    }


def row_of(callback):
    return Callback.objects.filter(pk=callback.pk).values().get()


@pytest.fixture(params=WITH_A_CALLBACK)
def route(request):
    return request.param


@pytest.fixture(autouse=True)
def everybody_may_open_administration(cast):
    """The flag is not what keeps a clinic's callers from others."""
    User.objects.update(is_staff=True)


def address(route, public_id):
    return fill(route, public_id=public_id, object_id=public_id)


def test_the_addresses_with_a_callback_are_all_here():
    """A new one joins by itself; one with another kind of id has to be thought about."""
    assert len(WITH_A_CALLBACK) >= 8
    others = {route for route, _ in EVERY if "<uuid:" in route} - {*WITH_A_CALLBACK}
    # Signed by the voice side; the officer's own, in tests/audit/test_findings.py and
    # tests/intake/web/test_quarantine.py; a person's own, in tests/accounts/test_passkeys.py; the supervisor's, in
    # tests/callbacks/crm/test_pages.py; the administrator's, in tests/accounts/test_people_pages.py; of emergency access,
    # in tests/callbacks/test_emergency_pages.py; a clinic's settings, in
    # tests/callbacks/test_closed_days_page.py, tests/callbacks/test_contact_rules_page.py and
    # tests/callbacks/test_rules_page.py; of access reviews, in tests/accounts/test_access_reviews.py;
    # a view of the queue, its person's or a supervisor's, in tests/callbacks/test_saved_views.py.
    assert (
        others
        == {
            "webhook/vapi/<uuid:line_id>",
            "queue/views/<uuid:view_id>/remove",
            "audit/findings/<uuid:finding_id>/resolve",
            "audit/quarantine/<uuid:quarantine_id>/close",
            "settings/closed-days/<uuid:closure_id>/open",
            "settings/closed-days/special/<uuid:special_day_id>/remove",
            "settings/contact-rules/<uuid:rule_id>/end",
            "settings/rules/steps/<uuid:step_id>/drop",
            "settings/passkeys/<uuid:passkey_id>/rename",
            "settings/passkeys/<uuid:passkey_id>/remove",
            "audit/access-review/<uuid:review_id>",
            "audit/access-review/<uuid:review_id>/sign",
            "audit/access-review/lines/<uuid:review_line_id>",
            "emergency/<uuid:emergency_id>",
            "audit/emergency-access/<uuid:emergency_id>/judge",
            "crm/letters/<uuid:letter_id>/ignore",
            "crm/letters/<uuid:letter_id>/retry",
            "crm/targets/<uuid:target_id>/check",
            "crm/targets/<uuid:target_id>/compare",
            "crm/targets/<uuid:target_id>/resume",
            "crm/targets/<uuid:target_id>/retry-all",
        }
        | ADMINISTERED
        | OF_PEOPLE
    )


class TestAnotherClinic:
    def test_gets_a_recorded_404_and_changes_nothing(self, cast, dana, trail, route):
        before = row_of(dana)
        response = getattr(cast.browser("cleo"), method_of(route))(address(route, dana.pk), form(dana))
        assert response.status_code == 404
        (event,) = trail.events(ACCESS_DENIED)
        assert (event["actor_label"], event["object_kind"], event["object_id"]) == ("cleo", "callback", str(dana.pk))
        assert (event["outcome"], event["outcome_code"]) == (4, "other_clinic")
        # Riverside's officer is the one who must learn of it.
        assert event["clinic_id"] == str(cast.riverside.pk)
        assert "subject_id" not in event
        assert row_of(dana) == before

    def test_cannot_tell_it_from_one_that_does_not_exist(self, cast, dana, trail, route):
        cleo = cast.browser("cleo")
        theirs, nobodys = (
            getattr(cleo, method_of(route))(address(route, public_id), form(dana)) for public_id in (dana.pk, UNKNOWN)
        )
        assert theirs.status_code == nobodys.status_code == 404
        assert without_tokens(theirs) == without_tokens(nobodys)
        assert [event["outcome_code"] for event in trail.events(ACCESS_DENIED)] == ["other_clinic", "not_found"]
        assert trail.events(ACCESS_DENIED)[1]["object_id"] == str(UNKNOWN)

    def test_gets_nowhere_by_other_methods(self, cast, dana, trail, route):
        before = row_of(dana)
        cleo = cast.browser("cleo")
        for method in set(METHODS) - {method_of(route)}:
            response = getattr(cleo, method)(address(route, dana.pk))
            assert response.status_code == 405, method
            assert "Dana" not in response.content.decode()
        assert row_of(dana) == before

    def test_gets_nowhere_by_the_headers_of_a_partial_request(self, cast, dana, route):
        response = getattr(cast.browser("cleo"), method_of(route))(
            address(route, dana.pk), form(dana), headers={"HX-Request": "true"}
        )
        assert response.status_code == 404

    def test_even_while_its_own_people_hold_it(self, cast, dana, route):
        assert cast.browser("ana").post(f"/callbacks/{dana.pk}/claim").status_code == 302
        response = getattr(cast.browser("cleo"), method_of(route))(address(route, dana.pk), form(dana))
        assert response.status_code == 404
        dana.refresh_from_db()
        assert dana.claimed_by == cast.ana

    def test_a_role_elsewhere_does_not_help(self, cast, dana, route):
        """Cleo reads Riverside's trail as its officer; its callers she does not see."""
        Membership.objects.create(user=cast.cleo, clinic=cast.riverside, role=Role.OFFICER)
        response = getattr(cast.browser("cleo"), method_of(route))(address(route, dana.pk), form(dana))
        assert response.status_code == 404


class TestTheSameClinic:
    @pytest.mark.parametrize("name", ["olu", "max"])
    def test_without_the_right_gets_a_recorded_403(self, cast, dana, trail, route, name):
        before = row_of(dana)
        browser = cast.browser(name)
        for method in METHODS:
            assert getattr(browser, method)(address(route, dana.pk)).status_code == 403, method
        events = trail.events(ACCESS_DENIED)
        assert [event["object_id"] for event in events] == [str(dana.pk)] * len(METHODS)
        assert {(event["actor_label"], event["outcome_code"]) for event in events} == {(name, "forbidden")}
        assert row_of(dana) == before

    def test_before_sign_in_leads_to_the_door_and_records_nobody(self, client, dana, trail, route):
        before = row_of(dana)
        for method in METHODS:
            response = getattr(client, method)(address(route, dana.pk))
            assert response.status_code == 302
            assert response["Location"].startswith("/sign-in?next=")
        assert trail.events() == []
        assert row_of(dana) == before

    def test_an_unknown_id_is_a_recorded_404(self, cast, dana, trail, route):
        response = getattr(cast.browser("ana"), method_of(route))(address(route, UNKNOWN), form(dana))
        assert response.status_code == 404
        (event,) = trail.events(ACCESS_DENIED)
        assert (event["actor_label"], event["object_id"]) == ("ana", str(UNKNOWN))
        assert event["outcome_code"] == "not_found"


class TestTheQueue:
    @pytest.mark.parametrize("view", ["next", "waiting", "mine", "review", "closed", "", "nonsense"])
    def test_shows_its_own_clinics_callers_in_every_view(self, cast, dana, view):
        theirs = promise_call(cast.hilltop, first_name="Hilda", review_reasons=("odd_name",))
        for name, foreign in (("ana", theirs), ("cleo", dana)):
            response = cast.browser(name).get("/queue", {"view": view})
            assert foreign.ref not in {row.ref for row in response.context["rows"]}
            assert str(foreign.pk) not in response.content.decode()

    def test_another_clinics_row_is_no_cursor(self, cast, dana):
        theirs = promise_call(cast.hilltop, received_at=dana.received_at - timedelta(hours=1))
        plain = [row.ref for row in cast.browser("cleo").get("/queue").context["rows"]]
        response = cast.browser("cleo").get("/queue", {"after": str(dana.pk)})
        assert [row.ref for row in response.context["rows"]] == plain == [theirs.ref]

    def test_call_next_deals_no_caller_of_another_clinic(self, cast, dana):
        assert cast.browser("cleo").post("/queue/next")["Location"] == "/queue"
        dana.refresh_from_db()
        assert dana.claimed_by is None

    def test_its_pulse_beats_for_its_own_changes_only(self, cast, dana):
        assert cast.browser("cleo").get("/queue/pulse").status_code == 204


class TestTheVoiceSide:
    REPORT = {
        "type": "end-of-call-report",
        "call": {"id": "call-1"},
        "structuredData": {"patientFirstName": "Dana", "callbackNumber": "+12025550143"},
    }

    def test_one_clinics_secret_does_not_speak_for_another(self, cast):
        """The environment's secret is the default line's (decision 14)."""
        theirs = Line.objects.create(clinic=cast.hilltop, name="hilltop")
        assert post_report(self.REPORT, f"/webhook/vapi/{theirs.pk}").status_code == 503
        assert not Delivery.objects.exists()

    def test_the_default_line_by_its_id_is_the_same_line(self, cast):
        assert post_report(self.REPORT, f"/webhook/vapi/{cast.line.pk}").status_code == 200
        assert Delivery.objects.get().line == cast.line

    def test_a_line_that_does_not_exist_takes_nothing(self, cast):
        assert post_report(self.REPORT, f"/webhook/vapi/{UNKNOWN}").status_code == 404


def without_tokens(response):
    """The page without what differs in every answer: the form tokens."""
    return re.sub(r'"\w{64}"', "", response.content.decode())
