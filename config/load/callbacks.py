"""Config's load, callbacks: two years of closed ones and the open ones of two days, sealed as any other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import Clinic
from callbacks.calendars import clinic_calendar
from callbacks.models import Attempt, Callback, Caller
from callbacks.requests import AppointmentType, PreferredWindow, Urgency
from callbacks.scheduling.due import compute_promise
from callbacks.scheduling.ladder import Outcome
from callbacks.scheduling.zones import recipient_zones
from callbacks.services.opening import phone_tail
from callbacks.services.ordering import place_in_queue
from callbacks.states import ClosedReason, Status, WaitReason
from config.load.copying import CopiedTable, Row
from config.load.ground import Ground
from config.load.invented import RARE_NUMBERS, id_of, name_of, number_of
from vault.blind_index import index_value

CHUNK = 5_000
HISTORY = timedelta(days=730)
# Open ones came in lately; some promises are over, as on a bad Monday.
LATELY = timedelta(hours=44)
_PROMISE = timedelta(hours=24)
_SEALED = {name: Callback._meta.get_field(name) for name in ("first_name", "phone", "phone_tail")}
_ENDS = (
    (ClosedReason.BOOKED, Outcome.BOOKED, 60),
    (ClosedReason.RESOLVED_NO_APPOINTMENT, Outcome.RESOLVED_NO_APPOINTMENT, 20),
    (ClosedReason.DECLINED, Outcome.DECLINED, 5),
    (ClosedReason.UNREACHABLE, Outcome.NO_ANSWER, 15),
)


@dataclass(frozen=True)
class Plan:
    """What is filled in: `callbacks` of which the last `still_open` are open, ending at the instant `until`."""

    grounds: list[Ground]
    callbacks: int
    still_open: int
    seed: int
    until: datetime

    def ground_of(self, n: int) -> Ground:
        return self.grounds[n % len(self.grounds)]

    def received_at(self, n: int) -> datetime:
        """When the n-th call ended, to the second; later ones have higher numbers."""
        closed = self.callbacks - self.still_open
        if n < closed:
            share, start, span = n / closed, self.until - HISTORY, HISTORY - LATELY - _PROMISE
        else:
            share, start, span = (n - closed) / self.still_open, self.until - LATELY, LATELY
        return (start + span * share).replace(microsecond=0)

    def callback_id(self, n: int) -> UUID:
        return id_of("callback", n, self.received_at(n), seed=self.seed)

    def caller_id(self, n: int) -> UUID:
        return id_of("caller", n, self.received_at(n), seed=self.seed)


def fill_callbacks(plan: Plan) -> Iterator[int]:
    """Write callers, callbacks and one attempt for each that was tried, a chunk a transaction; yields how many are there.

    Only the seals' nonces differ from one filling with the same plan to another.
    """
    writer = _Writer(plan)
    tables = CopiedTable(Caller), CopiedTable(Callback), CopiedTable(Attempt)
    for start in range(0, plan.callbacks, CHUNK):
        end = min(start + CHUNK, plan.callbacks)
        chunk = [writer.rows(n) for n in range(start, end)]
        with transaction.atomic():
            for table, rows in zip(tables, zip(*chunk, strict=True), strict=True):
                table.add(row for row in rows if row is not None)
        yield end


@dataclass
class _Writer:
    plan: Plan
    chance: Random = field(init=False)
    places: dict[tuple[object, ...], Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = Random(self.plan.seed)  # noqa: S311  # nosec B311  # invented, and the same again

    def rows(self, n: int) -> tuple[Row, Row, Row | None]:
        """The n-th caller, callback and attempt."""
        plan, ground = self.plan, self.plan.ground_of(n)
        received_at, clinic_id = plan.received_at(n), ground.clinic.pk
        is_open = n >= plan.callbacks - plan.still_open
        from_the_end = (plan.callbacks - 1 - n) // len(plan.grounds)
        caller = n // len(plan.grounds)
        is_rare = from_the_end < len(RARE_NUMBERS)
        phone = RARE_NUMBERS[from_the_end] if is_rare else number_of(caller)
        name = name_of(caller)
        callback: dict[str, Any] = {
            "id": plan.callback_id(n),
            "clinic_id": clinic_id,
            "caller_id": plan.caller_id(n),
            "appointment_type": self.chance.choice(list(AppointmentType)).value,
            "preferred_window": self.chance.choice(list(PreferredWindow)).value,
            "urgency": Urgency.URGENT.value if self.chance.random() < 0.04 else Urgency.ROUTINE.value,
            "language": "en-US",
            "zone_names": [zone.key for zone in _zones(phone)],
            "received_at": received_at,
            "promised_by": received_at + _PROMISE,
            "created_at": received_at,
            "updated_at": received_at,
        }
        plain = {"first_name": name, "phone": phone, "phone_tail": phone_tail(phone)}
        for column, text in plain.items():
            callback[column] = _SEALED[column].take(text, row_id=callback["id"]).token  # type: ignore[union-attr]
        callback |= self._waiting(ground, callback) if is_open else self._ended(received_at)
        owner = {
            "id": callback["caller_id"],
            "clinic_id": clinic_id,
            "phone_index": _index("phone", phone, clinic_id),
            "name_index": _index("name", name, clinic_id),
            "created_at": received_at,
        }
        return owner, callback, self._attempt(n, ground, callback)

    def _waiting(self, ground: Ground, callback: Row) -> Row:
        """What an open callback has besides: its clocks, and its place by the queue's own rule."""
        # By the hour: so there are few combinations, and each is reckoned once.
        hour = callback["received_at"].replace(minute=0, second=0)
        asked = (callback["preferred_window"], callback["urgency"], self.chance.random() < 0.2)
        key = (ground.clinic.pk, hour, tuple(callback["zone_names"]), *asked)
        if key not in self.places:
            self.places[key] = _reckoned(ground.clinic, hour, callback, is_retry=asked[2])
        if self.chance.random() < 0.05:
            return {**self.places[key], "status": Status.NEEDS_REVIEW.value, "review_reasons": ["odd_name"]}
        return self.places[key]

    def _ended(self, received_at: datetime) -> Row:
        weights = [weight for *_, weight in _ENDS]
        reason, outcome, _ = self.chance.choices(_ENDS, weights)[0]
        ended_at = received_at + timedelta(minutes=self.chance.randrange(5, 20 * 60))
        return {
            "status": Status.CLOSED.value,
            "closed_reason": reason.value,
            "closed_at": ended_at,
            "updated_at": ended_at,
            "due_at": received_at + timedelta(hours=20),
            "attempts_count": 1,
            "last_outcome": outcome.value,
            "last_attempt_at": ended_at,
            "first_attempt_at": ended_at,
            "reached_at": ended_at if reason is not ClosedReason.UNREACHABLE else None,
        }

    def _attempt(self, n: int, ground: Ground, callback: dict[str, Any]) -> Row | None:
        if not callback.get("attempts_count"):
            return None
        at = callback["last_attempt_at"]
        callback["last_attempt_by_id"] = ground.staff[n % len(ground.staff)]
        return {
            "id": id_of("attempt", n, at, seed=self.plan.seed),
            "callback_id": callback["id"],
            "seq": 1,
            "command_id": id_of("command", n, at, seed=self.plan.seed),
            "staff_id": callback["last_attempt_by_id"],
            "outcome": callback["last_outcome"],
            "counts": True,
            "recorded_at": at,
            "due_at": callback["due_at"],
        }


