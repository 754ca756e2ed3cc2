"""Callbacks' printing: a supervisor takes the day's callers out on paper, with a reason, and the trail knows each."""

from django.db import transaction

from accounts.models import Clinic, User
from accounts.rights import held_rights
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import DOWNTIME_SHEET_PRINTED
from audit.recording import record_change
from callbacks.models import DowntimeSheet
from callbacks.queries.downtime import Sheet, build_sheet
from callbacks.services.refusals import NotAllowedRefusal, ReasonMissingRefusal
from lib import clock
from lib.errors import ConflictRefusal


class NothingToPrintRefusal(ConflictRefusal):
    code = "nothing_to_print"
    sentence = "Nobody waits for a call in the next 24 hours: there is nothing to print."


def print_downtime_sheet(clinic: Clinic, *, reason: str, acting_user: User) -> tuple[DowntimeSheet, Sheet]:
    """Open the callers of the next 24 hours for paper; the sheet's row and the sheet itself.

    Records the export with its number of callers, and each caller's opened fields as an event of its own. Raises
    NotAllowedRefusal, ReasonMissingRefusal, NothingToPrintRefusal.
    """
    if not held_rights(acting_user).allow(SUPERVISE_CALLBACKS, clinic_id=clinic.pk):
        raise NotAllowedRefusal
    if not reason.strip():
        raise ReasonMissingRefusal("Say why paper is needed, then try again.")
    now = clock.now()
    with transaction.atomic():
        sheet = build_sheet(clinic, now=now)
        if not sheet.rows:
            raise NothingToPrintRefusal
        printed = DowntimeSheet(
            clinic=clinic, printed_by=acting_user, printed_at=now, reason=reason.strip(), rows_count=len(sheet.rows)
        )
        printed.save(force_insert=True)
        record_change(
            DOWNTIME_SHEET_PRINTED,
            obj=printed.audit_object,
            clinic_id=clinic.pk,
            fields=["reason"],
            rows_count=len(sheet.rows),
            details={"left_off": sheet.left_off},
        )
    return printed, sheet
