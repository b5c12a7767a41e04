"""The money of a deal around its settlement: the statement, taxes, deposits, debts; acts of each side."""

import io
from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from marketplace.core import settings
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.core.money import Money
from marketplace.core.policy import Actor, Permission
from marketplace.deals import policy, queries, registration, statements, steps
from marketplace.deals import services as deals
from marketplace.deals.models import Deal, TaxName
from marketplace.documents import services as documents
from marketplace.documents import sniff, typeset
from marketplace.documents.letterhead import site
from marketplace.documents.models import Document
from marketplace.forms import settlement as shapes
from marketplace.forms.absorb import absorb
from marketplace.organisations import queries as organisations
from marketplace.web import wording
from marketplace.web.deal_page import settlement as shown
from marketplace.web.deals.contract import inline
from marketplace.web.deals.shared import bp, refused_text
from marketplace.web.export import table_response
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, sign_in_required

FORMS: dict[str, type[FlaskForm]] = {
    "instruct": shapes.InstructForm,
    "unsay": shapes.BecauseItemForm,
    "order": shapes.OrderForm,
    "receipt": shapes.TaxReceiptForm,
    "lender": shapes.LenderForm,
    "seller": shapes.EndedForm,
    "repay": shapes.RepayForm,
    "agree": shapes.ItemForm,
    "drop": shapes.BecauseItemForm,
}
ASKED: dict[str, Permission] = {
    **dict.fromkeys(("instruct", "unsay"), policy.instruct_tax),
    **dict.fromkeys(("order", "receipt"), policy.handle_tax),
    **dict.fromkeys(("lender", "seller"), policy.pay_deposit),
    **dict.fromkeys(("repay", "agree", "drop"), policy.ask_repayment),
}


@bp.get("/<reference>/money")
@sign_in_required
def settlement(reference: str) -> ResponseReturnValue:
    """The statement for the reader's side, taxes, deposits and debts."""
    return _page(queries.get(current_actor(), reference))


def _page(deal: Deal, failed: tuple[str, str, FlaskForm] | None = None) -> ResponseReturnValue:
    actor = current_actor()
    side = steps.side(deal, actor.organisation_id)

    def form(verb: str, item: object = "") -> FlaskForm:
        if failed is not None and failed[:2] == (verb, str(item)):
            return failed[2]
        fresh = FORMS[verb](formdata=None, prefix=f"{verb}{item}-")
        fresh["item"].data = str(item)
        return fresh

    page = render_template(
        "deals/settlement.html",
        deal=deal,
        my_side=side,
        statement=statements.of(deal, side),
        says=shown,
        may={verb: asked.allows(actor, deal) for verb, asked in ASKED.items()},
        form=form,
        failed=failed[:2] if failed else ("", ""),
        taxes=registration.taxes_of(deal),
        stamp=shown.stamp_duty(deal),
        deposits=shown.deposits(deal) if side != steps.BUYER else [],
        letters=deal.payoff_letters if side != steps.BUYER else [],
        brokerage=shown.brokerage(deal) if side != steps.SELLER else [],
        may_pay=policy.see_payment.allows(actor, deal),
        escrow=settings.current(),
        title=wording.own_title(deal.listing)[0],
    )
    return page, 422 if failed else 200


@bp.get("/<reference>/statement.csv")
@sign_in_required
def statement_table(reference: str) -> ResponseReturnValue:
    """The statement as a table."""
    deal = queries.get(current_actor(), reference)
    found = statements.of(deal, steps.side(deal, current_actor().organisation_id))
    return table_response(found.rows, shown.columns(), f"{reference}-statement", "csv")


@bp.get("/<reference>/statement.pdf")
@sign_in_required
@limiter.limit("30 per minute")
def statement_paper(reference: str) -> ResponseReturnValue:
    """The statement as a paper, in both languages."""
    deal = queries.get(current_actor(), reference)
    found = statements.of(deal, steps.side(deal, current_actor().organisation_id))
    now = settings.current()
    paper = shown.paper(found, site(), demo=now.demo)
    return inline(io.BytesIO(typeset.print_paper(paper)), f"{reference}-statement.pdf")


