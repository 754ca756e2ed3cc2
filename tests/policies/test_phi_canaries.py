"""Law: a caller's data goes through the whole house once, errors included, and reaches no place it must not be."""

import json
import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import Client, override_settings
from psycopg import sql

from accounts.models import EmergencyAccess, User
from audit.background import service_scope
from callbacks.crm.mapping import FIELD_WORDS
from callbacks.models import Callback, CrmTarget
from callbacks.tasks import sweep_priorities, sync_target
from intake.models import AwaitedReport, Delivery, Quarantine
from intake.services.api_keys import set_api_key
from intake.signatures import sign_article_form
from intake.tasks import fetch_missing_reports, open_callback, record_rejections
from lib import clock, jobs
from tests.cast import PASSWORD
from tests.conftest import TEST_DATABASE
from tests.fakes.json_crm import JsonCrm
from tests.fakes.server import served
from tests.intake.lines import make_line
from tests.intake.messages import message
from tests.intake.reports import send
from tests.policies.addresses import UNKNOWN
from tests.policies.canaries import DROPPED, SEALED, found_in, found_in_bytes
from tests.policies.witness import WatchedBrowser, Witness
from vault.checks import sealed_fields

pytestmark = pytest.mark.django_db(transaction=True)

ENVELOPE = re.compile(r"1\.[0-9a-f]{8}\.[A-Za-z0-9_-]{38,}={0,2}")
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"


def report(call_id, **changed):
    wanted = {
        "patientFirstName": SEALED["first_name"],
        "callbackNumber": SEALED["phone"],
        "preferredTime": SEALED["preferred_words"],
        "appointmentType": "follow-up",
        "diagnosis": DROPPED["diagnosis"],
        DROPPED["unknown key"]: DROPPED["unknown key"],
    }
    return {
        "message": {
            "type": "end-of-call-report",
            "endedReason": "customer-ended-call",
            "customer": {"number": SEALED["called_from"], "name": SEALED["first_name"]},
            "call": {"id": call_id, "customer": {"number": SEALED["called_from"]}},
            "analysis": {"summary": DROPPED["summary"], "structuredData": wanted | changed},
            "artifact": {
                "transcript": DROPPED["transcript"],
                "messages": [{"role": "user", "message": DROPPED["transcript"]}],
                "recordingUrl": f"https://example.com/{DROPPED['recording']}.wav",
            },
        }
    }


def spoken(call_id):
    """A report whose allowed answers hold what the desk must not keep."""
    return report(
        call_id,
        patientFirstName=f"{SEALED['first_name']}, social {DROPPED['spoken identity']}",
        callbackNumber=f"MRN {DROPPED['spoken record']}",
        preferredTime=f"mornings, it is about {DROPPED['spoken illness']} and diabetes",
        appointmentType=f"diabetes, {DROPPED['spoken illness']}",
        language="hiv",
    )


class House:
    """Everybody and every way in, each under the witness's eyes."""

    def __init__(self, cast, witness, tuesday):
        self.cast, self.witness, self.tuesday = cast, witness, tuesday

    def browser(self, name, *, whole=False):
        return WatchedBrowser(self.cast.browser(name), self.witness, whole=whole)

    def deliver(self, body, *, signed=True, content_type="application/json"):
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        headers = sign_article_form(settings.VAPI_SERVER_SECRETS[0] if signed else "x" * 30, raw)
        client = Client(raise_request_exception=False)
        return self.witness.note(client.post("/webhook/vapi", raw, content_type=content_type, headers=headers))


@pytest.fixture
def house(cast, tuesday):
    witness = Witness()
    house = House(cast, witness, tuesday)
    with witness.listening():
        yield house


def outcome(callback, **changed):
    callback.refresh_from_db()
    form = {"outcome": "no_answer", "note": SEALED["note"], "command_id": str(uuid4()), "version": callback.version}
    return form | changed


