"""Accounts' sessions: who sits at the desk, since when, and when the desk locks, logs off or changes hands.

The session's row is kept in PostgreSQL, so a change of hands and its event commit together or not at all. A password
alone makes nobody: until the second factor came the session names no user, only whose factor is owed. Activity is what a
person does; polls and heartbeats read and never write.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from importlib import import_module
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import get_user, login, logout, update_session_auth_hash
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import EmergencyEnd, User
from accounts.rights import held_rights
from accounts.services.emergency import end_emergencies
from audit.events import (
    PASSWORD_PROVED,
    PROVED_AGAIN,
    SESSION_ENDED,
    SESSION_LOCKED,
    SESSION_UNLOCKED,
    SIGNED_IN,
    SIGNED_OUT,
)
from audit.providers import Actor
from audit.recording import record_change
from audit.scope import Subject, current_scope
from lib import clock

LOCKS_AFTER = timedelta(minutes=5)
LOCKS_AFTER_IN_CALL = timedelta(minutes=20)
# A call is live while its heartbeat is: two missed ones and a little.
CALL_IS_LIVE_FOR = timedelta(seconds=75)
LOGS_OFF_AFTER = timedelta(minutes=30)
ENDS_AFTER = timedelta(hours=12)
OWES_FOR = timedelta(minutes=10)
PROVED_FOR = timedelta(minutes=10)
# Not every page writes the session: activity is known to within this, and the desk locks that much early at worst.
NOTED_EVERY = timedelta(seconds=20)

# Why a session ended whose person signed in elsewhere, and one whose person had roles and has none any more.
SUPERSEDED, OFF_THE_ROLL = "superseded", "off_the_roll"

_SEAT, _METHOD, _RIGHTS = "seat", "auth_method", "rights"
_STARTED, _ACTIVE, _PROVED, _CALL, _LOCKED = "started_at", "active_at", "proved_at", "call_at", "locked"
_OWED_BY, _OWED_HASH, _OWED_AT = "owed_by", "owed_hash", "owed_at"


class Standing(Enum):
    """What a session lets its browser do now."""

    NOBODY = "nobody"
    OWES_FACTOR = "owes factor"
    LOCKED = "locked"
    ENDED = "ended"
    IN = "in"


@dataclass(frozen=True)
class Seated:
    """Whose session it is and how it stands; `reason` says why it ended (closed vocabulary)."""

    standing: Standing
    person: User | None = None
    reason: str = ""


def seated(request: HttpRequest) -> Seated:
    """How this request's session stands, judged once a request."""
    found: Seated | None = getattr(request, "_seated", None)
    if found is None:
        found = _judge(request)
        request._seated = found  # type: ignore[attr-defined]  # a request-long memory on the request itself
    return found


def _judge(request: HttpRequest) -> Seated:
    person = get_user(request)
    if not isinstance(person, User):
        owing = _owing(request)
        return Seated(Standing.OWES_FACTOR, owing) if owing else Seated(Standing.NOBODY)
    session, now = request.session, clock.now().timestamp()
    if session.get(_SEAT) != str(person.seat):
        return Seated(Standing.ENDED, person, SUPERSEDED)
    # Whose last role has ended is out with the next request, whether or not anything ran at that instant.
    if session.get(_RIGHTS) and not held_rights(person).memberships:
        return Seated(Standing.ENDED, person, OFF_THE_ROLL)
    if now - session[_STARTED] >= ENDS_AFTER.total_seconds():
        return Seated(Standing.ENDED, person, "too_old")
    idle = now - session[_ACTIVE]
    if idle >= LOGS_OFF_AFTER.total_seconds():
        return Seated(Standing.ENDED, person, "idle")
    if session.get(_LOCKED) or idle >= _lock_limit(request, now):
        return Seated(Standing.LOCKED, person)
    return Seated(Standing.IN, person)


def _lock_limit(request: HttpRequest, now: float) -> float:
    in_call = now - request.session.get(_CALL, 0) < CALL_IS_LIVE_FOR.total_seconds()
    return (LOCKS_AFTER_IN_CALL if in_call else LOCKS_AFTER).total_seconds()


def person_in(request: HttpRequest) -> User | AnonymousUser:
    """The person of this request: only somebody who proved everything, and whose desk is not locked."""
    found = seated(request)
    return found.person if found.standing is Standing.IN and found.person else AnonymousUser()


def seconds_to_lock(request: HttpRequest) -> int:
    """Seconds until this desk locks if nobody does anything; 0 or less when it is."""
    if seated(request).standing is not Standing.IN:
        return 0
    now = clock.now().timestamp()
    return int(request.session[_ACTIVE] + _lock_limit(request, now) - now)


