"""Intake's ear for VAPI: bytes to JSON, JSON to a message with its report, and when two messages are one."""

from intake.sources.vapi.draft import (
    Defect,
    EndedReasonGroup,
    ReportDraft,
    UnsafeEvidence,
    VapiMessage,
)
from intake.sources.vapi.identity import DeliveryIdentity, delivery_identity
from intake.sources.vapi.kinds import REPORT_TYPES
from intake.sources.vapi.reading import MalformedBody, MalformedReason, read_json
from intake.sources.vapi.report import parse_message

__all__ = [
    "REPORT_TYPES",
    "Defect",
    "DeliveryIdentity",
    "EndedReasonGroup",
    "MalformedBody",
    "MalformedReason",
    "ReportDraft",
    "UnsafeEvidence",
    "VapiMessage",
    "delivery_identity",
    "parse_message",
    "read_json",
]