def calls_come_in(house, monkeypatch):
    """Good reports, and every kind the endpoint refuses; the worker stumbles once, then opens them."""
    statuses = [
        house.deliver(report("call-1")).status_code,
        house.deliver(report("call-1")).status_code,
        house.deliver(
            report("call-2", callbackNumber=DROPPED["odd number"] + " ext 9", patientFirstName="")
        ).status_code,
        house.deliver(report("call-3"), signed=False).status_code,
        house.deliver(report("call-4"), content_type="text/plain").status_code,
        house.deliver(json.dumps(report("call-5")).encode()[:-9]).status_code,
        house.deliver(b"[" * 5000 + json.dumps(SEALED).encode()).status_code,
        house.deliver({"type": "transcript", "transcript": DROPPED["transcript"], **SEALED}).status_code,
    ]
    assert statuses == [200, 200, 200, 401, 415, 400, 400, 200]
    told_too_much = [house.deliver(spoken("call-6")), house.deliver(spoken("call-6"))]
    assert [response.json()["outcome"] for response in told_too_much] == ["quarantined", "duplicate"]
    with override_settings(INTAKE_STRICT=True):
        assert house.deliver(spoken("call-7")).status_code == 400
        assert house.deliver(report("call-8")).status_code == 422
    line = make_line(house.cast.riverside, secret=SEALED["secret"], proof="bearer")
    bearer = {"Authorization": f"Bearer {SEALED['secret']}"}
    assert house.witness.note(send({"message": {"type": "hang"}}, bearer)).status_code == 200
    a_report_stays_away(house, line, bearer)
    jobs._doorbell.until_quiet()
    with monkeypatch.context() as patch:
        patch.setattr("intake.services.opening.open_callback", lambda draft: fail(draft.first_name or draft.phone))
        for delivery in Delivery.objects.all():
            open_callback(str(delivery.pk))
    house.tuesday.shift(timedelta(minutes=2))
    for delivery in Delivery.objects.all():
        open_callback(str(delivery.pk))
    call_command("drain", stdout=Quiet(house.witness))
    record_rejections()
    sweep_priorities()


def a_report_stays_away(house, line, bearer):
    """A call ends, nobody reports it, and VAPI cannot be asked with the line's own key."""
    with service_scope("tests", route="test"):
        set_api_key(line, SEALED["api_key"])
    assert house.witness.note(send(message("status-update", status="ended"), bearer)).status_code == 200
    AwaitedReport.objects.update(missing_from=clock.now())
    with override_settings(VAPI_BASE_URL="http://127.0.0.1:1"):
        fetch_missing_reports()
        call_command("fetch_missing_reports", "--again", stdout=Quiet(house.witness))
    assert AwaitedReport.objects.get().last_trouble == "no_connection"


def the_desk_works(house, callback, monkeypatch):
    """Ana and Ben do everything right and everything wrong with one callback."""
    ana, ben = house.browser("ana"), house.browser("ben")
    here = f"/callbacks/{callback.pk}"
    for view in ("next", "waiting", "mine", "review", "clinical", "closed"):
        ana.get("/queue", {"view": view})
    ana.get("/queue/pulse", headers={"HX-Request": "true"})
    ana.get(here)
    assert ana.post(f"{here}/review", outcome(callback, decision="call", version=1)).status_code == 409
    ana.post(f"{here}/claim")
    assert ana.post(f"{here}/review", outcome(callback, decision="call")).status_code == 302
    assert SEALED["preferred_words"] in ana.get(here).content.decode()
    assert "(202) 555-0181" in ana.post(f"{here}/reveal").content.decode()
    assert "(202) 555-0182" in ana.post(f"{here}/reveal", headers={"HX-Request": "true"}).content.decode()
    assert ben.post(f"{here}/reveal").status_code == 409
    assert ben.post(f"{here}/heartbeat").status_code == 409
    assert ben.post(f"{here}/outcome", outcome(callback)).status_code == 409
    assert ana.post(f"{here}/heartbeat").status_code == 200
    assert ana.post(f"{here}/outcome", outcome(callback, outcome="")).status_code == 422
    assert ana.post(f"{here}/outcome", outcome(callback, version=1)).status_code == 409
    assert ana.post(f"{here}/outcome", outcome(callback, outcome="agreed_time", agreed_at="soon")).status_code == 422
    with monkeypatch.context() as patch:
        patch.setattr("callbacks.services.attempts._move_on", lambda *_: fail(SEALED["note"]))
        assert ana.post(f"{here}/outcome", outcome(callback)).status_code == 500
    assert ana.post(f"{here}/outcome", outcome(callback)).status_code == 302
    ana.get("/queue?view=waiting")
    Callback.objects.update(not_before=None)
    ben.post("/queue/next")
    assert SEALED["note"] in ben.get(here).content.decode()
    assert ben.post(f"{here}/outcome", outcome(callback, outcome="booked")).status_code == 302
    ben.get("/queue?view=closed")