def _owing(request: HttpRequest) -> User | None:
    """Who gave the right password here and still owes the second factor; nobody after ten minutes."""
    session = request.session
    if _OWED_BY not in session or clock.now().timestamp() - session[_OWED_AT] >= OWES_FOR.total_seconds():
        return None
    person = User.objects.filter(pk=UUID(session[_OWED_BY]), is_active=True).first()
    # A password changed meanwhile proves nothing any more.
    if person is None or not constant_time_compare(session[_OWED_HASH], person.get_session_auth_hash()):
        return None
    return person


@contextmanager
def handover(request: HttpRequest) -> Iterator[None]:
    """Change whose session this is: its row and the events of the block commit together, or the request goes on as
    whoever it was.
    """
    key, user = request.session.session_key, getattr(request, "user", None)
    before = getattr(request, "_seated", None)
    try:
        with transaction.atomic():
            yield
            if not request.session.is_empty():
                request.session.save()
    except BaseException:
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
        request.user, request._seated = user, before  # type: ignore[assignment,attr-defined]  # as they were
        raise


def acting(person: User, method: str = "") -> None:
    """Tell the trail who is acting in a request whose session does not say so (yet, or any more)."""
    roles = held_rights(person).roles
    current_scope().act_as(
        Actor(kind="human", id=str(person.pk), label=person.username, roles=roles, auth_method=method)
    )


def owe_factor(request: HttpRequest, person: User) -> None:
    """The password was right: a new session id, in which nobody is signed in and this person's factor is owed."""
    with handover(request):
        _end_whose_it_was(request, person)
        request.session.flush()
        request.session[_OWED_BY] = str(person.pk)
        request.session[_OWED_HASH] = person.get_session_auth_hash()
        request.session[_OWED_AT] = clock.now().timestamp()
        acting(person, "password")
        record_change(PASSWORD_PROVED, obj=_subject(person))
        request._seated = Seated(Standing.OWES_FACTOR, person)  # type: ignore[attr-defined]  # judged anew


def take_seat(request: HttpRequest, person: User, *, method: str) -> None:
    """Sign the person in under a new session id, recorded with it. A session of theirs elsewhere ends, on record."""
    now = clock.now().timestamp()
    with handover(request):
        _end_whose_it_was(request, person)
        locked = User.objects.select_for_update().get(pk=person.pk)
        older, person.seat = locked.seat, uuid4()
        person.save(update_fields=["seat"])
        # login() keeps the data of a session without a user; what was owed must not stay.
        request.session.flush()
        login(request, person)
        request.session.update(
            {
                _SEAT: str(person.seat),
                _METHOD: method,
                _STARTED: now,
                _ACTIVE: now,
                _PROVED: now,
                _RIGHTS: _rights_of(person),
            }
        )
        request._seated = Seated(Standing.IN, person)  # type: ignore[attr-defined]  # judged anew
        acting(person, method)
        record_change(SIGNED_IN, obj=_subject(person))
        if older is not None:
            record_change(SESSION_ENDED, obj=_subject(person), details={"reason": SUPERSEDED})


def _end_whose_it_was(request: HttpRequest, person: User) -> None:
    """Somebody signs in over a session that still is somebody's, as at a locked desk: that one ends first, on record."""
    found = seated(request)
    if found.person is None or found.standing is Standing.OWES_FACTOR:
        return
    acting(found.person, request.session.get(_METHOD, ""))
    switched = SUPERSEDED if found.person.pk == person.pk else "switched"
    record_change(SESSION_ENDED, obj=_subject(found.person), details={"reason": found.reason or switched})
    end_emergencies(found.person, EmergencyEnd.LEFT)
    User.objects.filter(pk=found.person.pk, seat=request.session.get(_SEAT)).update(seat=None)
    if found.person.pk != person.pk and found.reason != SUPERSEDED:
        # As Django's logout() would: what they were working on goes back.
        user_logged_out.send(sender=User, request=request, user=found.person)


def leave(request: HttpRequest) -> None:
    """Sign out: recorded, and then the session is gone on the server. Nothing happens when nobody is in."""
    found = seated(request)
    person = found.person
    with handover(request):
        if person is not None:
            acting(person, request.session.get(_METHOD, ""))
            record_change(SIGNED_OUT, obj=_subject(person))
            User.objects.filter(pk=person.pk, seat=request.session.get(_SEAT)).update(seat=None)
        # Who only gave a password was not in: whoever knows it cannot take a person's work away.
        _forget(request, None if found.standing is Standing.OWES_FACTOR else person)


def end_here(request: HttpRequest, found: Seated) -> None:
    """Drop a session that is over (idle, too old, superseded), recorded with its reason."""
    if found.person is None:
        raise ValueError("a session without a person does not end")
    with handover(request):
        acting(found.person, request.session.get(_METHOD, ""))
        record_change(SESSION_ENDED, obj=_subject(found.person), details={"reason": found.reason})
        # Superseded, its person goes on working in another one.
        _forget(request, None if found.reason == SUPERSEDED else found.person)


