"""The token endpoint: client credentials in, a short-lived token out, every one on record; and what the token opens."""

import base64
from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
import time_machine
from django.test import Client

from audit.events import ACCESS_TOKEN_ISSUED
from intake.models import Delivery, Line, Rejection
from intake.signatures import SecretKey
from lib import clock
from tests.cast import OPEN_TUESDAY
from tests.intake.lines import HILLTOP_SECRET, NEWER_SECRET, give_secret, make_line
from tests.intake.reports import assert_refused, report, send
from tests.policies.addresses import UNKNOWN

TOKEN = "/webhook/token"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


@pytest.fixture
def line(cast):
    return make_line(cast.hilltop, proof="oauth2")


def ask(headers=None, *, content_type=FORM, **form):
    return Client().post(TOKEN, data=urlencode(form), content_type=content_type, headers=headers or {})


def ask_as(line, secret=HILLTOP_SECRET, **changed):
    form = {"grant_type": "client_credentials", "client_id": line.pk, "client_secret": secret} | changed
    return ask(**{name: value for name, value in form.items() if value is not None})


def bearer(response):
    assert response.status_code == 200, response.content
    return {"Authorization": f"Bearer {response.json()['access_token']}"}


class TestATokenIsGiven:
    def test_and_proves_a_delivery_of_its_line(self, line):
        response = ask_as(line)
        answer = response.json()
        assert {name: answer[name] for name in ("token_type", "expires_in")} == {
            "token_type": "Bearer",
            "expires_in": 900,
        }
        assert "no-store" in response["Cache-Control"]
        for url in ("/webhook/vapi", f"/webhook/vapi/{line.pk}"):
            assert send(report(), bearer(response), url=url).json()["outcome"] == "queued"
        found = Delivery.objects.first()
        assert (found.line, found.scheme, found.key_id) == (line, "oauth2", SecretKey.from_text(HILLTOP_SECRET).key_id)

    def test_to_a_client_with_basic_authorization(self, line):
        pair = base64.b64encode(f"{quote(str(line.pk))}:{quote(HILLTOP_SECRET)}".encode()).decode()
        response = ask({"Authorization": f"Basic {pair}"}, grant_type="client_credentials")
        assert send(report(), bearer(response)).status_code == 200

    def test_and_ends_after_fifteen_minutes(self, line, tuesday):
        token = bearer(ask_as(line))
        tuesday.shift(timedelta(minutes=14, seconds=59))
        assert send(report(), token).status_code == 200
        tuesday.shift(timedelta(seconds=1))
        assert_refused(send(report(), token), 401, "unauthorized")

    def test_for_each_of_two_secrets_and_ends_with_its_own(self, line, tuesday):
        older = bearer(ask_as(line))
        give_secret(line, NEWER_SECRET, older_ends_at=clock.now() + timedelta(minutes=5))
        newer = bearer(ask_as(line, NEWER_SECRET))
        assert [send(report(), token).status_code for token in (older, newer)] == [200, 200]
        tuesday.shift(timedelta(minutes=6))
        assert [send(report(), token).status_code for token in (older, newer)] == [401, 200]
        assert_refused(ask_as(line), 401, "invalid_client")

    def test_and_opens_no_other_line(self, cast, line):
        other = make_line(cast.riverside, proof="oauth2", secret=NEWER_SECRET)
        assert_refused(send(report(), bearer(ask_as(line)), url=f"/webhook/vapi/{other.pk}"), 401, "unauthorized")

    @pytest.mark.django_db(transaction=True)
    def test_on_record_without_the_token(self, line, trail):
        token = ask_as(line).json()["access_token"]
        (event,) = trail.events(ACCESS_TOKEN_ISSUED)
        assert (event["actor_kind"], event["actor_id"], event["object_id"]) == ("webhook", str(line.pk), str(line.pk))
        assert event["details"] == {"key_id": SecretKey.from_text(HILLTOP_SECRET).key_id}
        assert token not in str(trail.events())

    @pytest.mark.django_db(transaction=True)
    def test_never_off_the_record(self, line, unwritable_trail):
        with unwritable_trail():
            assert ask_as(line).status_code == 503
        assert ask_as(line).status_code == 200


