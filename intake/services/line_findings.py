"""Intake's findings about lines: what a delivery says of the assistant behind it, and calls that could not be fetched."""

from audit.findings import Severity, declare_finding, raise_finding
from audit.scope import Subject
from intake.models import AwaitedReport, Delivery
from intake.models.call import FetchTrouble

LINE_MISMATCH = declare_finding(
    "intake:line:mismatch",
    Severity.WARNING,
    "A delivery was proven with a line's secret but names another assistant or phone number.",
    "Compare the line's ids with VAPI's: either the line is set up for another assistant, or its secret is in two places.",
)
REPORT_LOST = declare_finding(
    "intake:report:lost",
    Severity.ALARM,
    "A call ended, its report never came, and it could not be fetched",
    "Look the call up at VAPI: whoever rang may be waiting. Then run manage.py fetch_missing_reports --again.",
)
API_KEY_REFUSED = declare_finding(
    "intake:api-key:refused",
    Severity.ALARM,
    "VAPI refuses the key with which missing reports are fetched",
    "Give the line a valid private key of the account that its assistant belongs to.",
)


def raise_line_mismatch(delivery: Delivery) -> None:
    """Raise, or count once more, the finding about the delivery's line; the caller is called back all the same."""
    raise_finding(
        LINE_MISMATCH,
        clinic_id=delivery.audit_clinic_id,
        about=_line(delivery),
        details={"names": delivery.mismatches, "key_id": delivery.key_id, "delivery": str(delivery.pk)},
    )


def raise_key_refused(awaited: AwaitedReport) -> None:
    """Raise, or count once more, that VAPI does not take the line's key."""
    raise_finding(API_KEY_REFUSED, clinic_id=awaited.line.clinic_id, about=Subject("line", str(awaited.line_id)))


def raise_report_lost(awaited: AwaitedReport, trouble: FetchTrouble) -> None:
    """Raise that a call is given up: each is somebody who may be waiting, so each is a finding of its own."""
    raise_finding(
        REPORT_LOST,
        clinic_id=awaited.line.clinic_id,
        about=Subject("awaited_report", str(awaited.pk)),
        details={"call_id": awaited.call_id, "line": str(awaited.line_id), "trouble": trouble.value},
    )


def _line(delivery: Delivery) -> Subject:
    return Subject("line", str(delivery.line_id))
