"""Keeping an eye on auctions: one's own list, and their times for any calendar program."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.auctions.engine.state import Phase
from marketplace.auctions.models import Auction
from marketplace.auctions.queries import calendar, following, reading, timetable
from marketplace.auctions.services import following as services
from marketplace.core import settings
from marketplace.core.db import transaction
from marketplace.web import auction_words, ics, wording
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.paging import paginate
from marketplace.web.presentation import org_name, public_address, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("auction_watch", __name__)
GONE = frozenset({Phase.WITHDRAWN, Phase.CANCELLED})


@bp.get("/workbench/auctions/watched")
@sign_in_required
def index() -> ResponseReturnValue:
    """What the reader watches, with state, price and time left."""
    actor = current_actor()
    page = paginate(following.watched(actor))
    return render_template(
        "auctions/watched.html",
        page=page,
        takes_part=following.taken_part_in(actor, page.items),
        title_of=wording.own_title,
        start=calendar.start_of,
    )


@bp.post("/auctions/<reference>/watch")
@sign_in_required
def watch(reference: str) -> ResponseReturnValue:
    """Watch, or no longer: the form says which it wants."""
    actor = current_actor()
    with transaction():
        auction = reading.get(actor, reference)
        if request.form.get("watch", "on") == "off":
            services.unwatch(actor, auction)
        else:
            services.watch(actor, auction)
    return redirect(_back(url_for("auction_room.show", reference=auction.reference)), 303)


def _back(otherwise: str) -> str:
    """The page of ours from which the form came."""
    came_from = request.referrer or ""
    return came_from if came_from.startswith(request.host_url) else otherwise


@bp.get("/auctions/<reference>.ics")
@limiter.limit("120 per minute")
def appointment(reference: str) -> ResponseReturnValue:
    """The times of an auction for any calendar program."""
    auction = reading.get(current_actor(), reference)
    entry = _entry(auction)
    return ics.response(entry.title, [entry], auction.reference)


def _entry(auction: Auction) -> ics.Appointment:
    times = timetable.times(auction)
    rows: list[tuple[str, Any]] = [
        (gettext("卖方"), org_name(auction.seller)),
        (gettext("竞价方式"), words("enums", f"auction_format.{auction.format.value}")),
        (gettext("状态"), words("states", f"auction.{auction.state.value}")),
        *auction_words.timetable(auction),
    ]
    return ics.Appointment(
        uid=f"auction-{auction.reference}@{urlsplit(settings.current().site_url).hostname}",
        starts=times.starts,
        ends=times.ends,
        title=gettext("网络竞价：%(title)s", title=wording.own_title(auction.listing)[0]),
        sequence=times.changes,
        status=_status(auction),
        text="\n".join(gettext("%(name)s：%(value)s", name=n, value=v) for n, v in rows),
        url=public_address("auction_room.show", reference=auction.reference),
    )


def _status(auction: Auction) -> str:
    if auction.state in GONE:
        return "CANCELLED"
    return "TENTATIVE" if auction.state is Phase.SUSPENDED else "CONFIRMED"
