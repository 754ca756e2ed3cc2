"""The law of the whole run: as many fields are opened as the trail was told of."""

from collections.abc import Iterator

import pytest

from audit.recording import audited_count
from vault.envelope import opened_count


@pytest.fixture(scope="session", autouse=True)
def every_opening_is_audited() -> Iterator[None]:
    """Fails the run when it ends with more fields opened than audited, or fewer."""
    opened, audited = opened_count.fields, audited_count.fields
    yield
    opened, audited = opened_count.fields - opened, audited_count.fields - audited
    assert opened == audited, f"{opened} fields were opened in this run, and {audited} recorded"


@pytest.fixture
def by_hand() -> Iterator[None]:
    """For tests that open envelopes themselves or break them: what they do to the balance is taken back."""
    opened, audited = opened_count.fields, audited_count.fields
    yield
    opened_count.fields, audited_count.fields = opened, audited
