"""Guessing gets slower and slower, by name and by address, for everybody but those who have been here before."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connections
from django.test import Client

from accounts.models import Brake
from accounts.services.braking import RULES, count_try, forgive
from audit.events import PROOF_FAILED, SECOND_FACTOR_FAILED, SIGN_IN_FAILED
from tests.accounts.clockwork import enrol, give_password
from tests.cast import OPEN_TUESDAY, PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

HOME, ABROAD = "192.0.2.1", "198.51.100.7"


@pytest.fixture(autouse=True)
def tuesday():
    with time_machine.travel(OPEN_TUESDAY, tick=False) as traveller:
        yield traveller


def try_in(name="ana", password="wrong password entirely", address=HOME, client=None):
    return (client or Client()).post("/sign-in", {"username": name, "password": password}, REMOTE_ADDR=address)


def guess(times, **where):
    return [try_in(**where).status_code for _ in range(times)]


class TestOneName:
    def test_after_five_free_tries_each_waits_twice_as_long(self, cast, tuesday):
        assert guess(6) == [422] * 5 + [429]
        waits = []
        for _ in range(12):
            response = try_in()
            assert response.status_code == 429
            waits.append(int(response["Retry-After"]))
            tuesday.shift(waits[-1])
            assert try_in().status_code == 422
        assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]

    def test_the_page_says_how_long_and_the_right_password_waits_too(self, cast):
        guess(5)
        response = try_in(password=PASSWORD)
        assert response.status_code == 429
        assert "Try again in 1 second." in response.content.decode()
        assert int(response["Retry-After"]) == 1

    def test_impatience_does_not_lengthen_the_wait(self, cast, tuesday):
        guess(5)
        assert {try_in()["Retry-After"] for _ in range(10)} == {"1"}
        tuesday.shift(1)
        assert try_in(password=PASSWORD).status_code == 302

    def test_success_starts_anew(self, cast):
        guess(4)
        assert try_in(password=PASSWORD).status_code == 302
        assert guess(6) == [422] * 5 + [429]

    def test_it_is_forgotten_after_an_hour(self, cast, tuesday):
        guess(5)
        tuesday.shift(timedelta(hours=1, seconds=1))
        assert guess(6) == [422] * 5 + [429]

    @pytest.mark.parametrize("name", ["ana", "nobody", "ANA", "ana\u00a0"])
    def test_known_and_unknown_names_are_held_alike(self, cast, name):
        answers = [try_in(name=name) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [422] * 5 + [429] * 2
        assert [answer.headers.get("Retry-After") for answer in answers] == [None] * 5 + ["1"] * 2

    def test_what_is_kept_of_a_name_is_a_digest_and_so_in_the_trail(self, cast, trail):
        guess(6, name="hunter2-hunter2")
        rows = str(list(Brake.objects.values()))
        assert "hunter2" not in rows + str(trail.events())
        assert HOME not in rows
        failed = trail.events(SIGN_IN_FAILED)
        assert [event["outcome_code"] for event in failed] == ["mismatch"] * 5 + ["too_many"]
        assert len({event["details"]["attempted_name_ref"] for event in failed}) == 1


class TestOthers:
    def test_a_stranger_cannot_lock_somebody_out_of_their_own_desk(self, cast):
        """Ana has been in from the clinic before; the other side of the world guesses at her name."""
        assert try_in(password=PASSWORD).status_code == 302
        for number in range(30):
            try_in(address=f"198.51.100.{number}")
        assert try_in(address="203.0.113.9").status_code == 429
        assert try_in(password=PASSWORD).status_code == 302

    def test_a_noisy_neighbour_behind_the_same_address_does_not_either(self, cast):
        assert try_in(password=PASSWORD).status_code == 302
        for number in range(45):
            try_in(name=f"name{number}")
        assert try_in(name="another").status_code == 429
        assert try_in(password=PASSWORD).status_code == 302

    def test_the_name_is_held_wherever_guesses_come_from(self, cast):
        for number in range(RULES["name"].free):
            assert try_in(address=f"198.51.100.{number}").status_code == 422
        assert try_in(address="203.0.113.9").status_code == 429
        assert try_in(name="ben", address="203.0.113.9", password=PASSWORD).status_code == 302

    def test_one_address_cannot_try_one_password_on_everybody(self, cast):
        for number in range(RULES["address"].free):
            assert try_in(name=f"name{number}").status_code == 422
        assert try_in(name="one more").status_code == 429
        assert try_in(name="one more", address=ABROAD).status_code == 422

    def test_a_claimed_address_is_not_believed(self, cast):
        for number in range(5):
            Client().post(
                "/sign-in",
                {"username": "ana", "password": "x"},
                REMOTE_ADDR=HOME,
                headers={"X-Forwarded-For": f"198.51.100.{number}", "X-Real-IP": f"198.51.100.{number}"},
            )
        assert try_in().status_code == 429

    def test_a_forged_host_is_refused(self, cast):
        response = Client(raise_request_exception=False).post(
            "/sign-in", {"username": "ana", "password": PASSWORD}, headers={"Host": "evil.example"}
        )
        assert response.status_code == 400
        assert "evil" not in str(response.headers) + response.content.decode()


class TestOtherProofs:
    def test_codes_are_held_like_passwords(self, cast, trail, settings):
        settings.MFA_REQUIRED = True
        client = Client()
        enrol(Client(), cast.ana)
        give_password(client, "ana")
        answers = [client.post("/second-factor", {"code": "000000"}) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [422] * 5 + [429]
        assert int(answers[-1]["Retry-After"]) == 1
        codes = [event["outcome_code"] for event in trail.events(SECOND_FACTOR_FAILED)]
        assert codes == ["mismatch"] * 5 + ["too_many"]

    def test_so_is_the_proof_at_a_locked_desk(self, cast, trail):
        ana = cast.browser("ana")
        ana.post("/session/lock")
        answers = [ana.post("/locked", {"proof": "wrong"}).status_code for _ in range(6)]
        assert answers == [422] * 5 + [429]
        assert len(trail.events(PROOF_FAILED)) == 6


def test_tries_at_once_are_counted_one_by_one(cast, tuesday):
    def one(_):
        try:
            return count_try("password", "ana", HOME)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        waits = list(pool.map(one, range(12)))
    assert waits.count(0) == RULES["pair"].free


def test_rows_nobody_needs_are_swept(cast, tuesday):
    count_try("password", "nobody", ABROAD)
    count_try("password", "ana", HOME)
    forgive("password", "ana", HOME)
    tuesday.move_to(datetime(2026, 11, 27, tzinfo=UTC))
    count_try("password", "ana", HOME)
    forgive("password", "ana", HOME)
    (left,) = Brake.objects.all()
    assert left.proved_at