@bp.post(
    "/<reference>/money/<any(instruct,unsay,order,receipt,lender,seller,repay,agree,drop):verb>"
)
@sign_in_required
@limiter.limit("60 per minute")
def act_on_settlement(reference: str, verb: str) -> ResponseReturnValue:
    """Instruct a tax, order it, file its receipt; pay a deposit out; have the seller pay back."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    if not ASKED[verb].allows(actor, deal):
        raise NotAllowed(ASKED[verb].name)
    item = _item(verb)
    form = FORMS[verb](prefix=f"{verb}{item}-")
    if not form.validate_on_submit():
        return _page(deal, (verb, item, form))
    try:
        with transaction():
            VERBS[verb](actor, deal, item, form)
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        if refusal.fields:
            absorb(form, refusal, locale_code())
            return _page(queries.get(actor, reference), (verb, item, form))
        flash(refused_text(refusal), "bad")
    else:
        flash(gettext("已办理。"), "ok")
    return redirect(url_for("deals.settlement", reference=reference), 303)


def _item(verb: str) -> str:
    """Which of several the form is about: its own name says so, so that each has ids of its own."""
    for name in request.form:
        if name.startswith(verb) and name.endswith("-item"):
            return name.removeprefix(verb).removesuffix("-item")[:20]
    return ""


def _number(item: str) -> int:
    if not (item.isascii() and item.isdigit()):
        raise NotFound("tax.unknown")
    return int(item)


def _kept(deal: Deal, form: Any, purpose: str) -> Document:
    return documents.store(
        current_actor(),
        form.document.data.stream,
        form.document.data.filename or "",
        purpose=purpose,
        subject=deal,
        allowed=sniff.PAPERS,
    )


def _money(deal: Deal, amount: Money) -> Money:
    return Money(deal.currency, amount.minor)


def _instruct(actor: Actor, deal: Deal, _: str, form: Any) -> None:
    amount, name = _money(deal, form.amount.data), TaxName(form.name.data)
    deals.instruct_tax(actor, deal, name=name, amount=amount, basis=form.basis.data or "")


def _unsay(actor: Actor, deal: Deal, item: str, form: Any) -> None:
    tax = queries.withheld_tax(actor, deal.reference, _number(item))
    deals.withdraw_tax(actor, tax, because=form.because.data or "")


def _order(actor: Actor, deal: Deal, item: str, form: Any) -> None:
    deals.order_tax(
        actor,
        queries.withheld_tax(actor, deal.reference, _number(item)),
        office=form.office.data or "",
        bank=form.bank.data or "",
        account=form.account.data or "",
        form_number=form.form_number.data or "",
    )


def _receipt(actor: Actor, deal: Deal, item: str, form: Any) -> None:
    tax = queries.withheld_tax(actor, deal.reference, _number(item))
    paper = _kept(deal, form, "tax_receipt")
    deals.file_tax_receipt(actor, tax, number=form.number.data or "", document=paper)


def _to_lender(actor: Actor, deal: Deal, item: str, form: Any) -> None:
    lender = organisations.with_uscc((form.lender.data or "").upper())
    if lender is None:
        raise Invalid("deposit.lender_unknown", fields={"lender": "deposit.lender_unknown"})
    deals.pay_deposit_to_lender(
        actor,
        deal,
        queries.deposited_pledge(deal, _number(item)),
        lender=lender,
        amount=_money(deal, form.amount.data),
        because=form.because.data or "",
        document=_kept(deal, form, "deposit"),
        key=form.key.data or "",
    )


def _to_seller(actor: Actor, deal: Deal, item: str, form: Any) -> None:
    deals.pass_deposit_to_seller(
        actor,
        deal,
        queries.deposited_pledge(deal, _number(item)),
        because=form.because.data or "",
        document=_kept(deal, form, "deposit"),
        key=form.key.data or "",
    )


def _repay(actor: Actor, deal: Deal, _: str, form: Any) -> None:
    deals.propose_repayment(
        actor,
        deal,
        amount=_money(deal, form.amount.data),
        because=form.because.data or "",
        document=_kept(deal, form, "repayment"),
    )


def _agree(actor: Actor, deal: Deal, item: str, _: Any) -> None:
    deals.ask_repayment(actor, queries.repayment(actor, deal, _number(item)))


def _drop(actor: Actor, deal: Deal, item: str, form: Any) -> None:
    found = queries.repayment(actor, deal, _number(item))
    deals.withdraw_repayment(actor, found, because=form.because.data or "")


VERBS: dict[str, Callable[[Actor, Deal, str, Any], None]] = {
    "instruct": _instruct,
    "unsay": _unsay,
    "order": _order,
    "receipt": _receipt,
    "lender": _to_lender,
    "seller": _to_seller,
    "repay": _repay,
    "agree": _agree,
    "drop": _drop,
}
