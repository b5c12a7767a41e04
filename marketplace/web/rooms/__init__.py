"""Data rooms: the list, the door and the inside for visitors, and keeping one for sellers."""

from marketplace.web.rooms import keeping, looking, people, questions, settings, visiting  # noqa: F401 -- views
from marketplace.web.rooms.shared import bp

__all__ = ["bp"]
