"""Callbacks' CRM findings: what a person must see to, because no later try will mend it."""

from audit.findings import Severity, declare_finding

UNAUTHORISED = declare_finding(
    "crm:target:unauthorised",
    Severity.ALARM,
    "The clinic's CRM does not know us any more; nothing is sent there",
    "Set a new credential in administration, then press Resume on the CRM page. Callers wait for nothing meanwhile.",
)
MISCONFIGURED = declare_finding(
    "crm:target:misconfigured",
    Severity.ALARM,
    "The clinic's CRM cannot be spoken to, or read, as it is set up",
    "Look at its address and key in administration, and at RINGBACK_OUTBOUND_HOSTS; then press Resume on the CRM page.",
)
ORPHANS = declare_finding(
    "crm:reconcile:orphans",
    Severity.WARNING,
    "The clinic's CRM holds callbacks that this desk does not know",
    "Compare the ids with the CRM. After a restore of the desk from a backup they are the callbacks made since.",
)