@lru_cache(maxsize=4096)
def _zones(phone: str) -> tuple[ZoneInfo, ...]:
    return recipient_zones(phone)


@lru_cache(maxsize=65_536)
def _index(kind: str, value: str, clinic_id: UUID) -> str:
    return index_value(kind, value, clinic_id=clinic_id)


def _reckoned(clinic: Clinic, hour: datetime, asked: Row, *, is_retry: bool) -> Row:
    """The clocks and the place of a callback whose call ended in that hour."""
    zones = tuple(ZoneInfo(name) for name in asked["zone_names"])
    window, urgency = PreferredWindow(asked["preferred_window"]), Urgency(asked["urgency"])
    promise = compute_promise(hour, clinic_calendar(clinic), zones, window, urgency)
    found: dict[str, Any] = {
        "due_at": promise.due_at,
        "target_from": promise.target_from,
        "target_to": promise.target_to,
        "flags": sorted(promise.flags),
    }
    if is_retry:
        tried_at = hour + timedelta(minutes=20)
        found |= {
            "attempts_count": 1,
            "last_outcome": Outcome.NO_ANSWER.value,
            "last_attempt_at": tried_at,
            "first_attempt_at": tried_at,
            "wait_reason": WaitReason.RETRY.value,
            "not_before": tried_at + timedelta(hours=2),
        }
    likeness = Callback(
        clinic=clinic, preferred_window=window.value, urgency=urgency.value, zone_names=asked["zone_names"], **found
    )
    place_in_queue(likeness)
    places = ("priority_group", "is_in_window", "regroup_at")
    return found | {name: getattr(likeness, name) for name in places}
