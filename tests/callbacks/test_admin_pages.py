"""The queue in administration: the same masked rows, recorded as the queue's; nobody else's, nothing to edit."""

import re
from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Role, User
from audit.events import (
    ACCESS_DENIED,
    ADMIN_PAGE_VIEWED,
    CALLBACK_VIEWED,
    NUMBER_REVEALED,
    QUEUE_CALLER_SHOWN,
    QUEUE_VIEWED,
)
from callbacks.models import Attempt, Callback, RuleKind, RuleSource
from callbacks.scheduling.ladder import Outcome
from callbacks.services.contact_rules import RuleDraft, set_contact_rule
from config.admin_site import site
from lib import clock
from tests.callbacks.desk import claim, do, promise_calls, put_away, save
from tests.policies.callers import promise_call

QUEUE, ATTEMPTS = "/admin/callbacks/callback/", "/admin/callbacks/attempt/"
WORKING = ["ana", "nadia", "sam"]


@pytest.fixture(autouse=True)
def everybody_has_the_flag(cast):
    User.objects.update(is_staff=True)


@pytest.fixture
def ana(cast, tuesday):
    return cast.browser("ana")


def page_of(callback):
    return f"{QUEUE}{callback.pk}/change/"


def refs(response):
    assert response.status_code == 200, response.status_code
    return [callback.ref for callback in response.context["cl"].result_list]


def cells(response, row=0):
    """The shown row by column: `{"clock": "...", ...}`, tags taken out."""
    rows = re.findall(r"<tr><td class=\"action-checkbox\">.*?</tr>", response.content.decode(), re.DOTALL)
    found = re.findall(r'<(?:td|th) class="field-(\w+)[^"]*">(.*?)</(?:td|th)>', rows[row], re.DOTALL)
    return {name: re.sub(r"<[^>]+>", "", value).strip() for name, value in found}


class TestTheDoor:
    @pytest.mark.parametrize("name", WORKING)
    @pytest.mark.parametrize("page", ["/admin/", "/admin/callbacks/", QUEUE, ATTEMPTS])
    def test_who_works_with_callers_gets_in(self, cast, dana, name, page):
        assert cast.browser(name).get(page).status_code == 200

    @pytest.mark.parametrize("name", WORKING)
    def test_but_not_without_the_flag(self, cast, dana, name):
        User.objects.update(is_staff=False)
        assert cast.browser(name).get(QUEUE).status_code == 403

    @pytest.mark.parametrize("name", ["olu", "max"])
    def test_officers_and_administrators_see_no_row(self, cast, dana, trail, name):
        browser = cast.browser(name)
        for page in (QUEUE, ATTEMPTS, f"{QUEUE}?q={dana.ref}", page_of(dana)):
            response = browser.get(page)
            assert response.status_code == 403, page
            assert "CB-" not in response.content.decode()
        assert browser.post(QUEUE, {"action": "claim", "_selected_action": [str(dana.pk)]}).status_code == 403
        assert len(trail.events(ACCESS_DENIED)) == 5
        assert trail.events(QUEUE_VIEWED) == trail.events(QUEUE_CALLER_SHOWN) == []

    def test_who_works_with_callers_sees_no_people_and_clinics(self, cast, ana):
        for page in ("/admin/accounts/", "/admin/accounts/user/", "/admin/accounts/membership/add/"):
            assert ana.get(page).status_code in {403, 404}, page
        assert "/admin/accounts/" not in ana.get("/admin/").content.decode()

    def test_the_purpose_is_the_work(self, cast, dana, ana, trail):
        """Opening a caller is patient administration, also for somebody who is an administrator as well."""
        Membership.objects.create(user=cast.max, clinic=cast.riverside, role=Role.AGENT)
        max_ = cast.browser("max")
        for page in (QUEUE, page_of(dana), ATTEMPTS):
            ana.get(page)
            max_.get(page)
        ana.get("/admin/")
        assert {str(event["purpose"]) for event in trail.events() if event["method"] == "GET"} == {"['PATADMIN']"}


