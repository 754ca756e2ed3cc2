"""Law: views that do what no page of ours does (break, render late, stream, sign out) still show nothing unrecorded."""

import pytest
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import include, path
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.events import CALLBACK_CLAIMED, CALLBACK_VIEWED, Outcome
from audit.policy import audited
from audit.recording import record_change
from audit.scope import NoAuditScopeError
from callbacks.models import Callback
from tests.policies.conftest import NAME
from vault.reveal import reveal


def _someone():
    return Callback.objects.get()


@audited(CALLBACK_VIEWED)
def breaks_afterwards(request):
    reveal(_someone(), "first_name")
    raise ZeroDivisionError(NAME)


@audited(CALLBACK_VIEWED)
def renders_lazily(request):
    class Lazy:
        def __str__(self):
            return reveal(_someone(), "first_name")[0] or ""

    return TemplateResponse(request, "errors/refusal.html", {"sentence": Lazy()})


@audited(CALLBACK_VIEWED)
def streams(request):
    return StreamingHttpResponse(reveal(callback, "first_name")[0] or "" for callback in [_someone()])


@audited(CALLBACK_VIEWED)
def changes_and_breaks(request):
    callback = _someone()
    with transaction.atomic():
        record_change(CALLBACK_CLAIMED, obj=callback.audit_object)
        raise ZeroDivisionError


@audited(CALLBACK_VIEWED)
def leaves(request):
    """Reads first and signs out afterwards: the reader was still somebody."""
    reveal(_someone(), "first_name")
    logout(request)
    return HttpResponse("gone")


@audited(CALLBACK_VIEWED)
class OverTheApi(APIView):
    authentication_classes = [SessionAuthentication]
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response({"name": reveal(_someone(), "first_name")[0]})


urlpatterns = [
    path("breaks", breaks_afterwards),
    path("lazy", renders_lazily),
    path("streams", streams),
    path("changes", changes_and_breaks),
    path("leaves", leaves),
    path("api", OverTheApi.as_view()),
    path("", include("config.urls")),
]


@pytest.mark.urls("tests.policies.test_odd_views")
@pytest.mark.django_db(transaction=True)
class TestOddViews:
    @pytest.fixture(autouse=True)
    def quiet(self, caller, ana):
        ana.raise_request_exception = False

    def test_a_read_is_recorded_although_the_view_broke(self, ana, caller, trail):
        response = ana.get("/breaks")
        assert response.status_code == 500
        assert NAME not in response.content.decode()
        (event,) = trail.events()
        assert (event["object_id"], event["fields"]) == (str(caller.pk), ["first_name"])
        assert (event["actor_label"], event["outcome"], event["status"]) == ("ana", Outcome.SERIOUS_FAILURE, 500)

    @pytest.mark.parametrize("address", ["/lazy", "/api"])
    def test_what_opens_late_in_the_request_is_recorded(self, ana, caller, trail, address):
        response = ana.get(address, headers={"accept": "*/*"})
        assert NAME in response.content.decode()
        (event,) = trail.events()
        assert (event["actor_label"], event["fields"]) == ("ana", ["first_name"])
        assert "no-store" in response["Cache-Control"]

    @pytest.mark.parametrize("address", ["/lazy", "/api", "/leaves"])
    def test_and_without_a_trail_it_is_not_shown(self, ana, caller, unwritable_trail, address):
        with unwritable_trail():
            response = ana.get(address, headers={"accept": "*/*"})
        assert response.status_code == 503
        assert NAME not in response.content.decode()

    def test_a_body_that_streams_after_the_record_opens_nothing(self, ana, caller):
        response = ana.get("/streams")
        with pytest.raises(NoAuditScopeError):
            b"".join(response.streaming_content)

    def test_a_change_that_broke_left_no_event(self, ana, caller, trail):
        assert ana.get("/changes").status_code == 500
        assert trail.events(CALLBACK_CLAIMED) == []

    def test_the_reader_is_who_read_and_not_who_is_left(self, ana, caller, trail):
        assert ana.get("/leaves").status_code == 200
        (event,) = trail.events(CALLBACK_VIEWED)
        assert (event["actor_label"], event["actor_kind"]) == ("ana", "human")