def the_desk_passes_it_on(house, callback):
    """Drafts, wishes, gifts, take-overs, the nurse, corrections and second thoughts, rightly and wrongly."""
    ana, ben, sam, nadia = (house.browser(name) for name in ("ana", "ben", "sam", "nadia"))
    here = f"/callbacks/{callback.pk}"

    def act(browser, name, status=302, **typed):
        assert browser.post(f"{here}/{name}", outcome(callback, **typed)).status_code == status, name

    Callback.objects.filter(pk=callback.pk).update(status="open", closed_reason="", closed_at=None)
    reason, words = SEALED["reason"], SEALED["words"]
    act(ana, "claim")
    act(ana, "draft", 204)
    assert SEALED["note"] in ana.get(here).content.decode()
    act(ana, "rule", kind="alt_number", alt_number=SEALED["alt_number"])
    act(ana, "rule", 422, kind="alt_number", alt_number="555 0185")
    noted = {"number": SEALED["alt_number"], "kind": "no_sms"}
    assert sam.post("/settings/contact-rules/add", noted).status_code == 302
    assert sam.post("/settings/contact-rules/add", noted | {"number": "555 0185"}).status_code == 422
    assert "••• ••85" in sam.post("/settings/contact-rules/search", noted).content.decode()
    assert "(202) 555-0185" in ana.post(f"{here}/reveal").content.decode()
    person = SEALED["person_to_call"]
    act(ana, "needs", 422, relationship="self", person_to_call=person)
    act(ana, "needs", relationship="parent", person_to_call=person)
    assert person in ana.get(here).content.decode()
    act(ana, "outcome", 422, outcome="booked")
    act(ana, "dial", 200)
    act(ana, "dial", 200)
    assert "(202) 555-0185" in sam.post("/downtime", {"reason": reason}).content.decode()
    act(ana, "snooze", 422, at="soon")
    act(ana, "give", 422, reason=reason)
    act(ana, "give", to=str(house.cast.ben.pk), reason=reason)
    act(ben, "claim")
    assert reason in ben.get(here).content.decode()
    act(ben, "needs", relationship="parent", teen_confidential="on")
    assert person not in ben.get(here).content.decode()
    act(ben, "claim")
    act(sam, "leave-to-desk", 422, reason="")
    act(sam, "leave-to-desk", reason=reason)
    act(ben, "claim")
    act(sam, "take-over", 422, reason="")
    act(sam, "take-over", reason=reason)
    act(ben, "outcome", 409)
    act(ana, "concern", 422, words=words, emergency="")
    act(ana, "concern", words=words, emergency="refused")
    assert words not in ana.get(here).content.decode()
    ana.get("/queue?view=clinical")
    act(nadia, "accept")
    assert words in nadia.get(here).content.decode()
    act(nadia, "return", 422, reason="")
    act(nadia, "return", reason=reason)
    sam.post("/queue/bulk", outcome(callback, act="assign", row=f"{callback.pk}:1", reason=reason))
    row = f"{callback.pk}:{Callback.objects.get(pk=callback.pk).version}"
    sam.post("/queue/bulk", outcome(callback, act="assign", row=row, reason=reason, to=str(house.cast.ana.pk)))
    Callback.objects.filter(pk=callback.pk).update(status="needs_review")
    act(ana, "claim")
    act(ana, "correct", 422, first_name=SEALED["first_name"], phone="12")
    act(ana, "correct", first_name=SEALED["first_name"], phone=SEALED["phone"])
    act(ana, "close", why="cancelled")
    done = callback.changes.get(word="cancelled").command_id
    ana.get("/queue")
    act(ana, "undo", undone=str(done))
    act(ana, "undo", 409, undone=str(done))
    act(ana, "close", why="cancelled")
    act(sam, "reopen")


