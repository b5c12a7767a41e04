"""One page of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy import Select, func, select

from marketplace.core.db import db

PER_PAGE = 20
MOST = 20_000  # rows of an export


@dataclass(frozen=True)
class Page:
    """Rows, where we are, and how many there are in all."""

    items: list[Any]
    number: int
    pages: int
    total: int


def paginate(rows: Select[Any], *, per_page: int = PER_PAGE, number: int | None = None) -> Page:
    """The page that ?page= asks for, kept within what there is."""
    total = db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
    pages = max(1, -(-total // per_page))
    wanted = number or request.args.get("page", 1, type=int) or 1
    number = min(max(wanted, 1), pages)
    items = db.session.scalars(rows.limit(per_page).offset((number - 1) * per_page)).unique().all()
    return Page(list(items), number, pages, total)


def paginate_list(rows: Sequence[Any], *, per_page: int = PER_PAGE) -> Page:
    """The same of a list that is in hand already."""
    pages = max(1, -(-len(rows) // per_page))
    number = min(max(request.args.get("page", 1, type=int) or 1, 1), pages)
    return Page(list(rows[(number - 1) * per_page : number * per_page]), number, pages, len(rows))


def everything(rows: Select[Any]) -> list[Any]:
    """All rows of a list, for an export."""
    return list(db.session.scalars(rows.limit(MOST)).unique())
