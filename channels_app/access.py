"""Who may see the library: everybody, or with PUBLIC_LIBRARY off whoever is logged in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

View = Callable[..., HttpResponseBase]


def may_see(request: HttpRequest) -> bool:
    return settings.PUBLIC_LIBRARY or request.user.is_authenticated


def library_page(view: View) -> View:
    """A page that is read; who may not see it is sent to the login."""

    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not may_see(request):
            return redirect_to_login(request.get_full_path())
        response = view(request, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        return response

    return guarded


def library_media(view: View) -> View:
    """A file that pages show; who may not see it gets a plain 403."""

    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not may_see(request):
            return HttpResponse("Log in to see the library.\n", status=403, content_type=PLAIN)
        return view(request, **kwargs)

    return guarded


PLAIN = "text/plain; charset=utf-8"