class TestTheList:
    def test_shows_what_the_queue_shows(self, dana, ana):
        shown = cells(ana.get(QUEUE))
        (row,) = ana.get("/queue").context["rows"]
        assert shown["reference"] == row.ref
        assert shown["clock"].endswith(row.badge.text)
        assert (shown["masked_name"], shown["masked_number"]) == (row.first_name, row.masked_number)
        assert (shown["masked_name"], shown["masked_number"]) == ("Dana", "••• ••43")
        assert (shown["wants"], f"asked: {shown['asked_for']}") == (row.appointment_label, row.asked_for)
        assert (shown["made"], shown["state"], shown["holder"]) == ("0/4", "Ready", "-")
        assert "555" not in ana.get(QUEUE).content.decode()

    @pytest.mark.parametrize(("policy", "name", "fields"), [
        ("full", "Dana", ["first_name", "phone_tail"]),
        ("initial", "D.", ["first_name", "phone_tail"]),
        ("none", "Caller", ["phone_tail"]),
    ])  # fmt: skip
    def test_names_are_shown_as_the_clinic_wants_and_recorded_as_the_queues(
        self, cast, dana, ana, trail, policy, name, fields
    ):
        cast.riverside.names_in_queue = policy
        cast.riverside.save()
        response = ana.get(QUEUE)
        assert cells(response)["masked_name"] == name
        (listed,), (shown,) = trail.events(QUEUE_VIEWED), trail.events(QUEUE_CALLER_SHOWN)
        assert (listed["rows_count"], listed["clinic_id"]) == (1, str(cast.riverside.pk))
        assert (shown["object_id"], shown["subject_id"]) == (str(dana.pk), str(dana.caller_id))
        assert (shown["fields"], shown["request_id"]) == (fields, response["X-Request-ID"])

    def test_says_outside_calling_hours_of_who_asked_not_to_be_called_now(self, cast, dana, ana):
        assert cells(ana.get(QUEUE))["state"] == "Ready"
        draft = RuleDraft(kind=RuleKind.DO_NOT_CALL, source=RuleSource.CLINIC)
        do(set_contact_rule, dana, draft, by=cast.ana)
        # As the services leave a callback that was claimed before the rule was set.
        put_away(dana, status="open", review_reasons=[])
        assert cells(ana.get(QUEUE))["state"] == "Outside calling hours"

    def test_holds_nobody_of_another_clinic(self, cast, dana, ana):
        theirs = promise_call(cast.hilltop, first_name="Hilda")
        assert refs(ana.get(f"{QUEUE}?status=all")) == [dana.ref]
        assert refs(ana.get(f"{QUEUE}?q={theirs.ref}")) == []
        assert refs(cast.browser("cleo").get(QUEUE)) == [theirs.ref]

    def test_is_recorded_for_each_clinic_of_the_person(self, cast, dana, ana, trail):
        promise_call(cast.hilltop, first_name="Hilda")
        Membership.objects.create(user=cast.ana, clinic=cast.hilltop, role=Role.AGENT)
        assert len(refs(ana.get(QUEUE))) == 2
        assert {(event["clinic_id"], event["rows_count"]) for event in trail.events(QUEUE_VIEWED)} == {
            (str(cast.riverside.pk), 1),
            (str(cast.hilltop.pk), 1),
        }

    def test_stands_in_the_queues_order(self, cast, tuesday, ana):
        later = promise_call(cast.riverside, phone="+12025550144")
        urgent = promise_call(cast.riverside, phone="+12025550145", urgency="urgent")
        first = promise_call(cast.riverside, phone="+12025550146", received_at=clock.now() - timedelta(hours=3))
        queue = [row.ref for row in ana.get("/queue").context["rows"]]
        assert refs(ana.get(QUEUE)) == queue
        assert set(queue) == {later.ref, urgent.ref, first.ref}

    @pytest.mark.usefixtures("tuesday")
    def test_takes_as_many_queries_for_many_rows_as_for_few(self, cast, ana):
        counted = []
        for wanted in (3, 40):
            promise_calls(cast.riverside, wanted)
            for page in (QUEUE, ATTEMPTS):
                with CaptureQueriesContext(connections["default"]) as captured:
                    ana.get(page)
                counted.append(len(captured))
            for callback in Callback.objects.filter(attempts_count=0):
                claim(callback, cast.ana)
                save(callback, cast.ana, Outcome.NO_ANSWER)
            Callback.objects.update(first_attempt_at=None, attempts_count=0)
        assert counted[:2] == counted[2:]
        assert max(counted) < 25

    @pytest.mark.usefixtures("tuesday")
    def test_of_nobody_says_so(self, ana):
        assert "Nothing here yet." in ana.get(ATTEMPTS).content.decode()
        assert "Nothing matches." in ana.get(f"{QUEUE}?status=closed").content.decode()

    def test_nothing_is_opened_by_an_act(self, dana, ana, trail):
        ana.post(QUEUE, {"action": "", "_selected_action": [str(dana.pk)]})
        assert trail.events(QUEUE_CALLER_SHOWN) == trail.events(QUEUE_VIEWED) == []


