"""Intake's models: lines, deliveries, and deliveries waiting to become callbacks."""

from intake.models.delivery import Delivery
from intake.models.job import DeliveryJob
from intake.models.line import Line
from intake.models.rejection import Rejection

__all__ = ["Delivery", "DeliveryJob", "Line", "Rejection"]
