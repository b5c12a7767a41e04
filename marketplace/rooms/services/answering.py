"""Questions of those who are in, and the seller's answers."""

from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.lifecycle import advance
from marketplace.core.policy import Actor, require
from marketplace.rooms import policy, queries
from marketplace.rooms.models import Room, RoomFile, RoomQuestion

LONGEST = 5000


def ask_question(
    actor: Actor, room: Room, *, text: str, file: RoomFile | None = None, key: str = ""
) -> RoomQuestion:
    """Ask the seller, about a file if wanted. The same key again is the same question."""
    require(actor, policy.put_question, room)
    queries.must_be_in(actor, room)
    own_key = f"{actor.user}:{key}"[:64] if key else None
    known = queries.question_by_key(own_key) if own_key else None
    if known is not None:
        return known
    question = RoomQuestion(
        room=room,
        user_id=actor.user,
        organisation_id=actor.organisation,
        text=_text(text, "text"),
        file=file,
        key=own_key,
    )
    db.session.add(question)
    events.record(question, "room_question.ask", by=actor)
    return question


def answer(
    actor: Actor,
    question: RoomQuestion,
    *,
    text: str,
    shared: bool,
    file: RoomFile | None = None,
) -> None:
    """Answer the asker alone, or all who are in without saying who asked."""
    require(actor, policy.answer, question)
    said = _text(text, "answer")
    advance(question, "answer", by=actor, shared=shared)
    question.answer, question.answer_file = said, file
    question.shared, question.answered_at = shared, clock.now()


def _text(text: str, field: str) -> str:
    if not text.strip():
        raise Invalid("room_question.text_missing", fields={field: "room_question.text_missing"})
    if len(text) > LONGEST:
        raise Invalid("room.text_too_long", fields={field: "room.text_too_long"})
    return text.strip()
