"""Config's door for machines: their endpoints are answered right behind the trail, without what people's pages need."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import Resolver404, resolve

from audit.middleware import note_view

MACHINE_PATHS = ("/webhook",)


class MachineDoor:
    """Answers the endpoints that machines call; everything else goes on to the middleware of pages.

    Sessions, cookies, forms, messages and page policies mean nothing to a signed message, and cost more than storing
    it. The view authenticates its sender, answers every refusal itself and has no hooks of a middleware before it but
    the trail's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(MACHINE_PATHS):
            return self.get_response(request)
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        # Raises for a name that is not this desk's.
        request.get_host()
        request.resolver_match = match
        note_view(request, match.func)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        if isinstance(response, SimpleTemplateResponse):
            response.render()
        # Without it the server would send the answer in chunks.
        response.headers.setdefault("Content-Length", str(len(response.content)))
        return response
