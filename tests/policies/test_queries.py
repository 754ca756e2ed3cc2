"""Law: how often each page asks the databases, and which tables, is written down; a longer list asks no more."""

from uuid import uuid4

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from accounts.models import Membership, Role, User
from callbacks.models import Attempt
from callbacks.queries.queue import PAGE_SIZE
from lib import clock
from tests.callbacks.desk import claim, promise_calls
from tests.cast import Cast
from tests.intake.reports import report, send
from tests.policies.access.objects import make_finding
from tests.policies.callers import promise_call
from tests.policies.conftest import outcome_form
from tests.policies.queries import Asked, said


@pytest.fixture
def asked():
    """Content types are asked for once in a process, whoever comes first."""
    ContentType.objects.clear_cache()
    return Asked()


def look(asked, page, browser, address):
    with asked.by(page):
        response = browser.get(address)
    assert response.status_code in {200, 204}, (page, response.status_code)
    return response


def act(asked, page, browser, address, form=None, *, status=302):
    with asked.by(page):
        response = browser.post(address, form or {})
    assert response.status_code == status, (page, response.status_code)
    return response


def fill_attempts(callback, person, count):
    for seq in range(1, count + 1):
        Attempt.objects.create(
            callback=callback, seq=seq, command_id=uuid4(), staff=person, outcome="no_answer", note="Asked for Tuesday.",
            recorded_at=clock.now(),
        )  # fmt: skip


def test_the_desks_pages(cast: Cast, tuesday, golden, asked):
    ana, riverside = cast.browser("ana"), cast.riverside
    look(asked, "queue, empty", ana, "/queue")
    (dana,) = promise_calls(riverside, 1)
    look(asked, "queue, 1 row", ana, "/queue")
    promise_calls(riverside, PAGE_SIZE + 2)
    page = look(asked, "queue, 50 rows", ana, "/queue")
    assert len(page.context["rows"]) == PAGE_SIZE
    look(asked, "queue, page 2", ana, page.context["next_page_url"])
    for view in ("waiting", "mine", "review", "closed"):
        look(asked, f"queue, {view}", ana, f"/queue?view={view}")
    look(asked, "pulse, nothing changed", ana, page.context["pulse_url"])
    look(asked, "pulse, changed", ana, "/queue/pulse?seen=")
    claim(dana, cast.ana)
    look(asked, "workspace, no attempt", ana, f"/callbacks/{dana.pk}")
    fill_attempts(dana, cast.ben, 6)
    look(asked, "workspace, 6 attempts", ana, f"/callbacks/{dana.pk}")
    look(asked, "workspace, held by a colleague", cast.browser("ben"), f"/callbacks/{dana.pk}")
    act(asked, "reveal", ana, f"/callbacks/{dana.pk}/reveal", status=200)
    act(asked, "heartbeat", ana, f"/callbacks/{dana.pk}/heartbeat", status=200)
    dana.refresh_from_db()
    act(asked, "outcome, refused", ana, f"/callbacks/{dana.pk}/outcome", status=422)
    act(asked, "outcome", ana, f"/callbacks/{dana.pk}/outcome", outcome_form(dana))
    act(asked, "call next", ana, "/queue/next")
    act(asked, "call next, holding one", ana, "/queue/next")
    act(asked, "claim", cast.browser("ben"), f"/callbacks/{promise_call(riverside, phone='+12025550188').pk}/claim")
    golden.check("queries/callbacks.txt", asked.text())
    assert asked.pages["queue, 1 row"] == asked.pages["queue, 50 rows"]
    assert asked.pages["workspace, no attempt"] == asked.pages["workspace, 6 attempts"]


def test_the_officers_pages(cast: Cast, tuesday, golden, asked):
    olu, ana, dana = cast.browser("olu"), cast.browser("ana"), promise_call(cast.riverside)
    for name, opened in (("few", 1), ("many", 6)):
        for _ in range(opened):
            ana.get(f"/callbacks/{dana.pk}")
        found = look(asked, f"trail, {name} events", olu, f"/audit/?subject={dana.pk}&person=ana")
        assert len(found.context["events"]) >= opened
        report = look(asked, f"accesses, {name} events", olu, f"/audit/reports/accesses?subject={dana.pk}")
        assert report.context["rows"]
    look(asked, "disclosures", olu, f"/audit/reports/disclosures?subject={dana.pk}")
    look(asked, "unexplained access", olu, "/audit/reports/unexplained")
    look(asked, "overview", olu, "/audit/overview")
    look(asked, "findings, empty", olu, "/audit/findings")
    make_finding(cast.riverside)
    look(asked, "findings, 1 row", olu, "/audit/findings")
    golden.check("queries/audit.txt", asked.text())
    assert asked.pages["trail, few events"] == asked.pages["trail, many events"]


