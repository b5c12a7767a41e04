"""The words of a printed paper."""

import re
import shutil
import subprocess

from marketplace.documents import typeset
from tests import databases


def read(paper):
    """The words of a paper as it is printed."""
    return words_of(
        typeset.render("contract.typ", paper)
        if isinstance(paper, dict)
        else typeset.print_paper(paper)
    )


def words_of(printed: bytes) -> str:
    """The words of a PDF, without the spaces and breaks of its layout."""
    if not shutil.which("pdftotext"):
        databases.absent("pdftotext (poppler-utils) is not on this machine")
    command = ["pdftotext", "-", "-"]
    done = subprocess.run(command, input=printed, capture_output=True, check=True)
    return re.sub(r"\s+", "", done.stdout.decode())
