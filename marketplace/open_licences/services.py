"""Verbs of a statement: drawn up, filed, published, withdrawn; and what the register says of it.

What the office has published is a burden of the right, which an operator confirms as every other;
the statement follows the register. A withdrawal takes effect when it is published (专利法 art. 50(2)):
until then the licence may be taken.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from marketplace.assets import services as assets
from marketplace.assets.models import PATENTS, Asset, BurdenState
from marketplace.compliance import services as compliance
from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.lifecycle import advance
from marketplace.core.money import yuan
from marketplace.core.policy import Actor, require
from marketplace.core.references import next_reference
from marketplace.core.words import say
from marketplace.documents import services as documents
from marketplace.documents import typeset
from marketplace.documents.models import Document
from marketplace.listings import fee_standard, gates
from marketplace.listings import services as listings
from marketplace.listings import terms as agreed
from marketplace.listings.models import Listing, PriceMode
from marketplace.listings.terms import DealKind, Terms
from marketplace.open_licences import facts, policy, prints, queries
from marketplace.open_licences.models import OpenStatement, StatementState
from marketplace.rules.facts import FIELDS
from marketplace.rules.sources import ORIGINS, kept_with_right

LONGEST = 2000


@dataclass(frozen=True)
class Said:
    """What a statement says: fee and term, how it is paid and was worked out, whom to write to."""

    terms: Terms = field(default_factory=lambda: facts.plain(Terms(kind=DealKind.LICENCE)))
    payment_way: str = ""
    fee_basis: str = ""
    other: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    contact_address: str = ""


def draw_up(actor: Actor, asset: Asset, said: Said) -> OpenStatement:
    """Begin the statement of a right. A right has one under way at a time."""
    require(actor, policy.state, asset)
    lock(asset)
    if asset.kind not in PATENTS:
        raise Refused("open_statement.patents_only")
    known = queries.under_way(asset)
    if known is not None:
        raise Refused("open_statement.under_way", reference=known.reference)
    statement = OpenStatement(
        reference=next_reference("K"),
        asset=asset,
        owner_id=asset.keeper_id,
        terms_data={},
        drawn_up_by_id=actor.user,
        under=actor.under.reference if actor.under else "",
    )
    _write(statement, said)
    db.session.add(statement)
    events.record(statement, "open_statement.draw_up", by=actor, asset=asset.reference)
    return statement


def revise(actor: Actor, statement: OpenStatement, said: Said) -> None:
    """Change a draft."""
    require(actor, policy.state, statement)
    lock(statement)
    _must_be_draft(statement)
    _write(statement, said)
    events.record(statement, "open_statement.revise", by=actor)


def attach_report(actor: Actor, statement: OpenStatement, report: Document) -> None:
    """Enclose the evaluation report of the patent (专利权评价报告; art. 50 para. 1)."""
    require(actor, policy.state, statement)
    lock(statement)
    _must_be_draft(statement)
    statement.report = report
    events.record(statement, "open_statement.revise", by=actor, report=report.sha256)


def answer(actor: Actor, statement: OpenStatement, path: str, value: Any) -> None:
    """State what only the owner knows. What is said of the right is kept with the right."""
    require(actor, policy.state, statement)
    lock(statement)
    _must_be_draft(statement)
    if path not in FIELDS or not ORIGINS[path].is_asked:
        raise Invalid("deal.no_such_question", fields={path: "deal.no_such_question"})
    accepted = None if value is None else FIELDS[path].accept(value)
    if kept_with_right(path) and actor.under is None:
        assets.state_of_all(actor, [statement.asset], path, accepted)
        return
    record, name = path.split(".")
    given = {kept: dict(content) for kept, content in (statement.facts or {}).items()}
    given.setdefault(record, {}).pop(name, None)
    if accepted is not None:
        given[record][name] = accepted
    statement.facts = given
    events.record(statement, "open_statement.revise", by=actor, path=path, value=accepted)


def file(actor: Actor, statement: OpenStatement) -> Document:
    """Hand it in: nothing stands in its way, and the paper is kept as it goes to the office.

    Raises Unlawful with the rules that are not met (arts. 85, 86 of the implementing rules).
    """
    require(actor, policy.state, statement)
    lock(statement)
    statement.lifecycle.target(statement.state, "file")
    lacking = _lacking(statement)
    if lacking:
        raise Invalid("open_statement.incomplete", fields=lacking)
    asset = statement.asset
    gates.must_be_possible([(asset, facts.must_answer(statement))], agreed=True)
    compliance.must_pass(
        statement, stage=facts.STAGE, facts=facts.sheet(statement), parts=[asset.reference]
    )
    now = clock.now()
    paper = typeset.print_paper(prints.statement(statement, drawn_at=now))
    statement.document = _kept(actor, statement, paper, "statement")
    statement.filed_on = clock.today()
    advance(statement, "file", by=actor, sha256=statement.document.sha256)
    return statement.document


def take_back(actor: Actor, statement: OpenStatement, *, because: str) -> None:
    """Back to the draft: the office wants it otherwise, or it was a slip."""
    require(actor, policy.state, statement)
    _must_say_why(because)
    lock(statement)
    advance(statement, "take_back", by=actor, because=because)
    statement.filed_on = None


def drop(actor: Actor, statement: OpenStatement, *, because: str) -> None:
    """Let it be before it is published."""
    require(actor, policy.state, statement)
    _must_say_why(because)
    lock(statement)
    advance(statement, "drop", by=actor, because=because)
    statement.because = because.strip()[:LONGEST]


def announce(
    actor: Actor, statement: OpenStatement, *, number: str, published_on: date, evidence: Document
) -> None:
    """The office has published it under this number; an operator compares it with the gazette."""
    require(actor, policy.state, statement)
    lock(statement)
    statement.lifecycle.target(statement.state, "announce")
    statement.burden = assets.enter_open_licence(
        actor, statement.asset, number=number, published_on=published_on, evidence=evidence
    )
    advance(statement, "announce", by=actor, number=statement.number, published_on=published_on)


def put_up(actor: Actor, statement: OpenStatement) -> Listing:
    """Begin a listing of the patent on the terms of the statement. Twice is once."""
    require(actor, policy.state, statement)
    if statement.state is not StatementState.PUBLISHED:
        raise Refused("open_statement.not_published")
    summaries = [
        say(
            "enums",
            "open_listing.summary",
            locale,
            number=statement.number,
            fee=fee_standard.said(statement.terms, locale),
        )
        for locale in ("zh_Hans", "en")
    ]
    return listings.draft(
        actor,
        [statement.asset],
        terms=statement.terms,
        price_mode=PriceMode.POSTED,
        summary=summaries[0],
        summary_en=summaries[1],
        key=f"open:{statement.reference}",
    )


def ask_withdrawal(actor: Actor, statement: OpenStatement, *, because: str) -> Document:
    """Withdraw it in writing. It can be taken until the office has published the withdrawal."""
    require(actor, policy.state, statement)
    _must_say_why(because)
    lock(statement)
    statement.lifecycle.target(statement.state, "ask_withdrawal")
    statement.because = because.strip()[:LONGEST]
    paper = typeset.print_paper(prints.withdrawal(statement, drawn_at=clock.now()))
    statement.withdrawal = _kept(actor, statement, paper, "withdrawal")
    statement.withdrawal_filed_on = clock.today()
    advance(statement, "ask_withdrawal", by=actor, because=because)
    return statement.withdrawal


def announce_withdrawal(
    actor: Actor, statement: OpenStatement, *, number: str, published_on: date, evidence: Document
) -> None:
    """The office has published the withdrawal; an operator takes the statement off the register."""
    require(actor, policy.state, statement)
    lock(statement)
    if statement.state is not StatementState.WITHDRAWING or statement.burden is None:
        raise Refused("open_statement.not_withdrawing")
    assets.enter_withdrawal(actor, statement.burden, lifted_on=published_on, evidence=evidence)
    statement.withdrawal_number = number.strip()[:80]


def follow(asset: Asset, *, by: Actor) -> list[OpenStatement]:
    """Bring the statements of a right up to what its register says; those that ended are answered.

    For callers who have confirmed, refused or lifted a burden. Twice is once.
    """
    ended = []
    for statement in queries.of_asset(asset):
        burden = statement.burden
        if burden is None or statement.state in {StatementState.WITHDRAWN, StatementState.DROPPED}:
            continue
        if statement.state is StatementState.ANNOUNCED:
            _follow_announcement(statement, burden.state, by)
        if burden.state is BurdenState.LIFTED and statement.state in {
            StatementState.PUBLISHED,
            StatementState.WITHDRAWING,
        }:
            advance(statement, "end", by=by, number=statement.number, on=burden.lifted_on)
            ended.append(statement)
    return ended


def _follow_announcement(statement: OpenStatement, found: BurdenState, by: Actor) -> None:
    if found in {BurdenState.CONFIRMED, BurdenState.LIFTED}:
        advance(statement, "publish", by=by, number=statement.number)
    elif found in {BurdenState.REFUSED, BurdenState.WITHDRAWN}:
        advance(statement, "doubt", by=by)
        statement.burden = None


def _write(statement: OpenStatement, said: Said) -> None:
    terms = agreed.normalised(facts.plain(said.terms))
    wrong = {k: v for k, v in agreed.problems(terms, firm=False).items() if k != "price"}
    if terms.price is not None and terms.price.minor < 0:
        wrong["price"] = "terms.price_not_positive"
    if wrong:
        raise Invalid("open_statement.incomplete", fields=wrong)
    if terms.price is None:  # a fee that only runs: nothing at the beginning
        terms = replace(terms, price=yuan(0))
    statement.terms_data = events.plain(terms.to_json())
    statement.payment_way = said.payment_way.strip()[:500]
    statement.fee_basis = said.fee_basis.strip()[:LONGEST]
    statement.other = said.other.strip()[:LONGEST]
    statement.contact_name = said.contact_name.strip()[:80]
    statement.contact_phone = said.contact_phone.strip()[:40]
    statement.contact_email = said.contact_email.strip()[:200]
    statement.contact_address = said.contact_address.strip()[:300]


def _lacking(statement: OpenStatement) -> dict[str, str]:
    """What the statement must say (专利法实施细则 art. 85) and does not."""
    wrong = dict(agreed.problems(statement.terms, firm=True))
    for name in ("payment_way", "fee_basis", "contact_name"):
        if not getattr(statement, name).strip():
            wrong[name] = "open_statement.missing"
    if not (statement.contact_phone.strip() or statement.contact_email.strip()):
        wrong["contact_phone"] = "open_statement.missing"
    return wrong


def _must_be_draft(statement: OpenStatement) -> None:
    if statement.state is not StatementState.DRAFT:
        raise Refused("open_statement.not_draft")


def _must_say_why(because: str) -> None:
    if not because.strip():
        raise Invalid("reason.required", fields={"because": "reason.required"})


def _kept(actor: Actor, statement: OpenStatement, content: bytes, what: str) -> Document:
    return documents.keep(
        actor,
        content,
        f"{statement.reference}-{what}.pdf",
        purpose="open_statement",
        subject=statement,
        readers=dict.fromkeys([statement.owner_id, actor.organisation]),
    )
