"""Whom the events of trust are told to, and the page that each reader is sent to."""

import pytest

from marketplace.core.db import db
from marketplace.core.events import Event
from marketplace.notifications.audience import FOR_OPERATORS, organisations_told
from marketplace.notifications.subjects import subject_of
from marketplace.trust import services as trust
from tests import factories as a
from tests.trust import scenes

pytestmark = pytest.mark.usefixtures("app")


def told(kind):
    """The organisations told of the last event of a kind, each with its page."""
    db.session.flush()
    event = db.session.query(Event).filter_by(kind=kind).order_by(Event.id.desc()).first()
    subject = subject_of(event)
    return {number: subject.path_for(number) for number in organisations_told(event, subject)}


def test_a_rating_is_told_to_the_broker_and_its_answer_to_the_rater_each_on_its_own_page():
    scene = scenes.closed()
    rating = scenes.rated(scene)
    assert told("rating.write") == {scene.broker.id: "/workbench/broker/ratings"}

    trust.answer_rating(scene.house, rating, "感谢")

    page = f"/workbench/deals/{scene.deal.reference}#ratings"
    assert told("rating.answer") == {scene.seller.organisation_id: page}


def test_a_complaint_is_told_to_the_staff_first_and_to_the_broker_once_accepted():
    scene = scenes.closed()
    complaint = scenes.complained(scene)
    assert (told("complaint.file"), "complaint.file" in FOR_OPERATORS) == ({}, True)

    trust.accept(scene.operator, complaint)

    page = f"/workbench/complaints/{complaint.reference}"
    both = dict.fromkeys((scene.seller.organisation_id, scene.broker.id), page)
    assert told("complaint.accept") == both


def test_a_sanction_is_told_to_the_broker():
    broker = a.organisation("broker")
    scenes.sanctioned(broker, scenes.SanctionKind.WARNING)

    assert told("sanction.impose") == {broker.id: "/workbench/broker/grade"}
