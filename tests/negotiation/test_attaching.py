"""Files that belong to the terms of an offer, from the first version to the contract."""

from dataclasses import replace

import pytest

from marketplace.core.db import transaction
from marketplace.core.errors import Invalid
from marketplace.core.money import yuan
from marketplace.deals import papers
from marketplace.documents import queries as documents
from marketplace.listings.terms import DealKind, Terms
from marketplace.negotiation import services
from tests import factories as a

pytestmark = pytest.mark.usefixtures("app")
OFFERED = Terms(kind=DealKind.TRANSFER, price=yuan(400_000))
DEARER = replace(OFFERED, price=yuan(450_000))


class Talk:
    """A listing, and someone of each side."""

    def __init__(self) -> None:
        self.listing = a.listing()
        self.seller, self.buyer = a.actor(self.listing.seller), a.actor(a.organisation())
        self.paper = a.document(organisation_id=self.buyer.organisation_id, filename="清单.pdf")

    def offered(self):
        with transaction():
            return services.make(self.buyer, self.listing, terms=OFFERED, attachments=[self.paper])


@pytest.fixture
def talk():
    return Talk()


def names(offer, version):
    return [paper.filename for paper in offer.versions[version - 1].papers]


def test_both_sides_read_a_file_of_the_terms_and_nobody_else(talk):
    talk.offered()
    rival = a.actor(a.organisation())
    assert documents.readable(talk.seller, [talk.paper.id]) == {talk.paper.id}
    assert documents.readable(talk.buyer, [talk.paper.id]) == {talk.paper.id}
    assert documents.readable(rival, [talk.paper.id]) == set()


def test_a_counter_offer_keeps_the_files_on_the_table_unless_it_names_others(talk):
    offer = talk.offered()
    own = a.document(organisation_id=talk.seller.organisation_id, filename="验收标准.pdf")
    with transaction():
        services.counter(talk.seller, offer, version=1, terms=DEARER)
    with transaction():
        services.counter(
            talk.buyer, offer, version=2, terms=OFFERED, attachments=[talk.paper, talk.paper]
        )
    with transaction():
        services.counter(talk.seller, offer, version=3, terms=DEARER, attachments=[own])
    assert [names(offer, n) for n in (1, 2, 3, 4)] == [
        ["清单.pdf"], ["清单.pdf"], ["清单.pdf"], ["验收标准.pdf"],
    ]  # fmt: skip


def test_another_file_alone_makes_another_version(talk):
    offer = talk.offered()
    with transaction():
        services.counter(talk.seller, offer, version=1, terms=OFFERED, attachments=[])
    assert (offer.version, names(offer, 2)) == (2, [])
    with pytest.raises(Invalid) as refused, transaction():
        services.counter(talk.buyer, offer, version=2, terms=OFFERED, attachments=[])
    assert refused.value.code == "offer.unchanged"


def test_nobody_attaches_what_is_neither_theirs_nor_on_the_table(talk):
    foreign = a.document(organisation_id=a.organisation().id)
    with pytest.raises(Invalid) as refused, transaction():
        services.make(talk.buyer, talk.listing, terms=OFFERED, attachments=[foreign])
    assert refused.value.fields == {"files": "enquiry.document_not_yours"}
    offer = talk.offered()
    with pytest.raises(Invalid), transaction():
        services.counter(talk.seller, offer, version=1, terms=DEARER, attachments=[foreign])
    assert offer.version == 1


def test_a_version_has_at_most_ten_files(talk):
    many = [a.document(organisation_id=talk.buyer.organisation_id) for _ in range(11)]
    with pytest.raises(Invalid) as refused, transaction():
        services.make(talk.buyer, talk.listing, terms=OFFERED, attachments=many)
    assert refused.value.fields == {"files": "offer.too_many_files"}
    with transaction():
        offer = services.make(talk.buyer, talk.listing, terms=OFFERED, attachments=many[:10])
    assert len(offer.versions[0].papers) == 10


def test_the_files_of_the_accepted_version_are_annexes_of_the_contract(talk):
    offer = talk.offered()
    with transaction():
        deal = services.accept(talk.seller, offer, version=1)
    wanted = {"document": talk.paper.id, "name": "清单.pdf", "sha256": talk.paper.sha256}
    assert deal.annexes == [wanted]
    printed = papers.contract(deal, drawn_at=deal.created_at).data()["annexes"]
    assert printed == [{"name": "清单.pdf", "sha256": talk.paper.sha256}]
