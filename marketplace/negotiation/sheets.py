"""Term sheets that an organisation keeps: terms to begin an offer, a counter-offer or a listing with."""

from sqlalchemy.exc import IntegrityError

from marketplace.core import clock, events
from marketplace.core.db import db, lock
from marketplace.core.errors import Invalid, Refused
from marketplace.core.policy import Actor, require
from marketplace.listings import terms as agreed
from marketplace.listings.terms import Terms
from marketplace.negotiation import policy, queries
from marketplace.negotiation.models import TermSheet

LONGEST_NAME = 120
LONGEST_NOTE = 2000


def keep(actor: Actor, *, name: str, terms: Terms, note: str = "") -> TermSheet:
    """Keep terms under a name of their own; they may leave open what is not known yet.

    The same terms under the same name again are the same sheet.
    """
    require(actor, policy.keep_sheet)
    terms = agreed.normalised(terms)
    name = _checked(name, terms, note)
    standing = queries.sheet_named(actor.organisation, name)
    if standing is not None:
        return _as_before(standing, terms, note)
    made = TermSheet(organisation_id=actor.organisation)
    _write(actor, made, name, terms, note)
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:  # the same form twice at once, or a colleague
        standing = queries.sheet_named(actor.organisation, name)
        if standing is None:
            raise
        return _as_before(standing, terms, note)
    events.record(made, "term_sheet.keep", by=actor, name=name)
    return made


def revise(
    actor: Actor, sheet: TermSheet, *, name: str, terms: Terms, note: str = "", basis: str = ""
) -> None:
    """Change it. With the `basis` of the form (see basis_of) no colleague's change is overwritten unseen."""
    require(actor, policy.change_sheet, sheet)
    lock(sheet)
    if basis and basis != basis_of(sheet):
        raise Refused("term_sheet.changed")
    terms = agreed.normalised(terms)
    name = _checked(name, terms, note)
    standing = queries.sheet_named(sheet.organisation_id, name)
    if standing is not None and standing is not sheet:
        raise Invalid("term_sheet.name_taken", fields={"name": "term_sheet.name_taken"})
    _write(actor, sheet, name, terms, note)
    events.record(sheet, "term_sheet.revise", by=actor, name=name)


def put_away(actor: Actor, sheet: TermSheet) -> None:
    """Offer it no more; it can be brought back."""
    require(actor, policy.change_sheet, sheet)
    lock(sheet)
    if sheet.put_away_at is None:
        sheet.put_away_at = clock.now()
        events.record(sheet, "term_sheet.put_away", by=actor, name=sheet.name)


def bring_back(actor: Actor, sheet: TermSheet) -> None:
    """Offer it again."""
    require(actor, policy.change_sheet, sheet)
    lock(sheet)
    if sheet.put_away_at is not None:
        sheet.put_away_at = None
        events.record(sheet, "term_sheet.bring_back", by=actor, name=sheet.name)


def basis_of(sheet: TermSheet) -> str:
    """What a form was made on."""
    return sheet.changed_at.isoformat()


def _checked(name: str, terms: Terms, note: str) -> str:
    name = " ".join(name.split())
    wrong = agreed.problems(terms, firm=False)
    if not name or len(name) > LONGEST_NAME:
        wrong["name"] = "term_sheet.name_wrong"
    if len(note) > LONGEST_NOTE:
        wrong["note"] = "term_sheet.note_too_long"
    if wrong:
        raise Invalid("term_sheet.wrong", fields=wrong)
    return name


def _as_before(standing: TermSheet, terms: Terms, note: str) -> TermSheet:
    if standing.terms != terms or standing.note != note.strip():
        raise Invalid("term_sheet.name_taken", fields={"name": "term_sheet.name_taken"})
    return standing


def _write(by: Actor, sheet: TermSheet, name: str, terms: Terms, note: str) -> None:
    sheet.name, sheet.note = name, note.strip()
    sheet.terms_data = events.plain(terms.to_json())
    sheet.changed_by_id, sheet.changed_at = by.user, clock.now()
