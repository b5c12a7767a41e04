"""The law as dated rules. Pure: facts in, findings out; no database, no Flask.

    facts.Facts.of(nested) -> Facts             a checked fact sheet; FactError names code and path
    facts.FIELDS[path] -> Field                 the fact model; labels: words enums `fact.<path>`
    engine.judge(facts, on, catalogue=None, stage=None) -> Judgement
    engine.Judgement                            outcome, hard_open, satisfied, duties, info,
                                                grounds, unknown, findings, undecided_hard,
                                                is_clear, finding(rule), catalogue_version
    engine.Finding                              rule, status, title, article, quote, gloss, gate,
                                                stage, effect, actor, actors, evidence,
                                                lacking_evidence, deadline, missing
    library.load() -> Catalogue                 every rule on file, compiled once
    library.catalogue_version() -> str          what a deal keeps of the rules it was judged by
    demands.facts_needed(deal_kind, asset_kind, on, known=None) -> list of Field
    demands.facts_missing(judgement) -> list of Field
    demands.evidence_wanted(judgement) -> list of Demand
    command.judge_file(stream, today=None)      the command line's `rules judge`
    markdown.catalogue_markdown(locale)         docs/rules.md

Predicates are CEL over the records of the fact model, and three names of the engine: `docs`, the
list of evidence on file; `exempt['rule']`, whether an exempting rule holds; `grounds['rule']`,
whether any refusal ground of that rule holds. A missing fact leaves a predicate undecided unless
the known facts settle it alone (`false && missing` is false). A rule of which it is undecided
whether it applies is `unknown` and does not count towards the outcome. A rule that applies stays
open, or a duty, until it is shown to be met; `missing` names the facts that would show it.
"""
