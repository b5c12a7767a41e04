"""Tables: CSV and TSV in the encodings people have, read line by line without losing a row."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

from marketplace.assets.importing.mapping import heading_score
from marketplace.assets.importing.records import Rejected
from marketplace.assets.importing.sources import Limits, encoding_of
from marketplace.core.errors import Invalid

DELIMITERS = ",\t;|"
_SAMPLE = 40  # lines looked at for the delimiter and the headings
_QUOTED_LINES = 500  # lines a quoted cell may span before its opening quote is taken for a mistake

Line = list[object] | Rejected


@dataclass(slots=True)
class Table:
    """Headings, and the lines below them: cells, or why a line could not be read."""

    headings: list[str]
    lines: Iterator[Line]
    notes: tuple[tuple[str, dict[str, str]], ...] = ()

    def rows(self, limits: Limits) -> Iterator[tuple[int, dict[str, object] | Rejected]]:
        """Row number and cells by heading. Empty lines are no rows and bear no number."""
        number = 0
        for line in self.lines:
            if isinstance(line, list) and not any(_filled(cell) for cell in line):
                continue
            number += 1
            if number > limits.rows:
                raise Invalid("import.too_many_rows", limit=str(limits.rows))
            yield number, self._row(number, line, limits)

    def _row(self, number: int, line: Line, limits: Limits) -> dict[str, object] | Rejected:
        if isinstance(line, Rejected):
            return Rejected(number, line.code, line.params, line.text)
        extra = [cell for cell in line[len(self.headings) :] if _filled(cell)]
        if extra:
            params = {"expected": str(len(self.headings)), "found": str(len(line))}
            text = " | ".join(str(cell) for cell in line if _filled(cell))[:200]
            return Rejected(number, "import.columns", params, text)
        if any(isinstance(c, str) and len(c) > limits.cell_characters for c in line):
            return Rejected(number, "import.cell_too_long", {"limit": str(limits.cell_characters)})
        return dict(zip(self.headings, line, strict=False))


def _filled(cell: object) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def with_headings(lines: Iterable[Line], limits: Limits) -> Table:
    """The table below the line that looks most like headings, within the first lines."""
    stream = iter(lines)
    head: list[Line] = []
    for line in stream:
        head.append(line)
        if len(head) >= _SAMPLE:
            break
    filled = [i for i, row in enumerate(head) if isinstance(row, list) and any(map(_filled, row))]
    if not filled:
        raise Invalid("import.empty")
    at = max(filled, key=lambda i: (_score(head[i]), -i))
    if _score(head[at]) == 0:
        at = filled[0]
    headings = _unique(head[at])
    if len(headings) > limits.columns:
        raise Invalid("import.too_many_columns", limit=str(limits.columns))
    return Table(headings, chain(head[at + 1 :], stream))


def _score(row: Line) -> int:
    return heading_score([str(c) for c in row if c is not None]) if isinstance(row, list) else 0


def _unique(row: Line) -> list[str]:
    """Headings as text, trailing empty ones dropped, repeated ones numbered."""
    cells = row if isinstance(row, list) else []
    names = [re.sub(r"\s+", " ", str("" if c is None else c)).strip("\ufeff ") for c in cells]
    while names and not names[-1]:
        names.pop()
    seen: Counter[str] = Counter()
    unique = []
    for i, name in enumerate(names):
        label = name or f"#{i + 1}"
        seen[label] += 1
        unique.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return unique


# --- delimited text ------------------------------------------------------------------------


def read_delimited(file: BinaryIO, limits: Limits) -> Table:
    """A CSV or TSV file: encoding and delimiter are found out."""
    physical = _physical(file, encoding_of(file), limits)
    sample = list(islice(physical, _SAMPLE))
    delimiter = delimiter_of(sample)
    csv.field_size_limit(max(csv.field_size_limit(), limits.cell_characters + 1))
    lines = chain(sample, physical)
    return with_headings(
        _cells(records(lines, delimiter), delimiter, limits.cell_characters), limits
    )


def _physical(file: BinaryIO, encoding: str, limits: Limits) -> Iterator[str]:
    """Lines of the text; one longer than any row can be refuses the file."""
    file.seek(0)
    longest = limits.cell_characters * 4
    text = io.TextIOWrapper(file, encoding=encoding, newline=None)
    try:
        while line := text.readline(longest):
            if len(line) >= longest:
                raise Invalid("import.cell_too_long", limit=str(limits.cell_characters))
            yield line
    except UnicodeDecodeError:
        raise Invalid("import.encoding") from None
    finally:
        with suppress(ValueError):  # the caller may have closed the file already
            text.detach()


def delimiter_of(sample: list[str]) -> str:
    """The delimiter that parts the sample most evenly; a comma where nothing does."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in sample if line.strip()]

    def votes(delimiter: str) -> tuple[int, int]:
        counts = Counter(line.count(delimiter) for line in lines if delimiter in line)
        if not counts:
            return (0, 0)
        common, lines_with = counts.most_common(1)[0]
        return (lines_with * min(common, 3), common)

    best = max(DELIMITERS, key=votes)
    return best if votes(best) > (0, 0) else ","


def records(lines: Iterable[str], delimiter: str) -> Iterator[str | Rejected]:
    """Physical lines joined where a quoted cell spans several.

    A quote that nobody closes would swallow the rest of the file: after some hundred lines, or at
    the end, its line alone is refused and reading goes on with the next.
    """
    source = iter(lines)
    waiting: list[str] = []
    while True:
        line = waiting.pop() if waiting else next(source, None)
        if line is None:
            return
        if '"' not in line or not _opens(line, delimiter, is_open=False):
            yield line.rstrip("\n")
            continue
        block = [line]
        is_open = True
        while is_open and len(block) < _QUOTED_LINES:
            following = waiting.pop() if waiting else next(source, None)
            if following is None:
                break
            block.append(following)
            is_open = '"' not in following or _opens(following, delimiter, is_open=True)
        if is_open:
            yield Rejected(0, "import.quotes", {"value": line.strip()[:60]}, line.strip()[:200])
            waiting.extend(reversed(block[1:]))
        else:
            yield "".join(block).rstrip("\n")


def _opens(line: str, delimiter: str, *, is_open: bool) -> bool:
    """Whether a quoted cell is open after the line."""
    i = 0
    while (i := line.find('"', i)) >= 0:
        if is_open:
            if line[i + 1 : i + 2] == '"':
                i += 1
            else:
                is_open = False
        elif i == 0 or line[i - 1] == delimiter:
            is_open = True
        i += 1
    return is_open


def _cells(texts: Iterable[str | Rejected], delimiter: str, limit: int) -> Iterator[Line]:
    for text in texts:
        if isinstance(text, Rejected):
            yield text
            continue
        try:
            yield list(next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), []))
        except csv.Error as broken:
            if "field larger" in str(broken):
                yield Rejected(0, "import.cell_too_long", {"limit": str(limit)}, text[:200])
                continue
            yield Rejected(0, "import.quotes", {"value": text.strip()[:60]}, text.strip()[:200])
