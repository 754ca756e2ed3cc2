"""Emergency access: who may open which callback, for how long, what it shows, and who hears of it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.db.models import F
from django.test import Client

from accounts.models import EmergencyAccess, Membership, Role
from accounts.models.emergency import TIME_BOX
from accounts.services.emergency import settle_emergencies
from audit.background import service_scope
from audit.events import (
    ACCESS_DENIED,
    EMERGENCY_ENDED,
    EMERGENCY_OPENED,
    EMERGENCY_VIEWED,
    FINDING_RAISED,
    QUEUE_VIEWED,
    TRAIL_VIEWED,
)
from audit.models import Finding
from callbacks.models import Notice, NoticeMail
from callbacks.services.mailing import send_notice_mails
from tests.callbacks.desk import claim
from tests.cast import PASSWORD
from tests.policies.callers import promise_call, shows_a_number

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "Ben went home and this caller expects us before six."


def asked(callback, **changed):
    return {"reference": callback.ref, "reason": "colleague_away", "words": WORDS} | changed


def opened(browser, callback):
    response = browser.post("/emergency", asked(callback))
    assert response.status_code == 302, response.content
    return response["Location"]


def let_time_pass(by=TIME_BOX):
    """The database's clock cannot be moved, so the box is."""
    EmergencyAccess.objects.update(opened_at=F("opened_at") - by, ends_at=F("ends_at") - by)


@pytest.fixture
def olu(cast, dana):
    return cast.browser("olu")


class TestOpening:
    @pytest.mark.parametrize("name", ["ana", "nadia", "sam", "olu", "max"])
    def test_everybody_of_the_clinic_may_and_sees_that_one_callback(self, cast, dana, name):
        claim(dana, cast.ben)
        browser = cast.browser(name)
        page = browser.get(opened(browser, dana)).content.decode()
        assert "Dana" in page
        assert "(202) 555-0143" in page
        assert "mornings, please" in page
        box = EmergencyAccess.objects.get()
        assert (box.person.username, box.clinic, box.callback_id) == (name, cast.riverside, dana.pk)
        assert box.ends_at - box.opened_at == TIME_BOX

    def test_it_is_no_way_to_work_on_the_callback(self, cast, dana, olu):
        opened(olu, dana)
        assert olu.get(f"/callbacks/{dana.pk}").status_code == 403
        assert olu.post(f"/callbacks/{dana.pk}/claim").status_code == 403

    def test_another_clinics_and_nobodys_are_the_same_recorded_404(self, cast, dana, olu, trail):
        theirs = promise_call(cast.hilltop)
        for reference in (theirs.ref, "CB-999999"):
            assert olu.post("/emergency", asked(dana, reference=reference)).status_code == 404
        first, second = trail.events(ACCESS_DENIED)
        assert (first["object_id"], first["outcome_code"], first["clinic_id"]) == (
            str(theirs.pk),
            "other_clinic",
            str(cast.hilltop.pk),
        )
        assert second["outcome_code"] == "not_found"
        assert not EmergencyAccess.objects.exists()

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"reason": ""}, "Choose a reason."),
            ({"reason": "curiosity"}, "Choose one of the reasons on the page."),
            ({"words": ""}, "Say in a sentence why it cannot wait"),
            ({"words": "it is urgent"}, "Say in a sentence why it cannot wait"),
            ({"words": "She asked about her insulin and cannot wait."}, "Leave out illnesses"),
            ({"words": "x" * 301}, "at most 300 characters"),
            ({"reference": "Dana"}, "such as CB-1042"),
        ],
    )
    def test_without_a_reason_it_stays_shut_and_the_words_stay_on_the_page(self, dana, olu, changed, sentence):
        response = olu.post("/emergency", asked(dana, **changed))
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert not EmergencyAccess.objects.exists()

    def test_an_old_proof_leads_to_proving_again(self, cast, dana, tuesday):
        ana = cast.browser("ana")
        for _ in range(3):
            tuesday.shift(timedelta(minutes=4))
            ana.post("/session/active")
        for response in (ana.get("/emergency"), ana.post("/emergency", asked(dana))):
            assert response["Location"] == "/prove?next=%2Femergency"
        assert not EmergencyAccess.objects.exists()
        ana.post("/prove", {"proof": PASSWORD, "next": "/emergency"})
        assert opened(ana, dana)

    def test_one_at_a_time(self, cast, dana, olu):
        opened(olu, dana)
        other = promise_call(cast.riverside, phone="+12025550188")
        response = olu.post("/emergency", asked(other))
        assert response.status_code == 409
        assert "You have an emergency access open. End it first." in response.content.decode()
        assert EmergencyAccess.objects.count() == 1
        let_time_pass()
        assert opened(olu, other)

    def test_without_a_trail_nothing_opens(self, dana, olu, unwritable_trail):
        with unwritable_trail():
            assert olu.post("/emergency", asked(dana)).status_code == 503
        assert not EmergencyAccess.objects.exists()

    def test_the_database_takes_no_longer_box_and_no_second_one(self, cast, dana, olu):
        opened(olu, dana)
        with pytest.raises(IntegrityError, match="an_emergency_is_short"), transaction.atomic():
            EmergencyAccess.objects.update(ends_at=F("opened_at") + TIME_BOX + timedelta(seconds=1))


