"""Scripts' checks: what somebody says of themselves before anything is disclosed (45 CFR 164.514(h), callbacks.md §1)."""

from enum import StrEnum


class IdentityCheck(StrEnum):
    """What was compared with the chart. Only these names are ever stored, never what was said."""

    NAME = "name"
    BIRTH_DATE = "dob"


# Beside who somebody is: that they may speak for the caller, if they are not the caller (the spouse trap).
AUTHORITY = "proxy"
