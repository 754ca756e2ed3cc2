"""Which line a delivery belongs to: whose secret proves it, in exactly the way the line says, and what that costs."""

import base64
from datetime import timedelta

import pytest
import time_machine
from django.db import connections

from audit.events import LINE_SECRET_OPENED
from intake.models import Delivery, Line, LineSecret
from intake.signatures import ARTICLE_FORM, BEARER, VAPI_DEFAULT, VAPI_SECRET, HmacScheme, SecretKey
from lib import clock
from tests.cast import OPEN_TUESDAY
from tests.intake.lines import HILLTOP_SECRET, NEWER_SECRET, RIVERSIDE_SECRET, give_secret, make_line
from tests.intake.reports import (
    article_signature,
    as_bytes,
    assert_refused,
    report,
    secret,
    send,
    stored,
    vapi_signature,
)


@pytest.fixture(autouse=True)
def tuesday(cast):
    with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
        yield now


def hmac_headers(body, text=HILLTOP_SECRET, **options):
    return HmacScheme(**options).sign(secret=text, body=body, timestamp=int(clock.now().timestamp()))


def proofs(body, text=HILLTOP_SECRET):
    """Every way of proving a body with one secret."""
    return {
        "hmac": VAPI_DEFAULT.sign(secret=text, body=body, timestamp=int(clock.now().timestamp())),
        "article": ARTICLE_FORM.sign(secret=text, body=body),
        "bearer": BEARER.sign(secret=text),
        "vapi_secret": VAPI_SECRET.sign(secret=text),
    }


class TestExactly:
    @pytest.mark.parametrize("proof", ["hmac", "article", "bearer", "vapi_secret", "oauth2"])
    @pytest.mark.parametrize("sent", ["hmac", "article", "bearer", "vapi_secret"])
    def test_a_line_accepts_its_own_way_and_no_other(self, cast, proof, sent):
        line = make_line(cast.hilltop, proof=proof)
        body = as_bytes(report())
        for url in ("/webhook/vapi", f"/webhook/vapi/{line.pk}"):
            response = send(body, proofs(body)[sent], url=url)
            assert response.status_code == (200 if proof == sent else 401), response.content
        assert set(Delivery.objects.values_list("line", flat=True)) == ({line.pk} if proof == sent else set())

    @pytest.mark.parametrize(
        "options",
        [
            {"algorithm": "sha512", "signature_encoding": "base64"},
            {"signature_header": "X-Hilltop-Signature", "timestamp_header": "X-Hilltop-Time"},
            {"signature_prefix": "sha256="},
            {"payload_format": "{body}", "include_timestamp": False},
            {"payload_format": "v0:{timestamp}:{body}"},
        ],
    )
    def test_each_option_counts(self, cast, options):
        make_line(cast.hilltop, **options)
        names = {"signature_prefix": "prefix", "signature_encoding": "encoding"}
        signing = {names.get(name, name): value for name, value in options.items()}
        body = as_bytes(report())
        assert send(body, hmac_headers(body, **signing)).status_code == 200
        assert_refused(send(body, hmac_headers(body)), 401, "unauthorized")

    def test_the_message_id_may_be_signed(self, cast):
        make_line(cast.hilltop, payload_format="{svix-id}.{timestamp}.{body}")
        body = as_bytes(report())
        scheme = HmacScheme(payload_format="{svix-id}.{timestamp}.{body}")
        headers = scheme.sign(
            secret=HILLTOP_SECRET, body=body, timestamp=int(clock.now().timestamp()), message_id="msg_1"
        )
        assert send(body, headers | {"svix-id": "msg_2"}).status_code == 401
        assert send(body, headers).status_code == 200

    @pytest.mark.parametrize("value", ["", " ", "Bearer", "Bearer "])
    def test_an_empty_token_matches_nothing(self, cast, value):
        for proof in ("bearer", "vapi_secret"):
            line = make_line(cast.hilltop, proof=proof, secret=None)
            for header in ("Authorization", "X-Vapi-Secret"):
                assert send(report(), {header: value}, url=f"/webhook/vapi/{line.pk}").status_code == 503
            give_secret(line, HILLTOP_SECRET if proof == "bearer" else NEWER_SECRET)
            for header in ("Authorization", "X-Vapi-Secret"):
                assert send(report(), {header: value}, url=f"/webhook/vapi/{line.pk}").status_code == 401
        assert stored() == (0, 0, 0)

    def test_options_that_prove_too_little_close_the_line_and_no_other(self, cast):
        """Forms refuse them; somebody wrote them into the database."""
        line = make_line(cast.hilltop, proof="hmac", payload_format="{timestamp}")
        body = as_bytes(report())
        assert_refused(send(body, hmac_headers(body), url=f"/webhook/vapi/{line.pk}"), 503, "not_configured")
        assert send(body).status_code == 200


