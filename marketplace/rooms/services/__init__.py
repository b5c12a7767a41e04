"""Verbs of data rooms; callers find all of them here."""

from marketplace.rooms.services.admitting import (
    ask,
    expire_due,
    extend,
    grant,
    invite,
    refuse,
    remind_due,
    revoke,
)
from marketplace.rooms.services.answering import answer, ask_question
from marketplace.rooms.services.keeping import (
    add_file,
    add_folder,
    add_version,
    close,
    open_room,
    remove_file,
    reopen,
    revise,
    revise_file,
    revise_folder,
)
from marketplace.rooms.services.looking import look
from marketplace.rooms.services.signing import ask_to_sign, set_agreement, sign

__all__ = [
    "add_file",
    "add_folder",
    "add_version",
    "answer",
    "ask",
    "ask_question",
    "ask_to_sign",
    "close",
    "expire_due",
    "extend",
    "grant",
    "invite",
    "look",
    "open_room",
    "refuse",
    "remind_due",
    "remove_file",
    "reopen",
    "revise",
    "revise_file",
    "revise_folder",
    "revoke",
    "set_agreement",
    "sign",
]
