"""The address of a search: its arguments as a Query, and back. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from marketplace.search.document import FACETS
from marketplace.search.queries import SORTS, Query

MAX_TEXT = 10_000
MAX_VALUES = 40  # of one facet
MAX_PAGE = 500
PAGE_SIZES = (10, 20, 50)
FEN_IN_TEN_THOUSAND_YUAN = 1_000_000


def query_from(arguments: Mapping[str, Sequence[str]], **over: Any) -> Query:
    """A Query from the arguments of /search; what makes no sense is left out, never an error."""
    lowest, highest = _fen(_first(arguments, "pmin")), _fen(_first(arguments, "pmax"))
    if lowest is not None and highest is not None and lowest > highest:
        lowest, highest = highest, lowest
    found = {
        "text": _first(arguments, "q")[:MAX_TEXT],
        "filters": {
            facet: tuple(dict.fromkeys(v[:60] for v in arguments[facet] if v))[:MAX_VALUES]
            for facet in FACETS
            if any(arguments.get(facet, ()))
        },
        "price_from": lowest,
        "price_to": highest,
        "sort": _first(arguments, "sort") if _first(arguments, "sort") in SORTS else "relevance",
        "page": _page(_first(arguments, "page")),
        "per_page": _size(_first(arguments, "per")),
    }
    return Query(**{**found, **over})


def address_of(query: Query) -> str:
    """The query string that says the same, in one fixed order: equal searches are equal texts."""
    pairs: list[tuple[str, str]] = [("q", query.text)] if query.text else []
    pairs += [(f, v) for f in FACETS for v in sorted(query.filters.get(f, ()))]
    pairs += [
        (name, ten_thousands(fen))
        for name, fen in (("pmin", query.price_from), ("pmax", query.price_to))
        if fen is not None
    ]
    if query.sort != "relevance":
        pairs.append(("sort", query.sort))
    return urlencode(pairs)


def _first(arguments: Mapping[str, Sequence[str]], name: str) -> str:
    values = arguments.get(name) or ("",)
    return values[0].strip()


def _fen(text: str) -> int | None:
    """万元 with up to four decimals, in fen."""
    whole, _, part = text.replace(",", "").partition(".")
    if not whole.isascii() or not whole.isdigit() or len(whole) > 9:
        return None
    if part and not (part.isascii() and part.isdigit()):
        return None
    return int(whole) * FEN_IN_TEN_THOUSAND_YUAN + int(part[:4].ljust(4, "0")) * 100


def ten_thousands(fen: int) -> str:
    """An amount in 万元 without idle zeros."""
    whole, part = divmod(fen, FEN_IN_TEN_THOUSAND_YUAN)
    return f"{whole}.{part // 100:04d}".rstrip("0").rstrip(".")


def _size(text: str) -> int:
    sizes = {str(size): size for size in PAGE_SIZES}
    return sizes.get(text, Query.per_page)


def _page(text: str) -> int:
    return min(max(int(text), 1), MAX_PAGE) if text.isascii() and text.isdigit() else 1
