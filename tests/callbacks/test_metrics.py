"""The metrics on one Monday, 23 November 2026, with every number counted by hand.

Riverside is open 8-12 and 13-17 and closed at weekends; it is Monday 18:00 now. Who rang, and what became of it:

  A  Sun 08:20  promise cannot be kept, due 09:20; 08:50 no answer, called at the agreed 14:00, booked
  B  Sun 10:00  due 10:00; 09:00 booked; rang again at 16:30 (B2, open)
  C  Sun 11:00  due 11:00; 11:30 voicemail; agreed on 16:00, nobody called
  D  Sun 12:30  due 12:00; helped elsewhere at 09:30
  E  Sun 13:30  due 13:30; agreed on 15:30, skipped at 15:40, never called
  F  Sun 14:00  cancelled at 10:00
  G  Sun 15:00  a duplicate, merged
  H  Mon 11:50  urgent, due 13:20; 13:10 resolved
  I  Mon 14:00  urgent, due 14:30; 14:40 busy, 14:52 no answer
  J  Mon 17:45  urgent, due on Tuesday
  L  Mon 08:10  10:00 no answer, 15:00 booked
  M  Thu 10:00  given up at 16:00 after tries of earlier days
"""

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings

from callbacks.models import Attempt, Callback, Change
from callbacks.queries.metrics import METRICS, Period, Share, Spread
from callbacks.queries.metrics.flow import Backlog
from callbacks.scheduling.ladder import Outcome
from callbacks.services.attempts import REACHED
from callbacks.states import ClosedReason, Command, Status, WaitReason
from tests.callbacks.desk import local, put_away
from tests.cast import Cast
from tests.policies.callers import promise_call

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "operate" / "metrics.md"
NOW = local("2026-11-23 18:00")
MINUTE = timedelta(minutes=1)


def monday(clock_face: str) -> datetime:
    return local(f"2026-11-23 {clock_face}")


