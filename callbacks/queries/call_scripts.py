"""Callbacks' scripts of one call: what to say to this caller at each step, and what is left when nobody answers."""

from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from callbacks.models import Callback
from callbacks.queries.contact_rules import ContactRules
from callbacks.queries.notices import voicemail_bar
from callbacks.queries.numbers import readable_number
from callbacks.queries.scripts import StepScript, script_words, scripts_in_force
from callbacks.scripts.filling import fill_script
from callbacks.scripts.steps import CALL_STEPS, ScriptStep


@dataclass(frozen=True)
class CallStep:
    """One step: its code, its title, and the words to say."""

    code: str
    title: str
    words: str = field(repr=False)


@dataclass(frozen=True)
class CallScripts:
    """The steps in their order, and the message for a machine or for whoever answers. `voicemail_bar` says why no
    voicemail may be left now, or is "". `main_number` is what somebody is given whose identity stays open.
    """

    steps: list[CallStep]
    voicemail: CallStep
    message: CallStep
    voicemail_bar: str
    main_number: str


def call_scripts(
    callback: Callback, *, user: User, first_name: str | None, rules: ContactRules, now: datetime
) -> CallScripts:
    """The clinic's scripts filled in for a callback's holder; `first_name` is already opened and recorded."""
    clinic = callback.clinic
    found, words = scripts_in_force(clinic, now), script_words(clinic, staff=user, first_name=first_name)

    def filled(script: StepScript) -> CallStep:
        return CallStep(script.step.value, script.title, fill_script(script.text, words))

    return CallScripts(
        steps=[filled(found[step]) for step in CALL_STEPS],
        voicemail=filled(found[ScriptStep.VOICEMAIL]),
        message=filled(found[ScriptStep.MESSAGE]),
        voicemail_bar=voicemail_bar(callback, rules, now),
        main_number=readable_number(clinic.main_number),
    )
