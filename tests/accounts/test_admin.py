"""Administration: administrators only, no callers, everything recorded, nothing of a caller in Django's own log."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts.models import Membership, User
from audit.events import ACCESS_DENIED, ADMIN_PAGE_VIEWED, ADMIN_RECORD_CHANGED, ROLE_ENDED, ROLE_GIVEN, SIGNED_OUT
from config.admin_site import site
from tests.cast import PASSWORD
from tests.policies.callers import promise_call

# Changes are recorded in their own transaction, which has to commit to be seen.
pytestmark = pytest.mark.django_db(transaction=True)

OUTSIDERS = ["ana", "nadia", "sam", "olu", "cleo"]


def registered(model_name):
    return next(model for model in site._registry if model._meta.model_name == model_name)


@pytest.fixture
def max_(cast):
    return cast.browser("max")


class TestTheDoor:
    def test_its_own_login_form_is_ours(self, client, cast):
        response = client.get("/admin/login/?next=/admin/")
        assert response["Location"].startswith("/sign-in?next=")
        landed = client.post(response["Location"], {"username": "max", "password": PASSWORD}, follow=True)
        assert landed.status_code == 200
        assert landed.request["PATH_INFO"] == "/admin/"

    def test_a_password_sent_to_the_old_form_signs_nobody_in(self, client, cast):
        response = client.post("/admin/login/", {"username": "max", "password": PASSWORD})
        assert response["Location"].startswith("/sign-in?next=")
        assert client.get("/admin/").status_code == 302

    @pytest.mark.parametrize("name", OUTSIDERS)
    @pytest.mark.parametrize("page", ["/admin/", "/admin/login/", "/admin/accounts/user/", "/admin/nothing/here/"])
    def test_everybody_else_is_refused_and_recorded(self, cast, trail, name, page):
        assert cast.browser(name).get(page).status_code == 403
        assert [event["actor_label"] for event in trail.events(ACCESS_DENIED)] == [name]
        assert trail.events(ADMIN_PAGE_VIEWED) == []

    @pytest.mark.parametrize("missing", ["is_staff", "membership", "is_active"])
    def test_it_takes_the_role_and_the_flag(self, cast, max_, missing):
        if missing == "membership":
            Membership.objects.filter(user=cast.max).delete()
        else:
            User.objects.filter(pk=cast.max.pk).update(**{missing: False})
        assert max_.get("/admin/").status_code in {302, 403}

    def test_leaving_through_it_is_leaving_through_ours(self, cast, max_, trail):
        stolen = max_.cookies["sessionid"].value
        response = max_.post("/admin/logout/")
        assert "storage" in response["Clear-Site-Data"]
        assert [event["actor_label"] for event in trail.events(SIGNED_OUT)] == ["max"]
        max_.cookies["sessionid"] = stolen
        assert max_.get("/admin/").status_code == 302


class TestNoCallers:
    def test_these_and_no_others_are_there(self):
        assert {model.__name__ for model in site._registry} == {
            "User", "Clinic", "Membership", "Callback", "Attempt", "CrmTarget", "DeskPolicy", "LadderStep", "OnCall", "Line",
        }  # fmt: skip

    def test_the_administrators_front_page_knows_no_callers(self, max_):
        page = max_.get("/admin/").content.decode()
        assert "/admin/accounts/user/" in page
        assert not [model for model in ("callback", "attempt") if f"/admin/callbacks/{model}/" in page]

    def test_the_administrator_opens_no_page_of_a_caller(self, cast, max_):
        callback = promise_call(cast.riverside)
        forbidden = ("/queue", "/queue/pulse", f"/callbacks/{callback.pk}", "/audit/")
        lists = ("/admin/callbacks/callback/", "/admin/callbacks/attempt/")
        for page in (*forbidden, *lists, f"/admin/callbacks/callback/{callback.pk}/change/"):
            assert max_.get(page).status_code == 403, page
        assert max_.get("/admin/intake/delivery/").status_code == 404
        # What the administrator sets for the clinic's callbacks, and no callback.
        rules = max_.get("/admin/callbacks/").content.decode()
        settings = {"crmtarget", "deskpolicy", "ladderstep", "oncall"}
        assert set(re.findall(r'href="/admin/callbacks/(\w+)/"', rules)) == settings

    def test_no_page_of_administration_shows_one(self, cast, max_, trail):
        promise_call(cast.riverside, first_name="Zqxname")
        rows = {"user": cast.ana, "clinic": cast.riverside, "membership": cast.ana.memberships.get()}
        for model, row in rows.items():
            # Clinics are not made here: another clinic is another customer.
            for page in ("changelist",) if model == "clinic" else ("changelist", "add"):
                response = max_.get(reverse(f"admin:accounts_{model}_{page}"))
                assert response.status_code == 200
                assert b"Zqxname" not in response.content
            response = max_.get(reverse(f"admin:accounts_{model}_change", args=[row.pk]))
            assert response.status_code == 200
            assert b"Zqxname" not in response.content
        assert len(trail.events(ADMIN_PAGE_VIEWED)) == 8


class TestOtherClinics:
    """Max administers Riverside; Hilltop's clinic, people and memberships do not exist for him."""

    def test_they_are_not_listed(self, cast, max_):
        for model in ("user", "clinic", "membership"):
            page = max_.get(reverse(f"admin:accounts_{model}_changelist")).content.decode()
            assert "Hilltop" not in page
            assert "cleo" not in page

    def test_they_do_not_exist_and_asking_is_recorded(self, cast, max_, trail):
        membership = cast.cleo.memberships.get()
        for model, row in (("user", cast.cleo), ("clinic", cast.hilltop), ("membership", membership)):
            for method in (max_.get, max_.post):
                assert method(reverse(f"admin:accounts_{model}_change", args=[row.pk])).status_code == 404, model
        assert [
            (event["object_kind"], event["object_id"], event.get("clinic_id"), event["outcome_code"])
            for event in trail.events(ACCESS_DENIED)[::2]
        ] == [
            ("person", str(cast.cleo.pk), None, "other_clinic"),
            ("clinic", str(cast.hilltop.pk), str(cast.hilltop.pk), "other_clinic"),
            ("membership", str(membership.pk), str(cast.hilltop.pk), "other_clinic"),
        ]

    def test_one_that_does_not_exist_looks_the_same(self, max_, trail):
        nobody = "00000000-0000-7000-8000-000000000001"
        assert max_.get(f"/admin/accounts/user/{nobody}/change/").status_code == 404
        (event,) = trail.events(ACCESS_DENIED)
        assert (event["object_id"], event["outcome_code"]) == (nobody, "not_found")

    def add_membership(self, browser, user, clinic):
        posted = {
            "user": user.pk,
            "clinic": clinic.pk,
            "role": "nurse",
            "starts_at_0": "2026-01-01",
            "starts_at_1": "08:00",
        }
        return browser.post(reverse("admin:accounts_membership_add"), posted)

    def test_nobody_is_let_into_them(self, cast, max_):
        assert self.add_membership(max_, cast.ana, cast.hilltop).status_code == 200
        assert self.add_membership(max_, cast.cleo, cast.riverside).status_code == 200
        assert Membership.objects.filter(user=cast.ana).count() == 1
        assert Membership.objects.filter(user=cast.cleo).count() == 1

    def test_nobody_gives_himself_a_role(self, cast, max_):
        response = self.add_membership(max_, cast.max, cast.riverside)
        assert b"Nobody changes his own roles" in response.content
        assert Membership.objects.filter(user=cast.max).count() == 1
        added = self.add_membership(max_, cast.ben, cast.riverside)
        assert added.status_code == 302, added.context["adminform"].form.errors


