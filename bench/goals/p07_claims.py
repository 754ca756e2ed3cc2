"""P7: how many callbacks a second are dealt to people who press "Call next" at once, beside a bare SKIP LOCKED loop."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

from bench.measuring import Goal, Outcome, Point, Run, at_least, interleave
from bench.week.ground import migrated_database

CALLBACKS = 5_000
PROCESSES, THREADS = 4, 8


def measure(run: Run) -> Outcome:
    callbacks = CALLBACKS // 10 if run.quick else CALLBACKS
    with migrated_database():
        _fill(callbacks)
        pairs = interleave(
            run,
            f"{callbacks} claims",
            lambda: _rate("ours", callbacks),
            lambda: _rate("bare", callbacks),
            unit="a second",
        )
    return Outcome(
        [Point(f"claims by {PROCESSES * THREADS} takers over {callbacks} callbacks", "/s", pairs, at_least(0.5))]
    )


def _fill(count: int) -> None:
    """A clinic at noon, so many callbacks, and a person for each."""
    from accounts.models import Clinic, Membership, Role, User
    from callbacks.models import Callback, Caller, ClinicPeriod

    now = datetime.now(UTC)
    # Calls are allowed 08:00-20:00 on the clinic's clock: it stands where it is noon.
    east = 12 - now.hour
    clinic = Clinic.objects.create(
        name="Noon", neutral_name="Noon", time_zone=f"Etc/GMT{-east:+d}" if east else "Etc/GMT"
    )
    ClinicPeriod.objects.bulk_create(
        ClinicPeriod(clinic=clinic, weekday=day, opens_minute=0, closes_minute=1440) for day in range(7)
    )
    people = User.objects.bulk_create(User(username=f"taker{n}", display_name=f"Taker {n}") for n in range(count))
    Membership.objects.bulk_create(Membership(user=person, clinic=clinic, role=Role.AGENT) for person in people)
    callers = Caller.objects.bulk_create(Caller(clinic=clinic) for _ in range(count))
    Callback.objects.bulk_create(
        Callback(
            clinic=clinic,
            caller=caller,
            received_at=now - timedelta(hours=1, seconds=-n),
            promised_by=now + timedelta(hours=23, seconds=n),
            due_at=now + timedelta(hours=20, seconds=n),
            priority_group=3,
        )
        for n, caller in enumerate(callers)
    )


def _put_back() -> None:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "UPDATE callbacks_callback SET claimed_by_id = NULL, claim_token = NULL, claimed_at = NULL, lease_expires_at = NULL"
        )
        cursor.execute("VACUUM ANALYZE callbacks_callback, accounts_user")


def _rate(side: str, callbacks: int) -> float:
    """Claims a second from the first press to the last claim. Raises RuntimeError when one was dealt twice or never."""
    _put_back()
    takers = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "bench.peers.takers",
                side,
                str(number),
                str(PROCESSES),
                str(THREADS),
                str(callbacks),
            ],
            env={**os.environ, "LOG_LEVEL": "ERROR"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    for taker in takers:
        assert taker.stdout is not None
        taker.stdout.readline()
    started = time.perf_counter()
    for taker in takers:
        assert taker.stdin is not None
        taker.stdin.write("go\n")
        taker.stdin.flush()
    answers = [taker.communicate()[0] for taker in takers]
    took = time.perf_counter() - started
    dealt = [claimed for answer in answers for claimed in json.loads(answer)]
    if len(dealt) != callbacks or len(set(dealt)) != callbacks:
        raise RuntimeError(f"{side}: {len(dealt)} claims of {len(set(dealt))} rows, not {callbacks}")
    return callbacks / took


GOAL = Goal(
    id="P7",
    title="Claims under contention",
    ours='claim_next, as the button "Call next" runs it: person locked, hours and wishes looked at, claim recorded',
    theirs="psycopg alone: the same UPDATE of the row that FOR UPDATE SKIP LOCKED gives first, a transaction each",
    how=f"{PROCESSES} processes of {THREADS} threads, each claim by another person, until all {CALLBACKS:,} are dealt.",
    minutes=4.0,
    measure=measure,
    obstacle=(
        "six statements in a transaction beside one: the person is locked and asked for another claim, hours, zones and"
        " wishes are looked at, the event is written with the claim; and Python puts the query of the deal together anew"
    ),
)
