"""Accounts' second factor: one-time codes of an authenticator app (RFC 6238) and recovery codes, each good once."""

import base64
import secrets

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.db import transaction

from accounts.models import Authenticator, Passkey, RecoveryCode, User
from audit.events import SECOND_FACTOR_ENROLLED, SECOND_FACTOR_READ
from audit.recording import record_change
from audit.scope import Subject
from lib import clock
from lib.digests import keyed_digest, keyed_digests
from vault.reveal import reveal

ISSUER = "Ringback"
DIGITS = 6
STEP_SECONDS = 30
SECRET_BYTES = 20
RECOVERY_CODES = 10
# Without 0, O, 1, I: what people copy from paper. 12 of 32 are 60 bits, so a keyed digest needs no slow hash.
RECOVERY_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
RECOVERY_LENGTH = 12


def is_enrolled(user: User) -> bool:
    """Whether the person has an authenticator that has given a right code once."""
    return Authenticator.objects.filter(user=user, confirmed_at__isnull=False).exists()


def has_passkey(user: User) -> bool:
    return Passkey.objects.filter(user=user).exists()


def has_factor(user: User) -> bool:
    """Whether the person has set up anything beside the password; who has is never shown a new secret instead."""
    return is_enrolled(user) or has_passkey(user)


def owes_factor(user: User) -> bool:
    """Whether a password alone does not let this person in: by the house's rule, or by their own choice."""
    return bool(settings.MFA_REQUIRED) or has_factor(user)


def prepare_authenticator(user: User) -> None:
    """A fresh secret for somebody who has no factor yet; an unconfirmed one is thrown away."""
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=user.pk)
        if has_factor(user):
            return
        Authenticator.objects.filter(user=user).delete()
        Authenticator.objects.create(user=user, secret=_new_secret(), made_at=clock.now())


def show_authenticator(user: User) -> tuple[str, str] | None:
    """(secret in base32, otpauth address) to set an app up with; None once it is confirmed. Recorded as a read."""
    found = Authenticator.objects.filter(user=user, confirmed_at=None).first()
    if found is None:
        return None
    secret = _secret(found)
    return secret, _totp(secret).get_provisioning_uri(user.username, ISSUER)


def confirm_authenticator(user: User, code: str) -> list[str] | None:
    """Take the app's first code: the authenticator counts from now on. Returns new recovery codes, to be shown once.

    None when the code is wrong. Recorded with the change.
    """
    with transaction.atomic():
        found = Authenticator.objects.select_for_update().filter(user=user, confirmed_at=None).first()
        step = None if found is None else _matching_step(found, code)
        if found is None or step is None:
            return None
        found.confirmed_at, found.last_step = clock.now(), step
        found.save(update_fields=["confirmed_at", "last_step"])
        RecoveryCode.objects.filter(user=user).delete()
        codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
        record_change(
            SECOND_FACTOR_ENROLLED,
            obj=Subject("person", str(user.pk)),
            fields=["authenticator", "recovery_codes"],
            details={"recovery_codes": len(codes)},
        )
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def give_authenticator(user: User) -> str:
    """A new person's app, set up for them and recorded; its secret in base32 is returned and nowhere else readable.

    For accounts that are nobody's, as the demo's: a real person sets their own up, and only they see its secret.
    """
    secret = _new_secret()
    with transaction.atomic():
        now = clock.now()
        Authenticator.objects.create(user=user, secret=secret, made_at=now, confirmed_at=now)
        record_change(SECOND_FACTOR_ENROLLED, obj=Subject("person", str(user.pk)), fields=["authenticator"])
    return secret


def use_factor(user: User, typed: str) -> str | None:
    """Use a code up: "totp" or "recovery" when it was good, None when it was not or was used before.

    Of two requests with the same code one wins: the row changes only from a step before it, or from unused.
    """
    typed = "".join(typed.split()).replace("-", "").upper()
    if len(typed) == RECOVERY_LENGTH:
        return "recovery" if _use_recovery_code(user, typed) else None
    found = Authenticator.objects.filter(user=user, confirmed_at__isnull=False).first()
    step = None if found is None else _matching_step(found, typed)
    if found is None or step is None:
        return None
    return (
        "totp" if Authenticator.objects.filter(pk=found.pk, last_step__lt=step).update(last_step=step) == 1 else None
    )


def unused_recovery_codes(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def forget_factor(user: User) -> None:
    """Take the authenticator, the recovery codes and the passkeys away; the next sign-in sets up anew. Callers record it."""
    Passkey.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()


def _use_recovery_code(user: User, code: str) -> bool:
    mine = RecoveryCode.objects.filter(user=user, used_at=None)
    return mine.filter(digest__in=keyed_digests(*_duty(user, code))).update(used_at=clock.now()) == 1


def _duty(user: User, code: str) -> tuple[str, str]:
    return "accounts.recovery_code", f"{user.pk.hex}|{code}"


def _digest(user: User, code: str) -> str:
    return keyed_digest(*_duty(user, code))


def _new_secret() -> str:
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _new_recovery_code() -> str:
    return "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LENGTH))


def _secret(authenticator: Authenticator) -> str:
    (secret,) = reveal(authenticator, "secret", tag=SECOND_FACTOR_READ)
    if secret is None:
        raise RuntimeError("an authenticator without a secret cannot have been saved")
    return secret


def _totp(secret: str) -> TOTP:
    # SHA-1 is what authenticator apps speak; as an HMAC it is sound (RFC 6238, RFC 6194 3.3).
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303  # nosec B303


def _matching_step(authenticator: Authenticator, code: str) -> int | None:
    """The step a code belongs to: the present one, or a neighbour, because telephones' clocks differ."""
    if not (code.isascii() and code.isdigit() and len(code) == DIGITS):
        return None
    totp = _totp(_secret(authenticator))
    present = int(clock.now().timestamp()) // STEP_SECONDS
    for step in (present, present - 1, present + 1):
        try:
            totp.verify(code.encode(), step * STEP_SECONDS)
        except InvalidToken:
            continue
        return step
    return None
