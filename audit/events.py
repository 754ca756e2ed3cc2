"""Audit's vocabulary: every tag of the trail, declared once, with its sentence and its FHIR/DICOM codes.

A tag is `subject:thing:past_verb`. Codes: `rest#read` is the FHIR interaction, `DCM#...`
a DICOM code, `iso#...` ISO 21089 lifecycle. Outcomes are FHIR R4's: 0 success, 4 minor, 8 serious, 12 major failure.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Outcome(IntEnum):
    SUCCESS = 0
    MINOR_FAILURE = 4
    SERIOUS_FAILURE = 8
    MAJOR_FAILURE = 12


class Purpose(StrEnum):
    """Purpose of use, HL7 v3-ActReason."""

    PATIENT_ADMINISTRATION = "PATADMIN"
    TREATMENT = "TREAT"
    COMPLIANCE = "HCOMPL"
    SYSTEM_ADMINISTRATION = "HSYSADMIN"
    BREAK_GLASS = "BTG"


@dataclass(frozen=True)
class Tag:
    """One kind of event. `sentence` completes "<person> ..."; `action` is C, R, U, D or E (execute)."""

    value: str
    sentence: str
    action: str
    event_type: str
    subtypes: tuple[str, ...] = ()
    is_security: bool = False


TAGS: dict[str, Tag] = {}


def _declare(
    value: str, sentence: str, action: str, event_type: str, *subtypes: str, is_security: bool = False
) -> Tag:
    if value in TAGS:
        raise ValueError(f"the tag {value} is declared twice")
    TAGS[value] = Tag(value, sentence, action, event_type, subtypes, is_security)
    return TAGS[value]


# Pages and records
QUEUE_VIEWED = _declare("queue:list:viewed", "looked at the queue", "E", "rest", "search")
QUEUE_CALLER_SHOWN = _declare(
    "queue:caller:shown", "was shown a caller in the queue", "R", "rest", "read", "iso#decrypt"
)
CALLBACK_VIEWED = _declare("callback:record:viewed", "opened a callback", "R", "rest", "read", "iso#decrypt")
NUMBER_REVEALED = _declare(
    "callback:number:revealed", "revealed a caller's number", "R", "rest", "read", "iso#decrypt"
)
ACCESS_DENIED = _declare("access:record:denied", "was refused", "E", "rest", "read", is_security=True)
ACTION_TRIED = _declare("page:action:tried", "tried something that changed nothing", "E", "rest", "update")
PAGE_VIEWED = _declare("page:view:opened", "opened a page", "R", "rest", "read")

# Emergency access
EMERGENCY_PAGE_VIEWED = _declare(
    "emergency:page:opened", "looked at the page for emergency access", "R", "rest", "read"
)
EMERGENCY_OPENED = _declare(
    "emergency:access:opened",
    "opened emergency access to a callback",
    "E",
    "DCM#110113",
    "DCM#110127",
    is_security=True,
)
EMERGENCY_ENDED = _declare(
    "emergency:access:ended", "had an emergency access ended", "E", "DCM#110113", "DCM#110138", is_security=True
)
EMERGENCY_VIEWED = _declare(
    "emergency:record:viewed", "read a callback by emergency access", "R", "rest", "read", "iso#decrypt"
)
EMERGENCIES_LISTED = _declare(
    "emergency:reviews:viewed", "looked at the emergency accesses to review", "R", "DCM#110101"
)
EMERGENCY_JUDGED = _declare("emergency:access:judged", "judged an emergency access", "U", "DCM#110113")

# Access reviews
ACCESS_REVIEW_VIEWED = _declare("access-review:sheet:viewed", "looked at a review of access", "R", "DCM#110101")
ACCESS_REVIEW_STARTED = _declare("access-review:sheet:started", "began a review of access", "C", "DCM#110113")
ACCESS_REVIEW_DECIDED = _declare(
    "access-review:line:decided", "decided on a role in a review of access", "U", "DCM#110113", "DCM#110136"
)
ACCESS_REVIEW_SIGNED = _declare("access-review:sheet:signed", "signed a review of access", "U", "DCM#110113")

# Work on callbacks
CALLBACK_OPENED = _declare("callback:record:opened", "opened a callback from a call", "C", "rest", "create")
CALLBACK_MERGED = _declare("callback:record:merged", "attached a repeat call to a callback", "U", "rest", "update")
CALLBACK_CLAIMED = _declare("callback:claim:taken", "claimed a callback", "U", "rest", "update")
CALLBACK_RELEASED = _declare("callback:claim:released", "released a callback", "U", "rest", "update")
CALLBACK_TAKEN_OVER = _declare("callback:claim:taken-over", "took a callback over", "U", "rest", "update")
CALLBACK_REASSIGNED = _declare("callback:claim:reassigned", "gave a callback to a colleague", "U", "rest", "update")
CALLBACK_HANDED_OVER = _declare(
    "callback:claim:handed-over", "left, and a callback went back to the queue", "U", "rest", "update"
)
CLAIM_EXPIRED = _declare("callback:claim:expired", "put a callback back whose claim ran out", "U", "rest", "update")
CALLBACK_DIALLED = _declare("callback:call:dialled", "dialled a caller", "E", "rest", "update")
CALLBACK_SUPPLEMENTED = _declare(
    "callback:record:supplemented", "added a later report of the same call to a callback", "U", "rest", "update"
)
ATTEMPT_RECORDED = _declare("callback:attempt:recorded", "recorded the outcome of a call", "U", "rest", "update")

CALLBACK_REVIEWED = _declare("callback:review:finished", "finished the review of a callback", "U", "rest", "update")
CALLBACK_SENT_TO_REVIEW = _declare(
    "callback:review:asked", "sent a callback to review with a contact rule", "U", "rest", "update"
)
CALLBACK_CORRECTED = _declare(
    "callback:caller:corrected", "corrected a caller's name or number", "U", "rest", "update"
)
DOWNTIME_SHEET_PRINTED = _declare(
    "downtime-sheet:record:printed", "took callers out on a downtime sheet", "R", "DCM#110106", "iso#disclose"
)
DOWNTIME_CALLER_PRINTED = _declare(
    "downtime-sheet:caller:printed", "put a caller on a downtime sheet", "R", "DCM#110106", "iso#decrypt"
)
CALLBACK_NEEDS_NOTED = _declare(
    "callback:needs:noted", "noted whom to call and what the call needs", "U", "rest", "update"
)
CALLBACK_LEFT_TO_DESK = _declare(
    "callback:confidential:left-to-desk", "let the front desk make a confidential call", "U", "rest", "update"
)
CALLBACK_SKIPPED = _declare("callback:turn:skipped", "skipped a callback", "U", "rest", "update")
CALLBACK_SNOOZED = _declare("callback:turn:snoozed", "put a callback off", "U", "rest", "update")
CALLBACK_TIME_AGREED = _declare("callback:time:agreed", "agreed on a time to call", "U", "rest", "update")
CALLBACK_CLOSED = _declare("callback:record:closed", "closed a callback", "U", "rest", "update")
CALLBACK_REOPENED = _declare("callback:record:reopened", "reopened a callback", "U", "rest", "update")
CHANGE_UNDONE = _declare("callback:change:undone", "took an act on a callback back", "U", "rest", "update")
DUE_RECOMPUTED = _declare("callback:due:recomputed", "moved a due time to new hours", "U", "rest", "update")
CONCERN_RAISED = _declare("callback:concern:raised", "passed a clinical concern on", "C", "rest", "create")
CONCERN_READ = _declare(
    "callback:concern:read", "read the words of a clinical concern", "R", "rest", "read", "iso#decrypt"
)
CONCERN_ACCEPTED = _declare("callback:concern:accepted", "took a clinical concern", "U", "rest", "update")
CONCERN_RESOLVED = _declare("callback:concern:resolved", "resolved a clinical concern", "U", "rest", "update")
CONCERN_RETURNED = _declare(
    "callback:concern:returned", "returned a clinical concern to the front desk", "U", "rest", "update"
)
CONTACT_RULE_SET = _declare("contact-rule:record:set", "noted how a caller may be contacted", "C", "rest", "create")
CONTACT_RULE_LIFTED = _declare("contact-rule:record:lifted", "lifted a contact rule", "U", "rest", "update")
CONTACT_RULES_VIEWED = _declare(
    "contact-rule:list:viewed", "looked at the contact rules of a clinic", "R", "rest", "search"
)
CLINIC_SETTING_CHANGED = _declare(
    "clinic:setting:changed", "changed how a clinic's desk works", "U", "DCM#110113", "DCM#110137"
)

VIEW_SAVED = _declare("queue:view:saved", "kept a view of the queue", "C", "rest", "create")
VIEW_REMOVED = _declare("queue:view:removed", "removed a view of the queue", "D", "rest", "delete")
SCRIPTS_VIEWED = _declare("script:list:viewed", "looked at what is said on the phone", "R", "rest", "search")
SCRIPT_CHANGED = _declare(
    "script:text:changed", "changed what is said at a step of a call", "U", "DCM#110113", "DCM#110137"
)

# CRM
CALLBACK_READ_FOR_CRM = _declare(
    "callback:crm:read", "read a callback to send it to the clinic's CRM", "R", "rest", "read", "iso#decrypt"
)
CALLBACK_DISCLOSED = _declare(
    "callback:crm:disclosed", "sent a callback to the clinic's CRM", "R", "DCM#110106", "iso#disclose"
)
CRM_CREDENTIAL_OPENED = _declare("crm:credential:opened", "opened a CRM's credential to send", "R", "rest", "read")
CRM_CREDENTIAL_SET = _declare("crm:credential:set", "gave a CRM a new credential", "U", "DCM#110113", "DCM#110137")
CRM_TARGET_RESUMED = _declare("crm:target:resumed", "let a CRM be sent to again", "U", "rest", "update")
CRM_TARGET_CHECKED = _declare("crm:target:checked", "asked for a CRM to be tested", "E", "rest", "update")
CRM_COMPARISON_WANTED = _declare(
    "crm:comparison:wanted", "asked for a CRM to be compared with the desk", "E", "rest", "update"
)
CRM_LETTERS_VIEWED = _declare(
    "crm:letters:viewed", "looked at the CRM's targets and dead letters", "R", "rest", "search"
)
CRM_RETRIED = _declare("crm:letter:retried", "had a callback sent to the CRM again", "U", "rest", "update")
CRM_IGNORED = _declare("crm:letter:ignored", "let a callback be that the CRM refuses", "U", "rest", "update")
REMOTE_END_SEEN = _declare(
    "callback:crm:ended", "saw that the CRM ended a callback somebody works on", "U", "rest", "update"
)

# Intake
DELIVERY_RECEIVED = _declare("delivery:report:received", "delivered a signed report", "C", "DCM#110107", "iso#receive")
DELIVERY_FETCHED = _declare(
    "delivery:report:fetched", "fetched a report that had not come", "C", "DCM#110107", "iso#receive"
)
DELIVERY_OPENED = _declare(
    "delivery:record:read", "read a delivery to open its callback", "R", "rest", "read", "iso#decrypt"
)
DELIVERIES_REJECTED = _declare(
    "delivery:signature:rejected", "sent messages that were refused", "E", "DCM#110113", "DCM#110126", is_security=True
)

# Quarantine
QUARANTINE_VIEWED = _declare("quarantine:list:viewed", "looked at the quarantine", "R", "DCM#110101")
QUARANTINE_OPENED = _declare(
    "quarantine:record:opened", "sent what the desk must not keep", "C", "DCM#110113", is_security=True
)
QUARANTINE_CLOSED = _declare("quarantine:record:closed", "closed a quarantine", "U", "DCM#110113")
QUARANTINE_PURGED = _declare(
    "quarantine:record:purged", "deleted a quarantine whose time was over", "D", "rest", "delete", "iso#destroy"
)

# Supervision
SUPERVISION_VIEWED = _declare(
    "supervision:page:viewed", "looked at the clinic's work as it stands", "R", "rest", "search"
)

# Calls
CALL_QUALITY_VIEWED = _declare("calls:quality:viewed", "looked at how calls went", "R", "rest", "search")

# Lines
LINE_SECRET_SET = _declare("line:secret:set", "gave a line a new secret", "U", "DCM#110113", "DCM#110137")
LINE_SECRET_ENDED = _declare(
    "line:secret:ended", "set the end of a line's older secret", "U", "DCM#110113", "DCM#110137"
)
LINE_SECRET_OPENED = _declare("line:secret:opened", "opened a line's secret to check deliveries", "R", "rest", "read")
LINE_API_KEY_SET = _declare(
    "line:api-key:set", "gave a line a key to fetch its calls with", "U", "DCM#110113", "DCM#110137"
)
LINE_API_KEY_FORGOTTEN = _declare(
    "line:api-key:forgotten",
    "took the key away that a line's calls were fetched with",
    "U",
    "DCM#110113",
    "DCM#110137",
)
LINE_API_KEY_OPENED = _declare("line:api-key:opened", "opened a line's key to fetch a call", "R", "rest", "read")
ACCESS_TOKEN_ISSUED = _declare("line:token:issued", "obtained an access token", "E", "DCM#110114", "DCM#110122")

# Sign-in
SIGNED_IN = _declare("session:sign-in:succeeded", "signed in", "E", "DCM#110114", "DCM#110122")
SIGN_IN_FAILED = _declare(
    "session:sign-in:failed", "failed to sign in", "E", "DCM#110114", "DCM#110122", is_security=True
)
SIGNED_OUT = _declare("session:sign-out:done", "signed out", "E", "DCM#110114", "DCM#110123")
PASSWORD_PROVED = _declare(
    "session:password:proved",
    "gave the right password and still owes a second factor",
    "E",
    "DCM#110114",
    "DCM#110122",
)
SECOND_FACTOR_READ = _declare("person:factor:read", "had a second factor checked or set up", "R", "DCM#110114")
SECOND_FACTOR_FAILED = _declare(
    "session:factor:failed", "failed to prove a second factor", "E", "DCM#110114", "DCM#110122", is_security=True
)
SECOND_FACTOR_ENROLLED = _declare(
    "person:factor:enrolled", "set up a second factor", "U", "DCM#110113", "DCM#110137", is_security=True
)
SECOND_FACTOR_RESET = _declare(
    "person:factor:reset", "took a lost second factor away", "U", "DCM#110113", "DCM#110137", is_security=True
)
PASSKEY_ADDED = _declare("person:passkey:added", "added a passkey", "C", "DCM#110113", "DCM#110137", is_security=True)
PASSKEY_RENAMED = _declare("person:passkey:renamed", "renamed a passkey", "U", "DCM#110113", "DCM#110137")
PASSKEY_REMOVED = _declare(
    "person:passkey:removed", "removed a passkey", "D", "DCM#110113", "DCM#110137", is_security=True
)
PASSKEY_REFUSED = _declare(
    "person:passkey:refused", "could not add a passkey", "E", "DCM#110113", "DCM#110137", is_security=True
)
PASSWORD_CHANGED = _declare(
    "person:password:changed", "changed their password", "U", "DCM#110113", "DCM#110137", is_security=True
)
SESSION_LOCKED = _declare("session:lock:set", "locked the desk", "E", "DCM#110114")
SESSION_UNLOCKED = _declare("session:lock:opened", "unlocked the desk", "E", "DCM#110114", "DCM#110122")
SESSION_ENDED = _declare("session:seat:ended", "had a session ended", "E", "DCM#110114", "DCM#110123")
PROVED_AGAIN = _declare("session:proof:given", "proved again who they are", "E", "DCM#110114", "DCM#110122")
PROOF_FAILED = _declare(
    "session:proof:failed", "failed to prove again who they are", "E", "DCM#110114", "DCM#110122", is_security=True
)
PERSON_INVITED = _declare("person:invitation:made", "invited a person", "C", "DCM#110113", "DCM#110137")
INVITATION_ACCEPTED = _declare(
    "person:invitation:accepted", "chose a password by an invitation", "U", "DCM#110113", "DCM#110137"
)
INVITATION_REFUSED = _declare(
    "person:invitation:refused", "gave an invitation that is not good", "E", "DCM#110114", is_security=True
)
ROLE_GIVEN = _declare("person:role:given", "gave a person a role", "C", "DCM#110113", "DCM#110136", is_security=True)
ROLE_CHANGED = _declare(
    "person:role:changed", "changed a person's role", "U", "DCM#110113", "DCM#110136", is_security=True
)
ROLE_ENDED = _declare(
    "person:role:ended", "set the end of a person's role", "U", "DCM#110113", "DCM#110136", is_security=True
)
ROLE_WITHDRAWN = _declare(
    "person:role:withdrawn", "took a role back before it began", "D", "DCM#110113", "DCM#110136", is_security=True
)
PERSON_DISABLED = _declare(
    "person:account:disabled", "switched a person's account off", "U", "DCM#110113", "DCM#110137", is_security=True
)
PERSON_ENABLED = _declare(
    "person:account:enabled", "switched a person's account on again", "U", "DCM#110113", "DCM#110137", is_security=True
)
CLINIC_CHOSEN = _declare("session:clinic:chosen", "switched to another clinic", "E", "DCM#110114")
KEYS_SWITCHED = _declare(
    "person:keys:switched", "switched single keys on or off for themselves", "U", "rest", "update"
)
KEYS_CHOSEN = _declare("person:keys:chosen", "chose keys of their own", "U", "rest", "update")

# Administration and audit use
ADMIN_PAGE_VIEWED = _declare("admin:page:viewed", "opened an administration page", "R", "rest", "read")
DEMO_CREATED = _declare(
    "demo:clinic:created", "created the demo clinics and accounts", "C", "DCM#110113", "DCM#110137"
)
LOAD_GENERATED = _declare(
    "demo:load:filled", "filled a desk with invented callbacks and events", "C", "DCM#110113", "DCM#110137"
)
ADMIN_RECORD_CHANGED = _declare(
    "admin:record:changed", "changed a record in administration", "U", "DCM#110113", "DCM#110137"
)
OVERVIEW_VIEWED = _declare("audit:overview:viewed", "looked at the overview of compliance", "R", "DCM#110101")
REPORT_RUN = _declare("audit:report:run", "ran a report on accesses", "R", "DCM#110101")
TRAIL_VIEWED = _declare("audit:trail:viewed", "searched the trail", "R", "DCM#110101")

# Findings
FINDINGS_VIEWED = _declare("audit:findings:viewed", "looked at the findings", "R", "DCM#110101")
FINDING_RAISED = _declare(
    "audit:finding:raised", "found something that is not as it must be", "E", "DCM#110113", is_security=True
)
FINDING_RESOLVED = _declare("audit:finding:resolved", "resolved a finding", "U", "DCM#110113")

# Exports
REPORT_EXPORTED = _declare("audit:report:exported", "exported a report on accesses", "R", "DCM#110106", "iso#disclose")
TRAIL_EXPORTED = _declare("audit:trail:exported", "exported the trail", "R", "DCM#110106", "iso#disclose")
