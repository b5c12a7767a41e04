"""What the clock starts, and how often it looks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from marketplace.auctions.services import controlling, convening, first_refusal
from marketplace.compliance import services as compliance
from marketplace.core.db import transaction
from marketplace.deals import cards
from marketplace.deals import services as deals
from marketplace.jobs import (
    auction_letters,
    auctioning,
    closing,
    daily,
    importing,
    indexing,
    watching,
)
from marketplace.listings import services as listings
from marketplace.mandates import services as mandates
from marketplace.negotiation import lapsing, reminding
from marketplace.notifications import services as notifications
from marketplace.organisations import services as organisations
from marketplace.rooms import services as rooms
from marketplace.royalties import services as royalties
from marketplace.trust import services as trust


@dataclass(frozen=True)
class Job:
    """A function that answers whether it found anything to do."""

    name: str
    every: timedelta
    run: Callable[[], object]


def _in_transaction(work: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        with transaction():
            return work()

    return run


AUCTIONS = (Job("auctions", timedelta(seconds=0.25), closing.run),)  # in a thread of their own

JOBS = (
    Job("imports", timedelta(seconds=0.5), importing.run_queued),
    Job("mail", timedelta(seconds=1), notifications.send_due),
    Job("daily status", timedelta(hours=1), daily.run),
    Job("follow rights", timedelta(minutes=1), daily.follow_rights),
    Job("expire listings", timedelta(minutes=1), _in_transaction(listings.expire_due)),
    Job("remind listings", timedelta(hours=1), _in_transaction(listings.remind_due)),
    Job("expire offers", timedelta(minutes=1), _in_transaction(lapsing.expire_due)),
    Job("remind of offers", timedelta(minutes=10), _in_transaction(reminding.remind_due)),
    Job("follow complaints", timedelta(minutes=10), _in_transaction(trust.follow)),
    Job("expire mandates", timedelta(minutes=10), _in_transaction(mandates.expire_due)),
    Job("follow deals", timedelta(seconds=15), _in_transaction(deals.follow_stale)),
    Job("remind of tasks", timedelta(minutes=10), _in_transaction(compliance.remind_due)),
    Job("remind of recordals", timedelta(minutes=10), _in_transaction(deals.remind_recordals)),
    Job("call instalments", timedelta(hours=1), _in_transaction(deals.call_due)),
    Job("remind of instalments", timedelta(hours=1), _in_transaction(deals.remind_instalments)),
    Job("brokers' fees", timedelta(minutes=5), _in_transaction(deals.follow_brokerage)),
    Job("overdue deals", timedelta(hours=1), _in_transaction(deals.overdue)),
    Job("follow auctions", timedelta(seconds=1), auctioning.follow),
    Job("guard auctions", timedelta(seconds=15), auctioning.guard),
    Job("winners who are late", timedelta(minutes=5), auctioning.enforce),
    Job("log of auctions", timedelta(seconds=1), auctioning.sequence),
    Job("deposits held too long", timedelta(minutes=5), auctioning.alarm),
    Job("open royalty statements", timedelta(hours=1), _in_transaction(royalties.open_due)),
    Job("remind of royalties", timedelta(hours=1), _in_transaction(royalties.remind)),
    Job("pass royalties on", timedelta(minutes=1), _in_transaction(royalties.pass_on)),
    Job("follow our part of the books", timedelta(minutes=1), daily.follow_books),
    Job("end notices", timedelta(minutes=5), _in_transaction(deals.end_notices)),
    Job("watch auctions", timedelta(minutes=5), watching.run),
    Job("convene juries", timedelta(minutes=10), _in_transaction(convening.look)),
    Job("sandbox notices", timedelta(seconds=1), cards.deliver_sandbox),
    Job("payments by card", timedelta(seconds=2), cards.resume),
    Job("provider's balance", timedelta(minutes=10), cards.reconcile),
    Job("remind of auctions", timedelta(minutes=1), auction_letters.remind),
    Job("tell who was outbid", timedelta(seconds=20), auction_letters.tell_outbid),
    Job("lapse proposals", timedelta(minutes=1), _in_transaction(controlling.lapse_due)),
    Job("rights of first refusal", timedelta(minutes=1), _in_transaction(first_refusal.expire_due)),
    Job("expire admissions to rooms", timedelta(minutes=1), _in_transaction(rooms.expire_due)),
    Job("remind of admissions", timedelta(minutes=10), _in_transaction(rooms.remind_due)),
    Job("expire invitations", timedelta(hours=1), _in_transaction(organisations.expire_due)),
    Job("saved searches", timedelta(minutes=10), indexing.alert_saved_searches),
    Job("mend the index", timedelta(seconds=5), indexing.mend),
    Job("heal the index", timedelta(minutes=5), indexing.heal),
)
