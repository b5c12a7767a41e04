"""Carry a command of a page out and go back to it: what was refused is said there."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from marketplace.core.db import db, transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.forms.absorb import absorb
from marketplace.web.presentation import locale_code, words


def do(work: Callable[[], None], said: str, back: str) -> ResponseReturnValue:
    """A command of a button. 403 and 404 stay what they are."""
    try:
        with transaction():
            work()
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        flash(words("refusals", _code(refusal), **refusal.facts), "bad")
    else:
        flash(said, "ok")
    db.session.expire_all()
    return redirect(back, 303)


def _code(refusal: Refused) -> str:
    """The words of the first field where there are any: they say more."""
    return next(iter(refusal.fields.values()), refusal.code)


def do_form(
    form: Any, work: Callable[[], None], said: str, back: str
) -> ResponseReturnValue | None:
    """A command of a form; None: the form is to be shown again with what is wrong."""
    if not form.validate_on_submit():
        return None
    try:
        with transaction():
            work()
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        db.session.expire_all()
        absorb(form, refusal, locale_code())
        return None
    if said:
        flash(said, "ok")
    return redirect(back, 303)
