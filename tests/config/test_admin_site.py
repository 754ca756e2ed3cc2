"""The administration site: few pages, no windows, no shortcuts to rows, no odd lookups, and no second log."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse

from accounts.admin_pages import DeskAdmin
from accounts.models import Clinic, Membership, User
from audit.events import ACCESS_DENIED
from callbacks.models import Attempt, Callback, Caller, CrmTarget, DeskPolicy, LadderStep, OnCall
from callbacks.scheduling.ladder import Outcome
from config.admin_site import site
from intake.models import Line
from tests.callbacks.desk import claim, save
from tests.callbacks.test_rules_of_a_clinic import ON_CALL, STEPS, on_call, step
from tests.policies.addresses import EVERY
from tests.policies.callers import promise_call

pytestmark = pytest.mark.django_db(transaction=True)

LISTS = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in site._registry]


@pytest.fixture(autouse=True)
def everybody_has_the_flag(cast):
    User.objects.update(is_staff=True)


def visitor(cast, page):
    """Who may open that list."""
    return cast.browser("ana" if re.search("/callbacks/(callback|attempt)/", page) else "max")


class TestPages:
    def test_these_are_all_there_are(self):
        rows = {
            "accounts/user": ("", "add/", "<uuid:object_id>/change/"),
            "accounts/clinic": ("", "<uuid:object_id>/change/"),
            "accounts/membership": ("", "add/", "<uuid:object_id>/change/"),
            "callbacks/callback": ("", "<uuid:object_id>/change/"),
            "callbacks/attempt": ("",),
            "callbacks/crmtarget": ("", "add/", "<uuid:object_id>/change/"),
            "callbacks/deskpolicy": ("", "add/", "<uuid:object_id>/change/"),
            "callbacks/ladderstep": ("", "add/", "<uuid:object_id>/change/"),
            "callbacks/oncall": ("", "add/", "<uuid:object_id>/change/"),
            "intake/line": ("", "add/", "<uuid:object_id>/change/"),
        }
        own = {"", "login/", "logout/", "password_change/", "jsi18n/"}
        patterns = {r"^(?P<app_label>accounts|callbacks|intake)/$", "(?P<url>.*)$"}
        found = {route.removeprefix("admin/") for route, _ in EVERY if route.startswith("admin/")}
        assert found == own | patterns | {f"{model}/{page}" for model, pages in rows.items() for page in pages}

    def test_no_shortcut_leads_from_a_type_and_an_id_to_a_row(self, cast, trail):
        callback = promise_call(cast.riverside)
        for model in (Callback, Caller, User):
            kind = ContentType.objects.get_for_model(model)
            for row in (callback.pk, callback.caller_id, cast.ana.pk):
                for name in ("ana", "max"):
                    assert cast.browser(name).get(f"/admin/r/{kind.pk}/{row}/").status_code == 404
        assert len(trail.events(ACCESS_DENIED)) == 18

    @pytest.mark.parametrize("asked", [
        "app_label=accounts&model_name=membership&field_name=user",
        "app_label=callbacks&model_name=attempt&field_name=callback",
        "app_label=callbacks&model_name=callback&field_name=caller",
    ])  # fmt: skip
    def test_nothing_completes_itself(self, cast, asked):
        promise_call(cast.riverside)
        for name in ("ana", "max"):
            response = cast.browser(name).get(f"/admin/autocomplete/?{asked}&term=")
            assert response.status_code == 404
            assert "CB-" not in response.content.decode()

    @pytest.mark.parametrize("page", LISTS)
    @pytest.mark.parametrize("window", ["_popup=1", "_to_field=id", "_to_field=phone", "_to_field=password"])
    def test_no_page_opens_in_a_window_of_its_own(self, cast, page, window):
        browser = visitor(cast, page)
        assert browser.get(f"{page}?{window}").status_code == 400
        name, _, value = window.partition("=")
        assert browser.post(page, {name: value}).status_code == 400

    @pytest.mark.parametrize("model", site._registry, ids=lambda model: model._meta.label)
    @pytest.mark.parametrize("page", ["history", "delete"])
    def test_there_is_nothing_to_look_back_at_and_nothing_to_delete(self, model, page):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=["x"])
        assert not site.get_model_admin(model).has_delete_permission(None)


class TestOddLookups:
    @pytest.mark.parametrize("page", LISTS)
    @pytest.mark.parametrize("lookup", [
        "last_login__year=99999999999", "password__startswith=argon", "id__gt=0", "pk__in=x", "username__regex=(",
        "memberships__clinic__name=Hilltop", "user__password__startswith=a", "clinic__callbacks__number=1",
        "recorded_at__year=99999999999", "callback__phone__isnull=1", "nothing=1", "Zqxname=1",
    ])  # fmt: skip
    def test_a_column_that_no_filter_offers_is_a_400(self, cast, trail, page, lookup):
        response = visitor(cast, page).get(f"{page}?{lookup}")
        assert response.status_code == 400
        assert "cannot be understood" in response.content.decode()
        assert "Zqx" not in response.content.decode() + str(trail.events())

    @pytest.mark.parametrize("page", [
        "/admin/accounts/user/?is_active__exact=maybe",
        "/admin/accounts/user/?p=999",
        "/admin/accounts/membership/?clinic__id__exact=nonsense",
    ])  # fmt: skip
    def test_an_outdated_filter_is_left_out(self, cast, page):
        browser = cast.browser("max")
        response = browser.get(page, follow=True)
        assert response.status_code == 200
        assert len(response.context["cl"].result_list) == len(
            browser.get(page.partition("?")[0]).context["cl"].result_list
        )

    @pytest.mark.parametrize("page", [
        "/admin/accounts/membership/?role__exact=%00",
        "/admin/callbacks/callback/?urgency__exact=%00",
    ])  # fmt: skip
    def test_a_value_that_fits_no_column_is_a_400(self, cast, page):
        assert visitor(cast, page).get(page).status_code == 400


class TestOneTruth:
    """Django's own log stays empty, whatever is done on the pages of any registered model."""

    def test_no_page_writes_it(self, cast, settings):
        settings.OUTBOUND_HOSTS = frozenset({"crm.example.com"})
        callback = promise_call(cast.riverside, first_name="Zqxname", phone="+12025550171")
        claim(callback, cast.ana)
        save(callback, cast.ana, Outcome.NO_ANSWER, note="Zqxnote")
        max_, ana = cast.browser("max"), cast.browser("ana")
        done = {
            User: max_.post("/admin/accounts/user/add/", {"username": "fay", "display_name": "Fay", "email": ""}),
            Clinic: max_.post(f"/admin/accounts/clinic/{cast.riverside.pk}/change/", clinic_form(cast.riverside)),
            Membership: max_.post("/admin/accounts/membership/add/", membership_form(cast.ben, cast.riverside)),
            Callback: ana.post(LISTS[3], {"action": "release", "_selected_action": [str(callback.pk)], "index": "0"}),
            Attempt: ana.get("/admin/callbacks/attempt/"),
            CrmTarget: max_.post("/admin/callbacks/crmtarget/add/", target_form(cast.riverside)),
            DeskPolicy: max_.post("/admin/callbacks/deskpolicy/add/", {"clinic": cast.riverside.pk}),
            LadderStep: max_.post(f"{STEPS}add/", step(cast.riverside)),
            OnCall: max_.post(f"{ON_CALL}add/", on_call(cast.riverside, cast.ana)),
            Line: max_.post(f"/admin/intake/line/{cast.line.pk}/change/", {"name": "main line"}),
        }
        assert set(done) == set(site._registry)
        # A new person's page is not left: it shows the link of their invitation, once.
        assert [response.status_code for response in done.values()] == [
            200, 302, 302, 302, 200, 302, 302, 302, 302, 302
        ]  # fmt: skip
        assert User.objects.filter(username="fay").exists()
        assert not LogEntry.objects.exists()

    @pytest.mark.parametrize("model", site._registry, ids=lambda model: model._meta.label)
    def test_it_is_empty_by_construction(self, cast, rf, model):
        page, request = site.get_model_admin(model), rf.get("/")
        request.user = cast.max
        page.log_addition(request, cast.riverside, "Zqxname")
        page.log_change(request, cast.riverside, "Zqxname")
        page.log_deletions(request, Clinic.objects.all())
        assert not LogEntry.objects.exists()

    def test_a_page_that_would_write_it_cannot_be_registered(self):
        class Bare(admin.ModelAdmin):
            pass

        for page in (None, Bare, admin.ModelAdmin):
            with pytest.raises(ImproperlyConfigured, match="DeskAdmin"):
                site.register(Caller, page)
        assert Caller not in site._registry
        assert all(isinstance(page, DeskAdmin) for page in site._registry.values())

    def test_no_recent_actions_are_shown(self, cast):
        LogEntry.objects.create(user=cast.max, action_flag=2, object_repr="Zqxname")
        for name in ("max", "ana"):
            assert "Zqxname" not in cast.browser(name).get("/admin/").content.decode()


def clinic_form(clinic):
    fields = ("name", "neutral_name", "main_number", "time_zone", "region", "names_in_queue")
    return {name: getattr(clinic, name) for name in fields} | {"region": "CA"}


def target_form(clinic):
    return {"clinic": clinic.pk, "name": "Chart", "kind": "json", "address": "https://crm.example.com"}


def membership_form(user, clinic):
    chosen = {"user": user.pk, "clinic": clinic.pk, "role": "nurse"}
    return chosen | {"starts_at_0": "2026-01-01", "starts_at_1": "08:00"}
