"""How pages say what an open licence costs, until when it holds, and where it is offered."""

from dataclasses import dataclass
from datetime import date, datetime

from marketplace.core import clock, settings
from marketplace.core.policy import Actor
from marketplace.core.words import say
from marketplace.deals import facts
from marketplace.deals.models import Deal
from marketplace.listings import fee_standard
from marketplace.listings import queries as listings
from marketplace.listings.models import Listing
from marketplace.listings.terms import Terms
from marketplace.negotiation.models import StandingOffer
from marketplace.open_licences import queries
from marketplace.open_licences.facts import Outlook
from marketplace.open_licences.models import OpenStatement
from marketplace.rules.engine import Finding, Status
from marketplace.web import bundle_words
from marketplace.web.deal_page import findings
from marketplace.web.locale import gettext, ngettext
from marketplace.web.presentation import locale_code, words


def fee(terms: Terms) -> str:
    """The fee standard in the reader's language."""
    return fee_standard.said(terms, locale_code()) or "–"


def term(terms: Terms) -> str:
    """How long a licence holds."""
    if terms.months is None:
        return gettext("至专利权期限届满")
    return ngettext("%(num)s 个月", "%(num)s 个月", terms.months)


def until(deal: Deal) -> date | None:
    """The last day of a licence that was taken."""
    days = [facts.licence_end(deal, asset) for asset in deal.assets]
    return min((day for day in days if day), default=None)


def usual_way() -> str:
    """How the fee is paid where the exchange keeps it until the recordal."""
    now = settings.current()
    return say("enums", "open_payment.escrow", site=now.site_name, account=now.escrow_account_name)


@dataclass(frozen=True)
class Shown:
    """An open licence for everybody: the statement, the fee, and for what times others hold it."""

    number: str
    fee: str
    periods: list[tuple[date, date | None]]

    @property
    def taken(self) -> str:
        """How many hold it."""
        return ngettext("%(num)s 家", "%(num)s 家", len(self.periods))


def shown(found: StandingOffer) -> Shown | None:
    """What rests on a published statement, without the names of those who took it."""
    if not found.declaration or not found.listing.assets:
        return None
    first = found.listing.assets[0]
    deals = queries.taken_under(first, found.declaration.split("、")[0])
    periods = [(_day(deal.signed_at), until(deal)) for deal in deals if deal.signed_at]
    return Shown(found.declaration, fee(found.terms), periods)


def _day(moment: datetime) -> date:
    return moment.astimezone(clock.BEIJING).date()


def listings_of(actor: Actor, statement: OpenStatement) -> list[Listing]:
    """Where the right is up on the terms of the statement."""
    return [
        one for one in listings.of_asset(actor, statement.asset) if one.terms == statement.terms
    ]


def checks(outlook: Outlook) -> list[tuple[str, str, str]]:
    """The rules that a statement has to meet, for ui.checks."""
    return [(_tone(f), findings.title_of(f), _said(f)) for f in outlook.findings]


def reasons(statement: OpenStatement, outlook: Outlook) -> list[tuple[str, str]]:
    """What the registers say, for ui.notice: what is in the way, and who has yet to agree."""
    names = {
        "coowner": gettext("共有人须书面同意"),
        "pledgee": gettext("质权人须书面同意"),
    }
    found = [(bundle_words.reason_text(one), "bad") for one in outlook.answer.obstacles]
    found += [
        (
            gettext("%(why)s：%(party)s", why=names[one.code], party=one.party)
            if one.code in names
            else bundle_words.reason_text(one),
            "warn",
        )
        for one in outlook.answer.missing
    ]
    if not statement.terms.price and not statement.terms.royalty_bps:
        found.append((gettext("还没有填写许可使用费。"), "warn"))
    return found


def needs_consent(outlook: Outlook) -> bool:
    """Somebody has yet to agree, and can be asked here."""
    return bool(outlook.answer.missing) and not outlook.answer.obstacles


def _tone(finding: Finding) -> str:
    if finding.status is Status.OPEN:
        return "bad"
    return "wait" if finding.status is Status.UNKNOWN else "ok"


def _said(finding: Finding) -> str:
    article = findings.article_of(finding)
    if finding.status is Status.UNKNOWN:
        lacking = gettext("、").join(words("enums", f"fact.{p}") for p in finding.missing)
        return gettext("%(article)s；还需陈述：%(facts)s", article=article, facts=lacking)
    if finding.status is Status.OPEN and finding.lacking_evidence:
        papers = findings.evidence_text(finding.lacking_evidence)
        return gettext("%(article)s；还缺：%(papers)s", article=article, papers=papers)
    return article
