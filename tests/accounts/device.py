"""Tests' passkey device: makes and uses keys after the WebAuthn text and by no library of ours, and can misbehave."""

import base64
import hashlib
import json
import secrets
import struct

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor

from accounts.models import Passkey
from lib import clock

PRESENT, VERIFIED, HAS_KEY = 1, 4, 64
HOUSE = "http://localhost:8000"


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(data):
    return base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))


class Device:
    """One key of one person. `origin`, `rp_id`, `flags` and `count` are what the next answer claims."""

    def __init__(self, *, origin=HOUSE, rp_id="localhost", flags=PRESENT | VERIFIED, count=0):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.origin, self.rp_id, self.flags, self.count = origin, rp_id, flags, count
        self.handle = b""

    def make(self, options):
        """The answer to PublicKeyCredentialCreationOptions."""
        self.handle = raw(options["user"]["id"])
        about = self._about(HAS_KEY) + self.held()
        made = cbor.encode({"fmt": "none", "attStmt": {}, "authData": about})
        return self._answer("webauthn.create", options, attestationObject=text(made))

    def held(self):
        """Its id with its public half, as a house keeps them."""
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        return bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + cbor.encode(cose)

    def use(self, options, **more):
        """The answer to PublicKeyCredentialRequestOptions."""
        about, client = self._about(), self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(about + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        given = {"authenticatorData": text(about), "signature": text(signature), "userHandle": text(self.handle)}
        return self._answer("webauthn.get", options, **{**given, **more})

    def _about(self, flags=0):
        return hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(">BI", self.flags | flags, self.count)

    def _client(self, kind, challenge):
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, kind, options, **response):
        return {
            "id": text(self.credential_id),
            "rawId": text(self.credential_id),
            "type": "public-key",
            "response": {"clientDataJSON": text(self._client(kind, options["challenge"])), **response},
            "clientExtensionResults": {},
        }


def keep(device, person, *, name="Telephone", used_at=None):
    """The person has the device, added without a page; the row."""
    return Passkey.objects.create(
        user=person,
        name=name,
        credential_id=device.credential_id,
        credential=device.held(),
        made_at=clock.now(),
        used_at=used_at,
    )


def add(client, device, name="Telephone"):
    """Add the device on its person's page of passkeys; the response."""
    options = client.post("/settings/passkeys/challenge").json()
    return client.post("/settings/passkeys/add", {"device": name, "answer": json.dumps(device.make(options))})


def prove(client, device, *, answer=None, **more):
    """Ask for a challenge and answer it with the device, or with `answer`; the response."""
    options = client.post("/passkey/challenge").json()
    given = device.use(options) if answer is None else answer
    return client.post("/passkey/answer", {"answer": json.dumps(given), **more})