def a_crm_is_told(house):
    """A CRM that repeats what it was sent in each of its refusals, and in the end takes it; supervisors look on."""
    max_, sam = house.browser("max", whole=True), house.browser("sam", whole=True)
    target = {"clinic": str(house.cast.riverside.pk), "name": "Chart", "kind": "json", "is_enabled": "on"}
    secrets = {"new_credential": SEALED["credential"], "new_signing_secret": SEALED["signing_secret"]}
    here = frozenset({"127.0.0.1"})
    with served(JsonCrm()) as crm, override_settings(OUTBOUND_HOSTS=here, OUTBOUND_PRIVATE_HOSTS=here):
        crm.token, crm.signing_secret = SEALED["credential"], SEALED["signing_secret"]
        given = {**target, **secrets, "address": crm.address, "fields_sent": list(FIELD_WORDS)}
        add = "/admin/callbacks/crmtarget/add/"
        assert max_.post(add, given | {"address": "http://crm.example.com"}).status_code == 200
        assert max_.post(add, given).status_code == 302
        made = CrmTarget.objects.get()
        max_.get(f"/admin/callbacks/crmtarget/{made.pk}/change/")
        crm.script = ["500", "html", "truncated", "409", "422"]
        for _ in range(4):
            house.tuesday.shift(timedelta(seconds=61))
            sync_target(str(made.pk))
            sam.get("/crm")
        sam.post(f"/crm/targets/{made.pk}/retry-all")
        house.tuesday.shift(timedelta(seconds=61))
        sync_target(str(made.pk))
        call_command("crm", "list", stdout=Quiet(house.witness))
        jobs._doorbell.until_quiet()
    assert any(kept.content["first_name"] == SEALED["first_name"] for kept, *_ in crm.objects.values())


def the_desk_works_in_administration(house, callback):
    """The same callback once more through Django admin, rightly and wrongly."""
    User.objects.update(is_staff=True)
    Callback.objects.update(status="open", closed_reason="", closed_at=None, not_before=None)
    ana, queue = house.browser("ana"), "/admin/callbacks/callback/"
    act = {"_selected_action": [str(callback.pk)], "index": "0"}
    for page in (queue, f"{queue}?status=all", f"{queue}?q={callback.ref}", f"{queue}{callback.pk}/change/"):
        assert ana.get(page).status_code == 200
    ana.get("/admin/callbacks/attempt/")
    assert ana.post(queue, act | {"action": "claim"}).status_code == 302
    assert ana.post(queue, act | {"action": "record_outcome"}).status_code == 200
    form = {f"{callback.pk}-{name}": value for name, value in outcome(callback).items()}
    wrong = {f"{callback.pk}-version": 1}
    save = {"_selected_action": act["_selected_action"], "action": "record_outcome", "save": "Save"}
    assert ana.post(queue, save | form | wrong).status_code == 422
    assert ana.post(queue, save | form).status_code == 302
    ana.get("/admin/callbacks/attempt/")
    sam = house.browser("sam")
    for action, words in (("reassign", "reason"), ("escalate", "words")):
        given = outcome(callback, to=str(house.cast.ben.pk)) | {words: SEALED["note"]}
        form = {f"{callback.pk}-{name}": value for name, value in given.items()}
        assert sam.post(queue, save | form | {"action": action}).status_code == 302


