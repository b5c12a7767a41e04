"""Verbs of an entry in a register: filed, more asked, cured, refused, withdrawn, not needed."""

from datetime import date, timedelta

from marketplace.core import clock, events
from marketplace.core.db import lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.money import Money
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.deals import policy, procedures
from marketplace.deals.models import Deal, Recordal, RecordalState
from marketplace.deals.services.cancelling import request_cancellation
from marketplace.deals.services.impartial import must_be_impartial
from marketplace.deals.services.tracking import near
from marketplace.documents import services as documents
from marketplace.documents.models import Document

REMIND_AT = (1, 7, 30)
"""Days before a day at which those concerned are told; and once more when it is past."""
LATE = -1
BATCH = 200


def file_recordal(actor: Actor, recordal: Recordal, *, filed_on: date, number: str = "") -> None:
    """It lies at the office since that day, under its number of the application."""
    _begin(actor, recordal)
    _must_be_past(filed_on, "filed_on")
    if recordal.deal.signed_at is not None and filed_on < _day_of(recordal.deal):
        raise Invalid("recordal.before_contract", fields={"filed_on": "recordal.before_contract"})
    advance(recordal, "file", by=actor, procedure=recordal.procedure, number=number)
    recordal.filed_on, recordal.office_number = filed_on, number.strip()[:80]
    recordal.reason, recordal.supplement_due, recordal.told = "", None, None


def ask_supplement(
    actor: Actor,
    recordal: Recordal,
    *,
    because: str,
    noticed_on: date,
    due_on: date | None = None,
    notice: Document | None = None,
) -> None:
    """The office wants more; without a day in its notice a month is counted from it."""
    _begin(actor, recordal)
    _must_say(because)
    _must_be_past(noticed_on, "noticed_on")
    if due_on is not None and due_on < noticed_on:
        raise Invalid("recordal.before_notice", fields={"due_on": "recordal.before_notice"})
    day = due_on or procedures.supplement_due(noticed_on)
    advance(recordal, "ask", by=actor, because=because, procedure=recordal.procedure, due_on=day)
    recordal.reason, recordal.supplement_due, recordal.told = because.strip(), day, None
    _keep_notice(actor, recordal, notice)


def extend_supplement(actor: Actor, recordal: Recordal, *, until: date, because: str) -> None:
    """The office gave more time for the supplement."""
    _begin(actor, recordal)
    _must_say(because)
    if recordal.state is not RecordalState.SUPPLEMENT_ASKED or recordal.supplement_due is None:
        raise Refused("recordal.nothing_asked")
    if until <= recordal.supplement_due:
        raise Invalid("recordal.not_longer", fields={"until": "recordal.not_longer"})
    before, recordal.supplement_due, recordal.told = recordal.supplement_due, until, None
    events.record(
        recordal, "recordal.extend", by=actor, because=because, procedure=recordal.procedure,
        before=before, due_on=until,
    )  # fmt: skip


def cure(actor: Actor, recordal: Recordal, *, because: str) -> None:
    """What the office asked for was handed in."""
    _begin(actor, recordal)
    _must_say(because)
    advance(recordal, "cure", by=actor, because=because, procedure=recordal.procedure)
    recordal.supplement_due, recordal.told = None, None


def refuse_recordal(
    actor: Actor,
    recordal: Recordal,
    *,
    because: str,
    refused_on: date,
    notice: Document | None = None,
) -> None:
    """The office refused it: it can be filed again, or the deal be undone for that reason."""
    _begin(actor, recordal)
    _must_say(because)
    _must_be_past(refused_on, "refused_on")
    advance(recordal, "refuse", by=actor, because=because, procedure=recordal.procedure,
            on=refused_on)  # fmt: skip
    recordal.reason, recordal.supplement_due, recordal.told = because.strip(), None, None
    _keep_notice(actor, recordal, notice)


def withdraw_recordal(actor: Actor, recordal: Recordal, *, because: str) -> None:
    """The application was taken back from the office."""
    _begin(actor, recordal)
    _must_say(because)
    advance(recordal, "withdraw", by=actor, because=because, procedure=recordal.procedure)
    recordal.reason, recordal.supplement_due, recordal.told = because.strip(), None, None


