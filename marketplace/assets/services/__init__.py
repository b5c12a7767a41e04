"""Verbs of rights: put on record, verify, burden, import."""

from marketplace.assets.services.burdens import (
    change_owner,
    declare_pledge,
    grant_licence,
    refuse_pledge,
    register_pledge,
    release_pledge,
)
from marketplace.assets.services.imports import (
    begin,
    cancel_import,
    fail,
    finish,
    remember_mapping,
    remembered_mapping,
    start_import,
    take,
    upload,
)
from marketplace.assets.services.records import (
    Change,
    add,
    age_due,
    annuities_of,
    put,
    refresh_status,
    revise,
)
from marketplace.assets.services.titles import (
    confirm_title,
    refuse_title,
    request_verification,
    withdraw_request,
)

__all__ = [
    "Change",
    "add",
    "age_due",
    "annuities_of",
    "begin",
    "cancel_import",
    "change_owner",
    "confirm_title",
    "declare_pledge",
    "fail",
    "finish",
    "grant_licence",
    "put",
    "refresh_status",
    "refuse_pledge",
    "refuse_title",
    "register_pledge",
    "release_pledge",
    "remember_mapping",
    "remembered_mapping",
    "request_verification",
    "revise",
    "start_import",
    "take",
    "upload",
    "withdraw_request",
]
