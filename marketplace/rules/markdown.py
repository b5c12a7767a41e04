"""The catalogue as a page: `docs/rules.md`, written from the rules themselves."""

from collections.abc import Iterator
from datetime import timedelta

from marketplace.core.words import say
from marketplace.rules.library import Catalogue, Rule, Text, load
from marketplace.rules.predicates import Predicate


def catalogue_markdown(locale: str = "en", catalogue: Catalogue | None = None) -> str:
    """Every rule with its text, who must act, what meets it and its predicates, as Markdown."""
    catalogue = catalogue or load(everything=True)
    lines = [
        f"# {_word('title', locale)}",
        "",
        f"{_head('version', locale)}`{catalogue.version}` · {len(catalogue.rules)}",
        "",
        _word("explanation", locale),
    ]
    for section in catalogue.sections:
        lines += ["", f"## {section.title.say(locale)}"]
        for rule in section.rules:
            lines += ["", *_rule(rule, locale)]
    return "\n".join(lines) + "\n"


def _rule(rule: Rule, locale: str) -> Iterator[str]:
    comma = ", " if locale.startswith("en") else "、"
    yield f"### {rule.title.say(locale)}"
    yield ""
    yield f"`{rule.id}`"
    yield ""
    yield " · ".join(
        [
            say("enums", f"rule_stage.{rule.stage}", locale),
            say("enums", f"rule_gate.{rule.gate}", locale),
            say("enums", f"rule_effect.{rule.effect}", locale),
            comma.join(say("enums", f"rule_actor.{one}", locale) for one in rule.actors),
        ]
    )
    yield ""
    if not rule.applied:
        yield f"*{_word('not_applied', locale)}*"
        yield ""
    for text in rule.texts:
        yield from _text(text, locale)
    if rule.evidence:
        joint = f" {_word('or', locale)} " if rule.any_evidence else comma
        names = joint.join(say("enums", f"evidence.{one}", locale) for one in rule.evidence)
        yield f"- {_head('evidence', locale)}{names}"
    if rule.deadline:
        yield f"- {_head('deadline', locale)}{rule.deadline.words.say(locale)}"
    yield f"- {_head('when', locale)}{_code(rule.when)}"
    if rule.ok:
        yield f"- {_head('ok', locale)}{_code(rule.ok)}"
    for ground in rule.grounds:
        yield f"- {ground.zh} {_code(ground.when)}"


def _text(text: Text, locale: str) -> Iterator[str]:
    last_day = text.until and text.until - timedelta(days=1)
    until = f" – {last_day.isoformat()}" if last_day else ""
    certainty = say("enums", f"rule_certainty.{text.certainty}", locale)
    yield f"- **{text.article}** ({text.since.isoformat()}{until}, {certainty})"
    yield f"  > {text.quote}"
    if locale.startswith("en"):
        yield ""
        yield f"  {text.gloss}"


def _code(predicate: Predicate) -> str:
    return f"`{' '.join(predicate.source.split())}`"


def _head(code: str, locale: str) -> str:
    return f"{_word(code, locale)}{': ' if locale.startswith('en') else '：'}"


def _word(code: str, locale: str) -> str:
    return say("enums", f"rules_page.{code}", locale)
