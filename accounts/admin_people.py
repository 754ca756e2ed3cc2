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
from accounts.models import Membership, User
from accounts.services.inviting import invite
from accounts.services.second_factor import forget_factor
from accounts.sessions import end_everywhere
from audit.events import SECOND_FACTOR_RESET
from audit.recording import record_change
from audit.scope import Subject


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
    return page.show_invitation(request, queryset.get())


@admin.action(description=gettext_lazy("End sessions"), permissions=["change"])
def end_sessions(page: "PersonAdmin", request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
    """Whoever is signed in as one of these is out with the next request."""
    del page
    if proof := proof_needed(request):
        return proof
    with transaction.atomic():
        for person in queryset:
            end_everywhere(person, reason="administrator")
    messages.success(request, _("Their sessions are over."))
    return None


@admin.action(description=gettext_lazy("Take a lost second factor away"), permissions=["change"])
def reset_factor(page: "PersonAdmin", request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
    """They set up a new one at their next sign-in; until then a password alone still opens nothing."""
    del page
    if proof := proof_needed(request):
        return proof
    if queryset.filter(pk=signed_in(request).pk).exists():
        messages.warning(request, _("Nobody takes their own factor away; ask another administrator."))
        return None
    with transaction.atomic():
        for person in queryset:
            forget_factor(person)
            record_change(
                SECOND_FACTOR_RESET,
                obj=Subject("person", str(person.pk)),
                fields=["authenticator", "recovery_codes", "passkeys"],
            )
            end_everywhere(person, reason="factor_changed")
    messages.success(request, _("They set up a new second factor when they sign in next."))
    return None


class PersonAdmin(RecordedAdmin):
    """People of the administrator's clinics, and people who belong to none yet."""

    object_kind = "person"
    form = PersonForm
    add_form = PersonCreationForm
    actions = (invite_again, end_sessions, reset_factor)
    list_display = ("username", "display_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "display_name")
    ordering = ("username",)
    readonly_fields = ("last_login", "joined_at")

    def within(self, request: HttpRequest) -> Q:
        colleagues = Membership.objects.filter(clinic__in=administered(request))
        return Q(pk__in=colleagues.values("user")) | ~Q(pk__in=Membership.objects.values("user"))

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

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who makes, disables or promotes people has proved again who they are."""
        return proof_needed(request) or super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: forms.BaseForm, change: bool) -> None:
        """Also ends the sessions of somebody who is disabled: enabling them later must not revive one."""
        super().save_model(request, obj, form, change)
        if change and not obj.is_active and "is_active" in form.changed_data:
            end_everywhere(obj, reason="disabled")

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """A new person is of no use without their link."""
        del post_url_continue
        return self.show_invitation(request, obj)

    def show_invitation(self, request: HttpRequest, person: User) -> HttpResponse:
        """The link, once, on a page that is kept nowhere; not in a message, which would lie in the session."""
        link = f"{request.build_absolute_uri(reverse('accounts:invitation'))}#{invite(person)}"
        context = {
            **self.admin_site.each_context(request),
            "title": _("Invitation"),
            "person": person.display_name,
            "username": person.username,
            "link": link,
        }
        return TemplateResponse(request, "admin/accounts/invited.html", context)
