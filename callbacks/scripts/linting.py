"""Scripts' objections: why a text may not be said as it stands, in sentences for whoever wrote it."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from callbacks.scripts.filling import Variable, variables_in
from callbacks.scripts.steps import HEARD_BY_ANYBODY, MOST_LETTERS, ScriptStep

# Words that tell a stranger why somebody is called, what about, or by whom they are treated. Whole words, any case.
TELLING = (
    "appointment", "appointments", "checkup", "check-up", "follow-up", "consultation", "exam", "examination", "visit",
    "procedure", "surgery", "therapy", "treatment", "diagnosis", "condition", "symptom", "symptoms", "pain", "test",
    "tests", "result", "results", "lab", "labs", "x-ray", "scan", "biopsy", "blood", "vaccine", "vaccination",
    "prescription", "prescriptions", "medication", "medicine", "refill", "pharmacy", "referral", "insurance", "bill",
    "billing", "balance", "payment", "doctor", "doctor's", "dr", "physician", "nurse", "therapist", "dentist",
    "psychiatrist", "oncology", "specialist", "patient", "pregnancy", "hiv", "mental", "urgent",
)  # fmt: skip
_TELLING = re.compile(rf"(?<![\w-])(?:{'|'.join(re.escape(word) for word in TELLING)})(?![\w-])", re.IGNORECASE)
# A number of seven digits or more, however it is written.
_TYPED_NUMBER = re.compile(r"(?:\d[\s().-]*){7,}")


def objections(text: str, step: ScriptStep, *, omits_name: bool) -> list[str]:
    """What must change before this text can be said; empty when nothing must. `omits_name` is the clinic's switch."""
    return list(_objections(text, step, omits_name))


def _objections(text: str, step: ScriptStep, omits_name: bool) -> Iterator[str]:
    if not text.strip():
        yield _("Write what is said.")
    if len(text) > MOST_LETTERS:
        yield _("Keep it under %(most)s letters: it is said, not read out.") % {"most": MOST_LETTERS}
    known = ", ".join(f"{{{variable}}}" for variable in Variable)
    for name in variables_in(text):
        if name not in set(Variable):
            yield _("There is no {%(name)s}. There are %(known)s.") % {"name": name, "known": known}
    if _TYPED_NUMBER.search(text):
        yield _("Write {clinic_number} instead of a number: what is typed here goes out of date.")
    if step in HEARD_BY_ANYBODY and (found := dict.fromkeys(word.lower() for word in _TELLING.findall(text))):
        yield _("Anybody may hear this, so it must not say why, what about or by whom: %(words)s.") % {
            "words": ", ".join(found)
        }
    if step is ScriptStep.VOICEMAIL and omits_name and Variable.FIRST_NAME in variables_in(text):
        yield _("Your clinic leaves no name on a voicemail; take {first_name} out.")
