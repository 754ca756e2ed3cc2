"""Intake's comparing: what a later report of a call adds to the earlier ones, and where it differs, without opening any.

Each delivery keeps marks of its sealed values: keyed digests under a key of its call's own, so that marks of two calls
cannot be compared by anybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from callbacks.requests import AppointmentType, PreferredWindow, Urgency
from intake.models import Delivery
from lib.digests import keyed_digest, keyed_digests

MARK_DIGITS = 16
# What a plain field says when it says nothing.
NOTHING_SAID = {
    "appointment_type": AppointmentType.UNSPECIFIED.value,
    "urgency": Urgency.ROUTINE.value,
    "preferred_window": PreferredWindow.ANY.value,
    "language": "",
}

# Sealed values by field; None where the report holds none.
Values = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """Names of fields that were empty so far, and of fields that hold something else than before."""

    adds: tuple[str, ...]
    differs: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.adds or self.differs)


def content_marks(values: Values, *, line_id: UUID, call_id: str) -> list[str]:
    """Marks of the sealed values of one report, to keep with its delivery."""
    duty = _duty(line_id, call_id)
    return [f"{name}:{_cut(keyed_digest(duty, value))}" for name, value in values.items() if value]


def compare_reports(delivery: Delivery, values: Values, earlier: Iterable[Delivery]) -> Difference:
    """Return what `delivery`, with these sealed values, adds to earlier ones of its call, and where it differs.

    A field that an earlier report gave with the same value is neither. An index key that was rotated in between changes
    nothing: marks are looked for under every key.
    """
    earlier = list(earlier)
    duty = _duty(delivery.line_id, delivery.call_id)
    known = {mark for other in earlier for mark in other.content_marks}
    filled = {mark.partition(":")[0] for mark in known}
    adds: list[str] = []
    differs: list[str] = []
    for name, value in values.items():
        if not value or any(f"{name}:{_cut(digest)}" in known for digest in keyed_digests(duty, value)):
            continue
        (differs if name in filled else adds).append(name)
    for name, nothing in NOTHING_SAID.items():
        said, before = getattr(delivery, name), {getattr(other, name) for other in earlier} - {nothing}
        if said != nothing and said not in before:
            (differs if before else adds).append(name)
    return Difference(adds=tuple(adds), differs=tuple(differs))


def further_identity(delivery: Delivery, values: Values) -> str | None:
    """The identity of a report whose call and type are stored already; None where it adds nothing and differs nowhere.

    Made from its content, so that copies of it are one again.
    """
    earlier = Delivery.objects.filter(line=delivery.line_id, call_id=delivery.call_id)
    if not compare_reports(delivery, values, earlier):
        return None
    plain = [f"{name}:{getattr(delivery, name)}" for name in NOTHING_SAID]
    content = "\n".join(sorted([*delivery.content_marks, *plain]))
    return f"{delivery.identity}:{_cut(keyed_digest(_duty(delivery.line_id, delivery.call_id), content))}"


def _duty(line_id: UUID, call_id: str) -> str:
    return f"call content|{line_id.hex}|{call_id}"


def _cut(digest: str) -> str:
    return digest[:MARK_DIGITS]
