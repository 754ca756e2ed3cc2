"""Audit's models: the trail and its seals as they are read, and findings somebody must look at."""

from audit.models.event import AuditEvent
from audit.models.finding import Finding
from audit.models.seal import Seal

__all__ = ["AuditEvent", "Finding", "Seal"]
