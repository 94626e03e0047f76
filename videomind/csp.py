"""What every answer tells the browser it may do: the content security policy and its companions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

# No inline script, `<style>` or `style=`, nothing from elsewhere, in nobody's frame.
PAGE: Final = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "media-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# JSON, media and files have no business to load anything, should a browser take them for a page.
DATA: Final = {"default-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'"}
REFUSED_FEATURES: Final = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid",
    "magnetometer", "microphone", "midi", "payment", "serial", "usb",
)  # fmt: skip
PERMISSIONS: Final = ", ".join(f"{name}=()" for name in REFUSED_FEATURES)
PAGE_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})


class SecurityHeaders:
    """Outermost of all middleware: redirects, errors and static files pass it too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if not _is_debug_page(response):
            response.headers.setdefault("Content-Security-Policy", policy(response))
        return response


def policy(response: HttpResponseBase) -> str:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    rules = PAGE if kind in PAGE_TYPES else DATA
    parts = [f"{name} {sources}" for name, sources in rules.items()]
    # Only with TLS: otherwise it would break a site that is served by http on purpose.
    return "; ".join([*parts, "upgrade-insecure-requests"] if settings.HTTPS else parts)


def _is_debug_page(response: HttpResponseBase) -> bool:
    """Django's own pages for developers carry their style with them."""
    return settings.DEBUG and response.status_code in (404, 500)
