"""What the rules leave to do becomes a task: whose, by when, settled by what; nobody forgets it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from marketplace.compliance import services as compliance
from marketplace.compliance import worklist
from marketplace.compliance.models import TaskState
from marketplace.core import clock
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.core.events import Event
from marketplace.deals import services as deals
from marketplace.deals.models import DealState
from marketplace.jobs import worker
from marketplace.listings.terms import DealKind, Grant
from marketplace.notifications.models import Mail, Notification
from tests import factories as a
from tests.deals import journey

pytestmark = pytest.mark.usefixtures("app")
SIGNED = datetime(2026, 3, 2, 2, tzinfo=UTC)


def tasks(deal):
    return {(task.rule, task.side): task for task in worklist.tasks_of(deal)}


def task(deal, rule, side="seller"):
    return tasks(deal)[rule, side]


def licence():
    terms = a.terms(
        kind=DealKind.LICENCE, grant=Grant.EXCLUSIVE, territory=("CN",), months=24, field=""
    )
    return a.listing(terms_data=terms.to_json())


def events_about(*kinds):
    return [
        (event.kind, event.facts["rules"])
        for event in db.session.scalars(
            select(Event).where(Event.kind.in_(kinds)).order_by(Event.id)
        )
    ]


def count(model):
    return db.session.scalar(select(func.count(model.id)))


def pledged():
    right = a.asset()
    a.pledge(right)
    return a.listing(right)


def test_what_the_law_asks_before_signing_is_a_task_with_owner_and_day_until_a_paper_settles_it():
    deal, who = journey.opened(pledged())

    consent = task(deal, "pledged-no-transfer-or-licence")
    assert (consent.state, consent.gate, consent.organisation_id) == (
        TaskState.OPEN,
        "hard",
        deal.seller_id,
    )
    assert consent.due_on == deal.due_at.astimezone(clock.BEIJING).date()
    assert consent.counts_from == "step"

    journey.proven(deal, who, "pledgee_consent")
    assert (consent.state, consent.settled, consent.settled_by) == (
        TaskState.DONE,
        "evidence",
        ["pledgee_consent"],
    )


def test_a_licence_signed_has_three_months_to_be_recorded_by_either_party():
    with clock.freeze(SIGNED):
        deal, who = journey.opened(licence())
        assert ("patent-licence-record-3-months", "seller") not in tasks(deal)
        journey.cleared(deal, who)
        journey.signed(deal, who)

    for side, owner in (("seller", deal.seller_id), ("buyer", deal.buyer_id)):
        recordal = task(deal, "patent-licence-record-3-months", side)
        assert (recordal.organisation_id, recordal.due_on) == (owner, date(2026, 6, 2))
        assert (recordal.counts_from, recordal.started_on) == ("signing", date(2026, 3, 2))


def test_a_sale_leaves_stamp_duty_within_fifteen_days_and_what_has_no_period_says_so():
    with clock.freeze(SIGNED):
        deal, _ = journey.to(DealState.CLOSED)

    assert task(deal, "tax-stamp-ip-transfer", "buyer").due_on == date(2026, 3, 17)
    invoice = task(deal, "tax-vat-six-percent")
    assert (invoice.due_on, invoice.undated, invoice.state) == (None, "no_period", TaskState.OPEN)
    assert task(deal, "patent-transfer-written-and-registered").state is TaskState.DONE


def test_following_twice_is_once():
    deal, _ = journey.opened(pledged())
    before = count(Event), {key: one.state for key, one in tasks(deal).items()}

    for _ in range(2):
        with transaction():
            deals.follow(deal)

    assert (count(Event), {key: one.state for key, one in tasks(deal).items()}) == before


def test_what_is_asked_for_no_more_lapses_with_the_reason():
    right = a.asset()
    pledge = a.pledge(right)
    deal, who = journey.opened(a.listing(right))
    consent = task(deal, "pledged-no-transfer-or-licence")

    with transaction():
        db.session.delete(pledge)
    db.session.expire_all()
    with transaction():
        deal.judged_on = clock.today() - timedelta(days=1)
    with transaction():
        assert deals.follow_stale() == 1
    assert (consent.state, consent.settled) == (TaskState.LAPSED, "vanished")

    journey.cancelled(deal, who)
    assert {one.settled for one in tasks(deal).values()} <= {"vanished", "cancelled", "facts"}
    assert not any(one.is_open for one in tasks(deal).values())


def test_a_page_of_answers_is_followed_once_by_the_job():
    deal, who = journey.opened()
    journey.answered(deal, who)
    assert deal.judged_on is None

    with transaction():
        assert deals.follow_stale() == 1
    with transaction():
        assert deals.follow_stale() == 0


def test_owners_are_reminded_at_each_mark_once_then_told_it_is_late_then_escalated():
    with clock.freeze(SIGNED):
        deal, who = journey.opened(licence())
        journey.cleared(deal, who)
        journey.signed(deal, who)
    recordal = task(deal, "patent-licence-record-3-months")
    due = recordal.due_on
    kinds = ("task.remind", "task.overdue", "task.escalate_owners", "task.escalate_exchange")
    heard = []
    for days in (-20, -14, -13, -8, -7, -3, -2, -1, 0, 1, 2, 3, 7, 14, 15):
        with clock.freeze(clock.start_of(due + timedelta(days=days)) + timedelta(hours=1)):
            for _ in range(2):  # a worker killed before the commit does it again; two do it once
                with transaction():
                    compliance.remind_due()
        now = [
            kind
            for kind, rules in events_about(*kinds)
            if "patent-licence-record-3-months" in rules
        ]
        heard.append((days, len(now)))

    sides = 2
    assert heard == [
        (-20, 0),
        *[(d, n * sides) for d, n in ((-14, 1), (-13, 1), (-8, 1), (-7, 2), (-3, 3), (-2, 3))],
        *[(d, n * sides) for d, n in ((-1, 4), (0, 5), (1, 6), (2, 6), (3, 7), (7, 7))],
        *[(d, n * sides) for d, n in ((14, 8), (15, 8))],
    ]


def test_a_reminder_reaches_inbox_and_mail_of_those_whose_task_it_is_and_nobody_else():
    with clock.freeze(SIGNED):
        deal, who = journey.opened(licence())
        journey.cleared(deal, who)
        journey.signed(deal, who)
        worker.run_until_idle()
    db.session.query(Notification).delete()
    db.session.query(Mail).delete()
    db.session.commit()

    with clock.freeze(SIGNED + timedelta(days=100)):
        with transaction():
            compliance.remind_due()
        worker.run_until_idle()

    told = {n.organisation_id for n in db.session.scalars(select(Notification))}
    assert told >= {deal.seller_id, deal.buyer_id}
    assert any(deal.reference in mail.body for mail in db.session.scalars(select(Mail)))


def test_an_organisation_gives_a_duty_to_a_member_and_says_when_it_is_done():
    with clock.freeze(SIGNED):
        deal, who = journey.to(DealState.CLOSED)
    duty = task(deal, "tax-vat-six-percent")
    colleague = a.member(deal.seller, "viewer").user

    with pytest.raises(Invalid), transaction():
        compliance.assign(who.seller, duty, a.user().id)
    with transaction():
        compliance.assign(who.seller, duty, colleague.id)
    assert duty.assignee == colleague
    with pytest.raises(NotAllowed), transaction():
        compliance.report(who.buyer, duty, because="已开票")
    with pytest.raises(NotFound):
        worklist.task(who.buyer, duty.id)

    with transaction():
        compliance.report(who.seller, duty, because="已开具增值税发票 0371")
    with transaction():
        deals.follow(deal)
    assert (duty.state, duty.settled, duty.report) == (
        TaskState.DONE,
        "report",
        "已开具增值税发票 0371",
    )
    with transaction():
        compliance.resume(who.seller, duty)
    assert duty.state is TaskState.OPEN


def test_what_stops_a_deal_is_not_done_by_saying_so():
    deal, who = journey.opened(pledged())

    with pytest.raises(Refused) as refused, transaction():
        compliance.report(
            who.seller, task(deal, "pledged-no-transfer-or-licence"), because="口头同意"
        )
    assert refused.value.code == "task.needs_paper"
