"""Intake's models: lines and their secrets, deliveries and what was kept out of them, calls, and what still waits."""

from intake.models.call import AwaitedReport, CallStatus, MessageCount
from intake.models.delivery import Delivery
from intake.models.job import DeliveryJob
from intake.models.line import Line
from intake.models.line_secret import LineSecret
from intake.models.quarantine import Quarantine
from intake.models.rejection import Rejection

__all__ = [
    "AwaitedReport",
    "CallStatus",
    "Delivery",
    "DeliveryJob",
    "Line",
    "LineSecret",
    "MessageCount",
    "Quarantine",
    "Rejection",
]