class TestWhoseDelivery:
    def test_the_secret_says_whose(self, cast):
        line = make_line(cast.hilltop, proof="article")
        second = make_line(cast.riverside, proof="article", secret=RIVERSIDE_SECRET)
        for text, owner in ((HILLTOP_SECRET, line), (RIVERSIDE_SECRET, second), (secret(), cast.line)):
            body = as_bytes(report())
            found = send(body, ARTICLE_FORM.sign(secret=text, body=body)).json()["id"]
            assert Delivery.objects.get(pk=found).line == owner

    def test_the_address_of_a_line_takes_no_other_lines_secret(self, cast):
        line = make_line(cast.hilltop, proof="article")
        body = as_bytes(report())
        assert_refused(send(body, url=f"/webhook/vapi/{line.pk}"), 401, "unauthorized")
        signed = ARTICLE_FORM.sign(secret=HILLTOP_SECRET, body=body)
        assert_refused(send(body, signed, url=f"/webhook/vapi/{cast.line.pk}"), 401, "unauthorized")
        assert stored() == (0, 0, 0)

    def test_a_delivery_that_names_another_assistant_is_taken_and_flagged(self, cast):
        Line.objects.update(assistant_id="assistant-1", phone_number_id="phone-1")
        other = report()
        other["message"]["call"] |= {"assistantId": "assistant-2", "phoneNumberId": "phone-1"}
        response = send(other)
        assert response.json()["outcome"] == "queued"
        assert Delivery.objects.get(pk=response.json()["id"]).mismatches == ["assistant_id"]
        for call in ({"assistantId": "assistant-1"}, {}, {"assistantId": "not an id"}):
            same = report()
            same["message"]["call"] |= call
            assert Delivery.objects.get(pk=send(same).json()["id"]).mismatches == []

    def test_which_key_matched_is_kept_and_shows_the_old_one_falling_silent(self, cast, tuesday):
        line = make_line(cast.hilltop, proof="bearer")
        send(report(), BEARER.sign(secret=HILLTOP_SECRET))
        tuesday.shift(timedelta(hours=1))
        give_secret(line, NEWER_SECRET)
        send(report(), BEARER.sign(secret=NEWER_SECRET))
        newer, older = LineSecret.objects.all()
        assert (older.matched_at, newer.matched_at) == (OPEN_TUESDAY, OPEN_TUESDAY + timedelta(hours=1))
        keys = {SecretKey.from_text(text).key_id for text in (HILLTOP_SECRET, NEWER_SECRET)}
        assert set(Delivery.objects.values_list("key_id", flat=True)) == keys

    def test_without_the_environments_secret_the_other_lines_still_take_theirs(self, cast, settings):
        settings.VAPI_SERVER_SECRETS = []
        body = as_bytes(report())
        make_line(cast.hilltop, proof="article")
        assert send(body, ARTICLE_FORM.sign(secret=HILLTOP_SECRET, body=body)).status_code == 200
        assert_refused(send(body, {}), 401, "unauthorized")
        assert_refused(send(body, {}, url=f"/webhook/vapi/{cast.line.pk}"), 503, "not_configured")

    def test_replays_are_refused_where_a_timestamp_is_signed(self, cast, tuesday):
        make_line(cast.hilltop)
        body = as_bytes(report())
        headers = hmac_headers(body)
        tuesday.shift(timedelta(seconds=301))
        assert_refused(send(body, headers), 401, "unauthorized")

    def test_no_refusal_tells_which_lines_there_are(self, cast):
        make_line(cast.hilltop, signature_header="X-Hilltop-Signature")
        sent = [{}, {"X-Hilltop-Signature": "0" * 64}, {"Authorization": "Bearer x"}, {"X-Signature": "0" * 64}]
        assert len({send(report(), headers).content for headers in sent}) == 1


