"""Invoices of the demonstration: one issued, one that waits for the desk, fees that nobody asked for yet."""

import io
from collections.abc import Iterator

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.documents import services as documents
from marketplace.invoices import policy, queries
from marketplace.invoices import services as invoices
from marketplace.invoices.models import InvoiceKind
from marketplace.organisations.models import Organisation
from marketplace.seed.paper import sheet
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story

NUMBER = "26442000000{:09d}"  # as 数电发票 are numbered: year, place, serial; invented


def stories(cast: Cast) -> Iterator[Story]:
    """After the deals of all others are told."""
    yield _asked(cast)


def _asked(cast: Cast) -> Story:
    yield cast.present
    sellers = [actor for actor in _payers(cast) if queries.open_fees(actor)]
    for place, actor in enumerate(sellers):
        fees = queries.open_fees(actor)
        organisation = db.session.get_one(Organisation, actor.organisation)
        made = invoices.request(
            actor,
            [fees[0].posting_id],
            invoices.Details(InvoiceKind.ORDINARY, organisation.name, organisation.uscc or ""),
        )
        if place == 0:
            file = documents.store(
                cast.operator, io.BytesIO(sheet("invoice")), "invoice.pdf", purpose="invoice"
            )
            number = NUMBER.format(made.id)
            invoices.issue(
                cast.operator, made, invoices.Issued(number, clock.today(), made.tax, file)
            )


def _payers(cast: Cast) -> list[Actor]:
    """One person of each organisation who may ask."""
    found: dict[int | None, Actor] = {}
    for actor in cast.actors.values():
        if policy.request.allows(actor):
            found.setdefault(actor.organisation_id, actor)
    return list(found.values())
