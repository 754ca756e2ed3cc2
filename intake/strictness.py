"""Intake's strictness: with INTAKE_STRICT=1 a defective report is answered as the article does, after it was stored."""

from intake.refusals import MissingFieldsRefusal, UnexpectedFieldsRefusal
from intake.sources.vapi import Defect, ReportDraft

_MISSING = frozenset(
    {Defect.NO_STRUCTURED_DATA, Defect.MISSING_NAME, Defect.MISSING_NUMBER, Defect.NUMBER_FROM_CALLER_ID}
)


def check_strictly(report: ReportDraft) -> None:
    """Raise MissingFieldsRefusal without a name or a dictated number, UnexpectedFieldsRefusal where anything was dropped.

    Call it when the report is durable: the refusal tells the sender to mend the assistant, it does not undo anything.
    """
    if not _MISSING.isdisjoint(report.defects):
        raise MissingFieldsRefusal
    if report.is_quarantined:
        raise UnexpectedFieldsRefusal
