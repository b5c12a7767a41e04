"""Money by card, step by step: begin, ask the provider, take over what it says.

The provider is asked between two transactions, never inside one, so these are entry points that
open their own. A run that is cut short anywhere leaves something that `resume` finds and takes to its
end, and the key of the order makes one effect of two askings.
"""

from marketplace.deals.cards.accounts import connect, disconnect, look_account, onboarding
from marketplace.deals.cards.attempts import give_up, look, pay
from marketplace.deals.cards.notices import act_on, deliver_sandbox, reconcile, resume, take_in
from marketplace.deals.cards.sending import release, send, tend_hold

__all__ = [
    "act_on",
    "connect",
    "deliver_sandbox",
    "disconnect",
    "give_up",
    "look",
    "look_account",
    "onboarding",
    "pay",
    "reconcile",
    "release",
    "resume",
    "send",
    "take_in",
    "tend_hold",
]
