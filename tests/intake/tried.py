"""How many hostile inputs the endpoint was given, and what it said: counted as they are sent, told when the run ends."""

from collections import Counter
from collections.abc import Iterator

# Messages that hypothesis makes, and requests that schemathesis makes for each described address.
SHAPES = 400
REQUESTS = 60
DELIVERIES = ("/webhook", "/webhook/vapi", "/webhook/vapi/{line_id}")
ADDRESSES = (*DELIVERIES, "/webhook/token")

# By suite and status.
ANSWERS: Counter[tuple[str, int]] = Counter()


def note(suite: str, status: int) -> int:
    """Count one answer and give it back. Whatever was sent, the desk did not break over it."""
    ANSWERS[suite, status] += 1
    assert status < 500, f"{suite}: {status}"
    return status


def tried(suite: str) -> int:
    """How many inputs of this suite were sent so far."""
    return sum(count for (name, _), count in ANSWERS.items() if name == suite)


def summary() -> Iterator[str]:
    """A line for each suite, and one for all."""
    for suite in sorted({name for name, _ in ANSWERS}):
        statuses = {status: count for (name, status), count in sorted(ANSWERS.items()) if name == suite}
        told = ", ".join(f"{count} x {status}" for status, count in statuses.items())
        yield f"{suite}: {sum(statuses.values())} inputs ({told})"
    broken = sum(count for (_, status), count in ANSWERS.items() if status >= 500)
    yield f"all: {ANSWERS.total()} inputs, {broken} x 5xx"
