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
