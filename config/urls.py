"""Config's URLs: each room's own, and the pages of the whole house."""

from django.urls import include, path

from config import health
from config.admin_site import site

urlpatterns = [
    path("webhook", include("intake.urls")),
    path("", include("accounts.urls")),
    path("", include("callbacks.urls")),
    path("audit/", include("audit.urls")),
    path("audit/access-review", include("accounts.access_review_urls")),
    path("audit/emergency-access", include("accounts.review_urls")),
    path("audit/quarantine", include("intake.web.urls")),
    path("calls", include("intake.web.call_urls")),
    path("health", health.live, name="health"),
    path("health/ready", health.ready, name="ready"),
    path("admin/", site.urls),
    path("endpoints", include("intake.web.endpoint_urls")),
]

handler400 = "config.error_pages.bad_request"
handler403 = "config.error_pages.forbidden"
handler404 = "config.error_pages.not_found"
handler500 = "config.error_pages.server_error"
