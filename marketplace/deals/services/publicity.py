"""Verbs of notices about deals: drawn up, corrected, ended into evidence, withdrawn with the deal."""

from datetime import date

from marketplace.compliance import policy as rules
from marketplace.compliance import prints
from marketplace.compliance import queries as compliance
from marketplace.compliance.models import Notice, NoticeKind, NoticeState
from marketplace.compliance.services import notices
from marketplace.core import clock
from marketplace.core.db import db, lock
from marketplace.core.errors import Refused
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.deals import policy, publicity
from marketplace.deals.models import Deal
from marketplace.deals.services.recording import put_on_record
from marketplace.documents import services as documents
from marketplace.documents import typeset
from marketplace.documents.models import Visibility
from marketplace.listings import policy as listing_policy
from marketplace.listings.models import Listing


def draft_notice(actor: Actor, deal: Deal, kind: NoticeKind) -> Notice:
    """Draw up a notice about a deal from what was agreed; its seller publishes it."""
    require(actor, policy.answer, deal)
    if not publicity.may_announce(deal, kind):
        raise Refused("notice.deal_over")
    return notices.draft(actor, deal, publicity.draft(deal, kind))


def announce_sale(actor: Actor, listing: Listing) -> Notice:
    """Draw up the announcement of a sale of state assets from its listing."""
    require(actor, listing_policy.revise, listing)
    return notices.draft(actor, listing, publicity.state_sale(listing))


def correct_notice(actor: Actor, notice: Notice, *, because: str) -> Notice:
    """Draw up a notice that replaces this one once it is published: from how things stand now."""
    require(actor, rules.publish_notice, notice)
    subject = subject_of(notice)
    given = (
        publicity.state_sale(subject)
        if isinstance(subject, Listing)
        else publicity.draft(subject, notice.kind)
    )
    return notices.draft(actor, subject, given, corrects=notice, because=because)


def publish_notice(actor: Actor, notice: Notice, *, posted_inside: str = "") -> None:
    """Publish it, and print it for the record; everybody may read the paper."""
    require(actor, rules.publish_notice, notice)
    notices.publish(actor, notice, posted_inside=posted_inside)
    notice.document = documents.keep(
        actor,
        typeset.print_paper(prints.notice(notice)),
        f"{notice.reference}.pdf",
        purpose="notice",
        subject=notice,
        visibility=Visibility.PUBLIC,
        organisation_id=notice.organisation_id,
    )
    follow_notice(notice)


def end_notices(today: date | None = None) -> int:
    """End what has run its time; of a deal the ended notice becomes evidence. How many ended."""
    ended = notices.end_due(today)
    for notice in ended:
        if notice.subject_kind == "deal" and notice.document is not None:
            put_on_record(
                db.session.get_one(Deal, notice.subject_id),
                publicity.EVIDENCE[notice.kind],
                document=notice.document,
                issuer=notice.organisation.name,
                issued_on=notice.ends_on or clock.today(),
                number=notice.reference,
            )
            follow_notice(notice)
    return len(ended)


def follow_notice(notice: Notice) -> None:
    """What a notice, or an objection to it, changed for its deal is judged at the next turn."""
    if notice.subject_kind == "deal":
        db.session.get_one(Deal, notice.subject_id).judged_on = None


def withdraw_notices(deal: Deal, *, because: str) -> None:
    """A deal that is off announces nothing any more."""
    for notice in compliance.notices_about(deal):
        if notice.state in {NoticeState.PUBLISHED, NoticeState.HELD}:
            lock(notice)
            notices.withdraw(SYSTEM, notice, because=because)


def subject_of(notice: Notice) -> Deal | Listing:
    """What a notice is about."""
    if notice.subject_kind == "deal":
        return db.session.get_one(Deal, notice.subject_id)
    return db.session.get_one(Listing, notice.subject_id)