class TestChanges:
    def change_clinic(self, browser, clinic, **changed):
        fields = ("name", "neutral_name", "main_number", "time_zone", "region", "names_in_queue")
        posted = {name: getattr(clinic, name) for name in fields} | changed
        return browser.post(reverse("admin:accounts_clinic_change", args=[clinic.pk]), posted)

    def test_a_change_is_recorded_by_field_name_without_its_value(self, cast, max_, trail):
        assert self.change_clinic(max_, cast.riverside, name="Riverside Zqx", region="CA").status_code == 302
        (event,) = trail.events(ADMIN_RECORD_CHANGED)
        assert (event["object_kind"], event["object_id"]) == ("clinic", str(cast.riverside.pk))
        assert event["clinic_id"] == str(cast.riverside.pk)
        assert event["fields"] == ["name", "region"]
        assert event["details"] == {"made": False}
        assert "Zqx" not in str(event)

    def test_a_change_that_cannot_be_recorded_does_not_happen(self, cast, max_, unwritable_trail):
        with unwritable_trail():
            response = self.change_clinic(max_, cast.riverside, name="Renamed")
        assert response.status_code == 503
        cast.riverside.refresh_from_db()
        assert cast.riverside.name == "Riverside Family Clinic"
        assert not LogEntry.objects.exists()

    def test_a_refused_form_changes_and_records_no_change(self, cast, max_, trail):
        assert self.change_clinic(max_, cast.riverside, time_zone="Mars/Olympus").status_code == 200
        assert trail.events(ADMIN_RECORD_CHANGED) == []

    def test_a_new_person_has_no_password_whatever_is_sent(self, client, cast, max_, trail):
        """tests/accounts/test_inviting.py goes on from here."""
        password = "zqx long and quite unusual"
        posted = {"username": "fay", "display_name": "Fay", "password": password}
        response = max_.post(
            reverse("admin:accounts_user_add"), posted | {"password1": password, "password2": password}
        )
        assert response.status_code == 200
        assert "/invitation#" in response.context["link"]
        assert client.post("/sign-in", {"username": "fay", "password": password}).status_code == 422
        (event,) = trail.events(ADMIN_RECORD_CHANGED)
        assert event["details"] == {"made": True}
        assert "zqx" not in str(trail.events()) + str(list(LogEntry.objects.values()))

    def test_its_own_page_for_ones_password_leads_to_ours_and_changes_nothing(self, client, cast, max_):
        new = "zqx another long password"
        posted = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        for response in (max_.get("/admin/password_change/"), max_.post("/admin/password_change/", posted)):
            assert response["Location"] == "/settings/password"
        assert client.post("/sign-in", {"username": "max", "password": new}).status_code == 422

    def test_a_membership_says_who_got_which_role(self, cast, max_, trail):
        posted = {"user": cast.ben.pk, "clinic": cast.riverside.pk, "role": "nurse"}
        times = {"starts_at_0": "2026-01-01", "starts_at_1": "08:00"}
        assert max_.post(reverse("admin:accounts_membership_add"), posted | times).status_code == 302
        (event,) = trail.events(ROLE_GIVEN)
        assert (event["details"]["user"], event["details"]["role"]) == (str(cast.ben.pk), "nurse")
        assert event["clinic_id"] == str(cast.riverside.pk)

    def test_a_membership_is_ended_there_and_nothing_else_of_it_is_changed(self, cast, max_, trail):
        row = cast.ben.memberships.get()
        page = reverse("admin:accounts_membership_change", args=[row.pk])
        typed = {"role": "nurse", "user": cast.ana.pk, "ends_at_0": "2099-01-01", "ends_at_1": "08:00"}
        assert max_.post(page, typed).status_code == 302
        row.refresh_from_db()
        assert (row.user, row.role, row.ends_at.year) == (cast.ben, "agent", 2099)
        assert len(trail.events(ROLE_ENDED)) == 1
        assert b"not taken away" in max_.post(page, {"ends_at_0": "", "ends_at_1": ""}).content
        own = reverse("admin:accounts_membership_change", args=[cast.max.memberships.get().pk])
        assert b"Nobody changes his own roles" in max_.post(own, typed).content

    def test_a_membership_saved_as_it_was_ends_nothing(self, cast, max_, trail):
        row = cast.ben.memberships.get()
        page = reverse("admin:accounts_membership_change", args=[row.pk])
        assert max_.post(page, {"ends_at_0": "", "ends_at_1": ""}).status_code == 302
        row.refresh_from_db()
        assert row.ends_at is None
        assert trail.events(ROLE_ENDED) == []

    def test_whose_account_serves_another_clinic_too_is_not_run_by_one_of_them(self, cast, max_):
        Membership.objects.create(user=cast.ana, clinic=cast.hilltop, role="agent")
        page = reverse("admin:accounts_user_change", args=[cast.ana.pk])
        assert max_.post(page, {"username": "ana", "display_name": "Ana"}).status_code == 403
        assert max_.post(page, {"username": "mine", "display_name": "Ana", "is_active": "on"}).status_code == 403
        for action in ("reset_factor", "invite_again"):
            max_.post("/admin/accounts/user/", {"action": action, "_selected_action": [str(cast.ana.pk)]})
        assert not cast.ana.invitations.exists()
        cast.ana.refresh_from_db()
        assert (cast.ana.is_active, cast.ana.username) == (True, "ana")

    def test_the_purpose_is_administration(self, cast, max_, trail):
        self.change_clinic(max_, cast.riverside, region="CA")
        max_.get("/admin/")
        assert [event["purpose"] for event in trail.events()] == [["HSYSADMIN"]] * 2

    @pytest.mark.parametrize("model", ["user", "clinic", "membership"])
    def test_nothing_is_deleted(self, cast, max_, model):
        rows = registered(model)._default_manager
        row, before = rows.first(), rows.count()
        assert max_.post(f"/admin/accounts/{model}/{row.pk}/delete/", {"post": "yes"}).status_code == 404
        max_.post(
            reverse(f"admin:accounts_{model}_changelist"),
            {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"},
        )
        assert rows.count() == before
