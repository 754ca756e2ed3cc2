"""Audit's models: the trail as it is read, and findings somebody must look at."""

from audit.models.event import AuditEvent
from audit.models.finding import Finding

__all__ = ["AuditEvent", "Finding"]
