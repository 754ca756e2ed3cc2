"""Law: while the trail cannot be written nothing of a caller is shown, nothing changes, and nothing is lost."""

import pytest

from accounts.models import User
from callbacks.models import Callback
from tests.cast import PASSWORD
from tests.intake.signed_posts import post_report
from tests.policies.callers import promise_call
from tests.policies.conftest import NUMBER, outcome_form

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = [
    ("ana", "get", "/queue"),
    ("ana", "get", "/queue?view=mine"),
    ("ana", "get", "/callbacks/{pk}"),
    ("ana", "post", "/callbacks/{pk}/claim"),
    ("ana", "post", "/callbacks/{pk}/release"),
    ("ana", "post", "/callbacks/{pk}/reveal"),
    ("ana", "post", "/callbacks/{pk}/review"),
    ("ana", "post", "/callbacks/{pk}/outcome"),
    ("ana", "post", "/callbacks/{pk}/dial"),
    ("ana", "post", "/callbacks/{pk}/skip"),
    ("ana", "post", "/callbacks/{pk}/snooze"),
    ("ana", "post", "/callbacks/{pk}/agree"),
    ("ana", "post", "/callbacks/{pk}/give"),
    ("sam", "post", "/callbacks/{pk}/take-over"),
    ("sam", "post", "/callbacks/{pk}/merge"),
    ("ana", "post", "/callbacks/{pk}/concern"),
    ("nadia", "post", "/callbacks/{pk}/accept"),
    ("nadia", "post", "/callbacks/{pk}/resolve"),
    ("nadia", "post", "/callbacks/{pk}/return"),
    ("ana", "post", "/callbacks/{pk}/close"),
    ("ana", "post", "/callbacks/{pk}/undo"),
    ("sam", "post", "/callbacks/{pk}/reopen"),
    ("ana", "post", "/callbacks/{pk}/correct"),
    ("ana", "post", "/callbacks/{pk}/needs"),
    ("sam", "post", "/callbacks/{pk}/leave-to-desk"),
    ("sam", "post", "/downtime"),
    ("ana", "post", "/callbacks/{pk}/rule"),
    ("ana", "post", "/callbacks/{pk}/lift-rule"),
    ("sam", "post", "/queue/bulk"),
    ("ben", "post", "/queue/next"),
    ("ana", "post", "/clinic"),
    ("ana", "get", "/"),
    ("ana", "post", "/sign-out"),
    ("olu", "get", "/audit/"),
    ("olu", "get", "/audit/overview"),
    ("olu", "get", "/audit/reports/unexplained"),
    ("olu", "get", "/audit/reports/unexplained/export"),
    ("olu", "get", "/callbacks/{pk}"),
    ("cleo", "get", "/callbacks/{pk}"),
    ("max", "get", "/admin/accounts/user/"),
    ("max", "get", "/admin/callbacks/callback/"),
    ("ana", "get", "/admin/callbacks/callback/"),
    ("ana", "get", "/admin/callbacks/callback/{pk}/change/"),
    ("ana", "get", "/admin/callbacks/attempt/"),
    ("ben", "get", "/admin/callbacks/callback/?q=CB-1"),
    ("cleo", "get", "/admin/callbacks/callback/{pk}/change/"),
    ("ana", "post", "/admin/callbacks/callback/?claim"),
    ("ana", "post", "/admin/callbacks/callback/?release"),
    ("ana", "post", "/admin/callbacks/callback/?record_outcome"),
    ("ana", "post", "/admin/callbacks/callback/?reassign"),
    ("ana", "post", "/admin/callbacks/callback/?escalate"),
]


def headers(partial):
    return {"HX-Request": "true", "accept": "*/*"} if partial else {"accept": "text/html"}


@pytest.mark.parametrize("partial", [False, True], ids=["page", "partial"])
@pytest.mark.parametrize(("name", "method", "address"), PAGES, ids=[" ".join(page) for page in PAGES])
def test_every_page_is_a_503_with_nothing_of_a_caller(
    cast, held, ana, unwritable_trail, name, method, address, partial
):
    promise_call(cast.riverside, first_name="Zqxother", phone="+12025550174")
    browser = ana if name == "ana" else cast.browser(name)
    before = Callback.objects.filter(pk=held.pk).values().get()
    form = outcome_form(held) | {"decision": "call", "clinic": str(cast.riverside.pk), "reason": "because"}
    url = address.format(pk=held.pk)
    User.objects.update(is_staff=True)
    # Administration's acts are named by the form; each address above ends with the one it tries.
    form |= {"action": url.rpartition("?")[2], "_selected_action": [str(held.pk)], "save": "1"}
    asked = outcome_form(held) | {"to": str(cast.ben.pk), "reason": "Zqxreason", "words": "Zqxwords"}
    form |= {f"{held.pk}-{name}": value for name, value in asked.items()}
    form |= {"to": str(cast.ben.pk), "reason": "Zqxreason", "words": "Zqxwords", "emergency": "refused"}
    form |= {"why": "cancelled", "at": "2026-11-24T11:00", "kind": "no_sms", "first_name": "Zqxother"}
    form |= {"act": "escalate", "row": f"{held.pk}:{held.version}", "undone": str(held.pk), "into": held.ref}
    with unwritable_trail():
        response = getattr(browser, method)(url, form if method == "post" else None, headers=headers(partial))
    assert response.status_code == 503
    assert response["Retry-After"]
    assert "no-store" in response["Cache-Control"]
    assert not response.has_header("Location")
    for trace in ("Zqx", "555-01", "2025550", "CB-"):
        assert trace not in response.content.decode()
    assert Callback.objects.filter(pk=held.pk).values().get() == before


def test_a_signed_report_is_a_503_and_comes_again(cast, unwritable_trail):
    report = {"type": "end-of-call-report", "call": {"id": "c"}, "structuredData": {"callbackNumber": NUMBER}}
    with unwritable_trail():
        response = post_report(report)
    assert (response.status_code, response.json()["error"]) == (503, "trail_unwritable")
    assert response["Retry-After"]
    again = post_report(report)
    assert (again.status_code, again.json()["outcome"] == "duplicate") == (200, False)


def test_nobody_signs_in(client, cast, unwritable_trail):
    with unwritable_trail():
        assert client.post("/sign-in", {"username": "ana", "password": "x"}).status_code == 503
        response = client.post("/sign-in", {"username": "ana", "password": PASSWORD})
    assert response.status_code == 503
    assert "sessionid" not in response.cookies
    assert client.get("/queue").status_code == 302