class TestFilters:
    def test_closed_ones_are_left_out_until_asked_for(self, cast, dana, ana):
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.BOOKED)
        assert refs(ana.get(QUEUE)) == []
        for asked in ("status=closed", "status=all", f"q={dana.ref}"):
            assert refs(ana.get(f"{QUEUE}?{asked}")) == [dana.ref], asked

    def test_by_status_urgency_and_due(self, cast, dana, ana):
        review = promise_call(cast.riverside, phone="+12025550144", review_reasons=("odd_name",))
        urgent = promise_call(cast.riverside, phone="+12025550145", urgency="urgent")
        both = {dana.ref, urgent.ref}
        assert set(refs(ana.get(f"{QUEUE}?status=open"))) == both
        assert refs(ana.get(f"{QUEUE}?status=needs_review")) == [review.ref]
        assert refs(ana.get(f"{QUEUE}?urgency__exact=urgent")) == [urgent.ref]
        found = {due: set(refs(ana.get(f"{QUEUE}?due={due}"))) for due in ("overdue", "hour", "later", "waiting")}
        assert sorted(ref for some in found.values() for ref in some) == sorted({*both, review.ref})
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.NO_ANSWER)
        assert refs(ana.get(f"{QUEUE}?due=waiting")) == [dana.ref]

    def test_by_clinic_for_people_with_several(self, cast, dana, ana):
        theirs = promise_call(cast.hilltop)
        assert "?clinic=" not in ana.get(QUEUE).content.decode()
        assert refs(ana.get(f"{QUEUE}?clinic={cast.hilltop.pk}")) == [dana.ref]
        Membership.objects.create(user=cast.ana, clinic=cast.hilltop, role=Role.AGENT)
        assert f"?clinic={cast.hilltop.pk}" in ana.get(QUEUE).content.decode()
        assert refs(ana.get(f"{QUEUE}?clinic={cast.hilltop.pk}")) == [theirs.ref]
        assert refs(ana.get(f"{QUEUE}?clinic=nonsense")) == refs(ana.get(QUEUE))

    @pytest.mark.parametrize("lookup", [
        "phone_tail", "first_name", "phone__startswith", "caller__phone_index", "note__isnull", "number__gte",
        "due_at__year", "claimed_by__password__startswith", "clinic__memberships__user__username",
    ])  # fmt: skip
    def test_no_other_column_is_probed(self, ana, dana, lookup):
        response = ana.get(f"{QUEUE}?{lookup}=1")
        assert response.status_code == 400
        assert "CB-" not in response.content.decode()

    @pytest.mark.parametrize("odd", ["all=", "p=99999999999999999999", "p=x", "o=1.-2.99", "e=1", "_facets=True"])
    def test_djangos_own_parameters_show_nothing_more(self, cast, tuesday, ana, odd):
        promise_calls(cast.riverside, 60)
        response = ana.get(f"{QUEUE}?{odd}", follow=True)
        assert len(refs(response)) == 50
        assert "p=2" in response.content.decode()


