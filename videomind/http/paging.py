"""Pages by key: the next page begins behind the last row of this one, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.core import signing
from django.db.models import Model, QuerySet

from videomind.http.problems import field_problem, invalid_fields
from videomind.http.query import Parameter, choice, whole_number, yes_or_no

DEFAULT_LIMIT: Final = 50
LARGEST_LIMIT: Final = 200
LARGEST_OFFSET: Final = 10_000
LARGEST_COUNT: Final = 10_000
ORDERS: Final = ("-id", "id")

# What every list understands besides its own filters.
PAGE_PARAMETERS: Final[Mapping[str, Parameter]] = {
    "limit": Parameter(whole_number(1, LARGEST_LIMIT)),
    "cursor": Parameter(str),
    "offset": Parameter(whole_number(0, LARGEST_OFFSET)),
    "order": Parameter(choice(ORDERS)),
    "count": Parameter(yes_or_no),
}

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    rows: list[Row]
    next: str | None
    count: int | None

    def as_json(self, items: Callable[[list[Row]], list[Any]]) -> dict[str, Any]:
        """The list as it is answered; `count` only where it was asked for."""
        answer = {"items": items(self.rows), "next": self.next}
        return answer if self.count is None else answer | {"count": self.count}


def page(rows: QuerySet[Row], asked: Mapping[str, Any], *, kind: str) -> Page[Row]:
    """The page that `asked` (read by PAGE_PARAMETERS) means. A cursor fits its own list only."""
    limit = asked.get("limit", DEFAULT_LIMIT)
    order, behind = _start(asked, kind)
    found = list(_from(rows, order, behind, asked.get("offset", 0), limit + 1))
    following = _cursor(kind, order, found[limit - 1].pk) if len(found) > limit else None
    count = rows.order_by()[:LARGEST_COUNT].count() if asked.get("count") else None
    return Page(found[:limit], following, count)


def _start(asked: Mapping[str, Any], kind: str) -> tuple[str, int | None]:
    if "cursor" not in asked:
        return asked.get("order", ORDERS[0]), None
    if "offset" in asked or "order" in asked:
        raise _refused("A cursor already says where and in which order; leave these out.")
    try:
        order, key = signing.loads(asked["cursor"], salt=_salt(kind))
    except signing.BadSignature as error:
        raise _refused("This is not a cursor that this list gave out.") from error
    return order, key


def _from(
    rows: QuerySet[Row], order: str, behind: int | None, offset: int, size: int
) -> QuerySet[Row]:
    if behind is not None:
        rows = rows.filter(pk__lt=behind) if order == "-id" else rows.filter(pk__gt=behind)
    return rows.order_by("-pk" if order == "-id" else "pk")[offset : offset + size]


def _cursor(kind: str, order: str, key: int) -> str:
    return signing.dumps([order, key], salt=_salt(kind))


def _salt(kind: str) -> str:
    return f"videomind.cursor.{kind}"


def _refused(sentence: str) -> Exception:
    return invalid_fields([field_problem("cursor", "invalid", sentence)])
