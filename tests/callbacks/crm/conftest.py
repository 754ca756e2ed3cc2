"""Shared by the CRM's tests: a fake of signed JSON behind a socket, Riverside's target for it, and short patience."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from callbacks.crm import wire
from callbacks.crm.mapping import FIELD_WORDS
from callbacks.models import CrmTarget, TargetKind
from lib import clock
from lib.http import Timeout
from tests.callbacks.crm.lanes import is_synced, settle
from tests.cast import Cast
from tests.fakes.fhir import FhirServer
from tests.fakes.json_crm import SIGNING_SECRET, TOKEN, JsonCrm
from tests.fakes.server import served


@pytest.fixture
def _patience(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Half a second is long on loopback; and loopback may be spoken to."""
    monkeypatch.setattr(wire, "TIMEOUT", Timeout(connect=0.5, read=0.4, total=0.6))
    settings.OUTBOUND_HOSTS = settings.OUTBOUND_PRIVATE_HOSTS = frozenset({"127.0.0.1"})


@pytest.fixture
def crm(_patience: None) -> Iterator[JsonCrm]:
    with served(JsonCrm()) as fake:
        yield fake


@pytest.fixture
def target(cast: Cast, crm: JsonCrm) -> CrmTarget:
    """Riverside's CRM, which may have everything."""
    made = CrmTarget(
        clinic=cast.riverside, name="Chart", kind=TargetKind.JSON, address=crm.address, fields=list(FIELD_WORDS)
    )
    made.credential, made.signing_secret = TOKEN, SIGNING_SECRET
    made.save(force_insert=True)
    return made


@pytest.fixture
def server(_patience: None) -> Iterator[FhirServer]:
    with served(FhirServer()) as fake:
        yield fake


@pytest.fixture
def chart(cast, server, tuesday) -> CrmTarget:
    """Riverside's chart, which may have everything and can be read back."""
    made = CrmTarget(
        clinic=cast.riverside, name="Chart", kind=TargetKind.FHIR, address=server.address, fields=list(FIELD_WORDS)
    )
    made.polled_until = clock.now()
    made.save(force_insert=True)
    return made


@pytest.fixture
def told(chart, dana, tuesday):
    """Dana's callback, which the chart has."""
    settle(chart, tuesday)
    assert is_synced(dana, chart)
    return dana
