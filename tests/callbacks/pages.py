"""What people send from the desk's pages, through HTTP."""

from typing import Any
from uuid import uuid4

from django.test import Client

from callbacks.models import Callback
from tests.callbacks.desk import fresh


def at(callback: Callback, page: str = "") -> str:
    """The address of a callback's page, or of one of its acts."""
    return f"/callbacks/{callback.pk}{f'/{page}' if page else ''}"


def send(browser: Client, callback: Callback, act: str, **typed: Any) -> Any:
    """Send an act's form, made for the callback as it is now unless `version` says otherwise; redirects followed."""
    form = {"command_id": str(uuid4()), "version": fresh(callback).version, **typed}
    return browser.post(at(callback, act), form, follow=True)


def said(response: Any) -> list[str]:
    """What the page tells the person about what they just did."""
    return [str(message) for message in response.context["messages"]]


def buttons(response: Any) -> set[str]:
    """The acts a workspace offers besides claim, outcome and release."""
    work = response.context["work"]
    return {act.name + (f":{act.why}" if act.why else "") for act in work.acts} | (
        {"concern"} if work.concern_act else set()
    )
