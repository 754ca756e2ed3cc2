"""What an address may name: for each kind of id one record of each clinic, and a form that fits every page."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

from django.db.models import Model

from accounts.models import (
    AccessReview,
    AccessReviewLine,
    Clinic,
    EmergencyAccess,
    EmergencyEnd,
    EmergencyReason,
    Membership,
    Passkey,
    Role,
)
from accounts.services.emergency import end_emergencies, start_emergency
from audit.background import service_scope
from audit.findings import FindingKind, Severity, raise_finding
from audit.models import Finding
from callbacks.models import (
    Callback,
    Closure,
    ContactRule,
    CrmTarget,
    DeskPolicy,
    LadderStep,
    OnCall,
    RuleKind,
    SavedView,
    SpecialDay,
    SyncState,
    SyncStatus,
)
from callbacks.services.contact_rules import RuleDraft, set_rule_for_number
from intake.models import Delivery, Line, Quarantine
from lib import clock
from tests.accounts.device import Device, keep
from tests.cast import Cast
from tests.policies.addresses import UNKNOWN, fill
from tests.policies.callers import promise_call

# Ids in routes: the converter if any, and the name.
ID = re.compile(r"<(?:\w+:)?(\w+)>")
# Named groups of Django's own two patterns; `fill` knows what to put there.
NOT_IDS = {"app_label", "url"}
OBJECTS = ("own", "other", "none")


def _callback(clinic: Clinic) -> Callback:
    return promise_call(clinic)


def _line(clinic: Clinic) -> Line:
    return Line.objects.filter(clinic=clinic).first() or Line.objects.create(clinic=clinic, name="second")


def make_finding(clinic: Clinic) -> Finding:
    kind = FindingKind("test:door:ajar", Severity.ALARM, "A door stands ajar", "Close it.")
    with service_scope("test", route="test"):
        return raise_finding(kind, clinic_id=clinic.pk)


def _emergency(clinic: Clinic) -> EmergencyAccess:
    """The front desk's, of a session that is over: nobody's session has it open, and its clinic's officer judges it."""
    callback = promise_call(clinic)
    person = Membership.objects.get(clinic=clinic, role=Role.AGENT, user__username__in=("ana", "cleo")).user
    with service_scope("test", route="test"):
        box = start_emergency(
            person=person,
            clinic_id=clinic.pk,
            callback=callback.audit_object,
            caller=callback.audit_subject,
            reference=callback.ref,
            reason=EmergencyReason.COLLEAGUE_AWAY,
            words="Whoever held it went home.",
        )
        end_emergencies(person, EmergencyEnd.LEFT)
    return box


def _access_review(clinic: Clinic) -> AccessReview:
    """One signed long ago, so that another may begin."""
    then, person = clock.now() - timedelta(days=400), _membership(clinic).user
    return AccessReview.objects.create(
        clinic=clinic, started_by=person, started_at=then, signed_by=person, signed_at=then, digest="0" * 64
    )


def _access_review_line(clinic: Clinic) -> AccessReviewLine:
    return AccessReviewLine.objects.create(
        review=AccessReview.objects.create(clinic=clinic, started_by=_membership(clinic).user, started_at=clock.now()),
        membership_id=_membership(clinic).pk,
        person=_membership(clinic).user,
        role=Role.AGENT,
        since=clock.now(),
        reveals=0,
        has_factor=False,
    )


def _crm_target(clinic: Clinic) -> CrmTarget:
    return CrmTarget.objects.create(clinic=clinic, name="Chart", address="https://crm.example.com", is_enabled=False)


def _crm_letter(clinic: Clinic) -> SyncState:
    now = clock.now()
    dead = {"status": SyncStatus.DEAD, "wanted_since": now, "next_at": now, "last_error_code": "http_422"}
    return SyncState.objects.create(callback=promise_call(clinic), target=_crm_target(clinic), **dead)


def _saved_view(clinic: Clinic) -> SavedView:
    """The front desk's own; for everybody else in the clinic it does not exist."""
    owner = Membership.objects.get(clinic=clinic, role=Role.AGENT, user__username__in=("ana", "cleo")).user
    return SavedView.objects.create(clinic=clinic, owner=owner, label=str(uuid4())[:8], tab="next")


def _quarantine(clinic: Clinic) -> Quarantine:
    now = clock.now()
    delivery = Delivery.objects.create(line=_line(clinic), identity=str(uuid4()), received_at=now, promise_base=now)
    return Quarantine.objects.create(delivery=delivery, keys=["diagnosis"], opened_at=now)


def _passkey(clinic: Clinic) -> Passkey:
    """The front desk's; a passkey is its person's, so for everybody else in the clinic it does not exist."""
    person = Membership.objects.get(clinic=clinic, role=Role.AGENT, user__username__in=("ana", "cleo")).user
    held: Passkey = keep(Device(), person)
    return held


