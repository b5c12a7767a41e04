"""Who publishes notices, objects, decides; who files; who works on a task; who decides waivers."""

from marketplace.compliance.models import Filing, Notice, Objection, Task
from marketplace.core import clock
from marketplace.core.policy import (
    Actor,
    Permission,
    is_operator,
    is_regulator,
    is_signed_in,
    may_manage,
)


def publishes_it(actor: Actor, notice: Notice) -> bool:
    """Your organisation publishes the notice."""
    return actor.organisation_id is not None and actor.organisation_id == notice.organisation_id


def published_what_is_objected_to(actor: Actor, objection: Objection) -> bool:
    """The objection is against a notice of your organisation."""
    return publishes_it(actor, objection.notice)


def period_runs(_: Actor, notice: Notice) -> bool:
    """The notice is published and its period has not ended."""
    return notice.is_live and notice.ends_on is not None and clock.today() <= notice.ends_on


def is_not_the_publisher(actor: Actor, notice: Notice) -> bool:
    """The notice is not your own organisation's."""
    return actor.organisation_id is None or actor.organisation_id != notice.organisation_id


def objected(actor: Actor, objection: Objection) -> bool:
    """The objection is yours."""
    return actor.user_id is not None and actor.user_id == objection.user_id


def did_not_object(actor: Actor, objection: Objection) -> bool:
    """The objection is not yours nor your organisation's."""
    same_firm = actor.organisation_id is not None and (
        actor.organisation_id == objection.organisation_id
    )
    return not objected(actor, objection) and not same_firm


def files_it(actor: Actor, filing: Filing) -> bool:
    """Your organisation files it."""
    return actor.organisation_id is not None and actor.organisation_id == filing.organisation_id


def is_another_s_filing(actor: Actor, filing: Filing) -> bool:
    """The filing is not your own organisation's."""
    return actor.organisation_id != filing.organisation_id


publish_notice = Permission("notice.publish", ((publishes_it, may_manage),))
withdraw_notice = Permission(
    "notice.withdraw", ((publishes_it, may_manage), (is_operator, may_manage))
)
object_to = Permission("notice.object", ((period_runs, is_not_the_publisher),))
see_objector = Permission(
    "objection.see_objector",
    ((objected,), (published_what_is_objected_to, may_manage), (is_operator,), (is_regulator,)),
)
answer_objection = Permission("objection.answer", ((published_what_is_objected_to, may_manage),))
decide_objection = Permission(
    "objection.decide",
    (
        (published_what_is_objected_to, may_manage),
        (is_operator, may_manage, did_not_object),
        (is_regulator, may_manage, did_not_object),
    ),
)
withdraw_objection = Permission("objection.withdraw", ((objected,),))

see_filing = Permission("filing.see", ((files_it,), (is_operator,), (is_regulator,)))
submit_filing = Permission("filing.submit", ((files_it, may_manage),))
handle_filing = Permission("filing.handle", ((is_regulator, may_manage, is_another_s_filing),))
oversee = Permission("authority.oversee", ((is_signed_in, is_regulator), (is_operator,)))


def oversees(actor: Actor) -> bool:
    """Whether the actor reads what everybody does: the authority, and the exchange."""
    return oversee.allows(actor, None)


# ---- tasks and waivers -----------------------------------------------------------------------


def owns_task(actor: Actor, task: Task) -> bool:
    """The task is your organisation's."""
    return actor.organisation_id is not None and actor.organisation_id == task.organisation_id


def is_assigned(actor: Actor, task: Task) -> bool:
    """The task was given to you."""
    return actor.user_id is not None and actor.user_id == task.assignee_id


assign_task = Permission("task.assign", ((owns_task, may_manage), (is_operator,)))
report_task = Permission(
    "task.report", ((owns_task, may_manage), (owns_task, is_assigned), (is_operator,))
)
see_all_tasks = Permission("task.see_all", ((is_operator,),))
decide_waiver = Permission("waiver.decide", ((is_operator,),))
