"""A taker who is killed: run as a process of its own, over a database with the cast.

Forks one process for every point between two database statements of claim, dial, heartbeat and outcome; the process
kills itself there. After each death the callback must be whole, and another person must get it no later than its lease
ends. Prints one line a death, what the callback looked like then; ends when one process came through alive.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import time_machine
from django.db import connections

from accounts.models import Clinic, User
from audit.background import service_scope
from callbacks.models import Callback
from callbacks.scheduling.ladder import Outcome
from callbacks.services.attempts import AttemptDraft, record_attempt
from callbacks.services.claiming import LEASE, LEASE_IN_CALL, claim_next, extend_claim
from callbacks.services.dialing import start_dial
from callbacks.services.expiring import sweep_leases
from callbacks.states import CallbackFlag, Status
from tests.cast import OPEN_TUESDAY
from tests.policies.callers import promise_call
from tests.waiting import becomes_true


def main() -> None:
    clinic, ana, ben = (Clinic.objects.get(name__startswith="Riverside"), *map(person, ("ana", "ben")))
    point, is_alive = 0, False
    while not is_alive:
        with time_machine.travel(OPEN_TUESDAY, tick=False):
            callback = promise_call(clinic, phone=f"+1202555{100 + point:04}", preferred_window="any")
            is_alive = live_until(point, lambda: take(clinic, ana))
        row = Callback.objects.get(pk=callback.pk)
        sys.stdout.write(f"{point} {stage(row)}\n")
        sys.stdout.flush()
        check_is_whole(row)
        finish(row, clinic, ben, is_swept=point % 2 == 1)
        point += 1


def person(name: str) -> User:
    return User.objects.get(username=name)


def take(clinic: Clinic, user: User) -> None:
    """What a browser does with one caller, each request in a scope of its own."""
    with service_scope("test", route="test"):
        callback = claim_next(clinic, acting_user=user)
    assert callback is not None
    with service_scope("test", route="test"):
        start_dial(callback, acting_user=user)
    extend_claim(callback.pk, acting_user=user)
    draft = AttemptDraft(command_id=uuid4(), version=callback.version, outcome=Outcome.NO_ANSWER, note="rang out")
    with service_scope("test", route="test"):
        record_attempt(callback, draft, acting_user=user)


def live_until(point: int, act: Callable[[], None]) -> bool:
    """Do it in a process that dies at the point; whether it came through alive because there are fewer points."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        passed = -1

        def die_here() -> None:
            nonlocal passed
            passed += 1
            if passed == point:
                os.kill(os.getpid(), signal.SIGKILL)

        def before(statement: Callable[..., Any], *arguments: Any) -> Any:
            die_here()
            return statement(*arguments)

        with ExitStack() as wrapped:
            for alias in ("default", "audit"):
                connection = connections[alias]
                wrapped.enter_context(connection.execute_wrapper(before))
                # Django commits without a cursor: a statement like the others, and the one that matters most.
                wrapped.enter_context(patch.object(connection, "commit", partial(before, connection.commit)))
            act()
            die_here()
        os._exit(0)
    _, ended = os.waitpid(child, 0)
    if os.WIFSIGNALED(ended):
        assert os.WTERMSIG(ended) == signal.SIGKILL
        return False
    assert os.waitstatus_to_exitcode(ended) == 0
    return True


def stage(row: Callback) -> str:
    if row.attempts_count:
        return "recorded"
    if row.dial_started_at is not None:
        return "dialled"
    return "claimed" if row.claimed_by_id is not None else "free"


def check_is_whole(row: Callback) -> None:
    """All of an act or nothing of it."""
    assert row.status == Status.OPEN
    assert row.attempts.count() == row.attempts_count <= 1
    if row.attempts_count:
        assert row.claimed_by_id is None
        assert row.not_before is not None
        assert row.attempts.get().claimed_at == OPEN_TUESDAY
    if row.lease_expires_at is not None:
        longest = LEASE if row.dial_started_at is None else LEASE_IN_CALL
        assert row.lease_expires_at <= OPEN_TUESDAY + longest


def finish(row: Callback, clinic: Clinic, user: User, *, is_swept: bool) -> None:
    """The moment the lease ends, or the retry comes, somebody else is dealt the callback and closes it."""
    with time_machine.travel(row.not_before or row.lease_expires_at or OPEN_TUESDAY, tick=False) as now:
        if is_swept:
            with service_scope("worker", route="test"):
                sweep_leases()
        dealt: list[Callback] = []

        def is_dealt() -> bool:
            with service_scope("test", route="test"):
                found = claim_next(clinic, acting_user=user)
            dealt.extend([found] if found else [])
            return found is not None

        # PostgreSQL notices within moments that a client is gone; until then its row is skipped as locked.
        assert becomes_true(is_dealt), f"{row.ref} was lost"
        assert dealt == [row]
        assert (CallbackFlag.UNFINISHED_CALL in dealt[0].flags) is (stage(row) == "dialled")
        now.shift(timedelta(seconds=30))
        draft = AttemptDraft(command_id=uuid4(), version=dealt[0].version, outcome=Outcome.BOOKED)
        with service_scope("test", route="test"):
            record_attempt(dealt[0], draft, acting_user=user)
