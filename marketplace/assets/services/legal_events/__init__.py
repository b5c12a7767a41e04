"""What happened to a right: noted by our own verbs and imports, declared by keepers, confirmed."""

from marketplace.assets.services.legal_events.declaring import confirm, declare, refuse, withdraw
from marketplace.assets.services.legal_events.importing import Taken, take_file
from marketplace.assets.services.legal_events.keeping import catch_up, keep_in_step
from marketplace.assets.services.legal_events.noting import key_of, look_into_register, note, unsay

__all__ = [
    "Taken",
    "catch_up",
    "confirm",
    "declare",
    "keep_in_step",
    "key_of",
    "look_into_register",
    "note",
    "refuse",
    "take_file",
    "unsay",
    "withdraw",
]
