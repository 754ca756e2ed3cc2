"""Intake's administration: the lines of one's clinics, how their deliveries are proven, and their write-only secrets."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from accounts.admin_pages import RecordedAdmin, administered
from callbacks.scheduling.wording import day_and_clock
from intake.line_form import HMAC_OPTIONS, VOICE_SIDE, LineForm
from intake.models import Line, LineApiKey, LineSecret
from intake.models.line import Proof
from intake.services.api_keys import forget_api_key, set_api_key
from intake.services.line_secrets import end_older_secret, generate_secret, set_secret
from lib import clock

API_KEY: tuple[str, ...] = ("api_key_set", "new_api_key", "forget_api_key")
SECRET: tuple[str, ...] = ("secrets_set", "generate", "new_secret", "older_ends_at")


class LineAdmin(RecordedAdmin):
    """A line accepts exactly what is set here; the default line takes its secret from the environment."""

    object_kind = "line"
    needs_proof = True
    form = LineForm
    list_display = ("name", "clinic", "accepts", "secret_state", "is_used")
    list_filter = ("proof",)
    list_select_related = ("clinic",)
    search_fields: ClassVar = ()
    ordering = ("name",)

    def within(self, request: HttpRequest) -> Q:
        return Q(clinic__in=administered(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Line]:
        found: QuerySet[Line] = super().get_queryset(request).prefetch_related("secrets")
        return found

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A retired line is kept as it was."""
        return super().has_change_permission(request, obj) and (obj is None or obj.retired_at is None)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        asks = self.has_change_permission(request, obj)
        voice_side = (_("The voice side"), {"fields": VOICE_SIDE})
        if obj is None:
            own: tuple[str, ...] = ("clinic", "name", "proof")
            secret, api_key = SECRET[1:3], API_KEY[1:2]
        elif obj.is_default:
            fetching = (_("Fetching"), {"fields": API_KEY[:1]})
            return ((None, {"fields": ("clinic", "name", "accepts", "address")}), voice_side, fetching)
        else:
            retirement = "retire" if asks else "retired_at"
            own = ("clinic", "name", "proof", "address", "token_address", retirement)
            secret, api_key = (SECRET, API_KEY) if asks else (SECRET[:1], API_KEY[:1])
        return (
            (None, {"fields": own}),
            (_("Secret"), {"fields": secret}),
            (_("HMAC options"), {"fields": HMAC_OPTIONS, "description": _("They count with HMAC only.")}),
            voice_side,
            (_("Fetching"), {"fields": api_key}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A line stays with its clinic: its deliveries are that clinic's callers."""
        del request
        shown = ("accepts", "address", "token_address", "secrets_set", "api_key_set", "retired_at")
        return shown if obj is None else ("clinic", *shown)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer, and so accept, only this administrator's clinics."""
        kwargs["queryset"] = administered(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Line, form: Any, change: bool) -> None:
        """The line, its secrets and their events commit together (the change view is atomic)."""
        given = form.cleaned_data
        if given.get("retire"):
            obj.retired_at = clock.now()
        super().save_model(request, obj, form, change)
        text = given.get("new_secret") or ""
        if given.get("generate"):
            text = generate_secret(is_base64=obj.decodes_its_secret)
            # Kept for the answer to this very request, and nowhere else.
            request.made_secret = text  # type: ignore[attr-defined]
        if text:
            set_secret(obj, text, older_ends_at=given.get("older_ends_at"))
        elif given.get("older_ends_at"):
            end_older_secret(obj, ends_at=given["older_ends_at"])
        if given.get("new_api_key"):
            set_api_key(obj, given["new_api_key"])
        elif given.get("forget_api_key"):
            forget_api_key(obj)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._shown_once(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._shown_once(request, obj) or super().response_change(request, obj)

    def _shown_once(self, request: HttpRequest, line: Line) -> HttpResponse | None:
        """The page with a secret that was just made; not by a redirect, which would have to keep it somewhere."""
        text = getattr(request, "made_secret", None)
        if text is None:
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("The new secret of this line"),
            "line": line,
            "secret": text,
            "address": address(line),
            "token_address": token_address(line),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/intake/line/secret.html", context)

    @admin.display(description=_("Accepts"))
    def accepts(self, line: Line) -> str:
        if line.is_default:
            return gettext("The environment's secret, in the article's form and in VAPI's default form")
        return Proof(line.proof).label

    @admin.display(description=_("In use"), boolean=True)
    def is_used(self, line: Line) -> bool:
        return line.retired_at is None

    @admin.display(description=_("Secret"))
    def secret_state(self, line: Line) -> str:
        if line.is_default:
            return gettext("set in the environment") if settings.VAPI_SERVER_SECRETS else gettext("none: refuses all")
        present = next((secret for secret in line.secrets.all() if secret.not_after is None), None)
        return describe_secret(present) if present else gettext("none: refuses all")

    @admin.display(description=_("Set so far"))
    def secrets_set(self, line: Line) -> SafeString | str:
        """What there is to know of them without knowing them."""
        rows = ((describe_secret(secret),) for secret in line.secrets.all())
        return format_html_join("", "<div>{}</div>", rows) or gettext("none")

    @admin.display(description=_("Private key of VAPI"))
    def api_key_set(self, line: Line) -> str:
        """Whether missing reports are fetched, without the key."""
        if line.is_default:
            return gettext("set in the environment") if settings.VAPI_API_KEY else gettext("none: nothing is fetched")
        kept = LineApiKey.objects.filter(line=line).first()
        if kept is None:
            return gettext("none: nothing is fetched")
        at = day_and_clock(kept.set_at, clock.now(), line.clinic.zone)
        return gettext("key %(key)s, set %(at)s") % {"key": kept, "at": at}

    @admin.display(description=_("Address for the sender"))
    def address(self, line: Line) -> str:
        return address(line)

    @admin.display(description=_("Token endpoint and client id"))
    def token_address(self, line: Line) -> str:
        return token_address(line) or "-"


def describe_secret(secret: LineSecret) -> str:
    """Its name, when it was set, when it last proved a delivery, and when it ends; instants in the clinic's zone."""
    zone, now = secret.line.clinic.zone, clock.now()
    said = [gettext("key %(key)s, set %(at)s") % {"key": secret, "at": day_and_clock(secret.set_at, now, zone)}]
    if secret.matched_at is not None:
        said.append(gettext("last matched %(at)s") % {"at": day_and_clock(secret.matched_at, now, zone)})
    else:
        said.append(gettext("never matched"))
    if secret.not_after is not None:
        ended = secret.not_after <= now
        sentence = gettext("ended %(at)s") if ended else gettext("ends %(at)s")
        said.append(sentence % {"at": day_and_clock(secret.not_after, now, zone)})
    return ", ".join(said)


def address(line: Line) -> str:
    return settings.PUBLIC_URL + reverse("intake:vapi-line", args=[line.pk])


def token_address(line: Line) -> str | None:
    """Where a sender with client credentials obtains its tokens; None for other lines."""
    if line.is_default or line.proof != Proof.OAUTH2:
        return None
    return f"{settings.PUBLIC_URL}{reverse('intake:token')} · {line.pk}"


def register_lines(site: admin.AdminSite) -> None:
    """Register with the project's own site; a room does not know which one that is."""
    site.register(Line, LineAdmin)
