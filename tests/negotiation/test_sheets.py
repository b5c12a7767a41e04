"""Term sheets: kept by an organisation, seen by nobody else."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused
from marketplace.core.money import yuan
from marketplace.listings.terms import DealKind, Grant, RoyaltyBase, Terms
from marketplace.negotiation import queries, sheets
from marketplace.negotiation.models import TermSheet
from tests import factories as a
from tests.organisations.at_once import at_once

OPEN = Terms(
    kind=DealKind.LICENCE,
    grant=Grant.NON_EXCLUSIVE,
    royalty_bps=300,
    royalty_base=RoyaltyBase.NET_SALES,
)


@pytest.fixture
def firm(app):  # noqa: ARG001 -- its database
    return a.organisation()


@pytest.fixture
def keeper(firm):
    return a.actor(firm)


def kept(actor, name="普通许可", terms=OPEN, **over):
    with transaction():
        return sheets.keep(actor, name=name, terms=terms, **over)


def listed(actor, **filters):
    return [sheet.name for sheet in db.session.scalars(queries.sheets(actor, **filters))]


def test_terms_without_a_price_are_kept_as_they_were_meant(keeper):
    sheet = kept(keeper, "  普通　许可 ", note="先谈提成")
    db.session.expire_all()
    assert (sheet.name, sheet.terms, sheet.note) == ("普通 许可", OPEN, "先谈提成")


def test_only_the_own_organisation_sees_them(keeper):
    sheet = kept(keeper)
    assert listed(keeper) == ["普通许可"]
    for other in (a.actor(a.organisation()), a.operator()):
        assert listed(other) == []
        with pytest.raises(NotFound):
            queries.get_sheet(other, sheet.id)
        with pytest.raises(NotAllowed), transaction():
            sheets.put_away(other, sheet)


@pytest.mark.parametrize("role", ["viewer", "finance"])
def test_who_only_looks_on_reads_and_keeps_none(firm, keeper, role):
    sheet, colleague = kept(keeper), a.actor(firm, role)
    assert queries.get_sheet(colleague, sheet.id) is sheet
    for verb in (
        lambda: sheets.keep(colleague, name="另一份", terms=OPEN),
        lambda: sheets.revise(colleague, sheet, name="另一份", terms=OPEN),
        lambda: sheets.put_away(colleague, sheet),
    ):
        with pytest.raises(NotAllowed), transaction():
            verb()


def test_the_same_form_twice_keeps_one_and_another_of_the_name_is_refused(keeper):
    assert kept(keeper) is kept(keeper)
    with pytest.raises(Invalid) as refused:
        kept(keeper, terms=replace(OPEN, months=24))
    assert refused.value.fields == {"name": "term_sheet.name_taken"}
    kept(a.actor(a.organisation()))  # another firm's names are its own


def test_what_is_wrong_is_said_beside_the_field(keeper):
    for over, wrong in (
        ({"name": " "}, {"name": "term_sheet.name_wrong"}),
        ({"name": "名" * 121}, {"name": "term_sheet.name_wrong"}),
        ({"note": "注" * 2001}, {"note": "term_sheet.note_too_long"}),
        ({"terms": replace(OPEN, months=0)}, {"months": "terms.months_out_of_range"}),
    ):
        with pytest.raises(Invalid) as refused:
            kept(keeper, **over)
        assert refused.value.fields == wrong
    assert db.session.scalar(select(func.count(TermSheet.id))) == 0


def test_a_colleague_s_change_is_not_overwritten_unseen(keeper):
    sheet = kept(keeper)
    basis = sheets.basis_of(sheet)
    with transaction():
        sheets.revise(keeper, sheet, name="许可 A", terms=OPEN, basis=basis)
    with pytest.raises(Refused) as refused, transaction():
        sheets.revise(keeper, sheet, name="许可 B", terms=OPEN, basis=basis)
    assert (refused.value.code, sheet.name) == ("term_sheet.changed", "许可 A")


def test_it_is_put_away_and_brought_back(keeper):
    sheet = kept(keeper)
    with transaction():
        sheets.put_away(keeper, sheet)
        sheets.put_away(keeper, sheet)
    assert (listed(keeper), listed(keeper, put_away=True)) == ([], ["普通许可"])
    with transaction():
        sheets.bring_back(keeper, sheet)
    assert listed(keeper) == ["普通许可"]


def test_they_are_found_by_kind_and_by_word(keeper):
    kept(keeper, note="高校")
    kept(keeper, "转让", Terms(kind=DealKind.TRANSFER, price=yuan(1)))
    assert listed(keeper, kind="transfer") == ["转让"]
    assert listed(keeper, text="高校") == ["普通许可"]
    assert listed(keeper, text="%") == []


def test_two_colleagues_at_once_keep_one_sheet(own_database):
    with own_database.app_context():
        with transaction():
            keeper = a.actor(a.organisation())
        done = at_once(own_database, *[lambda: sheets.keep(keeper, name="许可", terms=OPEN)] * 2)
        assert done == ["done", "done"]
        assert db.session.scalar(select(func.count(TermSheet.id))) == 1
