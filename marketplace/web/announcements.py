"""What is announced of an auction that stands still: why, since when, when it goes on."""

import json
from datetime import datetime
from typing import TypedDict

from marketplace.auctions.models import Auction
from marketplace.auctions.queries import control
from marketplace.auctions.services.intake import moment
from marketplace.core.words import knows
from marketplace.web.presentation import words


class Announcement(TypedDict):
    """For `auctions/announcement.html`."""

    cause: str
    since: datetime | None
    resumes_at: datetime | None


def announcement(auction: Auction) -> Announcement | None:
    """The announcement of a suspended auction; of any other, none."""
    lines = control.announcements(auction)
    if not lines:
        return None
    said: Announcement = {"cause": "", "since": None, "resumes_at": None}
    for line in lines:
        public = json.loads(line.body)["public"]
        if line.kind == "suspended":
            code = f"auction_cause.{public.get('reason', '')}"
            said["cause"] = words("enums", code) if knows("enums", code) else ""
            said["since"] = moment(line.at)
        else:
            said["resumes_at"] = moment(public["resumes_at"])
    return said
