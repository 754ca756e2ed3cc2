"""Accounts' tag for key hints: a page shows the key its person chose, not the one it was made with."""

from typing import Any

from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def own_key(context: dict[str, Any], key: str) -> str:
    """The person's own key for what `key` does by default, as it is shown; a dash where they took it away."""
    shown: str = context["desk"]["own_keys"][key]
    return shown
