"""The filters of every list of auctions: what the address asks for, and what there is to choose from."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from flask import request

from marketplace.assets import regions
from marketplace.assets.models import AssetKind
from marketplace.auctions.engine.rules import LARGEST, Format
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.queries import choosing
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words

Choice = TypeVar("Choice", bound=StrEnum)
FEN_OF_WAN = 1_000_000


def wanted_of(asked: Mapping[str, str]) -> choosing.Wanted:
    """What the address asks for; what makes no sense is left out."""
    return choosing.Wanted(
        text=asked.get("q", "").strip()[:100],
        how=_one_of(Format, asked.get("how", "")),
        kind=_one_of(AssetKind, asked.get("kind", "")),
        state=_one_of(Phase, asked.get("state", "")),
        city=asked.get("city", "")[:40],
        least=_fen(asked.get("pmin", "")),
        most=_fen(asked.get("pmax", "")),
    )


def _one_of(of: type[Choice], text: str) -> Choice | None:
    return of(text) if text in set(of) else None


def _fen(text: str) -> int | None:
    """An amount in 万元, as people type it."""
    typed = unicodedata.normalize("NFKC", text).replace(",", "").strip()
    try:
        amount = Decimal(typed[:20])
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 <= amount * FEN_OF_WAN <= LARGEST:
        return None
    return int(amount * FEN_OF_WAN)


@dataclass(frozen=True)
class Choices:
    """The options of the filters, each with its words."""

    formats: list[tuple[str, str]]
    kinds: list[tuple[str, str]]
    states: list[tuple[str, str]]
    cities: list[tuple[str, str]]
    least: str
    most: str


def choices_of(states: Iterable[Phase]) -> Choices:
    every = ("", gettext("全部"))
    return Choices(
        [every, *((f.value, words("enums", f"auction_format.{f.value}")) for f in Format)],
        [every, *((k.value, words("enums", f"asset_kind.{k.value}")) for k in choosing.kinds())],
        [every, *((s.value, words("states", f"auction.{s.value}")) for s in states)],
        [every, *((c, regions.display(c, locale_code())) for c in choosing.cities())],
        request.args.get("pmin", "")[:20],
        request.args.get("pmax", "")[:20],
    )
