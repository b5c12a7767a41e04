"""The facts that only a party knows."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, Refused
from marketplace.core.policy import require
from marketplace.deals import checklist as lists
from marketplace.deals import policy, queries
from marketplace.deals import services as deals
from marketplace.forms.absorb import absorb
from marketplace.forms.facts import answers, facts_form, in_groups, name_of
from marketplace.web import deal_page, wording
from marketplace.web.deals.shared import back, bp
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.session import current_actor, sign_in_required


@bp.route("/<reference>/facts", methods=["GET", "POST"])
@sign_in_required
def answer(reference: str) -> ResponseReturnValue:
    """The facts that this side knows, all on one page."""
    actor = current_actor()
    deal = queries.get(actor, reference)
    require(actor, policy.answer, deal)
    checklist = lists.of(deal)
    asked = [q for q in checklist.questions if deal_page.answers_it(actor, deal, q)]
    form = facts_form(asked)
    status = 200
    if form.validate_on_submit():
        try:
            with transaction():
                for field, value in answers(form, asked):
                    deals.answer(actor, deal, field.record, field.name, value)
        except NotAllowed:
            raise
        except Refused as refusal:
            refusal.fields = {name_of(k): v for k, v in refusal.fields.items()}
            absorb(form, refusal, locale_code())
            status = 422
        else:
            more = [
                q
                for q in lists.of(queries.get(actor, reference)).open_questions
                if deal_page.answers_it(actor, deal, q)
            ]
            if more:
                flash(gettext("已保存。根据您的回答，还有几项需要补充。"), "info")
                return redirect(url_for("deals.answer", reference=reference), 303)
            flash(gettext("事实已保存，系统已重新核查。"), "ok")
            return back(reference, "checklist")
    elif form.is_submitted():
        status = 422
    page = render_template(
        "deals/facts.html",
        deal=deal,
        form=form,
        groups=in_groups(form, asked),
        others=[q for q in checklist.open_questions if not deal_page.answers_it(actor, deal, q)],
        title=wording.own_title(deal.listing)[0],
    )
    return page, status