def _forget(request: HttpRequest, leaving: User | None) -> None:
    """Take the session away, and tell who listens (`user_logged_out`) who leaves with it, also from a locked desk."""
    if leaving is not None:
        end_emergencies(leaving, EmergencyEnd.LEFT)
    request.user = leaving or AnonymousUser()
    logout(request)
    request._seated = Seated(Standing.NOBODY)  # type: ignore[attr-defined]  # judged anew


def end_everywhere(person: User, *, reason: str) -> None:
    """End every session of a person with their next request, recorded. Call it in the transaction of the cause."""
    User.objects.filter(pk=person.pk).update(seat=None)
    person.seat = None
    end_emergencies(person, EmergencyEnd.LEFT)
    record_change(SESSION_ENDED, obj=_subject(person), details={"reason": reason})


def keep_only_this(request: HttpRequest, person: User, *, reason: str) -> None:
    """Their password or a factor changed: this session goes on under a new id, every other and every copy ends, recorded.

    Call it in the transaction of the cause, with the person as changed.
    """
    with handover(request):
        person.seat = uuid4()
        person.save(update_fields=["seat"])
        update_session_auth_hash(request, person)
        request.session[_SEAT] = str(person.seat)
        record_change(SESSION_ENDED, obj=_subject(person), details={"reason": reason})


def lock(request: HttpRequest) -> None:
    """Lock this desk now. Under the same session id: a poll under way with an old one would sign the person out."""
    person = seated(request).person
    if person is None:
        return
    with handover(request):
        request.session[_LOCKED] = True
        record_change(SESSION_LOCKED, obj=_subject(person))
        end_emergencies(person, EmergencyEnd.LOCKED)
    request._seated = Seated(Standing.LOCKED, person)  # type: ignore[attr-defined]  # judged anew


def unlock(request: HttpRequest, person: User, *, method: str) -> None:
    """Open the desk again for whom it was locked, under a new session id."""
    now = clock.now().timestamp()
    with handover(request):
        request.session.cycle_key()
        request.session.pop(_LOCKED, None)
        request.session[_ACTIVE] = request.session[_PROVED] = now
        acting(person, method)
        record_change(SESSION_UNLOCKED, obj=_subject(person))
        # A desk that locked by itself wrote nothing then.
        end_emergencies(person, EmergencyEnd.LOCKED)
    request._seated = Seated(Standing.IN, person)  # type: ignore[attr-defined]  # judged anew


def note_proof(request: HttpRequest, person: User) -> None:
    """The person proved anew who they are: sensitive acts are open for ten minutes, under a new session id."""
    with handover(request):
        request.session.cycle_key()
        request.session[_PROVED] = clock.now().timestamp()
        record_change(PROVED_AGAIN, obj=_subject(person))


def recently_proved(request: HttpRequest) -> bool:
    """Whether the person proved who they are within the last ten minutes."""
    return bool(clock.now().timestamp() - request.session.get(_PROVED, 0) < PROVED_FOR.total_seconds())


def note_activity(request: HttpRequest) -> None:
    """A person did something. Written at most every 20 seconds; a change of rights gives the session a new id."""
    session, now = request.session, clock.now().timestamp()
    person = seated(request).person
    if person is None:
        return
    rights = _rights_of(person)
    if session.get(_RIGHTS) != rights:
        session.cycle_key()
        session[_RIGHTS] = rights
    if now - session[_ACTIVE] >= NOTED_EVERY.total_seconds():
        note(session, **{_ACTIVE: now})


def note_live_call(request: HttpRequest) -> None:
    """The heartbeat of a claim whose call is running: the desk stays open longer. It is no activity."""
    note(request.session, **{_CALL: clock.now().timestamp()})


def note(session: SessionBase, **changes: object) -> None:
    """Change these values of a stored session and no other: a page that was still loading cannot write a lock away."""
    with transaction.atomic():
        row = Session.objects.select_for_update().filter(session_key=session.session_key).first()
        if row is not None:
            row.session_data = session.encode({**row.get_decoded(), **changes})
            row.save(update_fields=["session_data"])
    # What this request goes on with; it has nothing to save for it.
    was_modified = session.modified
    session.update(changes)
    session.modified = was_modified


def _rights_of(person: User) -> str:
    """Who holds what where, as a text to compare."""
    return " ".join(sorted(f"{m.clinic_id.hex}:{m.role}" for m in held_rights(person).memberships))


def _subject(person: User) -> Subject:
    return Subject("person", str(person.pk))