def others_look(house, callback, unwritable_trail):
    """Whoever has no business with a caller sees nothing of one on any page, however they ask."""
    here = f"/callbacks/{callback.pk}"
    kept_out = Quarantine.objects.get(delivery__call_id="call-6")
    strangers = [house.browser(name, whole=True) for name in ("cleo", "olu", "max")]
    anybody = WatchedBrowser(Client(headers={"accept": "text/html"}), house.witness, whole=True)
    for browser in (*strangers, anybody):
        for address in (
            here,
            "/queue",
            "/audit/",
            "/audit/overview",
            "/audit/reports/unexplained",
            f"/audit/reports/accesses?subject={callback.ref}",
            f"/audit/reports/accesses/export?subject={callback.ref}",
            f"/audit/reports/disclosures?subject={callback.ref}",
            f"/audit/reports/disclosures/export?subject={callback.ref}",
            "/audit/quarantine",
            "/audit/quarantine?view=closed",
            f"/audit/?subject={callback.ref}",
            "/admin/",
            "/admin/callbacks/callback/",
            f"/admin/callbacks/callback/{callback.pk}/change/",
            f"/admin/callbacks/callback/?q={callback.ref}",
            "/admin/callbacks/attempt/",
            f"/callbacks/{UNKNOWN}",
        ):
            browser.get(address)
            browser.get(address, headers={"accept": "application/json"})
        browser.post(f"{here}/outcome", outcome(callback))
        browser.post(f"/audit/quarantine/{kept_out.pk}/close", {"closure": "incident"})
    assert Quarantine.objects.get(pk=kept_out.pk).closure == "incident"
    for page in ("clinic", "user", "membership"):
        strangers[2].get(f"/admin/accounts/{page}/")
    strict = WatchedBrowser(
        Client(enforce_csrf_checks=True, headers={"accept": "text/html"}), house.witness, whole=True
    )
    strict.client.cookies = house.cast.browser("ana").cookies
    assert strict.post(f"{here}/outcome", outcome(callback)).status_code == 403
    ana = house.browser("ana", whole=True)
    with unwritable_trail():
        for address in (here, "/queue", "/admin/callbacks/callback/"):
            assert ana.get(address).status_code == 503


def somebody_sets_up_a_second_factor(house):
    """The one sealed field that is a member of staff's."""
    nadia = WatchedBrowser(Client(headers={"accept": "text/html"}), house.witness, whole=True)
    with override_settings(MFA_REQUIRED=True):
        nadia.post("/sign-in", {"username": "nadia", "password": PASSWORD})
        assert nadia.get("/second-factor").status_code == 200


def somebody_breaks_the_glass(house, callback):
    """An administrator sees one callback in an emergency, and the officer reads why and judges it."""
    max_ = house.browser("max")
    why = {"reference": callback.ref, "reason": "colleague_away", "words": SEALED["words"]}
    response = max_.post("/emergency", why)
    assert response.status_code == 302
    assert SEALED["phone"][-4:] in max_.get(response["Location"]).content.decode()
    assert max_.post("/emergency", why).status_code == 409
    max_.post("/emergency/end")
    assert max_.get(response["Location"]).status_code == 403
    olu, judged = house.browser("olu"), EmergencyAccess.objects.get()
    verdict = {"verdict": "justified", "findings": SEALED["verdict_words"]}
    assert olu.post(f"/audit/emergency-access/{judged.pk}/judge", verdict).status_code == 302
    assert SEALED["words"] in olu.get("/audit/emergency-access").content.decode()


def fail(text):
    raise RuntimeError(f"Key (name)=({text}) already exists")


class Quiet:
    """A command's output, kept as one of the sinks."""

    def __init__(self, witness):
        self.witness = witness

    def write(self, text):
        self.witness.texts["command output"].append(text)