class TestWhileItIsOpen:
    def test_a_bar_on_every_page_says_so_with_what_is_left(self, cast, dana):
        for name, pages in {"ana": ("/queue", "/settings/password"), "max": ("/admin/",)}.items():
            browser = cast.browser(name)
            opened(browser, dana)
            for address in pages:
                page = browser.get(address).content.decode()
                assert 'action="/emergency/end"' in page, address
                assert f">{dana.ref}</a>" in page
                assert 'data-seconds="8' in page or 'data-seconds="900"' in page
            browser.post("/emergency/end")
            assert "data-emergency" not in browser.get(pages[0]).content.decode()

    def test_every_event_is_one_of_an_emergency(self, cast, dana, trail):
        ana = cast.browser("ana")
        opened(ana, dana)
        box = EmergencyAccess.objects.get()
        ana.get(f"/emergency/{box.pk}")
        ana.get("/queue")
        ana.post("/emergency/end")
        ana.get("/queue")
        (start,) = trail.events(EMERGENCY_OPENED)
        assert (start["event_type"], start["subtypes"], start["action"]) == ("DCM#110113", ["DCM#110127"], "E")
        assert (start["object_id"], start["subject_id"]) == (str(dana.pk), str(dana.caller_id))
        (stop,) = trail.events(EMERGENCY_ENDED)
        assert (stop["event_type"], stop["subtypes"]) == ("DCM#110113", ["DCM#110138"])
        assert stop["details"] == {"emergency": str(box.pk), "cause": "person"}
        (seen,) = trail.events(EMERGENCY_VIEWED)
        assert seen["fields"] == ["called_from", "first_name", "phone", "preferred_words"]
        inside, outside = trail.events(QUEUE_VIEWED)
        for event in (start, stop, seen, inside):
            assert (event["purpose"], event["case_id"], event["reason_code"]) == (
                ["BTG"],
                str(box.pk),
                "colleague_away",
            )
        assert (outside["purpose"], "case_id" in outside) == (["PATADMIN"], False)
        assert WORDS not in str(trail.events())

    def test_an_officers_own_purpose_gives_way_to_it(self, dana, olu, trail):
        opened(olu, dana)
        olu.get("/audit/")
        assert [event["purpose"] for event in trail.events(TRAIL_VIEWED)] == [["BTG"]]

    def test_nobody_else_sees_through_it(self, cast, dana, olu, trail):
        page = opened(olu, dana)
        for name in ("ana", "max", "cleo"):
            assert cast.browser(name).get(page).status_code == 404
        assert {event["outcome_code"] for event in trail.events(ACCESS_DENIED)} == {"not_found"}
        assert len(trail.events(ACCESS_DENIED)) == 3

    def test_the_officer_hears_of_it_at_once_by_a_reference_alone(self, cast, dana, settings, trail):
        settings.NOTICES_BY_MAIL = True
        cast.olu.email = "olu@example.org"
        cast.olu.save()
        opened(cast.browser("max"), dana)
        finding = Finding.objects.get(kind="access:emergency:opened")
        assert (finding.clinic_id, finding.details) == (
            cast.riverside.pk,
            {"callback": dana.ref, "person": "max", "reason": "colleague_away"},
        )
        assert len(trail.events(FINDING_RAISED)) == 1
        assert Notice.objects.get(kind="emergency_access").person == cast.olu
        with service_scope("test", route="test"):
            send_notice_mails()
        (sent,) = mail.outbox
        assert sent.to == ["olu@example.org"]
        assert dana.ref in sent.subject
        text = f"{sent.subject} {sent.body}"
        assert "Dana" not in text
        assert not shows_a_number(text)
        assert "max" not in text
        assert NoticeMail.objects.get().sent_at


