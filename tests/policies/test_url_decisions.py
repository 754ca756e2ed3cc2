"""Law: every address is decided, refuses by default, and changes nothing when it is only looked at."""

import pytest
from django.apps import apps
from django.db import connections
from django.urls import path
from psycopg import sql
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from audit.events import PAGE_VIEWED, TAGS
from audit.policy import Audited, NotAudited, audited, decision_of
from lib.permissions import DenyAll
from tests.policies.addresses import EVERY, OPEN_TO_ANYBODY, PAGES, WEBHOOKS, fill

ROUTES = [route or "/" for route, _ in EVERY]
# What a look may change: the session's own row, and nothing else.
CHANGED_BY_LOOKING = {"django_session"}


CHECKSUM = sql.SQL("SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t")


@audited(PAGE_VIEWED)
class Undecided(APIView):
    """A DRF view whose author forgot to say who may use it."""

    def get(self, request):
        return Response({"leaked": True})

    post = get


urlpatterns = [path("forgotten", Undecided.as_view())]


@pytest.mark.parametrize(("route", "pattern"), EVERY, ids=ROUTES)
def test_every_address_is_decided(route, pattern):
    decision = decision_of(pattern.callback)
    assert isinstance(decision, Audited | NotAudited)
    if isinstance(decision, NotAudited):
        assert len(decision.reason.split()) >= 5, "a reason is read by auditors"
        assert decision.reason[0].isupper()
        assert decision.reason.endswith(".")
    else:
        assert decision.tag.value in TAGS


def test_the_walk_finds_pages_administration_and_the_api():
    routes = {route for route, _ in EVERY}
    assert {"queue", "audit/", "webhook/vapi", "admin/", "admin/accounts/user/add/", "health"} <= routes
    assert len(routes) == len(EVERY)


def test_few_addresses_are_not_audited_and_each_is_named_here():
    free = {route for route, pattern in EVERY if isinstance(decision_of(pattern.callback), NotAudited)}
    assert free == {
        "queue/pulse",
        "notices",
        "notices/count",
        "notices/read",
        "callbacks/<uuid:public_id>/heartbeat",
        "callbacks/<uuid:public_id>/draft",
        "passkey/challenge",
        "settings/passkeys/challenge",
        "settings/scripts/check",
        "settings/hours/preview",
        "settings/closed-days/preview",
        "tour/seen",
        "session",
        "session/active",
        "health",
        "health/ready",
    }


class TestDenyByDefault:
    def test_the_apis_default_is_to_refuse(self):
        assert list(APIView.permission_classes) == [DenyAll]
        assert api_settings.DEFAULT_AUTHENTICATION_CLASSES == []

    @pytest.mark.urls("tests.policies.test_url_decisions")
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_view_that_forgot_its_permissions_answers_nobody(self, client, cast, method):
        for name in (None, "ana", "max"):
            if name is not None:
                client.force_login(cast.people[name])
            response = getattr(client, method)("/forgotten")
            assert response.status_code == 403
            assert b"leaked" not in response.content

    @pytest.mark.parametrize("route", [route for route, _ in PAGES])
    def test_before_sign_in_every_page_leads_to_the_door(self, client, db, route):
        for method in ("get", "post"):
            response = getattr(client, method)(fill(route))
            assert response.status_code == 302, method
            assert response["Location"].startswith("/sign-in?next=")

    def test_the_pages_before_sign_in_are_these(self):
        open_routes = {route for route, pattern in EVERY if getattr(pattern.callback, "login_required", True) is False}
        assert open_routes == OPEN_TO_ANYBODY | WEBHOOKS


class TestLookingChangesNothing:
    """ASVS 3.5.3: a GET, also of a page that only takes POST, leaves every table as it was."""

    @pytest.mark.parametrize("name", ["ana", "olu", "max"])
    def test_no_get_changes_a_row(self, cast, dana, name):
        browser = cast.browser(name)
        browser.raise_request_exception = False
        before = checksums()
        for route, _ in PAGES:
            response = browser.get(fill(route, public_id=dana.pk, object_id=cast.ana.pk))
            assert response.status_code in {200, 204, 302, 403, 404, 405}, (route, response.status_code)
        assert checksums() == before

    def test_what_changes_something_takes_nothing_but_post(self, cast, dana):
        ana = cast.browser("ana")
        acts = [route.rpartition("/")[2] for route, _ in EVERY if route.startswith("callbacks/<uuid:public_id>/")]
        assert len(acts) >= 23
        for action in acts:
            for method in ("get", "head", "options", "put", "patch", "delete"):
                response = getattr(ana, method)(f"/callbacks/{dana.pk}/{action}")
                assert (response.status_code, response["Allow"]) == (405, "POST"), (action, method)


def checksums():
    """One digest for each table of the application but the session's."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    found = {}
    with connections["default"].cursor() as cursor:
        for table in sorted(tables - CHANGED_BY_LOOKING - {"audit_event", "audit_seal"}):
            cursor.execute(CHECKSUM.format(sql.Identifier(table)))
            found[table] = cursor.fetchone()
    return found