class Day:
    """Writes the rows of a day as if the desk had worked it."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.rang_already = 0

    def call(self, rang: str, *, phone: str = "", **asked: Any) -> Callback:
        self.rang_already += 1
        asked = {"preferred_window": "any", **asked}
        return promise_call(
            self.cast.riverside,
            received_at=local(f"2026-11-{rang}"),
            phone=phone or f"+1202555{100 + self.rang_already:04}",
            **asked,
        )

    def tried(
        self, callback: Callback, claimed: str, dialled: str, saved: str, outcome: Outcome, **facts: Any
    ) -> None:
        row = Callback.objects.get(pk=callback.pk)
        Attempt.objects.create(
            callback=row,
            seq=row.attempts.count() + 1,
            command_id=uuid4(),
            staff=self.cast.ana,
            outcome=outcome,
            claimed_at=monday(claimed),
            started_at=monday(dialled),
            recorded_at=monday(saved),
            **{"due_at": row.due_at, **facts},
        )
        reached = {"reached_at": monday(saved)} if outcome in REACHED else {}
        put_away(
            row, first_attempt_at=row.first_attempt_at or monday(dialled), last_attempt_at=monday(saved), **reached
        )

    def closed(self, callback: Callback, at: str, reason: ClosedReason) -> None:
        put_away(callback, status=Status.CLOSED, closed_at=monday(at), closed_reason=reason)

    def acted(self, callback: Callback, at: str, command: Command, **before: str) -> None:
        Change.objects.create(
            callback=callback, command_id=uuid4(), command=command, made_at=monday(at), version=2, before=before
        )


@pytest.fixture
def period(cast: Cast) -> Iterator[Period]:
    with time_machine.travel(NOW, tick=False):
        day = Day(cast)
        a, b, c, d = (day.call(f"22 {rang}") for rang in ("08:20", "10:00", "11:00", "12:30"))
        e, f, g = (day.call(f"22 {rang}") for rang in ("13:30", "14:00", "15:00"))
        h, i, j = (day.call(f"23 {rang}", urgency="urgent") for rang in ("11:50", "14:00", "17:45"))
        last, m = day.call("23 08:10"), day.call("19 10:00")
        assert [row.due_at for row in (a, h, i)] == [monday(due) for due in ("09:20", "13:20", "14:30")]

        day.tried(a, "08:45", "08:50", "08:52", Outcome.NO_ANSWER)
        day.tried(a, "13:58", "14:00", "14:10", Outcome.BOOKED, agreed_for=monday("14:00"))
        day.closed(a, "14:10", ClosedReason.BOOKED)
        day.tried(b, "08:57", "09:00", "09:08", Outcome.BOOKED)
        day.closed(b, "09:08", ClosedReason.BOOKED)
        day.call("23 16:30", phone="+12025550102")
        day.tried(c, "11:28", "11:30", "11:33", Outcome.VOICEMAIL_LEFT)
        put_away(c, not_before=monday("16:00"), wait_reason=WaitReason.AGREED, due_at=monday("16:15"))
        day.closed(d, "09:30", ClosedReason.RESOLVED_ELSEWHERE)
        before = {"wait_reason": "agreed", "not_before": monday("15:30").astimezone(UTC).isoformat()}
        day.acted(e, "15:40", Command.SKIP, **before)
        day.closed(f, "10:00", ClosedReason.CANCELLED)
        day.closed(g, "08:05", ClosedReason.DUPLICATE_MERGED)
        day.tried(h, "13:08", "13:10", "13:18", Outcome.RESOLVED_NO_APPOINTMENT)
        day.closed(h, "13:18", ClosedReason.RESOLVED_NO_APPOINTMENT)
        day.tried(i, "14:38", "14:40", "14:41", Outcome.BUSY, counts=False)
        day.tried(i, "14:50", "14:52", "14:54", Outcome.NO_ANSWER, due_at=monday("14:55"))
        day.tried(last, "09:58", "10:00", "10:04", Outcome.NO_ANSWER)
        day.tried(last, "14:57", "15:00", "15:06", Outcome.BOOKED)
        day.closed(last, "15:06", ClosedReason.BOOKED)
        put_away(m, first_attempt_at=local("2026-11-20 09:00"))
        day.closed(m, "16:00", ClosedReason.UNREACHABLE)
        for at, command in (("11:00", Command.EXPIRE), ("16:20", Command.EXPIRE), ("12:00", Command.TAKE_OVER)):
            day.acted(j, at, command)
        # What is taken back, and what another clinic does, counts nowhere.
        day.tried(e, "16:00", "16:01", "16:02", Outcome.BOOKED, undone_at=NOW)
        put_away(e, first_attempt_at=None, last_attempt_at=None, reached_at=None)
        promise_call(cast.hilltop, received_at=monday("09:00"), urgency="urgent")
        yield Period(cast.riverside, monday("00:00"), monday("00:00") + timedelta(days=1), NOW)


HOURS = [
    ("08:00", 1, 0), ("09:00", 0, 2), ("10:00", 0, 1), ("11:00", 1, 0), ("13:00", 0, 1),
    ("14:00", 1, 1), ("15:00", 0, 1), ("16:00", 1, 1), ("17:00", 1, 0),
]  # fmt: skip
BY_HAND = {
    # B dialled, D helped; A, C and E not. F cancelled and G is a duplicate.
    "promise_kept": Share(2, 5),
    "promise_kept_keepable": Share(2, 4),
    "promise_kept_unkeepable": Share(0, 1),
    # A, B, H in time; C, E, I not.
    "due_kept": Share(3, 6),
    # H; not I. J has its half hour on Tuesday.
    "urgent_kept": Share(1, 2),
    # A; not C, not E.
    "agreed_time_kept": Share(1, 3),
    # 40 min, 1 h 20, 1 h 50, 23 h, 24 h 30, 24 h 30.
    "time_to_first_attempt": Spread(6, 745 * MINUTE, 1470 * MINUTE),
    # 20, 40, 50, 60, 110, 210 minutes.
    "open_time_to_first_attempt": Spread(6, 55 * MINUTE, 160 * MINUTE),
    # B and H of A, B, C, H, I, L.
    "first_attempt_reach": Share(2, 6),
    # H by the first and L by the second, of H, I, J, L, B2.
    "reach_within": {1: Share(1, 5), 2: Share(2, 5), 3: Share(2, 5), 4: Share(2, 5)},
    # A 2, B, C, H, I (busy does not count), L 2, for A, B, H, L.
    "attempts_per_reach": 2.0,
    # M of A, B, D, F, H, L, M.
    "unreachable": Share(1, 7),
    # B, of the same.
    "repeat_within_72h": Share(1, 7),
    # J and B2; I of exactly four hours ago; C and E of Sunday.
    "backlog_by_age": Backlog(under_4_hours=2, under_24_hours=1, under_72_hours=2, older=0),
    # 3, 4, 5, 6, 7, 9, 10, 11, 12 minutes.
    "claim_to_outcome": Spread(9, 7 * MINUTE, timedelta(minutes=11, seconds=12)),
    "skips": 1,
    "expiries": 2,
    "take_overs": 1,
}


def test_every_metric_is_what_was_counted_by_hand(period):
    found = {name: metric(period) for name, metric in METRICS.items() if name != "inflow_outflow"}
    assert found == BY_HAND


def test_hours_of_coming_and_going(period):
    hours = METRICS["inflow_outflow"](period)
    assert [(f"{hour.start:%H:%M}", hour.received, hour.closed) for hour in hours] == HOURS


def test_nothing_is_measured_of_nothing(cast):
    empty = Period(cast.riverside, monday("00:00"), NOW, NOW)
    assert METRICS["promise_kept"](empty) == Share(0, 0)
    assert Share(0, 0).percent is None
    assert METRICS["attempts_per_reach"](empty) is None
    assert METRICS["claim_to_outcome"](empty) == Spread(0, None, None)
    assert Share(1, 4).percent == 25.0


def test_the_document_says_each_in_the_words_of_its_code():
    text = DOCUMENT.read_text(encoding="utf-8")
    headings = [line.removeprefix("### ") for line in text.splitlines() if line.startswith("### ")]
    assert headings == [f"`{name}`" for name in METRICS]
    said = " ".join(text.split())
    for name, metric in METRICS.items():
        assert " ".join((inspect.getdoc(metric) or "-").split()) in said, name
