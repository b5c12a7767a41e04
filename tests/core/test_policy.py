"""A permission is an OR of ANDs; a refusal names what the nearest way still lacks."""

import pytest

from marketplace.core.errors import NotAllowed
from marketplace.core.policy import REGISTRY, SYSTEM, VISITOR, Actor, Permission, require


def is_tall(actor: Actor, _: object) -> bool:
    """You are tall."""
    return actor.role == "tall"


def is_subject(actor: Actor, subject: object) -> bool:
    """It is yours."""
    return actor.user_id == subject


def never(_: Actor, __: object) -> bool:
    """Never."""
    return False


@pytest.fixture
def entry():
    yield Permission("test.entry", ((is_tall, is_subject), (never, is_tall, is_subject)))
    del REGISTRY["test.entry"]


def test_one_way_that_holds_is_enough(entry):
    require(Actor(7, None, "tall"), entry, 7)


def test_the_nearest_way_says_what_is_missing(entry):
    with pytest.raises(NotAllowed) as refusal:
        require(Actor(8, None, "tall"), entry, 7)
    assert (refusal.value.code, refusal.value.needs) == ("test.entry", ("is_subject",))


def test_neither_the_system_nor_a_visitor_is_a_person_or_an_organisation():
    for nobody in (SYSTEM, VISITOR):
        with pytest.raises(NotAllowed):
            _ = nobody.user
        with pytest.raises(NotAllowed):
            _ = nobody.organisation
