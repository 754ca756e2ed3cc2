"""Intake's references: the deliveries behind CB-1042; reads before the callback existed stand under them (decision 2)."""

from collections.abc import Collection
from uuid import UUID

from callbacks.references import parse_reference
from intake.models import Delivery


def resolve_reference(text: str, clinic_ids: Collection[UUID]) -> list[str]:
    """Ids of a callback's deliveries, within these clinics."""
    number = parse_reference(text)
    if number is None:
        return []
    found = Delivery.objects.filter(callback__number=number, line__clinic_id__in=clinic_ids)
    return [str(pk) for pk in found.values_list("pk", flat=True)]


def list_calls(callback_id: UUID) -> list[str]:
    """The voice side's ids of the calls behind a callback, first one first."""
    found = Delivery.objects.filter(callback=callback_id).exclude(call_id="").order_by("received_at", "pk")
    return list(dict.fromkeys(found.values_list("call_id", flat=True)))