class TestSearch:
    @pytest.mark.parametrize("spelling", ["{}", "{} ", "cb{n}", "cb-{n}"])
    def test_finds_a_reference(self, dana, ana, spelling):
        term = spelling.format(dana.ref, n=dana.number)
        assert refs(ana.get(QUEUE, {"q": term})) == [dana.ref]

    @pytest.mark.parametrize("typed", ["Dana", "+12025550143", "2025550143", "43", "%", "CB-", "CB-x"])
    @pytest.mark.parametrize("page", [QUEUE, ATTEMPTS])
    def test_anything_else_is_not_searched_and_leaves_the_address(self, dana, ana, trail, page, typed):
        response = ana.get(page, {"q": typed})
        assert (response.status_code, response["Location"]) == (302, page)
        landed = ana.get(page)
        assert "Search takes a reference such as CB-1042" in landed.content.decode()
        assert not [event for event in trail.events() if typed in str(event.get("details"))]

    def test_the_form_does_not_send_anything_else(self, dana, ana):
        (pattern,) = re.findall(r'id="searchbar" pattern="([^"]+)"', ana.get(QUEUE).content.decode())
        assert re.fullmatch(pattern, dana.ref)
        for typed in ("Dana", "2025550143", "+1 202 555 0143"):
            assert not re.fullmatch(pattern, typed)


class TestOneCallback:
    def test_is_to_look_at_and_leads_to_the_workspace(self, dana, ana, trail):
        page = ana.get(page_of(dana)).content.decode()
        assert f'href="/callbacks/{dana.pk}"' in page
        assert "Dana" in page
        assert "••• ••43" in page
        for hidden in ("555-01", "2025550", "mornings, please", 'name="_save"', "deletelink", "historylink"):
            assert hidden not in page
        (event,) = trail.events()
        assert (event["tag"], event["fields"]) == (CALLBACK_VIEWED.value, ["first_name", "phone_tail"])
        assert trail.events(NUMBER_REVEALED) == []

    def test_every_line_of_the_page_is_ours(self):
        """A column named as a field of the model would show the stored value, or "-" for a sealed one."""
        page = site.get_model_admin(Callback)
        stored = {field.name for field in Callback._meta.get_fields()}
        assert {*page.fields, *page.list_display} & stored == {"language"}

    def test_shows_its_attempts_without_notes(self, cast, dana, ana, trail):
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.NO_ANSWER, note="Zqxnote")
        page = ana.get(page_of(dana)).content.decode()
        assert "No answer" in page
        assert "Zqxnote" not in page
        assert [event["fields"] for event in trail.events(CALLBACK_VIEWED)] == [["first_name", "phone_tail"]]
        listed = ana.get(ATTEMPTS).content.decode()
        assert dana.ref in listed
        assert "Zqxnote" not in listed
        assert page_of(dana) in listed

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "head"])
    def test_cannot_be_changed(self, dana, ana, trail, method):
        before = Callback.objects.filter(pk=dana.pk).values().get()
        assert getattr(ana, method)(page_of(dana), {"status": "closed"}).status_code == 405
        assert Callback.objects.filter(pk=dana.pk).values().get() == before
        assert trail.events(CALLBACK_VIEWED) == []

    @pytest.mark.parametrize("page", ["add/", "{pk}/delete/", "{pk}/history/", "{pk}/", "{pk}/password/"])
    def test_there_are_no_pages_to_add_delete_or_look_back(self, cast, dana, ana, page):
        claim(dana, cast.ana)
        save(dana, cast.ana, Outcome.NO_ANSWER)
        for base, row in ((QUEUE, dana), (ATTEMPTS, Attempt.objects.get())):
            for method in (ana.get, ana.post):
                assert method(base + page.format(pk=row.pk), {"post": "yes"}).status_code == 404
        assert ana.get(f"{ATTEMPTS}{Attempt.objects.get().pk}/change/").status_code == 404

    @pytest.mark.parametrize("text", ["Zqxname", "../../etc", "1", "%00"])
    def test_no_typed_text_gets_into_the_trail(self, dana, ana, trail, text):
        for page in (f"{QUEUE}{text}/change/", f"/admin/{text}/", f"/admin/callbacks/{text}"):
            assert ana.get(page).status_code == 404
        events = trail.events(ACCESS_DENIED)
        assert len(events) == 3
        assert not any("object_id" in event for event in events)

    def test_the_attempts_list_is_recorded_as_a_page(self, dana, ana, trail):
        ana.get(ATTEMPTS)
        assert [event["tag"] for event in trail.events()] == [ADMIN_PAGE_VIEWED.value]
