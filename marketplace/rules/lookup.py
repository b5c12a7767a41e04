"""Finding rules in the library: by words, and by what a rule is about. Pure."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from marketplace.core.words import in_script, say
from marketplace.rules import citations
from marketplace.rules.facts import Facts
from marketplace.rules.library import Catalogue, Rule, Text, load
from marketplace.rules.predicates import Situation


@dataclass(frozen=True)
class Wanted:
    """How the library is narrowed; an empty field does not narrow. Without a day: every rule."""

    words: str = ""
    stage: str = ""
    gate: str = ""
    effect: str = ""
    actor: str = ""
    certainty: str = ""
    asset_kind: str = ""
    deal_kind: str = ""
    law: str = ""
    on: date | None = None

    def narrows(self) -> bool:
        """Whether anything but the day is asked for."""
        return self != Wanted(on=self.on)


@dataclass(frozen=True)
class Hit:
    """A rule and its text: that of the day asked for, or the latest."""

    rule: Rule
    text: Text


def search(
    wanted: Wanted, locale: str = "zh_Hans", catalogue: Catalogue | None = None
) -> list[Hit]:
    """The rules that fit, in the order of the catalogue."""
    catalogue = catalogue or load()
    rules = catalogue.in_force(wanted.on) if wanted.on else catalogue.rules
    found = []
    for rule in rules:
        text = rule.text_on(wanted.on) if wanted.on else rule.texts[-1]
        if text and _fits(rule, text, wanted, locale):
            found.append(Hit(rule, text))
    return found


def _fits(rule: Rule, text: Text, wanted: Wanted, locale: str) -> bool:
    asked = (
        (wanted.stage, (rule.stage,)),
        (wanted.gate, (rule.gate,)),
        (wanted.effect, (rule.effect,)),
        (wanted.actor, rule.actors),
        (wanted.certainty, (text.certainty,)),
        (wanted.law, citations.laws(text.article)),
    )
    return (
        all(not value or value in values for value, values in asked)
        and all(word in words_of(rule, locale) for word in wanted.words.casefold().split())
        and (not wanted.asset_kind or rule.id in bearing_on("asset", wanted.asset_kind))
        and (not wanted.deal_kind or rule.id in bearing_on("deal", wanted.deal_kind))
    )


@cache
def words_of(rule: Rule, locale: str) -> str:
    """Everything of a rule that is searched: names, law, both languages, evidence."""
    said = [rule.id, rule.title.zh, rule.title.en, *rule.evidence]
    for text in rule.texts:
        said += [text.article, citations.english(text.article), text.quote, text.gloss]
    said += [ground.zh for ground in rule.grounds]
    said += [say("enums", f"evidence.{name}", locale) for name in rule.evidence]
    whole = "\n".join(said)
    return f"{whole}\n{in_script(whole, locale)}".casefold()


@cache
def bearing_on(record: str, kind: str) -> frozenset[str]:
    """The rules that may apply to a kind of right (`asset`) or of deal: nothing excludes it."""
    situation = Situation(Facts.of({record: {"kind": kind}}))
    return frozenset(
        rule.id for rule in load().rules if rule.when.decide(situation).holds is not False
    )


def related(rule: Rule, catalogue: Catalogue) -> list[Rule]:
    """Rules that it asks about or that ask about it, then those of the same articles."""
    asked = {other for predicate in rule.predicates for _, other in predicate.helpers}
    asking = {
        one.id
        for one in catalogue.rules
        if any(other == rule.id for predicate in one.predicates for _, other in predicate.helpers)
    }
    near = (asked | asking) - {rule.id}
    articles = {one for text in rule.texts for one in citations.articles(text.article)}
    same = {
        one.id
        for one in catalogue.rules
        if articles & {each for text in one.texts for each in citations.articles(text.article)}
    } - {rule.id, *near}
    return [one for group in (near, same) for one in catalogue.rules if one.id in group]
