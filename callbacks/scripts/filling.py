"""Scripts' filling: variables become words in one pass; what is filled in is never read again as a script."""

import re
from collections.abc import Mapping
from enum import StrEnum


class Variable(StrEnum):
    """Everything a script may name."""

    STAFF = "staff"
    NEUTRAL_NAME = "neutral_name"
    FIRST_NAME = "first_name"
    CLINIC_NUMBER = "clinic_number"
    HOURS = "hours"


NAMED = re.compile(r"\{([^{}]*)\}")


def variables_in(text: str) -> list[str]:
    """What stands in braces, in order, each once; whether there is such a variable or not."""
    return list(dict.fromkeys(NAMED.findall(text)))


def fill_script(text: str, values: Mapping[str, str]) -> str:
    """The words to say. Braces that name no variable stay as they are written, and so do braces in a value."""
    return NAMED.sub(lambda found: values.get(found[1], found[0]), text)
