"""Actions with a confirmation page: what will move, what will not and why; then what was shown.

The page carries the ids that it said would move, and the version in which it saw each. Applying
looks at their states again: who decides second decides nothing about what the first one moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from videomind.accounts.roles import scope_of
from videomind.admin_site.bases import ModelAdmin
from videomind.http.query import number
from videomind.plans import CHANGED, Done, Plan
from videomind.scopes import Scope

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

MOST: Final = 1000
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Action:
    """`plan` says what would happen, `apply` does it to ids for somebody."""

    name: str
    label: str
    moved: str
    """The participle of the counts: "12 will be *retried*"."""
    button: str
    plan: Callable[[Sequence[Any]], Plan]
    apply: Callable[[Iterable[int], str], Done]
    permission: str
    explanation: str = ""
    listed: bool = True
    """Offered above the list; else by a button on a row's own page alone."""
    dangerous: bool = False
    version: Callable[[Any], int] = lambda row: 0
    """Another number once the row is not what the page showed, whatever its state is by then."""


class ConfirmedActions(ModelAdmin):
    """For a ModelAdmin: its `confirmed` actions, above the list and as pages of their own."""

    confirmed: ClassVar[tuple[Action, ...]] = ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered: dict[str, Any] = dict(super().get_actions(request))
        if IS_POPUP_VAR in request.GET:
            return offered
        for each in self.confirmed:
            if each.listed and may(request, each):
                offered[each.name] = (partial(_ask, action=each), each.name, each.label)
        return offered

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.confirm_view)
        mine = path("do/<slug:name>/", view, name=self.view_name("do"))
        return [mine, *super().get_urls()]

    def view_name(self, view: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{view}"

    def confirm_view(self, request: HttpRequest, name: str) -> HttpResponseBase:
        """GET asks, POST does. Whoever may not is refused here, whatever the list offered."""
        action = next((each for each in self.confirmed if each.name == name), None)
        if action is None or not may(request, action):
            raise PermissionDenied
        if request.method != "POST":
            return self.ask(request, action, self.rows(ids_of(request.GET.get("ids", ""))))
        seen = seen_of(request.POST.get("ids", ""))
        same = self.unchanged(action, seen)
        done = action.apply(same, requester(request).get_username())
        if len(same) < len(seen):
            done.staying[CHANGED] += len(seen) - len(same)
        self.record(request, action, done)
        self.tell(request, action, done)
        return redirect(self.way_back(request))

    def rows(self, ids: Iterable[int]) -> list[Any]:
        return list(self.model._default_manager.filter(pk__in=list(ids)))

    def unchanged(self, action: Action, seen: Mapping[int, str]) -> list[int]:
        """What is removed by now is left to `apply`, which has a word for it."""
        now = {row.pk: str(action.version(row)) for row in self.rows(seen)}
        return [pk for pk, version in seen.items() if not version or now.get(pk) in (None, version)]

    def ask(
        self, request: HttpRequest, action: Action, rows: Sequence[Any], *, more: bool = False
    ) -> HttpResponseBase:
        plan = action.plan(rows)
        wanted = set(plan.moving)
        versions = {row.pk: action.version(row) for row in rows}
        context = {
            **self.admin_site.each_context(request),
            "title": action.button,
            "opts": self.opts,
            "action": action,
            "plan": plan,
            "ids": ",".join(f"{pk}:{versions[pk]}" for pk in plan.moving),
            "shown": [row for row in rows if row.pk in wanted][:SHOWN],
            "not_shown": max(0, len(plan.moving) - SHOWN),
            "more": MOST if more else 0,
            "do": reverse(f"admin:{self.view_name('do')}", args=[action.name]),
            "back": self.way_back(request),
            "change_view": f"admin:{self.view_name('change')}",
        }
        return TemplateResponse(request, "admin/confirm_action.html", context)

    def way_back(self, request: HttpRequest) -> str:
        """The list as it was filtered, or the page that the button stands on."""
        start = reverse(f"admin:{self.view_name('changelist')}")
        asked = request.POST.get("back") or request.GET.get("back")
        if asked is None:
            asked = request.get_full_path() if request.path == start else start
        safe = url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
        return asked if safe and asked.startswith("/") else start

    def record(self, request: HttpRequest, action: Action, done: Done) -> None:
        """Each row's own history in the admin says who did what."""
        rows = self.model._default_manager.filter(pk__in=done.moved)
        if done.moved:
            LogEntry.objects.log_actions(
                requester(request).pk, rows, CHANGE, change_message=f"{action.moved.capitalize()}."
            )

    def tell(self, request: HttpRequest, action: Action, done: Done) -> None:
        if done.moved:
            messages.success(request, f"{len(done.moved)} {action.moved}.")
        for reason, count in done.staying.most_common():
            messages.warning(request, f"{count} not {action.moved}: {reason}.")
        if not done.moved and not done.staying:
            messages.info(request, f"Nothing was {action.moved}.")


def _ask(
    admin: ConfirmedActions, request: HttpRequest, rows: QuerySet[Any], *, action: Action
) -> HttpResponseBase:
    found = list(rows[: MOST + 1])
    return admin.ask(request, action, found[:MOST], more=len(found) > MOST)


def may(request: HttpRequest, action: Action) -> bool:
    return requester(request).has_perm(action.permission)


def is_administrator(request: HttpRequest) -> bool:
    return scope_of(requester(request)) is Scope.ADMIN


def requester(request: HttpRequest) -> User:
    """The admin lets in nobody but users."""
    return request.user  # type: ignore[return-value]


def seen_of(text: str) -> dict[int, str]:
    """ "3:1,4:2" as versions by id; an id alone stands for any. Raises SuspiciousOperation."""
    pairs = [part.partition(":") for part in text.split(",") if part]
    ids = ids_of(",".join(pk for pk, _, _ in pairs))
    return dict(zip(ids, (version for _, _, version in pairs), strict=True))


def ids_of(text: str) -> list[int]:
    """ "3,4,5" as numbers, not more than a page can show. Raises SuspiciousOperation."""
    ids = [number(part) for part in text.split(",") if part]
    if len(ids) > MOST or None in ids:
        raise SuspiciousOperation("These are no ids.")
    return [each for each in ids if each is not None]
