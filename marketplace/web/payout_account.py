"""The account at a payment provider to which one's organisation is paid out: open, complete, end."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from marketplace.assets import scopes
from marketplace.core import settings
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.deals import cards
from marketplace.forms.absorb import absorb
from marketplace.forms.organisations import DisconnectForm, PayoutAccountForm
from marketplace.organisations import passwords
from marketplace.organisations import queries as organisations
from marketplace.organisations.models import Region
from marketplace.payments import queries
from marketplace.payments.gateways import choice
from marketplace.web.bundle_words import place
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code, words
from marketplace.web.session import current_actor, sign_in_required

bp = Blueprint("payout_account", __name__, url_prefix="/workbench/organisation/payout-account")
NEAR = [region.value for region in Region if region is not Region.FOREIGN]


@bp.get("")
@sign_in_required
def show() -> ResponseReturnValue:
    """How it stands by what the provider was last heard to say, and what comes next."""
    return _page(PayoutAccountForm(formdata=None), DisconnectForm(formdata=None))


def _page(form: PayoutAccountForm, ending: DisconnectForm) -> ResponseReturnValue:
    ours = organisations.own_organisation(current_actor())
    found = queries.own_payee_accounts(current_actor(), ours)
    form.offer(countries())
    if request.method == "GET":
        form.country.data = ours.region.value if ours.region.value in NEAR else ""
    page = render_template(
        "organisation/payout_account.html",
        form=form,
        ending=ending,
        standing=queries.standing_account(ours.id),
        accounts=found,
        due=due_words,
        place=place,
        available=choice.transfers(),
        demo=settings.current().demo,
        back=request.args.get("back", ""),
    )
    return page, 422 if request.method == "POST" else 200


def countries() -> list[tuple[str, str]]:
    """Codes and names, the nearest first."""
    far = sorted(scopes.COUNTRIES - set(NEAR), key=place)
    return [(code, place(code)) for code in (*NEAR, *far)]


def due_words(names: list[str]) -> list[str]:
    """What a provider still wants to know, in our words, each once."""
    kinds = dict.fromkeys(name.partition(".")[0].partition("_")[0] for name in names)
    known = {
        "company", "representative", "owners", "directors", "executives", "person", "individual",
        "external", "business", "tos",
    }  # fmt: skip
    return [
        words("enums", f"payee_due.{kind}")
        for kind in dict.fromkeys(kind if kind in known else "other" for kind in kinds)
    ]


@bp.post("")
@sign_in_required
@limiter.limit("10 per minute")
def connect() -> ResponseReturnValue:
    """Ask the provider for an account; the password is asked for."""
    form = PayoutAccountForm()
    form.offer(countries())

    def work() -> None:
        cards.connect(current_actor(), country=form.country.data)

    if _proved(form, work):
        return redirect(url_for("payout_account.show"), 303)
    return _page(form, DisconnectForm(formdata=None))


@bp.get("/onboarding")
@sign_in_required
@limiter.limit("20 per minute")
def onboarding() -> ResponseReturnValue:
    """Lead on to the provider's page; the provider leads back here when its address was good no more."""
    try:
        return redirect(cards.onboarding(current_actor()), 303)
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(words("refusals", refusal.code, **refusal.facts), "bad")
        return redirect(url_for("payout_account.show"), 303)


@bp.post("/check")
@sign_in_required
@limiter.limit("20 per minute")
def check() -> ResponseReturnValue:
    """Ask the provider how the account stands."""
    ours = organisations.own_organisation(current_actor())
    for one in queries.own_payee_accounts(current_actor(), ours)[:1]:
        cards.look_account(one.id)
    return redirect(url_for("payout_account.show"), 303)


@bp.post("/end")
@sign_in_required
@limiter.limit("10 per minute")
def end() -> ResponseReturnValue:
    """Be paid by bank again; the password is asked for."""
    form = DisconnectForm()
    if _proved(form, lambda: cards.disconnect(current_actor())):
        flash(gettext("已停用，以后付到银行账户。"), "ok")
        return redirect(url_for("payout_account.show"), 303)
    return _page(PayoutAccountForm(formdata=None), form)


def _proved(form: FlaskForm, work: Callable[[], None]) -> bool:
    """Carry it out for whoever knows the password; what is wrong is said on the form."""
    actor = current_actor()
    queries.own_payee_accounts(actor, organisations.own_organisation(actor))  # or refused
    if not form.validate_on_submit():
        return False
    try:
        me = organisations.own_account(actor)
        passwords.prove(me, form.current.data, field="current")
        work()
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return False
    return True