class TestATokenIsRefused:
    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"client_secret": HILLTOP_SECRET + "x"}, "invalid_client"),
            ({"client_secret": HILLTOP_SECRET[:-1]}, "invalid_client"),
            ({"client_id": UNKNOWN}, "invalid_client"),
            ({"client_id": "hilltop"}, "invalid_client"),
            ({"grant_type": "password"}, "unsupported_grant_type"),
            ({"grant_type": None}, "unsupported_grant_type"),
            ({"client_secret": ""}, "invalid_request"),
            ({"client_secret": None}, "invalid_request"),
            ({"client_id": None}, "invalid_request"),
        ],
    )
    def test_in_the_words_of_the_rfc(self, line, changed, code):
        response = ask_as(line, **{"secret": changed.pop("client_secret", HILLTOP_SECRET), **changed})
        assert_refused(response, 401 if code == "invalid_client" else 400, code)
        assert ("WWW-Authenticate" in response) == (code == "invalid_client")

    @pytest.mark.parametrize("proof", ["bearer", "hmac", "article", "vapi_secret"])
    def test_to_a_line_that_is_proven_otherwise(self, cast, proof):
        assert_refused(ask_as(make_line(cast.hilltop, proof=proof)), 401, "invalid_client")

    def test_to_the_default_line_and_a_retired_one(self, cast, line, settings):
        assert_refused(ask_as(cast.line, settings.VAPI_SERVER_SECRETS[0]), 401, "invalid_client")
        token = bearer(ask_as(line))
        Line.objects.filter(pk=line.pk).update(retired_at=clock.now())
        assert_refused(ask_as(line), 401, "invalid_client")
        assert_refused(send(report(), token), 401, "unauthorized")

    @pytest.mark.parametrize(
        "body",
        [
            "grant_type=client_credentials&grant_type=client_credentials&client_id=x&client_secret=y",
            "grant_type=client_credentials&client_id=x&client_id=z&client_secret=y",
            "nonsense",
            "=&=&=",
            "&".join(f"field{number}=1" for number in range(50)),
            "client_id=\xe9",
        ],
    )
    def test_for_a_form_that_reads_two_ways_or_none(self, line, body):
        response = Client().post(TOKEN, data=body.encode("latin-1"), content_type=FORM)
        assert response.status_code == 400
        assert response.json()["error"] in {"invalid_request", "unsupported_grant_type"}

    @pytest.mark.parametrize("header", ["Basic", "Basic ", "Basic x", "Basic eA==", "Basic Og==", "Bearer abc", "x"])
    def test_for_broken_authorization(self, line, header):
        assert_refused(ask({"Authorization": header}, grant_type="client_credentials"), 400, "invalid_request")

    def test_for_credentials_in_two_places(self, line):
        pair = base64.b64encode(f"{line.pk}:{HILLTOP_SECRET}".encode()).decode()
        response = ask({"Authorization": f"Basic {pair}"}, grant_type="client_credentials", client_secret="x")
        assert_refused(response, 400, "invalid_request")

    def test_for_another_form_of_message(self, line):
        assert_refused(ask(content_type="application/json", client_id="x"), 415, "unsupported_media_type")
        assert_refused(Client().post(TOKEN, data="x" * 5_000, content_type=FORM), 413, "too_large")
        assert_refused(Client().post(TOKEN, data="x", content_type=FORM, CONTENT_LENGTH="9" * 5000), 413, "too_large")
        assert_refused(Client().post(TOKEN, data="x", content_type=FORM, CONTENT_LENGTH=""), 411, "length_required")
        for method in ("get", "put", "delete", "options"):
            assert_refused(getattr(Client(), method)(TOKEN), 405, "method_not_allowed")

    def test_and_counted(self, line, settings):
        settings.INTAKE_RATE_LIMIT = 3
        answers = [ask_as(line, "x" * 30).status_code for _ in range(5)]
        assert answers == [401, 401, 401, 429, 429]
        assert Rejection.objects.get().count == 4
        # Whoever knows the secret is not held off by somebody at the same address who does not.
        assert ask_as(line).status_code == 200
