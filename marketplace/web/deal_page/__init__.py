"""The page of a deal by its parts; callers find all of them here."""

from marketplace.web.deal_page.findings import answers_it, names_to_file
from marketplace.web.deal_page.heading import mode_of, sides_text
from marketplace.web.deal_page.page import May, context, may

__all__ = ["May", "answers_it", "context", "may", "mode_of", "names_to_file", "sides_text"]