def texts_of_tables():
    """Every row of every table as text, the trail and Django's own tables included."""
    found = {}
    with connections["owner"].cursor() as cursor:
        cursor.execute(TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(sql.SQL("SELECT to_jsonb(t)::text FROM {} t").format(sql.Identifier(table)))
            found[f"table {table}"] = [row[0] for row in cursor.fetchall()]
    return found


def texts_of_the_broker():
    """All that Redis holds, keys and values."""
    readers = {
        b"list": lambda client, key: client.lrange(key, 0, -1),
        b"hash": lambda client, key: client.hgetall(key),
        b"set": lambda client, key: client.smembers(key),
        b"zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
        b"string": lambda client, key: client.get(key),
    }
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        return [f"{key} {readers[client.type(key)](client, key)}" for key in client.scan_iter()]


def files_below(folder):
    return [path for path in Path(folder).rglob("*") if path.is_file()]


def test_no_callers_data_reaches_a_place_it_must_not_be(
    house, monkeypatch, unwritable_trail, postgres, valkey, subtests
):
    calls_come_in(house, monkeypatch)
    callback = Callback.objects.get(deliveries__call_id="call-1")
    a_crm_is_told(house)
    the_desk_works(house, callback, monkeypatch)
    the_desk_passes_it_on(house, callback)
    the_desk_works_in_administration(house, callback)
    others_look(house, callback, unwritable_trail)
    somebody_sets_up_a_second_factor(house)
    somebody_breaks_the_glass(house, callback)

    sinks = {
        **house.witness.texts,
        **texts_of_tables(),
        "broker": texts_of_the_broker(),
        "server log": [postgres._log.read_text()],
    }
    # The run went through: there was something to find in each place.
    for needed in ("log lines", "bodies", "links", "titles", "headers", "sessions", "table intake_delivery", "broker"):
        assert any(sinks[needed]), needed
    # A ring may stand for others, so one delivery of them is known to be there.
    rung = [str(pk) for pk in Delivery.objects.values_list("pk", flat=True) if str(pk) in "".join(sinks["broker"])]
    assert rung
    for sink, texts in sinks.items():
        with subtests.test(sink=sink):
            assert found_in("\n".join(texts)) == set()

    with subtests.test("sealed columns hold envelopes, and each was used"):
        assert unsealed_values() == []

    with postgres._superuser(TEST_DATABASE) as superuser:
        superuser.execute("CHECKPOINT")
    known = {postgres: b"Riverside Family Clinic", valkey: rung[0].encode()}
    for server, mark in known.items():
        with subtests.test("files", server=type(server).__name__):
            contents = {path: path.read_bytes() for path in files_below(server._place.folder)}
            assert any(mark in content for content in contents.values()), "the right files were read"
            found = {path: names for path, content in contents.items() if (names := found_in_bytes(content))}
            assert found == {}


def unsealed_values():
    """Sealed columns with anything but envelopes in them, or with nothing at all."""
    wrong = []
    with connections["owner"].cursor() as cursor:
        for model in apps.get_models():
            for field in sealed_fields(model):
                column = sql.Identifier(field.attname)
                statement = sql.SQL("SELECT {} FROM {} WHERE {} IS NOT NULL")
                cursor.execute(statement.format(column, sql.Identifier(model._meta.db_table), column))
                values = [row[0] for row in cursor.fetchall()]
                if not values or not all(ENVELOPE.fullmatch(value) for value in values):
                    wrong.append(f"{model._meta.label}.{field.attname}")
    return wrong


def test_every_answer_to_a_person_forbids_keeping_it(house, cast, dana):
    """Cache-Control: no-store on pages, redirects, refusals and errors alike."""
    ana = house.browser("ana").client
    for address in (
        "/",
        "/queue",
        "/queue/pulse",
        f"/callbacks/{dana.pk}",
        f"/callbacks/{UNKNOWN}",
        "/audit/",
        "/admin/",
    ):
        assert "no-store" in ana.get(address)["Cache-Control"], address
    assert "no-store" in ana.post(f"/callbacks/{dana.pk}/claim")["Cache-Control"]
