"""Law: asking the same thing another way (parameters, headers, spellings, without a token) opens nothing more."""

import pytest
from django.test import Client

from audit.events import ACCESS_DENIED
from tests.policies.access.objects import Records, kind_of
from tests.policies.access.people import everybody
from tests.policies.access.table import read
from tests.policies.access.walk import UNSAFE, answer_of, ask, clinic_meant, unlogged
from tests.policies.addresses import EVERY, WEBHOOKS, fill

# Answers of a session that is not in: to sign-in, to the factor it owes, to the lock.
LEADS_TO_A_DOOR = ("302 accounts:sign-in", "302 accounts:second-factor", "302 accounts:locked")
ROUTES = sorted(route for route, _ in EVERY)
# One of each kind of right, and nobody.
ASKING = ("agent-admin", "officer", "administrator", "anybody")
# Administration answers for every address below it that does not exist, in its own way.
NOWHERE_IN_ADMINISTRATION = "admin/(?P<url>.*)$"

# What other programs take as "give me more", or "do something else"; known parameters with nonsense in them.
MORE = (
    "format=csv&print=1&export=all&download=1&all=1&_method=DELETE&next=//example.com/&page=999"
    "&view=%00&after=%FF&seen=x&person=%27&subject=../..&tag=x&since=9999-99-99&q=%25&o=1.-2&clinic=x&limit=1000000"
)
# What proxies and frameworks take as another method or another address.
OVERRIDES = {
    "X-HTTP-Method-Override": "DELETE",
    "X-Method-Override": "DELETE",
    "X-Original-URL": "/admin/",
    "X-Rewrite-URL": "/admin/",
    "X-Forwarded-Prefix": "/admin",
}
OTHERWISE = {
    "as htmx": ("", {"HX-Request": "true", "accept": "*/*"}),
    "as a page": ("", {"accept": "text/html"}),
    "with headers that override": ("", {"accept": "text/csv, application/pdf", **OVERRIDES}),
    "with parameters of all sorts": (f"?{MORE}", {}),
    "as a window of its own": ("?_popup=1&_to_field=id", {}),
}
SPELLINGS = {
    "with a slash more or less": lambda path: path.removesuffix("/") if path.endswith("/") else f"{path}/",
    "in capitals": str.upper,
    # With a host before it, because a client takes a leading double slash for one.
    "with a double slash": lambda path: f"http://testserver/{path}",
    "with a double slash inside": lambda path: path[0] + path[1:].replace("/", "//", 1),
    "by way of another": lambda path: f"/health/..{path}",
    "with its dots encoded": lambda path: f"/%2e{path}",
    "as a file": lambda path: f"{path}.json",
    "after a semicolon": lambda path: f"{path};format=csv",
}


@pytest.fixture
def visitors(cast, tuesday):
    return everybody(cast)


@pytest.fixture
def table(golden):
    """The cells as they are written down; what they do not say yet, tests/policies/test_access_table.py tells."""
    if golden.regenerates:
        pytest.skip("the table is being written anew")
    texts = [path.read_text() for path in (golden.folder / "access").iterdir()]
    return {cell: answer for text in texts for cell, answer in read(text).items()}


@pytest.fixture
def records(cast, tuesday):
    return Records(cast, ROUTES)


# What answers otherwise and opens nothing: an unknown filter leads back to administration's list, and a desk that was
# locked leads a page to its lock.
HARMLESS = {("200", "302 admin"), ("204", "302 accounts:locked")}


def opens_more(plain: str, found: str) -> bool:
    """Whether an answer is neither the plain one nor a refusal; a desk that breaks (5xx) over what was asked has opened
    something too.
    """
    is_harmless = any(plain == before and found.startswith(after) for before, after in HARMLESS)
    return found != plain and not found.startswith("4") and not is_harmless


