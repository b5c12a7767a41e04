"""Questions and answers in a room."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.core.db import transaction
from marketplace.core.errors import NotAllowed, NotFound, Refused
from marketplace.forms.absorb import absorb
from marketplace.forms.rooms import AnswerQuestionForm, QuestionForm, with_choices
from marketplace.rooms import copies, policy, queries, services
from marketplace.rooms.models import Room
from marketplace.web.limits import limiter
from marketplace.web.locale import gettext
from marketplace.web.presentation import locale_code
from marketplace.web.rooms.shared import KEEP, bp, file_choices, frame
from marketplace.web.session import current_actor, sign_in_required


@bp.route("/rooms/<reference>/questions", methods=["GET", "POST"])
@sign_in_required
@limiter.limit("10 per minute", methods=["POST"])
def questions(reference: str) -> ResponseReturnValue:
    """Those that the reader sees; a visitor asks here."""
    actor = current_actor()
    room = queries.get(actor, reference)
    queries.must_be_in(actor, room)
    form = with_choices(QuestionForm(), file=file_choices(room))
    if form.validate_on_submit():
        try:
            with transaction():
                room = queries.get(actor, reference)
                about = queries.file(actor, room, form.file.data) if form.file.data else None
                services.ask_question(
                    actor, room, text=form.text.data or "", file=about, key=form.key.data or ""
                )
            flash(gettext("问题已发给权利人。"), "ok")
            return redirect(url_for("rooms.questions", reference=reference), 303)
        except (NotAllowed, NotFound):
            raise
        except Refused as refusal:
            absorb(form, refusal, locale_code())
            room = queries.get(actor, reference)
    return page(room, form=form)


def page(room: Room, **given: Any) -> ResponseReturnValue:
    """The questions; 422 where a form of it was wrong."""
    actor = current_actor()
    form = given.get("form") or with_choices(QuestionForm(formdata=None), file=file_choices(room))
    wrong = given.get("answer_form")
    visible = {file.id for file in queries.all_files(actor, room)}
    shown = render_template(
        "rooms/questions.html",
        **frame(room, "questions"),
        questions=[
            (one, _answer_form(room, one.id, wrong)) for one in queries.questions(actor, room)
        ],
        visible=visible,
        can_be_shown=copies.can_be_shown,
        form=form,
        may_ask=policy.put_question.allows(actor, room) and not policy.oversee.allows(actor, room),
    )
    bad = form.errors or form.form_errors or (wrong and wrong[1].errors)
    return shown, 422 if bad else 200


def _answer_form(room: Room, question_id: int, wrong: Any) -> Any:
    if wrong and wrong[0] == question_id:
        return wrong[1]
    form = AnswerQuestionForm(formdata=None, prefix=f"q{question_id}-")
    return with_choices(form, file=file_choices(room))


@bp.post(KEEP + "/questions/<int:question_id>")
@sign_in_required
def answer(reference: str, question_id: int) -> ResponseReturnValue:
    """The seller's answer, to the asker or to all."""
    actor = current_actor()
    room = queries.kept(actor, reference)
    form = with_choices(AnswerQuestionForm(prefix=f"q{question_id}-"), file=file_choices(room))
    question = queries.question(actor, question_id)
    if question.room_id != room.id:
        raise NotFound("room_question")
    if not form.validate_on_submit():
        return page(room, answer_form=(question_id, form))
    try:
        with transaction():
            room = queries.kept(actor, reference)
            services.answer(
                actor,
                queries.question(actor, question_id),
                text=form.answer.data or "",
                shared=bool(form.shared.data),
                file=queries.file(actor, room, form.file.data) if form.file.data else None,
            )
    except (NotAllowed, NotFound):
        raise
    except Refused as refusal:
        absorb(form, refusal, locale_code())
        return page(queries.kept(actor, reference), answer_form=(question_id, form))
    flash(gettext("答复已发出。"), "ok")
    return redirect(url_for("rooms.questions", reference=reference), 303)
