"""Callbacks' references: from CB-1042, as people say it, to the ids that the trail holds."""

import re
from collections.abc import Collection
from uuid import UUID

from callbacks.models import Callback, CrmTarget

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REFERENCE = re.compile(r"(?:CB-?)?(\d{1,18})", re.IGNORECASE)


def parse_reference(text: str) -> int | None:
    """The number in `CB-1042`, `cb1042` or `1042`; None for anything else."""
    match = _REFERENCE.fullmatch(text.strip())
    return None if match is None else int(match[1])


def resolve_reference(text: str, clinic_ids: Collection[UUID]) -> list[str]:
    """Ids of the callback and its caller, within these clinics; none for anything else."""
    number = parse_reference(text)
    callback = Callback.objects.filter(number=number, clinic_id__in=clinic_ids).first() if number is not None else None
    return [] if callback is None else [str(callback.pk), str(callback.caller_id)]


def label_records(ids: Collection[str]) -> dict[str, str]:
    """`CB-1042` for each id that is a callback's."""
    found = Callback.objects.filter(pk__in=_uuids(ids)).only("number")
    return {str(callback.pk): callback.ref for callback in found}


def label_recipients(ids: Collection[str]) -> dict[str, str]:
    """The name of each CRM target, as it is called today."""
    return {str(pk): name for pk, name in CrmTarget.objects.filter(pk__in=_uuids(ids)).values_list("pk", "name")}


def _uuids(ids: Collection[str]) -> list[UUID]:
    return [UUID(text) for text in ids if _UUID.fullmatch(text)]
