"""Callbacks' hooks into people's comings and goings: whoever leaves, nothing stays with them (callbacks.md §1)."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_save

from accounts.models import Membership, User
from callbacks.services.reassigning import Leaving, hand_over_work, sweep_off_roll
from lib import clock


def connect_hooks() -> None:
    """Called once, from the application's `ready()`; accounts do not know callbacks, Django's signals carry the news."""
    user_logged_out.connect(hand_over_at_sign_out, dispatch_uid="callbacks.hand_over_at_sign_out")
    post_save.connect(hand_over_when_deactivated, sender=User, dispatch_uid="callbacks.hand_over_when_deactivated")
    post_save.connect(
        hand_over_when_a_role_ends, sender=Membership, dispatch_uid="callbacks.hand_over_when_a_role_ends"
    )


def hand_over_at_sign_out(user: User | None, **kwargs: Any) -> None:
    """A session ended by its person, or by being idle."""
    del kwargs
    if user is not None:
        hand_over_work(user, leaving=Leaving.SIGNED_OUT)


def hand_over_when_deactivated(instance: User, **kwargs: Any) -> None:
    """An account was switched off, perhaps in the middle of a call."""
    del kwargs
    if not instance.is_active:
        hand_over_work(instance, leaving=Leaving.DEACTIVATED)


def hand_over_when_a_role_ends(instance: Membership, **kwargs: Any) -> None:
    """A role was ended now, perhaps in the middle of a call. One that ends later is found by the sweep."""
    del kwargs
    if instance.ends_at is not None and instance.ends_at <= clock.now():
        sweep_off_roll(instance.user)
