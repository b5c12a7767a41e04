"""The catalogue as a page: `docs/rules.md`, written from the rules themselves."""

from collections.abc import Iterator
from datetime import timedelta

from marketplace.core.words import say
from marketplace.rules.engine import settle
from marketplace.rules.facts import DEAL_KINDS, Facts
from marketplace.rules.library import Catalogue, Rule, Text, load
from marketplace.rules.predicates import Predicate
from marketplace.rules.sources import ORIGINS, Source


def catalogue_markdown(locale: str = "en", catalogue: Catalogue | None = None) -> str:
    """Every rule with its text, who must act, what meets it and its predicates, as Markdown."""
    catalogue = catalogue or load()
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


def facts_markdown(locale: str = "en", catalogue: Catalogue | None = None) -> str:
    """Every fact of the model: where it comes from, who answers, which deals it can matter to."""
    catalogue = catalogue or load()
    reached = {kind: _reached(kind, catalogue) for kind in DEAL_KINDS}
    lines = [f"# {_word('facts_title', locale)}", "", _word("facts_explanation", locale)]
    for source in Source:
        lines += [
            "",
            f"## {say('enums', f'fact_source.{source}', locale)}",
            "",
            "| "
            + " | ".join(_word(f"facts_{c}", locale) for c in ("fact", "side", "kinds"))
            + " |",
            "| --- | --- | --- |",
        ]
        for path, origin in ORIGINS.items():
            if origin.source is source:
                kinds = [kind for kind, paths in reached.items() if path in paths]
                lines.append(
                    f"| {say('enums', f'fact.{path}', locale)} `{path}` "
                    f"| {say('enums', f'fact_side.{origin.side}', locale)} "
                    f"| {_kinds(kinds, locale)} |"
                )
    return "\n".join(lines) + "\n"


def _reached(deal_kind: str, catalogue: Catalogue) -> frozenset[str]:
    """The facts that some rule may ask of a deal of this kind."""
    known = Facts.of({"deal": {"kind": deal_kind}})
    situation, _ = settle(known, catalogue.rules, catalogue)
    found: set[str] = set()
    for rule in catalogue.rules:
        if rule.when.decide(situation).holds is not False:
            found |= {path for one in rule.predicates for path in one.fact_paths}
    return frozenset(found)


def _kinds(kinds: list[str], locale: str) -> str:
    if len(kinds) == len(DEAL_KINDS):
        return _word("facts_every_kind", locale)
    comma = ", " if locale.startswith("en") else "、"
    return comma.join(say("enums", f"fact.deal.kind.{kind}", locale) for kind in kinds) or "–"


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
