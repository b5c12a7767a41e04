"""Who is told of what, and by which way.

By default an event is told to the organisations that its subject concerns, except the one that
caused it. What differs from that is listed here.
"""

from marketplace.core.events import Event
from marketplace.notifications.subjects import Subject

# Told to nobody: the record's own timeline is enough.
SILENT = frozenset(
    {
        "asset.events", "asset.reduce_fees", "fee.record", "fee.undo",
        "legal_event.note", "legal_event.withdraw", "pledge.revise", "valuation.revise",
        "asset.remove", "asset.add", "asset.revise", "asset.merge", "asset.licence", "asset.change_owner",
        "asset.state",
        "listing.draft", "listing.revise", "listing.take_back", "listing.reserve",
        "listing.release", "listing.relist", "listing.reconfirm", "listing.batch", "listing.claim", "listing.bulk",
        "listing.reprice", "listing.unsold",
        "listing.publish_many", "import.start", "import.run",
        "import.cancel", "import.upload", "document.store", "user.confirm", "user.profile",
        "user.sign_in", "user.sign_out", "watch.add", "watch.remove", "saved_search.add",
        "organisation.revise", "mail.send", "mail.fail", "deal.answer", "invitation.withdraw",
        "mail.resend", "user.stop_mail", "invitation.expire", "invitation.accept", "user.revoke_sign_ins", "user.close",
        "user.reopen",
        "notice.draft", "filing.open", "filing.close",
        "task.open", "task.do", "task.waive", "task.lapse", "task.reopen",
        "evidence.replace", "evidence.reuse", "payout.hold", "payout.free",
        "recordal.pay", "recordal.resume", "reward_plan.set", "organisation.tax_office", "withheld_tax.order",
        "withheld_tax.withhold", "receivable.pay", "instalment.plan", "instalment.call", "instalment.settle",
        "auction_order.confirm", "auction_order.refuse", "auction_order.lapse", "auction_order.look",
        "auction_key_share.fetch", "auction_key_share.hand_in",
        "auction.draft", "auction.revise", "hold.void",
        "auction_juror.declare", "auction_juror.give", "auction_juror.dismiss", "auction.open_terms",
        "room.open", "room.revise", "room.close", "room.reopen", "room.add_folder", "room.revise_folder",
        "room.add_file", "room.add_version", "room.revise_file", "room.remove_file", "room.set_agreement",
        "mandate.draft", "broker_profile.edit", "broker_suspension.begin", "broker_suspension.lift",
        "rating.propose_hiding", "rating.leave", "grade_case.propose", "grade_case.return",
        "open_statement.draw_up", "open_statement.revise",
        "term_sheet.keep", "term_sheet.revise", "term_sheet.put_away", "term_sheet.bring_back",
        "payee_account.open", "clause.begin", "clause.edit", "clause.retire", "clause.reinstate",
        "auction_alert.dismiss", "auction_priority.record", "auction_priority.spend",
    }
)  # fmt: skip

# Work for the exchange's staff: to their inbox, never by mail.
FOR_OPERATORS = frozenset(
    {
        "credential.file", "introduction.object", "complaint.file", "complaint.overdue",
        "complaint.object", "complaint.answer", "grade_case.file",
        "payee_account.prove",
        "listing.submit", "legal_event.declare", "capability.request", "capability.request_again", "title.request",
        "valuation.file", "pledge.declare", "pledge.declare_release",
        "licence.declare", "licence.declare_end", "burden.declare", "burden.declare_lift", "consent.file",
        "evidence.file", "dispute.propose", "dispute.return",
        "deal.request_cancellation", "instalment.object", "withheld_tax.instruct", "repayment.propose",
        "payout.order", "invoice.request", "organisation.create", "waiver.ask",
        "recordal.escalate", "task.escalate_exchange", "task.remind_exchange", "task.overdue_exchange",
        "auction_order.propose", "auction.submit", "auction.award_blocked", "participant.apply", "hold.overdue",
        "auction.right_at_risk", "auction.default_undecided",
        "auction_juror.recuse", "auction.jury_reminder", "auction.jury_incomplete", "auction.jury_late",
    }
)  # fmt: skip

# Work for the authority's desk: to the inbox of its people, never by mail.
FOR_REGULATORS = frozenset(
    {"filing.submit", "filing.answer", "filing.withdraw", "objection.confirm"}
)

# Letters that carry a secret link, written by their own templates: mail only, no inbox.
LETTERS = frozenset(
    {
        "user.sign_up", "user.confirm_request", "user.address_taken", "user.reset_request",
        "member.invite", "objection.confirm_request",
    }
)  # fmt: skip

# What may be the work of a thief: always mailed to the person, also when they did it themselves.
SECURITY = frozenset(
    {
        "user.change_password", "user.reset_password", "user.enable_second_factor",
        "user.disable_second_factor", "user.renew_recovery_codes", "user.use_recovery_code",
    }
)  # fmt: skip

# Told by mail to whoever objected without an account.
TO_THE_OBJECTOR = frozenset({"objection.answer", "objection.uphold", "objection.reject"})

# Whom a letter of these went to would tell staff who bids under which code (auctions are blind until
# they close): such mails are not in the outbox that the console shows.
IN_CONFIDENCE = frozenset({"auction_letter.outbid"})

# Told to the organisation's own people too, though one of them did it.
WITHIN = frozenset(
    {
        "approval.ask", "approval.ask_counter", "approval.approve", "approval.refuse",
        "organisation.set_bank_account", "payee_account.start", "payee_account.close",
        "member.join", "member.role", "member.leave",
        "member.remove", "room_signing_request.ask",
    }
)  # fmt: skip

# Told to the person named in the event as well: who no longer belongs to the organisation, or
# whose task it is now.
TO_THE_PERSON = frozenset(
    {
        "member.remove", "task.assign",
        "auction_juror.name", "auction_juror.remind", "auction_juror.hurry",
    }
)  # fmt: skip

# Told to the owners of the organisation only: its managers did not see to it.
TO_OWNERS = frozenset({"task.escalate_owners"})

# Told to those who watch the listing and to those whose offers wait on it as well.
TO_FOLLOWERS = frozenset({"listing.suspend", "listing.resume"})

# In the inbox only.
NOT_BY_MAIL = frozenset(
    {
        "enquiry.close", "enquiry.reopen", "member.role", "evidence.withdraw",
        "recordal.open", "recordal.dispense", "instalment.cancel", "instalment.decide",
        "auction.open_free", "auction.open", "auction.limit", "auction.turn", "auction.end",
        "participant.admit",
    }
)  # fmt: skip


def organisations_told(event: Event, subject: Subject) -> tuple[int, ...]:
    """The organisations concerned and the brokers who act for them, less the one that acted.

    An event of the system is told to all, or to the side that it names as `told`.
    """
    if "told" in event.facts:
        return (event.facts["told"], *subject.brokers)
    if event.kind in WITHIN:
        return subject.organisations
    concerned = dict.fromkeys((*subject.organisations, *subject.brokers))
    return tuple(o for o in concerned if o != event.organisation_id)
