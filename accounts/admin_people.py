"""Accounts' administration of people: making them by invitation, and what is done when a factor is lost or they leave."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.forms import ReadOnlyPasswordHashField
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from accounts.admin_pages import RecordedAdmin, administered
from accounts.guards import proof_needed, signed_in
from accounts.models import User
from accounts.roll import within_clinics
from accounts.services import people
from lib.errors import Refusal

# What lets somebody in as this person, or further in: whoever changes it runs the whole account.
WHO_THEY_ARE = frozenset({"username", "email", "is_active", "is_staff"})


class PersonCreationForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Without a password: nobody but the person ever knows one."""

    class Meta:
        model = User
        fields = ("username", "display_name", "email")

    def save(self, commit: bool = True) -> Any:
        self.instance.set_unusable_password()
        return super().save(commit)


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    password = ReadOnlyPasswordHashField(label=gettext_lazy("Password"))

    class Meta:
        model = User
        fields = ("username", "display_name", "email", "is_active", "is_staff")


@admin.action(description=gettext_lazy("Invite to choose a password…"), permissions=["change"])
def invite_again(page: "PersonAdmin", request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
    """A new link for one person: to begin with, after it expired, or for a forgotten password."""
    if proof := proof_needed(request):
        return proof
    if queryset.count() != 1:
        messages.warning(request, _("Choose one person: each link is for one alone."))
        return None
    try:
        return page.show_invitation(request, queryset.get())
    except Refusal as refusal:
        messages.warning(request, refusal.sentence)
        return None


@admin.action(description=gettext_lazy("End sessions"), permissions=["change"])
def end_sessions(page: "PersonAdmin", request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
    """Whoever is signed in as one of these is out with the next request."""
    del page
    if proof := proof_needed(request):
        return proof
    with transaction.atomic():
        for person in queryset:
            people.end_sessions(person)
    messages.success(request, _("Their sessions are over."))
    return None


@admin.action(description=gettext_lazy("Take a lost second factor away"), permissions=["change"])
def reset_factor(page: "PersonAdmin", request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
    """They set up a new one at their next sign-in; until then a password alone still opens nothing."""
    del page
    if proof := proof_needed(request):
        return proof
    try:
        with transaction.atomic():
            for person in queryset:
                people.reset_factor(person, acting_user=signed_in(request))
    except Refusal as refusal:
        # Whoever else was chosen keeps theirs, too: all or nobody.
        messages.warning(request, refusal.sentence)
        return None
    messages.success(request, _("They set up a new second factor when they sign in next."))
    return None


class PersonAdmin(RecordedAdmin):
    """People of the administrator's clinics, and people who belong to none yet."""

    object_kind = "person"
    needs_proof = True
    form = PersonForm
    add_form = PersonCreationForm
    actions = (invite_again, end_sessions, reset_factor)
    list_display = ("username", "display_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "display_name")
    ordering = ("username",)
    readonly_fields = ("last_login", "joined_at")

    def within(self, request: HttpRequest) -> Q:
        return within_clinics(administered(request))

    def clinic_of(self, obj: User) -> UUID | None:
        """A person belongs to no single clinic; memberships do."""
        del obj
        return None

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = self.add_form
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        if obj is None:
            return ("username", "display_name", "email")
        return ("username", "display_name", "email", "is_active", "is_staff", "last_login", "joined_at")

    def save_model(self, request: HttpRequest, obj: Any, form: forms.BaseForm, change: bool) -> None:
        """Switches the account on or off as the page of people does; the rest is recorded by field."""
        if change and WHO_THEY_ARE & set(form.changed_data):
            people.check_runs_account(obj, acting_user=signed_in(request))
        if change and "is_active" in form.changed_data:
            switch = people.enable_person if obj.is_active else people.disable_person
            switch(obj, acting_user=signed_in(request))
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """A new person is of no use without their link."""
        del post_url_continue
        return self.show_invitation(request, obj)

    def show_invitation(self, request: HttpRequest, person: User) -> HttpResponse:
        """The link, once, on a page that is kept nowhere; not in a message, which would lie in the session."""
        code = people.invite_anew(person, acting_user=signed_in(request))
        link = f"{request.build_absolute_uri(reverse('accounts:invitation'))}#{code}"
        context = {
            **self.admin_site.each_context(request),
            "title": _("Invitation"),
            "person": person.display_name,
            "username": person.username,
            "link": link,
        }
        return TemplateResponse(request, "admin/accounts/invited.html", context)
