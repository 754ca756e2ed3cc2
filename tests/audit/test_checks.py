"""The trail's checks at start: undecided URLs and holes in the fence are errors before the first request."""

from contextlib import contextmanager
from functools import update_wrapper

import pytest
from django.core import checks as django_checks
from django.http import HttpResponse
from django.urls import path
from django.views import View

from audit.checks import check_every_url_is_decided, check_fence
from audit.events import PAGE_VIEWED
from audit.policy import Audited, NotAudited, audited, decision_of, not_audited


def undecided(request):
    return HttpResponse("nobody decided")


@audited(PAGE_VIEWED)
def decided(request):
    return HttpResponse("decided")


urlpatterns = [path("undecided", undecided), path("decided", decided)]


def ids(problems):
    return [problem.id for problem in problems]


@contextmanager
def changed(as_owner, *, do, undo):
    as_owner(do)
    try:
        yield
    finally:
        as_owner(undo)


def test_both_checks_are_registered_the_fence_as_a_database_check():
    names = {getattr(check, "__name__", ""): check for check in django_checks.registry.registry.get_checks()}
    assert "check_every_url_is_decided" in names
    assert names["check_fence"].tags == (django_checks.Tags.database,)


def test_the_real_urls_are_decided():
    assert ids(check_every_url_is_decided(None)) == []


@pytest.mark.urls("tests.audit.test_checks")
def test_an_undecided_url_is_an_error_that_names_it():
    (problem,) = check_every_url_is_decided(None)
    assert problem.id == "audit.E001"
    assert "undecided" in problem.msg


@pytest.mark.urls("tests.audit.test_checks")
def test_an_undecided_url_answers_nobody(client, cast, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "DoorMiddleware" not in name]
    client.raise_request_exception = False
    response = client.get("/undecided")
    assert response.status_code == 500
    assert b"nobody decided" not in response.content
    assert client.get("/decided").status_code == 200


def test_a_decision_is_found_on_a_views_class():
    @not_audited("Shows nothing.")
    class Page(View):
        pass

    assert decision_of(Page.as_view()) == NotAudited("Shows nothing.")


def test_a_decision_is_found_under_wrappers():
    def wrapper(request):
        return decided(request)

    assert decision_of(wrapper) is None
    assert decision_of(update_wrapper(wrapper, decided)) == Audited(PAGE_VIEWED)


class TestFence:
    def test_the_real_fence_stands(self, db):
        assert ids(check_fence(None, databases=["owner"])) == []

    def test_without_the_owners_connection_nothing_is_asked(self):
        assert ids(check_fence(None)) == ids(check_fence(None, databases=["default"])) == []

    @pytest.mark.parametrize("trigger", ["audit_event_append_only", "audit_event_no_truncate"])
    @pytest.mark.parametrize("table", ["audit_event", "audit_event_default"])
    @pytest.mark.parametrize("state", ["DISABLE", "ENABLE"])
    def test_a_trigger_that_sleeps_is_an_error(self, as_owner, table, trigger, state):
        """ENABLE without ALWAYS sleeps in replica mode."""
        change = f"ALTER TABLE ONLY {table} {{}} TRIGGER {trigger}"
        with changed(as_owner, do=change.format(state), undo=change.format("ENABLE ALWAYS")):
            (problem,) = check_fence(None, databases=["owner"])
        assert problem.id == "audit.E002"
        assert trigger in problem.msg

    @pytest.mark.parametrize("name", [
        "audit_seal_append_only", "audit_seal_no_truncate", "audit_seal_follows", "audit_leaf_append_only",
        "audit_leaf_no_truncate",
    ])  # fmt: skip
    def test_so_is_one_of_the_seals(self, as_owner, name):
        change = f"ALTER TABLE {name[:10]} {{}} TRIGGER {name}"
        with changed(as_owner, do=change.format("DISABLE"), undo=change.format("ENABLE ALWAYS")):
            (problem,) = check_fence(None, databases=["owner"])
        assert problem.id == "audit.E002"
        assert name in problem.msg

    @pytest.mark.parametrize("right", ["SELECT", "INSERT", "DELETE", "INSERT (body)"])
    @pytest.mark.parametrize("table", ["audit_seal", "audit_leaf"])
    def test_any_right_on_the_seals_is_an_error(self, as_owner, table, right):
        word = right.replace("body", "body" if table == "audit_seal" else "leaf")
        with changed(as_owner, do=f"GRANT {word} ON {table} TO app", undo=f"REVOKE {word} ON {table} FROM app"):
            assert set(ids(check_fence(None, databases=["owner"]))) == {"audit.E003"}

    @pytest.mark.parametrize(
        "right",
        ["SELECT", "UPDATE", "DELETE", "TRUNCATE", "INSERT", "INSERT (xid)", "INSERT (stored_at)", "SELECT (line)"],
    )
    @pytest.mark.parametrize("grantee", ["app", "PUBLIC"])
    def test_any_right_beyond_three_columns_is_an_error(self, as_owner, right, grantee):
        with changed(
            as_owner,
            do=f"GRANT {right} ON audit_event TO {grantee}",
            undo=f"REVOKE {right} ON audit_event FROM {grantee};"
            " GRANT INSERT (event_id, recorded, line) ON audit_event TO app",
        ):
            assert set(ids(check_fence(None, databases=["owner"]))) == {"audit.E003"}
        assert ids(check_fence(None, databases=["owner"])) == []

    def test_a_right_on_a_partition_is_an_error(self, as_owner):
        with changed(
            as_owner,
            do="GRANT SELECT ON audit_event_default TO app",
            undo="REVOKE SELECT ON audit_event_default FROM app",
        ):
            assert "audit.E003" in ids(check_fence(None, databases=["owner"]))

    def test_one_login_for_everything_is_a_warning(self, db, settings):
        settings.DATABASES["owner"]["USER"], kept = settings.DATABASES["default"]["USER"], "owner"
        try:
            (problem,) = check_fence(None, databases=["owner"])
        finally:
            settings.DATABASES["owner"]["USER"] = kept
        assert (problem.id, problem.level) == ("audit.W001", django_checks.WARNING)
