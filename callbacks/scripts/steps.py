"""Scripts' steps: when something is said, by whom it may be heard, and our own words for it (callbacks.md §1)."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# The clinic's own text has this much room; longer is not said on the phone but read out.
MOST_LETTERS = 600


class ScriptStep(StrEnum):
    """A moment of a call. The first four follow each other; a message replaces them."""

    OPEN = "open"
    VERIFY = "verify"
    TALK = "talk"
    WRAP_UP = "wrap_up"
    VOICEMAIL = "voicemail"
    MESSAGE = "message"


# In the order of a call.
CALL_STEPS = (ScriptStep.OPEN, ScriptStep.VERIFY, ScriptStep.TALK, ScriptStep.WRAP_UP)
# Anybody may hear these: who the person is has not been confirmed, or nobody is there at all (HHS FAQ 198).
HEARD_BY_ANYBODY = frozenset({ScriptStep.OPEN, ScriptStep.VERIFY, ScriptStep.VOICEMAIL, ScriptStep.MESSAGE})

TITLES: dict[ScriptStep, Promise] = {
    ScriptStep.OPEN: _("Open"),
    ScriptStep.VERIFY: _("Verify"),
    ScriptStep.TALK: _("Talk"),
    ScriptStep.WRAP_UP: _("Wrap up"),
    ScriptStep.VOICEMAIL: _("Voicemail"),
    ScriptStep.MESSAGE: _("Message with a person"),
}

# The patient says name and date of birth; staff never read them out.
OUR_TEXTS: dict[ScriptStep, Promise] = {
    ScriptStep.OPEN: _("This is {staff} from {neutral_name}. May I speak with {first_name}?"),
    ScriptStep.VERIFY: _("Before we go on, could you tell me your full name and date of birth, please?"),
    ScriptStep.TALK: _("Thank you. You asked us to call you back. What can we do for you?"),
    ScriptStep.WRAP_UP: _(
        "Let me repeat what we agreed, so that I note it right. Is there anything else? You can reach us at "
        "{clinic_number}, {hours}. Thank you, and goodbye."
    ),
    ScriptStep.VOICEMAIL: _(
        "This is {staff} from {neutral_name} with a message for {first_name}. Please call {clinic_number}, {hours}."
    ),
    ScriptStep.MESSAGE: _(
        "This is {staff} from {neutral_name} with a message for {first_name}. Please ask them to call "
        "{clinic_number}, {hours}."
    ),
}
# For clinics that leave no name on a voicemail.
NAMELESS_VOICEMAIL = _("This is {staff} from {neutral_name}. Please call {clinic_number}, {hours}.")


def our_text(step: ScriptStep, *, omits_name: bool) -> str:
    """Our own words for a step, in the language of the page; `omits_name` is the clinic's switch for voicemail."""
    return str(NAMELESS_VOICEMAIL if step is ScriptStep.VOICEMAIL and omits_name else OUR_TEXTS[step])
