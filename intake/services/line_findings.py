"""Intake's findings about lines: what a delivery said of its line that the line does not."""

from audit.findings import Severity, declare_finding, raise_finding
from audit.scope import Subject
from intake.models import Delivery

LINE_MISMATCH = declare_finding(
    "intake:line:mismatch",
    Severity.WARNING,
    "A delivery was proven with a line's secret but names another assistant or phone number.",
    "Compare the line's ids with VAPI's: either the line is set up for another assistant, or its secret is in two places.",
)


def raise_line_mismatch(delivery: Delivery) -> None:
    """Raise, or count once more, the finding about the delivery's line; the caller is called back all the same."""
    raise_finding(
        LINE_MISMATCH,
        clinic_id=delivery.audit_clinic_id,
        about=Subject("line", str(delivery.line_id)),
        details={"names": delivery.mismatches, "key_id": delivery.key_id, "delivery": str(delivery.pk)},
    )
