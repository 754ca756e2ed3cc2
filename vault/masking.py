"""Vault's masking: how data looks to those who need not see it."""


def mask_number(tail: str | None) -> str:
    """`••• ••43`: the last two digits tell two calls apart and call nobody."""
    return f"••• ••{tail}" if tail else "no number"


def mask_name(name: str | None, *, policy: str) -> str:
    """A first name as the clinic wants it in lists: `full`, `initial` ("M.") or `none` ("Caller")."""
    if not name or policy == "none":
        return "Caller"
    return f"{name[0]}." if policy == "initial" else name
