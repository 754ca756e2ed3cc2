"""Config's error pages: refusals, unknown addresses and failures, as a page or as JSON; never with input in them."""

import sys
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control

from lib.errors import Refusal
from lib.logs import event_logger

log = event_logger(__name__)
RETRY_AFTER_SECONDS = "5"


class BodyTimeoutRefusal(Refusal):
    """What was sent stopped coming, or came too slowly."""

    code = "body_timeout"
    status = 408
    sentence = "The form did not arrive whole and in time. Send it again."


class RefusalMiddleware:
    """Turns a raised Refusal into its page, and a lost database into a 503 that says to try again.

    What fails inside another middleware never reaches this one as an exception; `server_error` is asked then.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code >= 400:
            # Also where no view was reached that could have decided it.
            patch_cache_control(response, no_store=True, private=True)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refusal):
            return refuse(request, exception)
        if isinstance(exception, OperationalError | InterfaceError):
            return database_away(request)
        if isinstance(exception, UnreadablePostError):
            return refuse(request, BodyTimeoutRefusal())
        return None


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if not _wants_page(request):
        response: HttpResponse = JsonResponse(
            {"error": refusal.code, "detail": refusal.sentence}, status=refusal.status
        )
    else:
        template = "404.html" if refusal.status == 404 else "errors/refusal.html"
        response = render(request, template, {"sentence": refusal.sentence}, status=refusal.status)
    if refusal.status == 503:
        response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def database_away(request: HttpRequest) -> HttpResponse:
    """503 without touching the database: no session, no context processors."""
    log.error("database_away", with_exception=True)
    if _wants_page(request):
        response = HttpResponse(render_to_string("503.html"), status=503)
    else:
        response = JsonResponse(
            {"error": "unavailable", "detail": "The database is not reachable. Send the message again."}, status=503
        )
    response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def _wants_page(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "") or request.headers.get("HX-Request") == "true"


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form older than its session: says to reload, keeps nothing."""
    del reason
    return render(request, "403_csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    del exception
    if not _wants_page(request):
        return JsonResponse({"error": "not_found", "detail": "There is nothing at this address."}, status=404)
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 without context processors: whatever broke may break them too. 503 when it was the database."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return database_away(request)
    if not _wants_page(request):
        return JsonResponse(
            {"error": "failed", "detail": "Something broke here. It was logged without data."}, status=500
        )
    return HttpResponse(render_to_string("500.html"), status=500)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    del exception
    if not _wants_page(request):
        return JsonResponse({"error": "forbidden", "detail": "You may not open this."}, status=403)
    return render(request, "403.html", status=403)


def bad_request(request: HttpRequest, exception: Any) -> HttpResponse:
    del exception
    if not _wants_page(request):
        return JsonResponse({"error": "bad_request", "detail": "The request cannot be understood."}, status=400)
    return HttpResponse(render_to_string("400.html"), status=400)
