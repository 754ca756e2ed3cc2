"""Accounts' sentence for those who have to wait before the next try."""

from django.utils.translation import ngettext

SECONDS_A_MINUTE = 60


def too_many(seconds: int) -> str:
    """Says how long, and nothing about whether the name or the code exists."""
    if seconds < SECONDS_A_MINUTE:
        words = ngettext(
            "Too many tries. Try again in %(n)s second.", "Too many tries. Try again in %(n)s seconds.", seconds
        )
        return words % {"n": seconds}
    minutes = -(-seconds // SECONDS_A_MINUTE)
    words = ngettext(
        "Too many tries. Try again in %(n)s minute.", "Too many tries. Try again in %(n)s minutes.", minutes
    )
    return words % {"n": minutes}
