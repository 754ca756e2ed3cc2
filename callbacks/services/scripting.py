"""Callbacks' scripting: a clinic's words for a step of a call are changed by adding a version."""

from django.db import IntegrityError, transaction

from accounts.guards import require_right
from accounts.models import Clinic, User
from accounts.roles import SUPERVISE_CALLBACKS
from audit.events import SCRIPT_CHANGED
from audit.recording import record_change
from callbacks.models import Script
from callbacks.scripts.linting import objections
from callbacks.scripts.steps import ScriptStep
from lib import clock
from lib.errors import ConflictRefusal, NotFoundRefusal, Refusal


class ScriptRefusal(Refusal):
    """Something stands against the text; what, its page says beside it."""

    code = "script_refused"
    status = 422
    sentence = "Nothing was saved: something stands against this text."


class OutdatedScriptRefusal(ConflictRefusal):
    code = "script_outdated"
    sentence = "Somebody changed this text meanwhile. Look at theirs, then save again."


def change_script(clinic: Clinic, step: ScriptStep, text: str, *, seen_version: int, acting_user: User) -> Script:
    """Say `text` from now on. `seen_version` is the newest the person saw (0: none).

    Raises ScriptRefusal for a text with objections, OutdatedScriptRefusal when somebody was faster, NotFoundRefusal
    for who does not supervise the clinic. Recorded as a change of the clinic's configuration.
    """
    require_right(acting_user, SUPERVISE_CALLBACKS, clinic_id=clinic.pk)
    if objections(text, step, omits_name=clinic.omits_name_on_voicemail):
        raise ScriptRefusal
    return _add_version(clinic, step, text.strip(), seen_version, acting_user)


def restore_script(clinic: Clinic, step: ScriptStep, version: int, *, seen_version: int, acting_user: User) -> Script:
    """Say an earlier version again, as a new version; 0 is our own text.

    Raises as `change_script` does, and NotFoundRefusal for a version that never was.
    """
    require_right(acting_user, SUPERVISE_CALLBACKS, clinic_id=clinic.pk)
    if version == 0:
        return _add_version(clinic, step, "", seen_version, acting_user)
    earlier = Script.objects.filter(clinic=clinic, step=step, version=version).first()
    if earlier is None:
        raise NotFoundRefusal
    # What may be said has become stricter since, perhaps.
    if earlier.text and objections(earlier.text, step, omits_name=clinic.omits_name_on_voicemail):
        raise ScriptRefusal
    return _add_version(clinic, step, earlier.text, seen_version, acting_user)


def _add_version(clinic: Clinic, step: ScriptStep, text: str, seen_version: int, acting_user: User) -> Script:
    """The next version after the one seen. The constraint decides between two who save at once."""
    script = Script(
        clinic=clinic,
        step=step.value,
        version=seen_version + 1,
        text=text,
        in_force_from=clock.now(),
        author=acting_user,
    )
    newest = Script.objects.filter(clinic=clinic, step=step).order_by("-version").values_list("version", flat=True)
    if (newest.first() or 0) != seen_version:
        raise OutdatedScriptRefusal
    try:
        with transaction.atomic():
            script.save(force_insert=True)
            record_change(
                SCRIPT_CHANGED,
                obj=script.audit_object,
                clinic_id=clinic.pk,
                fields=["text"],
                details={"step": step.value, "version": script.version},
            )
    except IntegrityError as error:
        raise OutdatedScriptRefusal from error
    return script
