"""Config's load, events: what invented staff did with invented callbacks, as lines the trail's own writer would write.

By the application's role, through the three columns it may insert, in the recorder's own words; sealing them is the
sealer's work as ever. Each line carries this command's route and request id, so that nobody takes it for what happened.
"""

import json
from collections.abc import Iterator
from random import Random

from django.db import connections

from audit.events import (
    ATTEMPT_RECORDED,
    CALLBACK_CLAIMED,
    CALLBACK_VIEWED,
    NUMBER_REVEALED,
    QUEUE_CALLER_SHOWN,
    Tag,
)
from audit.recording import INSERT_LINES, canonical_line
from audit.scope import PendingEvent, Subject, current_scope
from config.load.callbacks import HISTORY, Plan
from config.load.invented import event_id_of

CHUNK = 5_000
# What a day at a desk leaves: mostly names in lists, then pages, then numbers.
_ACTS: tuple[tuple[Tag, frozenset[str], int], ...] = (
    (QUEUE_CALLER_SHOWN, frozenset({"first_name", "phone_tail"}), 50),
    (CALLBACK_VIEWED, frozenset({"first_name"}), 20),
    (NUMBER_REVEALED, frozenset({"phone"}), 10),
    (CALLBACK_CLAIMED, frozenset(), 10),
    (ATTEMPT_RECORDED, frozenset(), 10),
)


def fill_events(plan: Plan, count: int) -> Iterator[int]:
    """Write `count` events about the plan's callbacks, a chunk a statement; yields how many are there. Needs a scope."""
    scope = current_scope()
    chance = Random(plan.seed)  # noqa: S311  # nosec B311  # invented, and the same again
    weights = [weight for *_, weight in _ACTS]
    for start in range(0, count, CHUNK):
        end = min(start + CHUNK, count)
        ids, instants, lines = [], [], []
        for n in range(start, end):
            about = chance.randrange(plan.callbacks)
            tag, fields, _ = chance.choices(_ACTS, weights)[0]
            ground = plan.ground_of(about)
            event = PendingEvent(
                tag=tag,
                actor=chance.choice(ground.actors),
                recorded=plan.until - HISTORY * (1 - n / count),
                subject=Subject("caller", str(plan.caller_id(about))),
                obj=Subject("callback", str(plan.callback_id(about))),
                clinic_id=ground.clinic.pk,
                fields=set(fields),
            )
            event_id = event_id_of(n, seed=plan.seed)
            line = canonical_line(event, scope, event_id=event_id, status=None, stream=None)
            ids.append(event_id)
            instants.append(event.recorded)
            lines.append(json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
        with connections["audit"].cursor() as cursor:
            cursor.execute(INSERT_LINES, [ids, instants, lines])
        yield end
