"""Intake's findings about lines: what a delivery says of the assistant behind it, and calls that could not be fetched."""

from datetime import timedelta

from audit.findings import Severity, declare_finding, raise_finding
from audit.scope import Subject
from intake.models import AwaitedReport, Delivery
from intake.models.call import FetchTrouble
from intake.sources.vapi import UnsafeEvidence

# An assistant that is set up wrongly says so with every call: the finding need not hear of each.
UNSAFE_AT_MOST_EVERY = timedelta(hours=1)

LINE_MISMATCH = declare_finding(
    "intake:line:mismatch",
    Severity.WARNING,
    "A delivery was proven with a line's secret but names another assistant or phone number.",
    "Compare the line's ids with VAPI's: either the line is set up for another assistant, or its secret is in two places.",
)
UNSAFE = {
    UnsafeEvidence.RECORDING_PRESENT: declare_finding(
        "intake:assistant:records",
        Severity.ALARM,
        "A report carried a recording: the assistant records calls",
        "In VAPI set artifactPlan.recordingEnabled and videoRecordingEnabled to false. The desk kept nothing of it.",
    ),
    UnsafeEvidence.TRANSCRIPT_PRESENT: declare_finding(
        "intake:assistant:transcribes",
        Severity.ALARM,
        "A report carried a transcript: VAPI keeps what callers say",
        "In VAPI set artifactPlan.transcriptPlan.enabled to false. The desk kept nothing of it.",
    ),
    UnsafeEvidence.SUMMARY_PRESENT: declare_finding(
        "intake:assistant:summarises",
        Severity.ALARM,
        "A report carried a summary: a model retells what callers say",
        "In VAPI set analysisPlan.summaryPlan.enabled to false. The desk kept nothing of it.",
    ),
}
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


def raise_line_findings(delivery: Delivery) -> None:
    """Raise what the delivery shows of its line; the caller is called back all the same."""
    if delivery.mismatches:
        raise_finding(
            LINE_MISMATCH,
            clinic_id=delivery.audit_clinic_id,
            about=_line(delivery),
            details={"names": delivery.mismatches, "key_id": delivery.key_id, "delivery": str(delivery.pk)},
        )
    for evidence in delivery.unsafe_evidence:
        raise_finding(
            UNSAFE[UnsafeEvidence(evidence)],
            clinic_id=delivery.audit_clinic_id,
            about=_line(delivery),
            details={"assistant": delivery.assistant_id or "not named", "call_id": delivery.call_id},
            at_most_every=UNSAFE_AT_MOST_EVERY,
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
