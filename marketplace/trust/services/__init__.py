"""Verbs of trust: rate and answer, complain and decide, sanction, object and repair, what the clock does."""

from marketplace.trust.services.complaining import (
    add_paper,
    answer,
    file_complaint,
    object_to,
    say,
    withdraw,
)
from marketplace.trust.services.deciding import (
    Ruling,
    accept,
    decide,
    follow,
    refuse,
    review,
)
from marketplace.trust.services.rating import (
    answer_rating,
    hide,
    leave,
    propose_hiding,
    rate,
    revise,
    show,
)
from marketplace.trust.services.regrading import (
    file_case,
    propose,
    return_case,
    settle,
    withdraw_case,
)
from marketplace.trust.services.sanctioning import Measure, impose, revoke

__all__ = [
    "Measure",
    "Ruling",
    "accept",
    "add_paper",
    "answer",
    "answer_rating",
    "decide",
    "file_case",
    "file_complaint",
    "follow",
    "hide",
    "impose",
    "leave",
    "object_to",
    "propose",
    "propose_hiding",
    "rate",
    "refuse",
    "return_case",
    "review",
    "revise",
    "revoke",
    "say",
    "settle",
    "show",
    "withdraw",
    "withdraw_case",
]
