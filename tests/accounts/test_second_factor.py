"""The second factor: forced, sealed, each code good once, and nothing is open with a password alone."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.db import connections
from django.test import Client

from accounts.models import Authenticator, RecoveryCode
from accounts.services.second_factor import forget_factor, use_factor
from audit.background import service_scope
from audit.events import PASSWORD_PROVED, SECOND_FACTOR_ENROLLED, SECOND_FACTOR_FAILED, SECOND_FACTOR_READ, SIGNED_IN
from lib import clock
from tests.accounts.clockwork import code_at, code_of, enrol, give_password, secret_of
from tests.cast import PASSWORD
from tests.policies.addresses import EVERY, OPEN_TO_ANYBODY, PAGES, WEBHOOKS, fill

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/second-factor"
# What a person who owes a factor may ask for: prove it, or leave.
OWING_MAY = {"second-factor", "sign-out"}


@pytest.fixture(autouse=True)
def required(settings):
    settings.MFA_REQUIRED = True


@pytest.fixture
def browser():
    return Client(headers={"accept": "text/html"})


@pytest.fixture
def enrolled(cast):
    """Ana has set her app up, and is in no session."""
    client = Client(headers={"accept": "text/html"})
    codes = enrol(client, cast.ana)
    client.post("/sign-out")
    return codes


def is_in(client):
    return SESSION_KEY in client.session


@pytest.mark.parametrize(("instant", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")])
def test_the_tests_own_app_follows_the_rfc(instant, code):
    assert code_at("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", instant) == code


class TestEnrolment:
    def test_the_first_sign_in_leads_to_it_and_through_it_to_the_page_one_wanted(self, browser, cast, trail):
        response = give_password(browser, "ana", next="/queue?view=mine")
        assert response["Location"] == f"{URL}?next=%2Fqueue%3Fview%3Dmine"
        page = browser.get(response["Location"])
        assert secret_of(cast.ana) == page.context["secret"].replace(" ", "")
        assert page.context["image"].startswith("data:image/svg+xml")
        shown = browser.post(URL, {"code": code_of(cast.ana), "next": "/queue?view=mine"})
        assert shown.context["onward"] == "/queue?view=mine"
        assert len(shown.context["codes"]) == len(set(shown.context["codes"])) == 10
        assert browser.get("/queue").status_code == 200
        assert [len(trail.events(tag)) for tag in (PASSWORD_PROVED, SECOND_FACTOR_ENROLLED, SIGNED_IN)] == [1, 1, 1]
        assert trail.events(SIGNED_IN)[0]["auth_method"] == "password+totp"

    def test_a_wrong_code_enrols_nobody(self, browser, cast, trail):
        give_password(browser, "ana")
        wrong = f"{(int(code_of(cast.ana)) + 1) % 1_000_000:06d}"
        for code in (wrong, "", "\uff11" * 6, "x" * 5000, "\x00"):
            assert browser.post(URL, {"code": code}).status_code == 422, code
        assert not Authenticator.objects.filter(confirmed_at__isnull=False).exists()
        assert not is_in(browser)
        assert {event["actor_label"] for event in trail.events(SECOND_FACTOR_FAILED)} == {"ana"}

    def test_the_secret_is_sealed_and_recovery_codes_are_digests(self, browser, cast):
        codes = enrol(browser, cast.ana)
        secret = secret_of(cast.ana)
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "SELECT a::text FROM accounts_authenticator a UNION ALL SELECT r::text FROM accounts_recoverycode r"
            )
            rows = str(cursor.fetchall())
        assert secret not in rows
        for code in codes:
            assert code not in rows
            assert code.replace("-", "") not in rows

    def test_recovery_codes_are_shown_once(self, browser, cast):
        codes = enrol(browser, cast.ana)
        assert codes[0] not in browser.get(URL, follow=True).content.decode()

    def test_another_sign_in_before_it_is_finished_makes_a_new_secret(self, browser, cast):
        give_password(browser, "ana")
        first = secret_of(cast.ana)
        give_password(Client(), "ana")
        assert secret_of(cast.ana) != first

    def test_an_enrolled_person_is_never_shown_the_secret_again(self, browser, cast, enrolled):
        give_password(browser, "ana")
        page = browser.get(URL)
        assert page.context.get("secret") is None
        assert secret_of(cast.ana) not in page.content.decode()

    def test_who_has_enrolled_owes_the_factor_also_where_the_house_does_not_insist(
        self, browser, cast, enrolled, settings
    ):
        settings.MFA_REQUIRED = False
        assert give_password(browser, "ana")["Location"] == URL
        assert give_password(Client(), "ben")["Location"] == "/queue"


class TestCodes:
    def test_the_right_code_signs_in_under_a_new_session_id(self, browser, cast, enrolled, trail):
        give_password(browser, "ana")
        before = browser.session.session_key
        assert browser.post(URL, {"code": code_of(cast.ana)})["Location"] == "/queue"
        assert browser.session.session_key != before
        assert len(trail.events(SECOND_FACTOR_READ)) >= 1

    def test_the_same_code_twice_signs_in_once(self, browser, cast, enrolled):
        code, other = code_of(cast.ana), Client()
        give_password(browser, "ana")
        give_password(other, "ana")
        assert browser.post(URL, {"code": code}).status_code == 302
        assert other.post(URL, {"code": code}).status_code == 422
        assert not is_in(other)

    def test_a_code_older_than_one_that_was_used_is_used_up_too(self, browser, cast, enrolled):
        give_password(browser, "ana")
        browser.post(URL, {"code": code_of(cast.ana)})
        late = Client()
        give_password(late, "ana")
        assert late.post(URL, {"code": code_of(cast.ana, steps=-1)}).status_code == 422

    @pytest.mark.parametrize("kind", ["totp", "recovery"])
    def test_of_many_requests_with_one_code_one_wins(self, cast, enrolled, kind):
        code = code_of(cast.ana) if kind == "totp" else enrolled[0]

        def use(_):
            try:
                with service_scope("test", route="test"):
                    return use_factor(cast.ana, code)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(use, range(8)), key=str) == [*([None] * 7), kind]

    def test_codes_of_other_hours_and_other_people_are_refused(self, browser, cast, enrolled):
        enrol(Client(), cast.ben)
        give_password(browser, "ana")
        for code in (code_of(cast.ana, steps=3), code_of(cast.ana, steps=-3), code_of(cast.ben)):
            assert browser.post(URL, {"code": code}).status_code == 422

    def test_a_recovery_code_signs_in_once_however_it_is_typed(self, browser, cast, enrolled, trail):
        typed = f" {enrolled[3].lower().replace('-', ' ')} "
        give_password(browser, "ana")
        used = browser.post(URL, {"code": typed})
        assert (used.status_code, used.context["left"]) == (200, 9)
        assert is_in(browser)
        assert trail.events(SIGNED_IN)[-1]["auth_method"] == "password+recovery"
        give_password(browser := Client(), "ana")
        assert browser.post(URL, {"code": typed}).status_code == 422

    def test_somebody_elses_recovery_code_is_none(self, browser, cast, enrolled):
        enrol(Client(), cast.ben)
        give_password(browser, "ben")
        assert browser.post(URL, {"code": enrolled[0]}).status_code == 422

    def test_a_reset_takes_everything_and_asks_to_set_up_anew(self, browser, cast, enrolled):
        forget_factor(cast.ana)
        assert not RecoveryCode.objects.exists()
        give_password(browser, "ana")
        assert browser.post(URL, {"code": enrolled[0]}).status_code == 422
        assert browser.get(URL).context["secret"]


class TestPasswordOnly:
    """A session with a right password and nothing else, over every address of the house."""

    @pytest.fixture(params=["not enrolled", "enrolled"])
    def owing(self, request, cast, browser):
        if request.param == "enrolled":
            enrol(Client(), cast.max)
        give_password(browser, "max")
        return browser

    def test_reaches_the_second_factor_and_nothing_else(self, owing, cast, trail):
        reached = []
        for route, _ in PAGES:
            for method in ("get", "post", "put", "patch", "delete", "head", "options"):
                response = getattr(owing, method)(fill(route, object_id=cast.ana.pk))
                leads_there = response.status_code == 302 and response["Location"].startswith(f"{URL}?next=")
                if not leads_there:
                    reached.append(route)
                if route == "sign-out":
                    give_password(owing, "max")
        assert set(reached) == OWING_MAY
        assert not is_in(owing)

    def test_is_nobody_on_the_pages_before_sign_in(self, owing):
        for route, pattern in EVERY:
            if route in OPEN_TO_ANYBODY | WEBHOOKS:
                assert getattr(pattern.callback, "login_required", True) is False
                assert owing.get(fill(route)).status_code != 302

    def test_ends_after_ten_minutes(self, owing, cast):

        with time_machine.travel(clock.now().timestamp() + 601, tick=False):
            assert owing.get(URL)["Location"].startswith("/sign-in")

    def test_ends_with_the_password_or_the_person(self, owing, cast):
        cast.max.set_password("quite another password")
        cast.max.save()
        assert owing.get(URL)["Location"].startswith("/sign-in")

    def test_administrations_own_form_is_no_way_round(self, owing):
        assert owing.post("/admin/login/", {"username": "max", "password": PASSWORD})["Location"].startswith(URL)
        assert owing.get("/admin/")["Location"].startswith(URL)


def test_without_a_trail_nobody_gets_in_and_the_code_stays_good(browser, cast, enrolled, unwritable_trail):
    with unwritable_trail():
        assert give_password(browser, "ana").status_code == 503
    assert "sessionid" not in browser.cookies
    give_password(browser, "ana")
    code, key = code_of(cast.ana), browser.session.session_key
    with unwritable_trail():
        assert browser.post(URL, {"code": code}).status_code == 503
    assert (browser.session.session_key, is_in(browser)) == (key, False)
    assert browser.post(URL, {"code": code}).status_code == 302
