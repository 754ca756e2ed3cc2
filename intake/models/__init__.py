"""Intake's models: lines with their secrets and keys, deliveries, calls and how they went, and what still waits."""

from intake.models.call import AwaitedReport, CallStatus, MessageCount
from intake.models.delivery import Delivery
from intake.models.job import DeliveryJob
from intake.models.line import Line
from intake.models.line_api_key import LineApiKey
from intake.models.line_secret import LineSecret
from intake.models.quality import CallQuality, SpeechSignal
from intake.models.quarantine import Quarantine
from intake.models.rejection import Rejection

__all__ = [
    "AwaitedReport",
    "CallQuality",
    "CallStatus",
    "Delivery",
    "DeliveryJob",
    "Line",
    "LineApiKey",
    "LineSecret",
    "MessageCount",
    "Quarantine",
    "Rejection",
    "SpeechSignal",
]
