"""Administration of targets: secrets go in and never come out, and an address may only be one that may be spoken to."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from audit.background import service_scope
from audit.events import CRM_CREDENTIAL_OPENED
from callbacks.models import CrmTarget, SyncState
from tests.cast import Cast
from vault.reveal import reveal

ADD = "/admin/callbacks/crmtarget/add/"
SECRET = "a-credential-of-tests-0123456789"


def given(cast: Cast, **changed: object) -> dict[str, object]:
    return {
        "clinic": str(cast.riverside.pk),
        "name": "Chart",
        "kind": "json",
        "address": "https://crm.example.com/callbacks",
        "is_enabled": "on",
        "new_credential": SECRET,
        "fields_sent": ["due_at", "first_name"],
        **changed,
    }


@pytest.fixture(autouse=True)
def _named_hosts(settings: Settings) -> None:
    settings.OUTBOUND_HOSTS = frozenset({"crm.example.com"})


@pytest.fixture
def max_(cast: Cast) -> Client:
    return cast.browser("max")


def test_a_target_is_made_with_what_waits_for_it(cast, dana, max_):
    assert max_.post(ADD, given(cast)).status_code == 302
    target = CrmTarget.objects.get()
    assert (target.fields, target.polled_until) == (["due_at", "first_name"], None)
    assert SyncState.objects.get().callback == dana
    with service_scope("test", route="test"):
        assert reveal(target, "credential", "signing_secret", tag=CRM_CREDENTIAL_OPENED) == (SECRET, None)
    page = max_.get(f"/admin/callbacks/crmtarget/{target.pk}/change/").content.decode()
    assert SECRET not in page
    assert "credential" in page


def test_one_that_reads_back_is_polled_from_then_on(cast, max_):
    max_.post(ADD, given(cast, kind="fhir"))
    assert CrmTarget.objects.get().polled_until is not None


@pytest.mark.parametrize(
    "address",
    ["http://crm.example.com/", "https://user:pass@crm.example.com/", "ftp://crm.example.com", "https://", "crm", "https://[",
     "https://crm.example.com/?token=1"],
)  # fmt: skip
def test_odd_addresses_are_refused(cast, max_, address):
    page = max_.post(ADD, given(cast, address=address))
    assert page.status_code == 200
    assert SECRET not in page.content.decode()
    assert not CrmTarget.objects.exists()


def test_a_host_that_the_operator_did_not_name_is_refused(cast, max_):
    """Or who administers could have callers' data sent to a server of their own."""
    page = max_.post(ADD, given(cast, address="https://mine.example.net/")).content.decode()
    assert "may not speak to that host" in page
    assert not CrmTarget.objects.exists()


def test_a_private_key_is_refused(cast, max_):
    page = max_.post(ADD, given(cast, recipient_key='{"kty":"oct","k":"AAAA"}')).content.decode()
    assert "This is no public key to encrypt to" in page


def test_attempts_go_to_a_kind_that_keeps_them_and_only_where_what_they_tell_may_leave(cast, max_):
    both = ["last_outcome", "last_attempt_at"]
    page = max_.post(ADD, given(cast, sends_attempts="on", fields_sent=both)).content.decode()
    assert "Only FHIR servers keep attempts" in page
    page = max_.post(ADD, given(cast, kind="fhir", sends_attempts="on", fields_sent=["last_outcome"])).content.decode()
    assert "tick both below as well" in page
    assert not CrmTarget.objects.exists()
    assert max_.post(ADD, given(cast, kind="fhir", sends_attempts="on", fields_sent=both)).status_code == 302
    target = CrmTarget.objects.get()
    assert (target.sends_attempts, target.is_check_wanted) == (True, True)
    change = f"/admin/callbacks/crmtarget/{target.pk}/change/"
    assert max_.post(change, given(cast, sends_attempts="on", fields_sent=[])).status_code == 200
    assert max_.post(change, given(cast, fields_sent=[])).status_code == 302
    target.refresh_from_db()
    assert not target.sends_attempts


def test_another_clinics_target_is_nobodys(cast, max_):
    theirs = CrmTarget.objects.create(clinic=cast.hilltop, name="Theirs")
    assert max_.get(f"/admin/callbacks/crmtarget/{theirs.pk}/change/").status_code == 404
    assert "Theirs" not in max_.get("/admin/callbacks/crmtarget/").content.decode()
    assert max_.post(ADD, given(cast, clinic=str(cast.hilltop.pk))).status_code == 200


def test_the_default_target_keeps_its_address_in_the_environment(cast, max_):
    target = CrmTarget.objects.create(clinic=cast.riverside, name="CRM", kind="article", is_default=True)
    where = f"/admin/callbacks/crmtarget/{target.pk}/change/"
    assert "HEALTHCARE_CRM_ENDPOINT" in max_.get(where).content.decode()
    kept = {"name": "Our CRM", "fields_sent": ["phone"], "is_enabled": "on", "address": "https://evil.example.com"}
    assert max_.post(where, kept).status_code == 302
    target.refresh_from_db()
    assert (target.name, target.fields, target.address, target.kind) == ("Our CRM", ["phone"], "", "article")
