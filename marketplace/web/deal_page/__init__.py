"""The page of a deal by its parts; callers find all of them here."""

from marketplace.web.deal_page.findings import answers_it, names_to_file
from marketplace.web.deal_page.heading import mode_of, sides_text
from marketplace.web.deal_page.page import May, context, may, words_for_template
from marketplace.web.deal_page.stages import columns as checklist_columns
from marketplace.web.deal_page.stages import may_waive, stages_of

__all__ = [
    "May",
    "answers_it",
    "checklist_columns",
    "context",
    "may",
    "may_waive",
    "mode_of",
    "names_to_file",
    "sides_text",
    "stages_of",
    "words_for_template",
]