def dispense(actor: Actor, recordal: Recordal, *, because: str) -> None:
    """The parties do without an entry that the release does not wait for."""
    require(actor, policy.dispense_recordal, recordal)
    must_be_impartial(actor, recordal.deal)
    _must_say(because)
    if recordal.required:
        raise Refused("recordal.required")
    advance(recordal, "dispense", by=actor, because=because, procedure=recordal.procedure)
    recordal.reason, recordal.told = because.strip(), None


def resume_recordal(actor: Actor, recordal: Recordal) -> None:
    """It is wanted after all."""
    _begin(actor, recordal)
    advance(recordal, "resume", by=actor, procedure=recordal.procedure)
    recordal.reason = ""


def pay_fee(
    actor: Actor,
    recordal: Recordal,
    *,
    amount: Money,
    paid_on: date,
    receipt: Document | None = None,
) -> None:
    """What the office was paid, with its receipt."""
    _begin(actor, recordal)
    _must_be_past(paid_on, "paid_on")
    if amount.currency != "CNY" or amount.minor < 0:
        raise Invalid("recordal.fee", fields={"amount": "recordal.fee"})
    recordal.fee_minor, recordal.fee_paid_on = amount.minor, paid_on
    if receipt is not None:
        _attach(actor, recordal, receipt)
        recordal.receipt = receipt
    events.record(
        recordal, "recordal.pay", by=actor, procedure=recordal.procedure, amount=amount,
        paid_on=paid_on,
    )  # fmt: skip


def rescind_for_refusal(actor: Actor, recordal: Recordal, *, because: str) -> None:
    """Ask the other party to undo the deal since the office refused an entry that it needs."""
    require(actor, policy.rescind_for_refusal, recordal)
    _must_say(because)
    if recordal.state is not RecordalState.REFUSED or not recordal.required:
        raise Refused("recordal.not_refused")
    request_cancellation(actor, recordal.deal, because=f"{recordal.reference}：{because.strip()}")


def remind_recordals(limit: int = BATCH) -> int:
    """Tell those concerned 30, 7 and 1 days before a day, and once when it is past.

    What is late is brought before the exchange as well. Each is told once, however often the clock
    looks; the number of reminders.
    """
    today, told = clock.today(), 0
    for one in near(today + timedelta(days=max(REMIND_AT)), limit):
        day = one.next_day
        if day is None:
            continue
        left = (day - today).days
        stage = LATE if left < 0 else next(each for each in REMIND_AT if left <= each)
        if one.told is not None and one.told <= stage:
            continue
        one.told = stage
        kind = "recordal.overdue" if stage == LATE else "recordal.remind"
        events.record(one, kind, by=SYSTEM, procedure=one.procedure, due_on=day, days=left)
        if stage == LATE:
            events.record(one, "recordal.escalate", by=SYSTEM, procedure=one.procedure, due_on=day)
        told += 1
    return told


def _begin(actor: Actor, recordal: Recordal) -> None:
    require(actor, policy.work_recordal, recordal)
    must_be_impartial(actor, recordal.deal)
    lock(recordal)


def _keep_notice(actor: Actor, recordal: Recordal, notice: Document | None) -> None:
    if notice is not None:
        _attach(actor, recordal, notice)
        recordal.notice = notice


def _attach(actor: Actor, recordal: Recordal, document: Document) -> None:
    documents.attach(actor, document, recordal)
    documents.share(actor, document, [recordal.deal.seller_id, recordal.deal.buyer_id])


def _must_say(because: str) -> None:
    if not because.strip():
        raise Invalid("deal.reason", fields={"because": "deal.reason"})


def _must_be_past(day: date, field: str) -> None:
    if day > clock.today():
        raise Invalid("recordal.future", fields={field: "recordal.future"})


def _day_of(deal: Deal) -> date:
    signed = deal.signed_at or clock.now()
    return signed.astimezone(clock.BEIJING).date()