class TestItsEnd:
    def test_when_time_is_over_nothing_is_shown_and_the_try_is_recorded(self, dana, olu, trail):
        page = opened(olu, dana)
        let_time_pass()
        response = olu.get(page)
        assert response.status_code == 403
        assert "This emergency access is over." in response.content.decode()
        assert "Dana" not in response.content.decode()
        (event,) = trail.events(ACCESS_DENIED)
        assert (event["object_kind"], event["outcome_code"]) == ("emergency", "emergency_over")
        assert "data-emergency" not in olu.get("/audit/").content.decode()

    def test_a_sweep_writes_down_that_time_ran_out(self, dana, olu, trail):
        opened(olu, dana)
        with service_scope("worker", route="test"):
            assert settle_emergencies() == 0
            let_time_pass()
            assert settle_emergencies() == 1
            assert settle_emergencies() == 0
        box = EmergencyAccess.objects.get()
        assert (box.end_cause, box.ended_at) == ("time", box.ends_at)
        (event,) = trail.events(EMERGENCY_ENDED)
        assert (event["actor_kind"], event["purpose"], event["details"]["cause"]) == ("service", ["BTG"], "time")

    @pytest.mark.parametrize(
        ("address", "form", "cause"),
        [("/emergency/end", {}, "person"), ("/session/lock", {}, "locked"), ("/sign-out", {}, "left")],
    )
    def test_it_ends_with_a_word_a_lock_and_the_session(self, dana, olu, address, form, cause):
        page = opened(olu, dana)
        olu.post(address, form)
        assert EmergencyAccess.objects.get().end_cause == cause
        assert "Dana" not in olu.get(page, follow=True).content.decode()

    def test_a_desk_that_locked_by_itself_does_not_open_it_again(self, dana, olu, tuesday):
        page = opened(olu, dana)
        tuesday.shift(timedelta(minutes=6))
        assert olu.get(page)["Location"].startswith("/locked")
        assert olu.post("/locked", {"proof": PASSWORD}).status_code == 302
        assert olu.get(page).status_code == 403
        assert EmergencyAccess.objects.get().end_cause == "locked"

    def test_who_leaves_the_clinic_sees_nothing_more(self, cast, dana, olu):
        page = opened(olu, dana)
        Membership.objects.filter(user=cast.olu).delete()
        Membership.objects.create(user=cast.olu, clinic=cast.hilltop, role=Role.OFFICER)
        assert olu.get(page).status_code == 403

    def test_a_copy_of_the_session_from_before_opened_nothing(self, cast, dana, olu):
        before = olu.cookies["sessionid"].value
        page = opened(olu, dana)
        copy = Client(headers={"accept": "text/html"})
        copy.cookies["sessionid"] = before
        assert copy.get(page)["Location"].startswith("/sign-in")
