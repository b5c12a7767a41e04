"""What burdens a right, who agrees to what; and who owns it now."""

from marketplace.assets.services.burdens.consents import (
    ask_consents,
    confirm_consent,
    file_consent,
    give_consent,
    refuse_consent,
    return_consent,
    revoke_consent,
    take_back_consent,
)
from marketplace.assets.services.burdens.licences import (
    declare_licence,
    declare_licence_end,
    end_licence,
    grant_licence,
    refuse_licence,
    refuse_licence_end,
    register_licence,
    withdraw_licence,
)
from marketplace.assets.services.burdens.owners import (
    change_owner,
)
from marketplace.assets.services.burdens.pledges import (
    declare_pledge,
    declare_release,
    refuse_pledge,
    refuse_release,
    register_pledge,
    release_pledge,
    revise_pledge,
    withdraw_pledge,
)
from marketplace.assets.services.burdens.restrictions import (
    confirm_burden,
    declare_burden,
    declare_lift,
    lift_burden,
    refuse_burden,
    refuse_lift,
    withdraw_burden,
)

__all__ = [
    "ask_consents",
    "change_owner",
    "confirm_burden",
    "confirm_consent",
    "declare_burden",
    "declare_licence",
    "declare_licence_end",
    "declare_lift",
    "declare_pledge",
    "declare_release",
    "end_licence",
    "file_consent",
    "give_consent",
    "grant_licence",
    "lift_burden",
    "refuse_burden",
    "refuse_consent",
    "refuse_licence",
    "refuse_licence_end",
    "refuse_lift",
    "refuse_pledge",
    "refuse_release",
    "register_licence",
    "register_pledge",
    "release_pledge",
    "return_consent",
    "revise_pledge",
    "revoke_consent",
    "take_back_consent",
    "withdraw_burden",
    "withdraw_licence",
    "withdraw_pledge",
]
