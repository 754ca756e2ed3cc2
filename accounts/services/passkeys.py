"""Accounts' passkeys (WebAuthn): adding one, and finding out by its signature who is there.

The ceremonies are checked by `fido2`: challenge, origin, house, that somebody was present and that the device knew whom
(its own PIN, finger or face), signature. What is ours is whose a credential is, its counter, and the record.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import Passkey, User
from accounts.services.second_factor import ISSUER
from audit.events import ACCESS_DENIED, PASSKEY_ADDED, PASSKEY_REMOVED, PASSKEY_RENAMED, Outcome
from audit.recording import record_change, record_event
from audit.scope import Subject
from lib import clock
from lib.errors import NotFoundRefusal

REQUIRED = UserVerificationRequirement.REQUIRED
MOST_PASSKEYS = 10
# Whatever is wrong with the bytes of an answer, `fido2` says it by one of these.
_MALFORMED = (ValueError, TypeError, LookupError, AttributeError, AssertionError, UnsupportedAlgorithm)

Checked = TypeVar("Checked")


class PasskeyError(Exception):
    """An answer that proves nothing; `code` says why, for the record (closed vocabulary)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def passkeys_of(user: User) -> list[Passkey]:
    return list(Passkey.objects.filter(user=user))


def ask_to_make(user: User, challenge: bytes) -> dict[str, Any]:
    """What a browser needs to make a passkey for this person (PublicKeyCredentialCreationOptions as JSON)."""
    person = PublicKeyCredentialUserEntity(
        # The key's own name for its person tells nobody anything: it is no user name and no e-mail address.
        id=user.pk.bytes,
        name=user.username,
        display_name=user.display_name,
    )
    options, _ = _house().register_begin(
        person,
        _credentials(passkeys_of(user)),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=REQUIRED,
        challenge=challenge,
    )
    return dict(options.public_key)


def add_passkey(user: User, name: str, *, challenge: bytes, answer: object) -> Passkey:
    """Keep the passkey that the browser made, recorded.

    Raises PasskeyError: `malformed` for an answer that is not one to this challenge from this house by a device that
    knew its person, `known` for a credential somebody has already, `too_many`.
    """
    made = _checked(lambda: _house().register_complete(_state(challenge), _mapping(answer)))
    credential = made.credential_data
    if credential is None:
        raise PasskeyError("malformed")
    try:
        with transaction.atomic():
            User.objects.select_for_update().only("pk").get(pk=user.pk)
            if Passkey.objects.filter(user=user).count() >= MOST_PASSKEYS:
                raise PasskeyError("too_many")
            passkey = Passkey.objects.create(
                user=user,
                name=name,
                credential_id=credential.credential_id,
                credential=bytes(credential),
                sign_count=made.counter,
                made_at=clock.now(),
            )
            record_change(PASSKEY_ADDED, obj=_subject(user), fields=["passkeys"], details={"passkey": str(passkey.pk)})
    except IntegrityError as error:
        raise PasskeyError("known") from error
    return passkey


def ask_to_prove(challenge: bytes, user: User | None) -> dict[str, Any]:
    """What a browser needs to use a passkey: one of this person's, or any of this house's, which then says whose it is."""
    known = None if user is None else _credentials(passkeys_of(user))
    options, _ = _house().authenticate_begin(known, user_verification=REQUIRED, challenge=challenge)
    return dict(options.public_key)


def use_passkey(answer: object, *, challenge: bytes, user: User | None) -> User:
    """Whose passkey signed the challenge; with `user` it must be one of theirs. Call it where the proof takes effect.

    Raises PasskeyError: `unknown`, `disabled`, `mismatch` (challenge, origin, signature, nobody verified) or `copied`:
    the device's counter did not grow, so there are two of it.
    """
    given = _checked(lambda: AuthenticationResponse.from_dict(_mapping(answer)))
    with transaction.atomic():
        whose = Passkey.objects.select_for_update(of=("self",)).select_related("user")
        passkey = whose.filter(credential_id=given.raw_id).first()
        if passkey is None or (user is not None and passkey.user_id != user.pk):
            raise PasskeyError("unknown")
        if not passkey.user.is_active:
            raise PasskeyError("disabled")
        handle = given.response.user_handle
        if handle and handle != passkey.user_id.bytes:
            raise PasskeyError("mismatch")
        _checked(lambda: _house().authenticate_complete(_state(challenge), _credentials([passkey]), given), "mismatch")
        count = given.response.authenticator_data.counter
        if count <= passkey.sign_count and (count or passkey.sign_count):
            raise PasskeyError("copied")
        passkey.sign_count, passkey.used_at = count, clock.now()
        passkey.save(update_fields=["sign_count", "used_at"])
    return passkey.user


def rename_passkey(user: User, passkey_id: UUID, name: str) -> None:
    """Call one of one's own passkeys something else, recorded. Raises NotFoundRefusal."""
    own = _own(user, passkey_id)
    with transaction.atomic():
        own.update(name=name)
        record_change(PASSKEY_RENAMED, obj=_subject(user), fields=["passkeys"], details={"passkey": str(passkey_id)})


def remove_passkey(user: User, passkey_id: UUID) -> None:
    """Take one of one's own passkeys away, recorded. Raises NotFoundRefusal."""
    own = _own(user, passkey_id)
    with transaction.atomic():
        own.delete()
        record_change(PASSKEY_REMOVED, obj=_subject(user), fields=["passkeys"], details={"passkey": str(passkey_id)})


def _own(user: User, passkey_id: UUID) -> QuerySet[Passkey]:
    """One of one's own, or a recorded 404 that is the same for somebody else's and for one that does not exist."""
    own = Passkey.objects.filter(user=user, pk=passkey_id)
    if not own.exists():
        is_anybodys = Passkey.objects.filter(pk=passkey_id).exists()
        record_event(
            ACCESS_DENIED,
            obj=Subject("passkey", str(passkey_id)),
            outcome=Outcome.MINOR_FAILURE,
            outcome_code="other_person" if is_anybodys else "not_found",
        )
        raise NotFoundRefusal
    return own


def _house() -> Fido2Server:
    """The house as passkeys know it: the host of PUBLIC_URL, never of a header.

    Without one, which production refuses, it is this machine by its name: browsers make no passkeys for IP addresses.
    """
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return Fido2Server(PublicKeyCredentialRpEntity(name=ISSUER, id=host), verify_origin=_is_ours)


def _is_ours(origin: str) -> bool:
    if settings.PUBLIC_URL:
        return origin == str(settings.PUBLIC_URL).lower()
    parts = urlsplit(origin)
    return (parts.scheme, parts.hostname) == ("http", "localhost")


def _state(challenge: bytes) -> dict[str, Any]:
    """What `fido2` calls the state of a ceremony; the part of it that differs is kept in the session."""
    return {"challenge": websafe_encode(challenge), "user_verification": REQUIRED}


def _credentials(passkeys: list[Passkey]) -> list[AttestedCredentialData]:
    return [AttestedCredentialData(bytes(passkey.credential)) for passkey in passkeys]


def _mapping(answer: object) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise TypeError("an answer is a JSON object")
    return answer


def _checked(check: Callable[[], Checked], code: str = "malformed") -> Checked:
    try:
        return check()
    except _MALFORMED as error:
        raise PasskeyError(code) from error


def _subject(user: User) -> Subject:
    return Subject("person", str(user.pk))
