"""Audit's names of records on the officer's pages."""

UUID_LENGTH = 36


def record_name(kind: str, record_id: str, labels: dict[str, str]) -> str:
    """`CB-1042` where people have a name for it; else the kind with the end of a UUID, which tells two apart, or with
    the whole of any other id: half an address blocks nobody.
    """
    end = f"…{record_id[-8:]}" if len(record_id) == UUID_LENGTH else record_id
    return labels.get(record_id) or f"{kind} {end}"