def test_the_voice_sides_messages(cast: Cast, tuesday, golden, asked):
    message = report(call_id="call-1")
    for page, body in (("report", message), ("report, sent again", message), ("report, ignored", {"type": "hang"})):
        with asked.by(page):
            assert send(body).status_code == 200
    with asked.by("report, not signed"):
        assert send(message, {"x-vapi-signature": "0" * 64}).status_code == 401
    golden.check("queries/intake.txt", asked.text())


def test_administrations_lists(cast: Cast, tuesday, golden, asked):
    User.objects.update(is_staff=True)
    max_, ana = cast.browser("max"), cast.browser("ana")
    lists = {
        "people": (max_, "/admin/accounts/user/"),
        "memberships": (max_, "/admin/accounts/membership/"),
        "clinics": (max_, "/admin/accounts/clinic/"),
        "callbacks": (ana, "/admin/callbacks/callback/"),
        "attempts": (ana, "/admin/callbacks/attempt/"),
        "roll of people": (max_, "/people"),
        "person": (max_, f"/people/{cast.ana.pk}"),
    }
    (dana,) = promise_calls(cast.riverside, 1)
    fill_attempts(dana, cast.ben, 1)
    for name, (browser, address) in lists.items():
        look(asked, f"{name}, few", browser, address)
    promise_calls(cast.riverside, 12)
    fill_attempts(promise_call(cast.riverside, phone="+12025550188"), cast.ben, 6)
    for number in range(8):
        person = User.objects.create(username=f"person{number}", display_name="Somebody")
        Membership.objects.create(user=person, clinic=cast.riverside, role=Role.AGENT)
    for name, (browser, address) in lists.items():
        look(asked, f"{name}, many", browser, address)
    golden.check("queries/administration.txt", asked.text())
    for name in lists:
        assert asked.pages[f"{name}, few"] == asked.pages[f"{name}, many"], name


def test_before_and_between_pages(cast: Cast, client, tuesday, golden, asked):
    look(asked, "sign-in page", client, "/sign-in")
    act(asked, "sign-in, wrong", client, "/sign-in", {"username": "ana", "password": "x"}, status=422)
    ana = cast.browser("ana")
    with asked.by("start page"):
        assert ana.get("/").status_code == 302
    theirs = promise_call(cast.hilltop)
    with asked.by("another clinic's callback"):
        assert ana.get(f"/callbacks/{theirs.pk}").status_code == 404
    with asked.by("a page of another role"):
        assert ana.get("/audit/quarantine").status_code == 403
    act(asked, "sign-out", ana, "/sign-out")
    golden.check("queries/accounts.txt", asked.text())


class TestTheCount:
    def test_sees_a_question_a_row(self, cast, asked):
        """What these files exist for: a list that asks again for each of its rows."""
        for page, rows in (("one", 1), ("many", 5)):
            with asked.by(page):
                for membership in Membership.objects.all()[:rows]:
                    str(membership.clinic)
        assert (len(asked.pages["one"]), len(asked.pages["many"])) == (2, 6)
        assert (
            "many: 6\n    1 x default SELECT accounts_membership\n    5 x default SELECT accounts_clinic\n"
            in asked.text()
        )

    def test_names_tables_and_locks(self, cast, asked):
        with asked.by("locks"), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            list(Membership.objects.select_related("clinic").select_for_update(skip_locked=True))
        assert asked.pages["locks"] == [
            "default SELECT no table",
            "default SELECT accounts_clinic accounts_membership FOR UPDATE SKIP LOCKED",
        ]
        assert said("audit", "INSERT INTO audit_event (line) VALUES (1)") == "audit INSERT audit_event"
