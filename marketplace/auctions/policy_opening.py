"""Who keeps a part of an opening key, and who sends an envelope."""

from marketplace.auctions.models import KeyShare, ShareHolder
from marketplace.core.policy import Actor, Permission, may_manage


def keeps_the_share(actor: Actor, share: KeyShare) -> bool:
    """The part of the key is your organisation's to keep."""
    return (
        actor.organisation_id is not None
        and {
            ShareHolder.EXCHANGE: actor.is_operator,
            ShareHolder.AUTHORITY: actor.is_regulator,
            ShareHolder.SELLER: actor.organisation_id == share.organisation_id,
        }[share.kind]
    )


see_share = Permission("auction_key_share.see", ((keeps_the_share,),))
fetch_share = Permission("auction_key_share.fetch", ((keeps_the_share, may_manage),))
hand_in_share = Permission("auction_key_share.hand_in", ((keeps_the_share, may_manage),))
