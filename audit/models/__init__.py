"""Audit's models: the trail and its seals as they are read, anchors, and findings somebody must look at."""

from audit.models.anchor import AnchorState
from audit.models.event import AuditEvent
from audit.models.finding import Finding
from audit.models.seal import Seal

__all__ = ["AnchorState", "AuditEvent", "Finding", "Seal"]
