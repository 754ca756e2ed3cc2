"""Lines in administration: what a line accepts, secrets that go in and never come out, and whose lines one sees."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connections
from django.urls import reverse
from psycopg import sql

from accounts.models import User
from audit.events import (
    ACCESS_DENIED,
    ADMIN_RECORD_CHANGED,
    LINE_API_KEY_FORGOTTEN,
    LINE_API_KEY_SET,
    LINE_SECRET_ENDED,
    LINE_SECRET_SET,
)
from intake.models import Line, LineApiKey, LineSecret
from intake.signatures import HmacScheme, SecretKey
from lib import clock
from tests.cast import OPEN_TUESDAY
from tests.intake.lines import HILLTOP_SECRET, NEWER_SECRET, make_line
from tests.intake.reports import as_bytes, report, send

# Changes are recorded in their own transaction, which has to commit to be seen.
pytestmark = pytest.mark.django_db(transaction=True)

CANARY = "Zqxsecret-that-nobody-may-read-again-0123456789"
LIST, ADD = "/admin/intake/line/", "/admin/intake/line/add/"
OPTIONS = {
    "signature_header": "x-signature",
    "timestamp_header": "x-timestamp",
    "signature_prefix": "",
    "include_timestamp": "on",
    "payload_format": "{timestamp}.{body}",
    "algorithm": "sha256",
    "signature_encoding": "hex",
}


@pytest.fixture
def max_(cast):
    return cast.browser("max")


def form(clinic, **changed):
    given = {"clinic": clinic.pk, "name": "second line", "proof": "hmac", **OPTIONS} | changed
    return {name: value for name, value in given.items() if value is not None}


def change(browser, line, **changed):
    return browser.post(change_page(line), form(line.clinic, **{"name": line.name, **changed}))


def change_page(line):
    return reverse("admin:intake_line_change", args=[line.pk])


def made(browser, clinic, **changed):
    """The line that the form makes."""
    response = browser.post(ADD, form(clinic, **changed))
    assert response.status_code == 302, errors(response)
    return Line.objects.get(is_default=False)


def errors(response):
    return response.context and response.context["adminform"].form.errors


def shown_secret(response):
    assert response.status_code == 200
    return re.search(r'<code translate="no">([^<]{20,})</code>', response.content.decode())[1]


class TestMaking:
    def test_a_line_takes_deliveries_as_its_form_says(self, cast, max_):
        line = made(max_, cast.riverside, new_secret=CANARY, signature_prefix="v1=", signature_encoding="base64")
        body = as_bytes(report())
        scheme = HmacScheme(prefix="v1=", encoding="base64")
        headers = scheme.sign(secret=CANARY, body=body, timestamp=int(clock.now().timestamp()))
        assert send(body, headers, url=f"/webhook/vapi/{line.pk}").json()["outcome"] == "queued"
        assert send(body, HmacScheme().sign(secret=CANARY, body=body, timestamp=1)).status_code == 401

    def test_a_generated_secret_is_shown_once_and_works(self, cast, max_):
        response = max_.post(ADD, form(cast.riverside, proof="bearer", generate="on"))
        secret = shown_secret(response)
        assert "no-store" in response["Cache-Control"]
        assert send(report(), {"Authorization": f"Bearer {secret}"}).status_code == 200
        line = Line.objects.get(is_default=False)
        for page in (LIST, change_page(line)):
            assert secret not in max_.get(page).content.decode()

    def test_a_generated_secret_for_a_line_that_decodes_it_is_base64(self, cast, max_):
        secret = shown_secret(max_.post(ADD, form(cast.riverside, secret_is_base64="on", generate="on")))
        body = as_bytes(report())
        headers = HmacScheme(secret_is_base64=True).sign(
            secret=secret, body=body, timestamp=int(clock.now().timestamp())
        )
        assert send(body, headers).status_code == 200

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({}, "A line without a secret takes nothing"),
            ({"new_secret": "short"}, "A secret needs at least 24 bytes"),
            ({"new_secret": " " * 30}, "without spaces"),
            ({"new_secret": "é" * 30}, "without spaces"),
            ({"new_secret": "x" * 201}, "at most 200"),
            ({"new_secret": CANARY, "secret_is_base64": "on"}, "not base64"),
            ({"new_secret": "c2hvcnQ=" * 3, "secret_is_base64": "on"}, "not base64"),
            ({"new_secret": "YWJjZGVmZ2hpamtsbW5vcHFyc3Q=", "secret_is_base64": "on"}, "at least 24 bytes"),
            ({"new_secret": CANARY, "generate": "on"}, "not both"),
            ({"generate": "on", "payload_format": "{timestamp}"}, "{body} exactly once"),
            ({"generate": "on", "payload_format": "{body}"}, "A timestamp is included exactly"),
            ({"generate": "on", "payload_format": "{timestamp}{path}{body}"}, "{svix-id} only"),
            ({"generate": "on", "payload_format": "{timestamp}{url}{body}"}, "PUBLIC_URL"),
            ({"generate": "on", "algorithm": "sha1"}, "SHA-1 has to be allowed explicitly"),
            ({"generate": "on", "signature_header": "x signature"}, "letters, digits and hyphens"),
            ({"generate": "on", "timestamp_header": ""}, "letters, digits and hyphens"),
            ({"generate": "on", "assistant_id": "the assistant of Dana"}, "letters, digits and hyphens only"),
            ({"generate": "on", "structured_output_ids": "a b,c"}, "letters, digits and hyphens only"),
            ({"generate": "on", "staff_number": "call me"}, "no telephone number"),
            ({"generate": "on", "staff_number": "12"}, "no telephone number"),
        ],
    )
    def test_what_would_prove_too_little_is_refused_in_a_sentence(self, cast, max_, changed, sentence):
        response = max_.post(ADD, form(cast.riverside, **changed))
        assert response.status_code == 200
        found = str(errors(response)).replace("&#x27;", "'")
        assert sentence in found
        assert not Line.objects.filter(is_default=False).exists()

    def test_sha1_and_a_signed_address_are_possible_where_they_are_meant(self, cast, max_, settings):
        settings.PUBLIC_URL = "https://desk.example.com"
        line = made(
            max_,
            cast.riverside,
            new_secret=CANARY,
            algorithm="sha1",
            allow_sha1="on",
            payload_format="{method} {url} {timestamp}.{body}",
            staff_number="(202) 555-0199",
        )
        assert line.staff_number == "+12025550199"
        body = as_bytes(report())
        scheme = HmacScheme(algorithm="sha1", allow_sha1=True, payload_format=line.payload_format)
        now = int(clock.now().timestamp())
        for address, status in ((f"/webhook/vapi/{line.pk}", 200), ("/webhook/vapi", 401)):
            headers = scheme.sign(
                secret=CANARY, body=body, timestamp=now, url=f"https://desk.example.com/webhook/vapi/{line.pk}"
            )
            assert send(body, headers, url=address).status_code == status

    @pytest.mark.parametrize("text", ["of the environment", "of another line", "of before"])
    def test_a_secret_in_use_is_refused(self, cast, max_, settings, text):
        other = make_line(cast.hilltop)
        if text == "of before":
            LineSecret.objects.update(not_after=clock.now() - timedelta(days=400))
        secret = settings.VAPI_SERVER_SECRETS[0] if text == "of the environment" else HILLTOP_SECRET
        response = max_.post(ADD, form(cast.riverside, new_secret=secret))
        assert "in use already" in str(errors(response))
        assert list(Line.objects.filter(is_default=False)) == [other]


class TestSecretsStayInside:
    def test_one_is_nowhere_after_it_was_set(self, cast, max_, trail, caplog):
        line = made(max_, cast.riverside, new_secret=CANARY)
        pages = [max_.get(page).content.decode() for page in (LIST, change_page(line), "/admin/")]
        key_id = SecretKey.from_text(CANARY).key_id
        assert f"key …{key_id[-4:]}, set " in pages[1]
        assert "never matched" in pages[1]
        assert key_id not in "".join(pages)
        seen = [*pages, json.dumps(trail.events()), *tables(), *(str(record.__dict__) for record in caplog.records)]
        assert all(CANARY not in text for text in seen)

    def test_a_refused_form_does_not_give_it_back(self, cast, max_):
        response = max_.post(ADD, form(cast.riverside, new_secret=CANARY, name=""))
        assert response.status_code == 200
        assert CANARY not in response.content.decode()
        assert 'autocomplete="new-password"' in response.content.decode()

    def test_a_generated_one_is_in_its_page_alone(self, cast, max_, trail):
        secret = shown_secret(max_.post(ADD, form(cast.riverside, generate="on")))
        assert secret not in json.dumps(trail.events())
        assert all(secret not in text for text in tables())
        assert secret not in str(max_.session.items())
        assert secret not in str(max_.cookies)

    def test_the_trail_names_what_changed_and_no_value(self, cast, max_, trail):
        line = made(max_, cast.riverside, new_secret=CANARY, staff_number="+12025550199")
        (set_,) = trail.events(LINE_SECRET_SET)
        assert (set_["actor_label"], set_["object_id"], set_["fields"]) == ("max", str(line.pk), ["secret"])
        assert set_["clinic_id"] == str(cast.riverside.pk)
        assert set_["details"]["key_id"] == SecretKey.from_text(CANARY).key_id
        change(max_, line, staff_number="+12025550198")
        event = trail.events(ADMIN_RECORD_CHANGED)[-1]
        assert (event["object_kind"], event["fields"]) == ("line", ["staff_number"])
        assert "5550198" not in json.dumps(event)


class TestRotation:
    def test_the_older_secret_counts_until_its_end(self, cast, max_):
        line = made(max_, cast.riverside, new_secret=CANARY, proof="bearer")
        with time_machine.travel(OPEN_TUESDAY, tick=False) as now:
            max_ = cast.browser("max")
            ends = {"older_ends_at_0": "2026-11-25", "older_ends_at_1": "12:00"}
            assert change(max_, line, proof="bearer", new_secret=NEWER_SECRET, **ends).status_code == 302
            for secret, status in ((CANARY, 200), (NEWER_SECRET, 200), (HILLTOP_SECRET, 401)):
                assert send(report(), {"Authorization": f"Bearer {secret}"}).status_code == status
            shown = max_.get(change_page(line)).content.decode()
            assert "last matched today 10:12" in shown
            assert "ends tomorrow 07:00" in shown
            now.shift(timedelta(days=1))
            assert send(report(), {"Authorization": f"Bearer {CANARY}"}).status_code == 401
            assert send(report(), {"Authorization": f"Bearer {NEWER_SECRET}"}).status_code == 200
            assert "ended today 07:00" in cast.browser("max").get(change_page(line)).content.decode()

    def test_without_an_end_the_older_one_has_seven_days(self, cast, max_):
        line = made(max_, cast.riverside, new_secret=CANARY)
        change(max_, line, new_secret=NEWER_SECRET)
        older = LineSecret.objects.get(not_after__isnull=False)
        assert timedelta(days=6) < older.not_after - clock.now() <= timedelta(days=7)

    def test_a_third_secret_ends_the_first_at_once(self, cast, max_):
        line = made(max_, cast.riverside, new_secret=CANARY, proof="bearer")
        for secret in (NEWER_SECRET, HILLTOP_SECRET):
            assert change(max_, line, proof="bearer", new_secret=secret).status_code == 302
        answers = [
            send(report(), {"Authorization": f"Bearer {secret}"}).status_code
            for secret in (CANARY, NEWER_SECRET, HILLTOP_SECRET)
        ]
        assert answers == [401, 200, 200]

    def test_the_older_one_can_be_ended_alone_and_that_is_recorded(self, cast, max_, trail):
        line = made(max_, cast.riverside, new_secret=CANARY)
        past = {"older_ends_at_0": "2026-01-01", "older_ends_at_1": "00:00"}
        assert "no older secret" in str(errors(change(max_, line, **past)))
        change(max_, line, new_secret=NEWER_SECRET)
        assert change(max_, line, **past).status_code == 302
        assert LineSecret.objects.get(not_after__isnull=False).not_after <= clock.now()
        (event,) = trail.events(LINE_SECRET_ENDED)
        assert event["details"]["key_id"] == SecretKey.from_text(CANARY).key_id

    def test_base64_changes_with_the_secret_only(self, cast, max_):
        line = made(max_, cast.riverside, new_secret=CANARY)
        assert "changes with the secret" in str(errors(change(max_, line, secret_is_base64="on")))

    def test_a_change_that_cannot_be_recorded_does_not_happen(self, cast, max_, unwritable_trail):
        line = made(max_, cast.riverside, new_secret=CANARY)
        with unwritable_trail():
            assert change(max_, line, new_secret=NEWER_SECRET).status_code == 503
        assert LineSecret.objects.count() == 1


class TestApiKey:
    """The private key with which missing reports are fetched: written and never read back."""

    def test_it_goes_in_and_never_comes_out(self, cast, max_, trail):
        line = made(max_, cast.riverside, new_secret=NEWER_SECRET)
        assert "none: nothing is fetched" in max_.get(change_page(line)).content.decode()
        assert change(max_, line, new_api_key=CANARY).status_code == 302
        page = max_.get(change_page(line)).content.decode()
        assert f"key …{SecretKey.from_text(CANARY).key_id[-4:]}, set" in page
        assert CANARY not in page + json.dumps(trail.events())
        assert all(CANARY not in text for text in tables())
        (event,) = trail.events(LINE_API_KEY_SET)
        assert (event["actor_label"], event["object_id"], event["fields"]) == ("max", str(line.pk), ["api_key"])

    def test_a_new_one_replaces_it_and_it_can_be_forgotten(self, cast, max_, trail):
        line = made(max_, cast.riverside, new_secret=NEWER_SECRET, new_api_key=CANARY)
        change(max_, line, new_api_key=HILLTOP_SECRET)
        assert LineApiKey.objects.get().key_id == SecretKey.from_text(HILLTOP_SECRET).key_id
        change(max_, line, forget_api_key="on")
        assert not LineApiKey.objects.exists()
        assert len(trail.events(LINE_API_KEY_FORGOTTEN)) == 1

    @pytest.mark.parametrize("text", ["two words", "Zqx\u00e9", "Zqx\x1b", "Zqx" * 70])
    def test_what_cannot_be_a_key_is_refused_without_repeating_it(self, cast, max_, text):
        line = made(max_, cast.riverside, new_secret=NEWER_SECRET)
        refused = change(max_, line, new_api_key=text)
        assert "A key has up to 200 letters" in str(errors(refused))
        assert text not in refused.content.decode()
        assert "not both" in str(errors(change(max_, line, new_api_key=CANARY, forget_api_key="on")))

    def test_the_default_lines_is_the_environments(self, cast, max_, settings):
        settings.VAPI_API_KEY = CANARY
        assert "set in the environment" in max_.get(change_page(cast.line)).content.decode()
        change(max_, cast.line, new_api_key=NEWER_SECRET)
        assert not LineApiKey.objects.exists()


class TestRetiring:
    def test_a_retired_line_takes_nothing_and_stays_as_it_was(self, cast, max_, trail):
        line = made(max_, cast.riverside, new_secret=CANARY, proof="bearer")
        assert change(max_, line, proof="bearer", retire="on").status_code == 302
        assert trail.events(ADMIN_RECORD_CHANGED)[-1]["fields"] == ["retire"]
        bearer = {"Authorization": f"Bearer {CANARY}"}
        assert send(report(), bearer).status_code == 401
        assert send(report(), bearer, url=f"/webhook/vapi/{line.pk}").status_code == 404
        assert change(max_, line, name="again").status_code == 403
        page = max_.get(change_page(line))
        assert page.status_code == 200
        assert b"new_secret" not in page.content


class TestTheDefaultLine:
    def test_shows_where_its_secret_is_and_takes_no_other(self, cast, max_, settings):
        page = max_.get(change_page(cast.line)).content.decode()
        assert "The environment&#x27;s secret" in page
        assert settings.VAPI_SERVER_SECRETS[0] not in page
        assert "new_secret" not in page
        given = form(cast.riverside, name="main", assistant_id="b1d6b7a0-53c2", new_secret=CANARY, proof="bearer")
        assert max_.post(change_page(cast.line), given | {"retire": "on"}).status_code == 302
        cast.line.refresh_from_db()
        assert (cast.line.assistant_id, cast.line.proof, cast.line.retired_at) == ("b1d6b7a0-53c2", "hmac", None)
        assert not LineSecret.objects.exists()


class TestOthers:
    @pytest.fixture
    def theirs(self, cast):
        return make_line(cast.hilltop, name="Hilltop main")

    def test_another_clinics_line_is_a_recorded_404(self, cast, max_, trail, theirs):
        assert "Hilltop main" not in max_.get(LIST).content.decode()
        for answer in (max_.get(change_page(theirs)), change(max_, theirs, new_secret=CANARY)):
            assert answer.status_code == 404
        events = trail.events(ACCESS_DENIED)
        assert {(event["object_kind"], event["object_id"], event["outcome_code"]) for event in events} == {
            ("line", str(theirs.pk), "other_clinic")
        }
        assert {event["clinic_id"] for event in events} == {str(cast.hilltop.pk)}
        assert max_.get(reverse("admin:intake_line_change", args=[uuid4()])).status_code == 404

    def test_no_line_is_made_for_or_moved_to_another_clinic(self, cast, max_):
        assert "Select a valid choice" in str(errors(max_.post(ADD, form(cast.hilltop, new_secret=CANARY))))
        line = made(max_, cast.riverside, new_secret=CANARY)
        assert max_.post(change_page(line), form(cast.hilltop, name="second line")).status_code == 302
        line.refresh_from_db()
        assert line.clinic == cast.riverside

    @pytest.mark.parametrize("name", ["ana", "nadia", "sam", "olu", "cleo"])
    def test_only_administrators_open_them(self, cast, name):
        User.objects.update(is_staff=True)
        browser = cast.browser(name)
        for page in (LIST, ADD, change_page(cast.line)):
            assert browser.get(page).status_code == 403
            assert browser.post(page, form(cast.riverside, new_secret=CANARY)).status_code == 403
        assert Line.objects.count() == 1


def tables():
    """Every row of every table as text."""
    owner = connections["owner"]
    with owner.cursor() as cursor:
        found = []
        for table in owner.introspection.table_names(cursor):
            cursor.execute(sql.SQL("SELECT to_jsonb(t)::text FROM {} t").format(sql.Identifier(table)))
            found += [row[0] for row in cursor.fetchall()]
    return found