@pytest.mark.django_db(transaction=True)
class TestOpening:
    def test_a_secret_is_opened_once_and_on_record(self, cast, trail):
        line = make_line(cast.hilltop, proof="bearer")
        for _ in range(3):
            assert send(report(), BEARER.sign(secret=HILLTOP_SECRET)).status_code == 200
        (event,) = trail.events(LINE_SECRET_OPENED)
        assert (event["actor_kind"], event["actor_id"], event["fields"]) == ("service", "intake", ["value"])
        assert (event["object_kind"], event["subject_id"]) == ("line_secret", str(line.pk))
        assert event["clinic_id"] == str(cast.hilltop.pk)
        assert event["phi_accessed"] is False

    def test_with_the_trail_unwritable_none_is_opened_and_the_sender_comes_back(self, cast, unwritable_trail):
        make_line(cast.hilltop, proof="bearer")
        with unwritable_trail():
            response = send(report(), BEARER.sign(secret=HILLTOP_SECRET))
        assert_refused(response, 503, "trail_unwritable")
        assert send(report(), BEARER.sign(secret=HILLTOP_SECRET)).status_code == 200

    def test_one_that_does_not_open_silences_no_other_line(self, cast, by_hand):
        broken, line = (
            make_line(cast.hilltop, proof="bearer", name="broken"),
            make_line(cast.riverside, proof="bearer", secret=RIVERSIDE_SECRET),
        )
        other = LineSecret.objects.get(line=line)
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "UPDATE intake_linesecret SET value = %s WHERE line_id = %s", [other.value.token, broken.pk]
            )
        assert send(report(), BEARER.sign(secret=RIVERSIDE_SECRET)).status_code == 200
        url = f"/webhook/vapi/{broken.pk}"
        assert_refused(send(report(), BEARER.sign(secret=HILLTOP_SECRET), url=url), 503, "not_configured")


class TestCost:
    @pytest.mark.parametrize("lines", [1, 12])
    def test_the_queries_do_not_grow_with_the_lines(self, cast, lines, django_assert_num_queries):
        for number in range(lines):
            make_line(cast.hilltop, name=f"line {number}", proof="bearer", secret=f"tests-only-secret-{number:012}")
        sent = BEARER.sign(secret=f"tests-only-secret-{lines - 1:012}")
        send({"message": {"type": "hang"}}, sent)
        # The lines with their clinics, their secrets, and the count of the type.
        with django_assert_num_queries(3):
            assert send({"message": {"type": "hang"}}, sent).status_code == 200

    def test_a_desk_with_its_default_line_alone_asks_for_no_secrets(self, cast, django_assert_num_queries):
        with django_assert_num_queries(2):
            assert send({"message": {"type": "hang"}}).status_code == 200


class TestAnUnprovenClaim:
    def test_a_header_of_a_lines_own_lets_the_body_be_read(self, cast):
        make_line(cast.hilltop, signature_header="X-Hilltop-Signature")
        body = as_bytes(report())
        assert send(body, hmac_headers(body, signature_header="X-Hilltop-Signature")).status_code == 200

    def test_basic_authorization_is_no_bearer(self, cast):
        make_line(cast.hilltop, proof="bearer")
        basic = base64.b64encode(f"hilltop:{HILLTOP_SECRET}".encode()).decode()
        assert_refused(send(report(), {"Authorization": f"Basic {basic}"}), 401, "unauthorized")

    def test_the_standing_forms_still_open_the_default_line(self, cast):
        make_line(cast.hilltop)
        for sign in (article_signature, vapi_signature):
            body = as_bytes(report())
            assert send(body, sign(body)).status_code == 200
        assert set(Delivery.objects.values_list("line", flat=True)) == {cast.line.pk}
