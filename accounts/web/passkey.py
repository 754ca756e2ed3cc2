"""Accounts' answer to a passkey: it proves who somebody is, and how the session stands says what that opens.

Nobody yet is signed in; who gave a password is in; a locked desk opens; and who is in has proved it again.
"""

import json

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.challenges import put_challenge, take_challenge
from accounts.home import landing_page
from accounts.models import User
from accounts.services.braking import count_try, forgive
from accounts.services.passkeys import PasskeyError, ask_to_prove, use_passkey
from accounts.sessions import Seated, Standing, acting, note_proof, seated, take_seat, unlock
from accounts.web.waiting import too_many
from audit.events import PROOF_FAILED, SECOND_FACTOR_FAILED, SIGN_IN_FAILED, SIGNED_IN, Outcome
from audit.middleware import client_address
from audit.policy import audited, not_audited
from audit.recording import record_event
from audit.scope import Subject

PURPOSE = "prove"
FAILED = {
    Standing.OWES_FACTOR: SECOND_FACTOR_FAILED,
    Standing.LOCKED: PROOF_FAILED,
    Standing.IN: PROOF_FAILED,
}
# Sessions whose person is known; in all others a passkey says itself whose it is.
KNOWN = frozenset(FAILED)


@not_audited("Gives random bytes for a passkey to sign; shows nothing of anybody, and what comes back is recorded.")
@login_not_required
@never_cache
@require_POST
def challenge(request: HttpRequest) -> JsonResponse:
    """What the browser asks the passkey. Each is a try: who never answers has to wait like who answers wrongly."""
    found = seated(request)
    wait = count_try("passkey", _name(request, found), client_address(request))
    if wait:
        return _refused(found, "too_many", too_many(wait), wait=wait)
    return JsonResponse(ask_to_prove(put_challenge(request, purpose=PURPOSE), _known(found)))


@audited(SIGNED_IN)
@login_not_required
@never_cache
@require_POST
def answer(request: HttpRequest) -> JsonResponse:
    """`answer` is what the browser gave (PublicKeyCredential as JSON). `{"onward": address}`, or 422 with a sentence."""
    found = seated(request)
    try:
        asked = read_challenge(request, purpose=PURPOSE)
        with transaction.atomic():
            # Its counter and what it opens change together, or it opened nothing.
            person = use_passkey(read_answer(request), challenge=asked, user=_known(found))
            _open(request, found, person)
    except PasskeyError as error:
        sentence = _("That passkey does not open this. Try again, or use your password.")
        return _refused(found, error.code, sentence)
    forgive("passkey", _name(request, found), client_address(request))
    return JsonResponse({"onward": landing_page(request, person)})


def read_challenge(request: HttpRequest, *, purpose: str) -> bytes:
    """Use this session's challenge up. Raises PasskeyError where there is none that is good for this."""
    found = take_challenge(request, purpose=purpose)
    if found is None:
        raise PasskeyError("no_challenge")
    return found


def read_answer(request: HttpRequest) -> object:
    """The form's `answer`. Raises PasskeyError for what is no JSON."""
    try:
        return json.loads(str(request.POST.get("answer", "")))
    except (ValueError, RecursionError) as error:
        raise PasskeyError("malformed") from error


def _open(request: HttpRequest, found: Seated, person: User) -> None:
    if found.standing is Standing.IN:
        note_proof(request, person)
    elif found.standing is Standing.LOCKED:
        unlock(request, person, method="passkey")
    else:
        # It knew its person by a finger, a face or a PIN: that and the device are two factors by themselves.
        gave_password = found.standing is Standing.OWES_FACTOR
        take_seat(request, person, method="password+passkey" if gave_password else "passkey")


def _known(found: Seated) -> User | None:
    return found.person if found.standing in KNOWN else None


def _name(request: HttpRequest, found: Seated) -> str:
    """Whose tries these are: the person's, or the address's where nobody has a name yet."""
    person = _known(found)
    return f"from {client_address(request)}" if person is None else str(person.pk)


def _refused(found: Seated, code: str, sentence: str, *, wait: int = 0) -> JsonResponse:
    """Recorded with who it should have been, where that is known."""
    person = _known(found)
    if person is not None:
        acting(person)
    record_event(
        FAILED.get(found.standing, SIGN_IN_FAILED),
        obj=None if person is None else Subject("person", str(person.pk)),
        outcome=Outcome.MINOR_FAILURE,
        outcome_code=code,
        details={"by": "passkey"},
    )
    response = JsonResponse({"error": "passkey_refused", "detail": sentence}, status=429 if wait else 422)
    if wait:
        response["Retry-After"] = str(wait)
    return response
