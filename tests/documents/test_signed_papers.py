"""Mandates and secrecy agreements are signed in the file itself, as contracts are."""

import io

import pytest

from marketplace.core.db import transaction
from marketplace.core.errors import Refused
from marketplace.documents import signing, storage
from marketplace.documents.signing import evidence
from marketplace.rooms import queries as room_queries
from marketplace.rooms import services as rooms
from tests import factories as a
from tests.mandates import mandating
from tests.rooms import rooming

pytestmark = pytest.mark.usefixtures("app")


def changed(pdf: bytes) -> bytes:
    middle = len(pdf) // 2
    return pdf[:middle] + bytes([pdf[middle] ^ 1]) + pdf[middle + 1 :]


def test_a_mandate_carries_both_signatures_and_the_exchanges_seal():
    principal, broker = a.organisation("holder"), a.organisation("broker")
    mandate = mandating.offered(principal, broker)
    mandating.signed(mandate, a.actor(broker))
    assert mandate.executed is None
    mandating.signed(mandate, a.actor(principal))

    pdf = storage.read(mandate.executed.sha256)
    report = signing.verify(pdf)
    assert (report.verdict, [one.organisation for one in report.signatures][:2]) == (
        "good",
        [broker.name, principal.name],
    )
    assert len(report.signatures) == 3
    assert mandate.document.sha256 in report.revisions
    assert signing.verify(changed(pdf)).verdict == "broken"
    assert [one.place for one in evidence.of(mandate)] == ["broker", "principal"]


def test_a_secrecy_agreement_carries_the_visitors_signature_and_the_seal():
    story = rooming.a_room()
    visitor = rooming.a_visitor()
    rooming.sign(visitor, story.room)

    signature = room_queries.signature_of(visitor.organisation, story.room)
    pdf = storage.read(signature.signed.sha256)
    report = signing.verify(pdf)
    assert (report.verdict, len(report.signatures)) == ("good", 2)
    assert signature.sha256 in report.revisions
    assert signing.verify(changed(pdf)).verdict == "broken"


def test_a_text_of_the_sellers_own_that_takes_no_signature_is_refused_at_once():
    with transaction():
        story = rooming.a_room()
    broken = io.BytesIO(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
    before = story.room.agreement.number
    with pytest.raises(Refused), transaction():
        rooms.set_agreement(story.seller, story.room, stream=broken, filename="own.pdf")
    assert story.room.agreement.number == before
