"""P7's takers: one process of threads that claim until nothing is left, ours or bare; prints the ids it was dealt."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import islice

import django

# The columns that a claim of ours writes, and the order it deals in.
_BARE_CLAIM = """
    UPDATE callbacks_callback
    SET claimed_by_id = %s, claim_token = gen_random_uuid(), claimed_at = now(), version = version + 1, updated_at = now(),
        lease_expires_at = now() + interval '2 minutes'
    WHERE id = (
        SELECT id FROM callbacks_callback
        WHERE clinic_id = %s AND status = 'open' AND claimed_by_id IS NULL
        ORDER BY priority_group, is_in_window DESC, skips_count, due_at NULLS LAST, received_at, id
        LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id
"""


def main() -> None:
    side, number, processes, threads, count = sys.argv[1], *map(int, sys.argv[2:6])
    django.setup()
    dealt: list[str] = []
    ready = threading.Barrier(threads + 1)
    go = threading.Event()
    prepare = {"ours": _ours, "bare": _bare}[side]

    def take(thread: int) -> None:
        # Everybody claims once: nobody may hold two.
        numbers = islice(range(count), number * threads + thread, None, processes * threads)
        claims = prepare(numbers)
        ready.wait()
        go.wait()
        dealt.extend(claims())

    crowd = [threading.Thread(target=take, args=(thread,)) for thread in range(threads)]
    for one in crowd:
        one.start()
    ready.wait()
    print("ready", flush=True)
    sys.stdin.readline()
    go.set()
    for one in crowd:
        one.join()
    print(json.dumps(dealt))


def _ours(numbers: Iterator[int]) -> Callable[[], list[str]]:
    from accounts.models import User
    from accounts.rights import held_rights
    from accounts.roles import WORK_CALLBACKS
    from audit.background import service_scope
    from callbacks.services.claiming import claim_next

    people = [User.objects.get(username=f"taker{number}") for number in numbers]
    # As the page's guard has read them before it claims: rights, and with them a clinic of the request's own.
    clinics = {person.pk: held_rights(person).clinics_with(WORK_CALLBACKS)[0] for person in people}

    def claim(person: User) -> str:
        with service_scope("bench", route="bench"):
            callback = claim_next(clinics[person.pk], acting_user=person)
        return str(callback.pk) if callback else "nobody"

    return lambda: [claim(person) for person in people]


def _bare(numbers: Iterator[int]) -> Callable[[], list[str]]:
    from django.db import connection

    connection.ensure_connection()
    connect = connection.connection
    assert connect is not None
    with connect.cursor() as cursor:
        (clinic_id,) = cursor.execute("SELECT id FROM accounts_clinic").fetchone()
        ids = dict(cursor.execute("SELECT username, id FROM accounts_user"))
    takers = [ids[f"taker{number}"] for number in numbers]

    def claim(person_id: object) -> str:
        with connect.transaction():
            row = connect.execute(_BARE_CLAIM, [person_id, clinic_id]).fetchone()
        return str(row[0]) if row else "nobody"

    return lambda: [claim(taker) for taker in takers]


if __name__ == "__main__":
    main()
