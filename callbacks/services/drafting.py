"""Callbacks' drafting: what somebody types is kept on the server, sealed, until it is saved."""

from django.db import transaction

from accounts.models import User
from audit.events import CALLBACK_VIEWED
from callbacks.models import Callback, Draft
from vault.reveal import reveal


def keep_draft(callback: Callback, note: str, *, acting_user: User) -> None:
    """Keep a person's unsaved note on a callback; an empty one is dropped. It outlives their claim.

    Not recorded: nothing is shown and nothing of the callback changes; the note is recorded when it is saved.
    """
    with transaction.atomic():
        mine = Draft.objects.filter(callback=callback, staff=acting_user)
        if not note.strip():
            mine.delete()
            return
        draft, is_new = Draft.objects.select_for_update().get_or_create(
            callback=callback, staff=acting_user, defaults={"note": note}
        )
        if not is_new:
            draft.note = note
            draft.save(update_fields=["note", "updated_at"])


def drop_draft(callback: Callback, *, acting_user: User) -> None:
    """The note was saved."""
    Draft.objects.filter(callback=callback, staff=acting_user).delete()


def read_draft(callback: Callback, *, user: User) -> str:
    """A person's own unsaved note; "" without one. Recorded as a read."""
    draft = Draft.objects.filter(callback=callback, staff=user).first()
    if draft is None:
        return ""
    draft.callback = callback
    return reveal(draft, "note", tag=CALLBACK_VIEWED)[0] or ""