def _membership(clinic: Clinic) -> Membership:
    return Membership.objects.filter(clinic=clinic).first() or Membership()


def _closure(clinic: Clinic) -> Closure:
    day = clock.now().date() + timedelta(days=40)
    return Closure.objects.create(clinic=clinic, first_on=day, last_on=day, label="Painters")


def _special_day(clinic: Clinic) -> SpecialDay:
    day = clock.now().date() + timedelta(days=41)
    return SpecialDay.objects.create(clinic=clinic, day_on=day, opens_minute=600, closes_minute=660)


def _contact_rule(clinic: Clinic) -> ContactRule:
    person = Membership.objects.filter(clinic=clinic).earliest("pk").user
    with service_scope("test", route="test"):
        draft = RuleDraft(kind=RuleKind.NO_SMS)
        return set_rule_for_number(clinic, "+12025550177", draft, acting_user=person)


def _ladder_step(clinic: Clinic) -> LadderStep:
    place = {"clinic": clinic, "outcome": "busy", "step": 1}
    return LadderStep.objects.get_or_create(**place, defaults={"action": "retry", "delay_minutes": 20})[0]


# By the name of the id, in administration by `<room>/<model>`. A new kind of id is one line here.
MADE_BY: dict[str, Callable[[Clinic], Model]] = {
    "emergency_id": _emergency,
    "closure_id": _closure,
    "finding_id": make_finding,
    "letter_id": _crm_letter,
    "view_id": _saved_view,
    "line_id": _line,
    "passkey_id": _passkey,
    "person_id": lambda clinic: _membership(clinic).user,
    "public_id": _callback,
    "review_id": _access_review,
    "review_line_id": _access_review_line,
    "quarantine_id": _quarantine,
    "rule_id": _contact_rule,
    "special_day_id": _special_day,
    "step_id": _ladder_step,
    "target_id": _crm_target,
    "accounts/clinic": lambda clinic: clinic,
    "accounts/membership": _membership,
    "accounts/user": lambda clinic: _membership(clinic).user,
    "callbacks/callback": _callback,
    "callbacks/deskpolicy": lambda clinic: DeskPolicy.objects.create(clinic=clinic),
    "callbacks/ladderstep": _ladder_step,
    "callbacks/oncall": lambda clinic: OnCall.objects.create(clinic=clinic, person=_membership(clinic).user),
    "callbacks/crmtarget": _crm_target,
    "intake/line": _line,
}


def kind_of(route: str) -> str:
    """Which of MADE_BY a route names; "" for one without an id. Raises KeyError, in a sentence, for an unknown kind."""
    names = [name for name in ID.findall(route) if name not in NOT_IDS]
    if not names:
        return ""
    administered = re.match(r"admin/(\w+/\w+)/", route)
    kind = administered[1] if administered else names[-1]
    if len(names) > 1 or kind not in MADE_BY:
        raise KeyError(f"nothing says what {route} names: add {kind} to MADE_BY in {__name__}")
    return kind


class Records:
    """One record of each kind for each clinic, made before anybody looks."""

    def __init__(self, cast: Cast, routes: list[str]) -> None:
        kinds = sorted({kind_of(route) for route in routes} - {""})
        self._ids = {
            (kind, clinic.pk): MADE_BY[kind](clinic).pk for clinic in (cast.riverside, cast.hilltop) for kind in kinds
        }

    def id_of(self, route: str, clinic: Clinic) -> UUID:
        found: UUID = self._ids[kind_of(route), clinic.pk]
        return found

    def address(self, route: str, clinic: Clinic | None) -> str:
        """The route's address for the clinic's own record; of none at all without a clinic."""
        public_id = UNKNOWN if clinic is None or not kind_of(route) else self.id_of(route, clinic)
        return fill(route, **dict.fromkeys(ID.findall(route), public_id))


def filled_form() -> dict[str, str]:
    """Every field any page's form takes, filled in well: what is refused is refused for who asks."""
    return {
        "outcome": "no_answer",
        "relationship": "parent",
        "note": "",
        "command_id": str(uuid4()),
        "version": "1",
        "decision": "test_call",
        "resolution": "mended",
        "closure": "false_alarm",
        "device": "Telephone",
        "ignore_reason": "by_hand",
        "first_on": (clock.now() + timedelta(days=20)).date().isoformat(),
        "label": "Staff training",
        "names_in_queue": "initial",
        "number": "202-555-0176",
        "kind": "no_voicemail",
        "day_on": (clock.now() + timedelta(days=21)).date().isoformat(),
        "opens-own-0": "10:00",
        "closes-own-0": "12:00",
        "opens-0-0": "08:00",
        "closes-0-0": "12:00",
        "step": "talk",
        "script_version": "0",
        "text": "What can we do for you?",
        "role": "nurse",
        "username": "newcomer",
        "display_name": "Newcomer",
        "line_decision": "keep",
        "verdict": "justified",
        "findings": "Asked and answered.",
    }
