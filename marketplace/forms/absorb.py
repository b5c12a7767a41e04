"""What a service refused, shown beside the fields it speaks of."""

from typing import Any

from marketplace.core.errors import Refused
from marketplace.core.words import say


def absorb(form: Any, refusal: Refused, locale: str) -> None:
    """Put the refusal's words beside its fields; what has no field becomes the form's own error."""
    for name, code in refusal.fields.items():
        message = say("refusals", code, locale, **refusal.facts)
        if name in form:
            form[name].errors = [*form[name].errors, message]
        else:
            form.form_errors.append(message)
    if not refusal.fields:
        form.form_errors.append(say("refusals", refusal.code, locale, **refusal.facts))
    form.form_errors.extend(reasons(refusal, locale))


def reasons(refusal: Refused, locale: str) -> list[str]:
    """What the bundle has against it, reason by reason, each once."""
    return list(
        dict.fromkeys(
            say(
                "enums",
                f"bundle.{reason.code}",
                locale,
                **{"party": reason.party or "–", **dict(reason.facts)},
            )
            for reason in refusal.facts.get("reasons", ())
        )
    )
