"""The two JSON targets: what is sent, signed and encrypted, to the letter; and what the trail says of it."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey, RSAKey

from audit.events import CALLBACK_DISCLOSED, CALLBACK_READ_FOR_CRM, CRM_CREDENTIAL_OPENED
from callbacks.crm.default_target import make_default_target
from callbacks.crm.payload_encryption import RecipientKeyError, read_recipient_key, sealed_body
from callbacks.models import CrmTarget, SyncState, TargetKind
from intake.models import Delivery
from lib import clock
from tests.callbacks.crm.lanes import is_synced, supervised, sync
from tests.callbacks.desk import claim
from tests.fakes.json_crm import TOKEN
from tests.fakes.server import FakeServer, served


def told(crm):
    return json.loads(crm.seen[-1][3])


class TestSignedJson:
    def test_sends_what_may_leave_under_the_names_of_its_schema(self, cast, crm, target, dana, tuesday):
        CrmTarget.objects.update(fields=["phone", "due_at", "state", "attempts"])
        tuesday.shift(timedelta(seconds=31))
        sync(target)
        body = told(crm)
        assert (body["schema"], body["event"], body["id"], body["version"]) == (
            "callback.v1", "callback.opened", str(dana.pk), 1,
        )  # fmt: skip
        assert body["callback"] == {
            "phone": "+12025550143",
            "state": "ready",
            "due_at": "2026-11-25T15:02:00Z",
            "attempts": 0,
        }
        claim(dana, cast.ana)
        tuesday.shift(timedelta(seconds=31))
        sync(target)
        assert (told(crm)["event"], told(crm)["version"]) == ("callback.changed", 2)
        assert crm.seen[-1][2]["idempotency-key"] == f"u:{dana.pk}:2"
        assert crm.seen[-1][2]["x-callback-version"] == "2"

    def test_opens_nothing_it_may_not_send_and_records_what_it_sends(self, crm, target, dana, tuesday, trail):
        CrmTarget.objects.update(fields=["first_name", "urgency"])
        tuesday.shift(timedelta(seconds=31))
        sync(target)
        (read,) = trail.events(CALLBACK_READ_FOR_CRM)
        assert (read["fields"], read["purpose"], read["actor_id"]) == (["first_name"], ["PATADMIN"], "worker")
        (disclosed,) = trail.events(CALLBACK_DISCLOSED)
        assert disclosed["details"] == {
            "target": str(target.pk),
            "recipient": "127.0.0.1",
            "version": 1,
            "fields": ["first_name", "urgency"],
        }
        assert disclosed["subject_id"] == str(dana.caller_id)
        (opened,) = trail.events(CRM_CREDENTIAL_OPENED)
        assert opened["fields"] == ["credential", "signing_secret"]

    def test_the_test_button_sends_no_callback(self, crm, target, tuesday):
        CrmTarget.objects.update(is_check_wanted=True)
        sync(target)
        assert told(crm) == {"schema": "callback.v1", "event": "ping", "occurred_at": "2026-11-24T15:12:00+00:00"}
        target.refresh_from_db()
        assert target.check_code == "ok"

    @pytest.mark.parametrize("key", ["rsa", "ec"])
    def test_encrypts_to_the_receivers_key_and_signs_the_ciphertext(self, crm, target, dana, tuesday, key):
        private = rsa.generate_private_key(65537, 2048) if key == "rsa" else ec.generate_private_key(ec.SECP256R1())
        CrmTarget.objects.update(recipient_key=public_pem(private))
        crm.answer = lambda method, path, headers, body: (200, {}, b"")
        tuesday.shift(timedelta(seconds=31))
        sync(target)
        _, _, headers, body = crm.seen[-1]
        assert headers["content-type"] == "application/jose"
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        opener = (RSAKey if key == "rsa" else ECKey).import_key(pem)
        opened = jwe.decrypt_compact(body, opener, algorithms=["RSA-OAEP-256", "ECDH-ES+A256KW", "A256GCM"])
        assert opened.protected["enc"] == "A256GCM"
        assert json.loads(opened.plaintext)["callback"]["first_name"] == "Dana"
        assert crm._is_signed(headers, body)


class TestRecipientKeys:
    def test_only_public_keys_of_enough_strength_are_taken(self):
        private = rsa.generate_private_key(65537, 2048)
        weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - refused, which is the point
        assert read_recipient_key(public_pem(private))
        assert read_recipient_key(json.dumps(ECKey.generate_key("P-256").as_dict(private=False)))
        for text in (
            private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            public_pem(weak),
            json.dumps(ECKey.generate_key("P-256").as_dict(private=True)),
            json.dumps(OctKey.generate_key(256).as_dict(private=True)),
            "{", "{}", "no key", "",
        ):  # fmt: skip
            with pytest.raises(RecipientKeyError):
                read_recipient_key(text)

    def test_without_a_key_the_body_is_what_it_is(self):
        assert sealed_body(b"{}", "") == (b"{}", "application/json")


class Endpoint(FakeServer):
    """The article's CRM: takes whatever comes with the right token."""

    def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        return (200, {}, b"") if headers["authorization"] == f"Bearer {TOKEN}" else (401, {}, b"")


class TestTheArticle:
    @pytest.fixture
    def endpoint(self, _patience, settings):
        with served(Endpoint()) as fake:
            settings.HEALTHCARE_CRM_ENDPOINT, settings.CRM_API_KEY = f"{fake.address}/api/appointments", TOKEN
            yield fake

    def test_its_very_request_is_sent_once_for_the_first_clinic(self, cast, endpoint, tuesday, dana):
        call = {"line": cast.line, "identity": "report|call-7", "call_id": "call-7", "callback": dana}
        Delivery.objects.create(received_at=clock.now(), promise_base=clock.now(), **call)
        made = supervised(make_default_target)
        assert (made.kind, made.clinic, made.is_default) == (TargetKind.ARTICLE, cast.riverside, True)
        sync(made)
        ((method, path, headers, body),) = endpoint.seen
        assert (method, path) == ("POST", "/api/appointments")
        assert headers["authorization"] == f"Bearer {TOKEN}"
        assert headers["content-type"] == "application/json"
        assert headers["x-encryption"] == "AES-256-GCM"
        assert json.loads(body) == {
            "patientFirstName": "Dana",
            "callbackNumber": "+12025550143",
            "appointmentType": "follow-up",
            "preferredTime": "morning",
            "callId": "call-7",
            "timestamp": "2026-11-24T15:12:00.000Z",
        }
        claim(dana, cast.ana)
        tuesday.shift(timedelta(seconds=31))
        sync(made)
        assert is_synced(dana, made)
        assert len(endpoint.seen) == 1

    def test_a_lost_answer_is_asked_for_with_the_same_key(self, cast, endpoint, tuesday, dana):
        made = supervised(make_default_target)
        endpoint.script = ["lost"]
        sync(made)
        keys = {headers["idempotency-key"] for _, _, headers, _ in endpoint.seen}
        assert keys == {f"c:{dana.pk}"}
        assert is_synced(dana, made)

    def test_is_made_once_and_never_without_an_endpoint(self, cast, endpoint, settings, dana, tuesday):
        assert supervised(make_default_target) is not None
        assert supervised(make_default_target) is None
        assert SyncState.objects.count() == 1
        CrmTarget.objects.all()
        settings.HEALTHCARE_CRM_ENDPOINT = None
        assert supervised(make_default_target) is None


def public_pem(private):
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
