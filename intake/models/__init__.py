"""Intake's models: lines, deliveries, deliveries waiting to become callbacks, and what was kept out of them."""

from intake.models.delivery import Delivery
from intake.models.job import DeliveryJob
from intake.models.line import Line
from intake.models.quarantine import Quarantine
from intake.models.rejection import Rejection

__all__ = ["Delivery", "DeliveryJob", "Line", "Quarantine", "Rejection"]