@pytest.mark.parametrize("way", OTHERWISE)
def test_asking_otherwise_opens_nothing_more(visitors, records, table, way):
    parameters, headers = OTHERWISE[way]
    found = {}
    with unlogged():
        for route in ROUTES:
            for name in ASKING:
                for obj in ("own", "other") if kind_of(route) else ("",):
                    address = records.address(route, clinic_meant(visitors[name], obj))
                    for method in ("GET", "POST"):
                        answer = answer_of(ask(visitors[name], method, address + parameters, **headers))
                        found[route, obj, name, method] = answer
    assert {cell: answer for cell, answer in found.items() if opens_more(table[cell], answer)} == {}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_address_spelled_otherwise_does_not_exist(visitors, records, table, spelling):
    addresses = {route: records.address(route, visitors["agent-admin"].clinic) for route in ROUTES}
    real = {*addresses.values()}
    found = {}
    with unlogged():
        for address in addresses.values():
            spelled = SPELLINGS[spelling](address)
            if spelled in real or not spelled:
                continue
            for name in ASKING:
                expected = "404"
                if spelled.startswith("/admin/"):
                    expected = table[NOWHERE_IN_ADMINISTRATION, "", name, "GET"]
                answer = answer_of(ask(visitors[name], "GET", spelled))
                if answer != expected:
                    found[spelled, name] = answer
    assert found == {}


def test_another_clinics_record_is_a_recorded_404_wherever_ones_own_is_opened(visitors, records, table, trail):
    """Read from the table, so that an address joins by itself: whoever may do something with their own, not with it."""
    tried = 0
    for (route, obj, name, method), answer in table.items():
        is_refused = answer in {"403", "404", "405", *LEADS_TO_A_DOOR}
        if obj != "own" or is_refused or route in WEBHOOKS:
            continue
        visitor = visitors[name]
        before = len(trail.events(ACCESS_DENIED))
        with unlogged():
            response = ask(visitor, method, records.address(route, visitor.other))
        denials = trail.events(ACCESS_DENIED)[before:]
        assert response.status_code == 404, (route, name, method)
        assert [event["object_id"] for event in denials] == [str(records.id_of(route, visitor.other))], (route, name)
        (denial,) = denials
        # A person and their passkeys belong to no single clinic; memberships do.
        kind = kind_of(route)
        whose = None if kind in {"accounts/user", "person_id", "passkey_id"} else str(visitor.other.pk)
        why = "other_person" if kind == "passkey_id" else "other_clinic"
        assert (denial["outcome_code"], denial.get("clinic_id")) == (why, whose), (route, name, method)
        tried += 1
    assert tried >= 40


@pytest.mark.parametrize("method", UNSAFE)
def test_nothing_is_changed_without_the_forms_token(cast, tuesday, records, method):
    """Before anything is asked of the view; the voice side's addresses carry signatures instead."""
    refused_by = {}
    with unlogged():
        for name in ("ana", "olu", "max"):
            browser = cast.browser(name)
            strict = Client(enforce_csrf_checks=True, headers={"accept": "text/html"}, raise_request_exception=False)
            strict.cookies = browser.cookies
            for route in ROUTES:
                response = strict.generic(method, records.address(route, cast.riverside))
                told = [template.name for template in response.templates]
                refused_by[route, name] = response.status_code == 403 and "403_csrf.html" in told
    assert {route for (route, _), refused in refused_by.items() if not refused} == WEBHOOKS


def test_the_tokens_absence_is_what_was_refused(cast, dana):
    """The same form with its token goes through, so that the law above does not pass for another reason."""
    strict = Client(enforce_csrf_checks=True, headers={"accept": "text/html"})
    strict.cookies = cast.browser("ana").cookies
    address = fill("callbacks/<uuid:public_id>/claim", public_id=dana.pk)
    assert strict.post(address).status_code == 403
    page = strict.get(f"/callbacks/{dana.pk}")
    assert strict.post(address, {"csrfmiddlewaretoken": str(page.context["csrf_token"])}).status_code == 302


@pytest.mark.parametrize(
    ("plain", "found", "opens"),
    [
        ("403", "200", True),
        ("404", "302 callbacks:workspace", True),
        ("405", "204", True),
        ("200", "500", True),
        ("302 accounts:sign-in", "302 admin:index", True),
        ("200", "200", False),
        ("200", "404", False),
        ("503", "503", False),
        ("200", "302 admin:accounts_user_changelist", False),
    ],
)
def test_what_opens_more_would_be_seen(plain, found, opens):
    assert opens_more(plain, found) is opens
