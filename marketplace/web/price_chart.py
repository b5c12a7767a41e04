"""The price of an auction over time, drawn on the server: steps, not slopes."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from marketplace.auctions.engine import course
from marketplace.auctions.engine.bidding import SEALED
from marketplace.auctions.engine.course import Step
from marketplace.auctions.engine.rules import Format
from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction
from marketplace.auctions.services.intake import micros
from marketplace.core import clock
from marketplace.core.money import Money
from marketplace.web.auction_words import moment
from marketplace.web.locale import gettext, ngettext
from marketplace.web.presentation import format_seconds, locale_code, money

_ids = itertools.count(1)
HEIGHT, BASE, TOP, LABELS = 210, 26, 14, 62
WIDE = 1000  # the drawing's own units across
DOTS = 40  # more changes than this are drawn without a dot each
NICE = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Plot:
    """What is drawn: what was, what is announced to come, from when to when."""

    steps: Sequence[Step]
    ahead: Sequence[Step]
    begins: int
    ends: int
    until: int  # how far `steps` reach
    start: int

    @property
    def prices(self) -> list[int]:
        """Every price in it."""
        return [p for _, p in (*self.steps, *self.ahead) if p is not None]


@dataclass(frozen=True)
class Chart:
    """The drawing, and of a falling price the figures that no line of the log tells."""

    svg: Markup
    rows: Sequence[tuple[str, str]]


def price_chart(auction: Auction, lines: Sequence[Mapping[str, Any]]) -> Chart | None:
    """The drawing with its finding in words; none where no price is public yet."""
    if auction.format in SEALED or auction.published_at is None or auction.opens_at is None:
        return None
    plot = _plot(auction, lines)
    if not plot.prices or auction.state is Phase.PUBLISHED:
        return None
    rows = [
        (format_seconds(moment(at)), money(Money(auction.currency, price)))
        for at, price in (*plot.steps, *plot.ahead)
        if price is not None and auction.format is Format.DUTCH
    ]
    return Chart(_drawn(plot, _said(auction, plot)), rows)


def _plot(auction: Auction, lines: Sequence[Mapping[str, Any]]) -> Plot:
    rules, now = auction.rules, micros(auction.closed_at or clock.now())
    if auction.format is not Format.DUTCH:
        return Plot(course.rising(lines, now), [], rules.opens_at, now, now, rules.start)
    steps = course.falling(rules, lines, now)
    ahead: list[Step] = []
    ends = now
    if auction.state is Phase.OPEN and auction.ends_at is not None:
        ends = max(micros(auction.ends_at), now)
        ahead = [one for one in course.falling(rules, lines, ends) if one[0] > now]
    return Plot(steps, ahead, rules.opens_at, ends, now, rules.start)


def _said(auction: Auction, plot: Plot) -> str:
    """The finding in words."""
    last_at, last = next((a, p) for a, p in reversed(plot.steps) if p is not None)
    changes = len(plot.steps) - 1
    return gettext(
        "从 %(first)s 到 %(last)s，%(changes)s，最近一次在 %(moment)s。",
        first=money(Money(auction.currency, plot.prices[0])),
        last=money(Money(auction.currency, last)),
        changes=ngettext("变动 %(num)s 次", "变动 %(num)s 次", changes),
        moment=format_seconds(moment(last_at)),
    )


@dataclass(frozen=True)
class _Scale:
    """Where a moment and a price stand in the drawing."""

    plot: Plot
    low: float
    high: float

    def x(self, at: int) -> float:
        return (at - self.plot.begins) / ((self.plot.ends - self.plot.begins) or 1)

    def y(self, price: float) -> float:
        return TOP + (1 - (price - self.low) / (self.high - self.low)) * (HEIGHT - BASE - TOP)


def _drawn(plot: Plot, said: str) -> Markup:
    scale = _scale(plot)
    ticks = [(tick, scale.y(tick)) for tick in _ticks(scale.low, scale.high)]
    number = next(_ids)
    out = [
        (
            f'<div class="chart-xy"><svg class="chart" width="{LABELS}" height="{HEIGHT}" '
            f'aria-hidden="true">'
        ),
        *(
            f'<text x="{LABELS - 8}" y="{y + 4:.1f}" text-anchor="end">{escape(_figure(tick))}</text>'
            for tick, y in ticks
        ),
        (
            f'</svg><svg class="chart chart-price" width="100%" height="{HEIGHT}" role="img" '
            f'aria-labelledby="pt{number} pd{number}"><title id="pt{number}">'
            f'{escape(gettext("价格走势"))}</title><desc id="pd{number}">{escape(said)}</desc>'
        ),
        *(f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>' for _, y in ticks),
        *_lines(plot, scale),
        *_dots(plot, scale),
        f'<line class="axis" x1="0" x2="100%" y1="{HEIGHT - BASE}" y2="{HEIGHT - BASE}"/>',
        *_moments(plot),
        "</svg></div>",
    ]
    return Markup("".join(out))  # noqa: S704 -- numbers of ours; every text is escaped


def _scale(plot: Plot) -> _Scale:
    prices = [*plot.prices, plot.start]
    low, high = min(prices), max(prices)
    room = (high - low) * 0.12 or high * 0.05
    return _Scale(plot, max(low - room, 0), high + room)


def _lines(plot: Plot, scale: _Scale) -> list[str]:
    now = f"H{scale.x(plot.until) * WIDE:.1f}"
    past = _path(plot.steps, scale, now)
    whole = all(price is not None for _, price in plot.steps)
    left = scale.x(plot.steps[0][0]) * WIDE
    out = [
        f'<svg x="0" y="0" width="100%" height="{HEIGHT}" viewBox="0 0 {WIDE} {HEIGHT}"',
        ' preserveAspectRatio="none">',
        f'<path class="area" d="{past}V{HEIGHT - BASE}H{left:.1f}Z"/>' if whole else "",
        f'<path class="line" d="{past}" vector-effect="non-scaling-stroke"/>',
    ]
    if plot.ahead:
        here = [(plot.until, plot.steps[-1][1]), *plot.ahead]
        path = _path(here, scale, f"H{WIDE}")
        out.append(f'<path class="line is-ahead" d="{path}" vector-effect="non-scaling-stroke"/>')
    return [*out, "</svg>"]


def _path(steps: Sequence[Step], scale: _Scale, to: str) -> str:
    """Level to the moment of a change, then straight up or down."""
    said, drawing = [], False
    for at, price in steps:
        x = f"{scale.x(at) * WIDE:.1f}"
        if drawing:
            said.append(f"H{x}")
        if price is not None:
            y = f"{scale.y(price):.1f}"
            said.append(f"V{y}" if drawing else f"M{x} {y}")
        drawing = price is not None
    return "".join([*said, to] if drawing else said)


def _dots(plot: Plot, scale: _Scale) -> list[str]:
    shown = [(at, price) for at, price in plot.steps if price is not None]
    last = shown[-1][1]
    dots = [
        f'<circle class="dot" cx="{scale.x(at) * 100:.2f}%" cy="{scale.y(price):.1f}" r="3"/>'
        for at, price in (shown if len(shown) <= DOTS else [])
    ]
    if plot.steps[-1][1] is not None:
        cx = scale.x(plot.until) * 100
        dots.append(f'<circle class="dot is-last" cx="{cx:.2f}%" cy="{scale.y(last):.1f}" r="5"/>')
    return dots


def _moments(plot: Plot) -> list[str]:
    """Beginning and end of the axis."""
    begins, ends = moment(plot.begins), moment(plot.ends)
    if begins is None or ends is None:
        return []
    form = "%m-%d %H:%M" if ends - begins > timedelta(hours=12) else "%H:%M:%S"
    return [
        f'<text x="{at}" y="{HEIGHT - 7}" text-anchor="{anchor}">'
        f"{when.astimezone(clock.BEIJING).strftime(form)}</text>"
        for at, anchor, when in (("0", "start", begins), ("100%", "end", ends))
    ]


def _ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round figures between two prices."""
    raw = (high - low) / count
    size = 10.0 ** len(str(int(raw))) / 10
    step = min((nice * size for nice in NICE), key=lambda one: abs(one - raw))
    first = -(-low // step)
    return [step * (first + k) for k in range(12) if step * (first + k) <= high]


def _figure(minor: float) -> str:
    """A price at the axis: 128万, 1.28M."""
    amount = Decimal(int(minor)) / 100
    chinese = locale_code().startswith("zh")
    sizes = ((10**8, "亿"), (10**4, "万")) if chinese else ((10**6, "M"), (10**3, "k"))
    for size, name in sizes:
        if amount >= size:
            return f"{(amount / size).normalize():,f}{name}"
    return f"{amount:,.0f}"
