"""The site's own pages: signing in and out, and the form of the first administrator."""

from __future__ import annotations

from django.contrib.auth import login
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from videomind.accounts import setup

# For viewers too: the admin's own form takes staff only.
sign_in = LoginView.as_view(
    template_name="videomind/login.html", redirect_authenticated_user=True, next_page="/"
)
sign_out = LogoutView.as_view(next_page="/")
BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_administrator(request: HttpRequest, secret: str) -> HttpResponse:
    if not setup.is_open(secret):
        return _closed(request)
    form = setup.AdministratorForm(request.POST or None)
    if not form.is_valid():
        return render(request, "videomind/setup.html", {"form": form})
    user = setup.make_administrator(secret, form)
    if user is None:
        return _closed(request)
    login(request, user, backend=BACKEND)
    return redirect("admin:index")


def _closed(request: HttpRequest) -> HttpResponse:
    return render(request, "videomind/setup_closed.html", status=404)
