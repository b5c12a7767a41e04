"""Refusals. Each carries the code of the rule or permission behind it, not the words."""

from collections.abc import Iterable, Mapping
from typing import Any


class Refused(Exception):  # noqa: N818 -- a refusal is an answer, not an error
    """What the user asked for cannot be done.

    `code` has words in both languages (words.yaml, section refusals); `needs` names what is
    missing; `fields` puts a code beside a form field; `facts` fill placeholders in the words.
    """

    status = 409

    def __init__(
        self,
        code: str,
        *,
        needs: Iterable[str] = (),
        fields: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.needs = tuple(needs)
        self.fields = dict(fields or {})
        self.facts = facts


class WrongState(Refused):
    """The record is not in a state from which this action starts."""


class Unlawful(Refused):
    """A rule of law stands in the way; `needs` names the rules."""


class NotFound(Refused):
    """There is no such record, or none that the actor may see."""

    status = 404


class NotAllowed(Refused):
    """The actor lacks the permission; `needs` names what is missing."""

    status = 403


class Invalid(Refused):
    """A value is against a rule of the trade; `fields` says which."""

    status = 422


class TooOften(Refused):
    """Asked too often; try again later."""

    status = 429
