"""How well search finds: real titles, abstracts and numbers, asked the way readers ask.

    python benchmarks/search_quality.py [--sample 300] [--misses 0]

Every set asks for one known record of one index that holds all of them; a set's figures are the
share found first, the share found among ten, and the mean reciprocal rank. Needs the real data
(REAL_DATA_DIR). Draws are the same every time.
"""

import argparse
import csv
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from math import log
from pathlib import Path
from random import Random
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from opencc import OpenCC  # noqa: E402 -- the path comes first

from marketplace.search.analysis import STOP_WORDS, parse, title_key  # noqa: E402 -- as above
from marketplace.search.document import SearchDocument  # noqa: E402 -- as above
from marketplace.search.index import SearchIndex  # noqa: E402 -- as above
from marketplace.search.queries import Query, search  # noqa: E402 -- as above

DATA = Path(os.environ.get("REAL_DATA_DIR", ROOT.parent / "shared" / "data"))
LETTERS = "abcdefghijklmnopqrstuvwxyz"
HOMOPHONES = {
    "池": "迟", "机": "基", "传": "船", "感": "敢", "检": "减", "测": "侧", "装": "庄",
    "置": "制", "系": "细", "统": "同", "方": "芳", "法": "发", "控": "空", "制": "置",
    "图": "途", "像": "象", "识": "时", "别": "憋", "数": "树", "据": "具", "处": "出",
    "理": "里", "网": "往", "络": "洛", "模": "磨", "型": "形", "材": "才", "料": "廖",
    "电": "店", "磁": "词", "光": "广", "器": "气", "通": "同", "信": "心", "智": "知",
}  # fmt: skip


class Asked(NamedTuple):
    """A reader's question and the title that answers it, or a part that a title must have."""

    text: str
    wanted: str
    part: bool = False


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def several(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.replace(";", "|").split("|") if part.strip())


def documents() -> Iterator[SearchDocument]:
    """Everything in one index; the id says where a record is from."""
    for number, row in enumerate(rows("cn_patents/titles_ipc.csv")):
        yield SearchDocument(
            id=f"title-{number}",
            reference=f"title-{number}",
            title=row["title"],
            numbers=several(row["publication_numbers"]),
            classes=several(row["ipc_subclasses"]),
        )
    for number, row in enumerate(rows("parallel/zh_en_193.csv")):
        yield SearchDocument(
            id=f"parallel-{number}",
            reference=f"parallel-{number}",
            title=row["title_zh"],
            title_en=row["title_en"],
            abstract=row["abstract_zh"],
            abstract_en=row["abstract_en"],
        )
    for number, row in enumerate(rows("cn_patents/abstracts.csv")):
        yield SearchDocument(
            id=f"abstract-{number}",
            reference=f"abstract-{number}",
            title=row["title"],
            abstract=row["abstract"],
            owners=several(row["applicants"]),
            numbers=several(f"{row['publication_number']}|{row['application_number']}"),
        )


# ---- what readers ask --------------------------------------------------------------------------


def salient(text: str, count: int, frequency: Counter[str], total: int) -> str:
    """The words of a text that tell the most: often here, seldom elsewhere."""
    found = Counter(
        word.text
        for word in parse(text).words
        if len(word.text) > 1 and word.text not in STOP_WORDS
    )
    weight = {w: n * log(total / (1 + frequency[w])) for w, n in found.items()}
    ranked = sorted(weight, key=lambda w: (-weight[w], w))[:count]
    return " ".join(ranked)


def substituted(text: str, chance: Random) -> str:
    """One character of another word instead."""
    at = chance.randrange(len(text))
    return text[:at] + chance.choice("的网数光机形电水力工") + text[at + 1 :]


def sounding_alike(text: str, chance: Random) -> str:
    """One character replaced by another of the same sound; the text itself if none is known."""
    places = [at for at, sign in enumerate(text) if sign in HOMOPHONES]
    if not places:
        return text
    at = chance.choice(places)
    return text[:at] + HOMOPHONES[text[at]] + text[at + 1 :]


def missing(text: str, chance: Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + text[at + 1 :]


def slipped(text: str, chance: Random) -> str:
    """One slip of the keyboard in one longer word."""
    words = text.split()
    long = [at for at, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long:
        return text
    at = chance.choice(long)
    word, place = words[at], chance.randrange(1, len(words[at]) - 1)
    words[at] = chance.choice(
        (
            word[:place] + word[place + 1 :],
            word[:place] + chance.choice(LETTERS) + word[place + 1 :],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        )
    )
    return " ".join(words)


def wide(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def some_words(text: str, count: int, chance: Random) -> str:
    words = [w for w in text.split() if len(w) > 3 and w.isalpha()]
    return " ".join(chance.sample(words, min(count, len(words))))


def piece(text: str, length: int, chance: Random) -> str:
    start = chance.randrange(max(1, len(text) - length + 1))
    return text[start : start + length]


def two_words(title: str, chance: Random) -> str:
    """Two words of a title that touch, four to six characters together."""
    words = [word for word in parse(title).words if len(word.text) > 1 and word.grams]
    pairs = [a.text + b.text for a, b in pairwise(words) if a.end == b.start]
    pairs = [pair for pair in pairs if 4 <= len(pair) <= 6]
    return chance.choice(pairs) if pairs else ""


def spellings(number: str) -> Iterator[str]:
    """A publication number as people write it."""
    body = "".join(sign for sign in number if sign.isdigit())
    yield number
    yield number.lower()
    yield body
    yield f"CN {body}"
    yield f"CN{body}.{number[-1]}" if number[-1].isalpha() else number
    yield f"CN {body[:3]} {body[3:6]} {body[6:]} {number[-1]}"
    yield wide(number)


def questions(chance: Random, sample: int) -> dict[str, list[Asked]]:
    titles = [row["title"] for row in rows("cn_patents/titles_ipc.csv")]
    numbered = rows("cn_patents/titles_ipc.csv")
    pairs = rows("parallel/zh_en_193.csv")
    abstracts = rows("cn_patents/abstracts.csv")
    traditional = OpenCC("s2t").convert
    some = chance.sample(titles, sample)
    short = [title for title in titles if 5 <= len(title) <= 12][:sample]
    frequency = Counter(
        word
        for text in [*titles, *(r["abstract"] for r in abstracts)]
        for word in {one.text for one in parse(text).words}
    )
    frequency_en = Counter(
        word for r in pairs for word in {one.text for one in parse(r["abstract_en"]).words}
    )

    def each(found: list[str], change: Callable[[str], str]) -> list[Asked]:
        return [Asked(change(text), text) for text in found]

    asked = {
        "a whole title": each(some, str),
        "a title in Traditional": each(some, traditional),
        "a title in full width": each(some, wide),
        "a title, one wrong character": each(some, lambda t: substituted(t, chance)),
        "a title, one homophone": each(some, lambda t: sounding_alike(t, chance)),
        "a title, one character missing": each(some, lambda t: missing(t, chance)),
        "a short title, one wrong character": each(short, lambda t: substituted(t, chance)),
        "a short title, one missing": each(short, lambda t: missing(t, chance)),
        "eight characters of a title": each(some, lambda t: piece(t, 8, chance)),
        "three words of a title": each(some, lambda t: salient(t, 3, frequency, len(titles))),
        "English title": [Asked(r["title_en"], r["title_zh"]) for r in pairs],
        "Chinese title of a pair": [Asked(r["title_zh"], r["title_zh"]) for r in pairs],
        "three words of an English title": [
            Asked(some_words(r["title_en"], 3, chance), r["title_zh"]) for r in pairs
        ],
        "English title, one slip": [
            Asked(slipped(r["title_en"], chance), r["title_zh"]) for r in pairs
        ],
        "three words of an English abstract": [
            Asked(salient(r["abstract_en"], 3, frequency_en, len(pairs)), r["title_zh"])
            for r in pairs
        ],
        "half of an English word": [
            Asked(
                " ".join(
                    w[: max(4, len(w) * 2 // 3)]
                    for w in salient(r["title_en"], 3, frequency_en, len(pairs)).split()
                ),
                r["title_zh"],
            )
            for r in pairs
        ],
    }
    parts = [part for title in some if (part := two_words(title, chance))]
    asked["two Chinese words that touch"] = [Asked(part, part, part=True) for part in parts]
    asked["… one wrong character"] = [Asked(substituted(p, chance), p, part=True) for p in parts]
    asked["… one homophone"] = [Asked(sounding_alike(p, chance), p, part=True) for p in parts]
    asked["… one missing"] = [Asked(missing(p, chance), p, part=True) for p in parts]
    for count in (2, 3, 4):
        asked[f"{count} salient words of an abstract"] = [
            Asked(salient(r["abstract"], count, frequency, len(titles)), r["title"])
            for r in abstracts
        ]
    asked["a sentence of an abstract"] = [
        Asked(piece(r["abstract"].replace("\n", ""), 24, chance), r["title"]) for r in abstracts
    ]
    asked["a number in seven spellings"] = [
        Asked(text, row["title"])
        for row in chance.sample(numbered, sample // 5)
        for number in several(row["publication_numbers"])
        for text in spellings(number)
        if number.startswith("CN")
    ]
    return asked


# ---- measuring ---------------------------------------------------------------------------------


def measure(index: SearchIndex, asked: list[Asked]) -> tuple[float, float, float, list[Asked]]:
    first = among = reciprocal = 0.0
    missed = []
    for one in asked:
        hits = search(index, Query(text=one.text, per_page=10, with_facets=False)).hits
        wanted = title_key(one.wanted)
        keys = [title_key(hit.title) for hit in hits]
        rank = next(
            (n for n, key in enumerate(keys, 1) if key == wanted or (one.part and wanted in key)), 0
        )
        first += rank == 1
        among += rank > 0
        reciprocal += 1 / rank if rank else 0
        if rank != 1:
            missed.append(one)
    count = len(asked) or 1
    return first / count, among / count, reciprocal / count, missed


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--sample", type=int, default=300)
    arguments.add_argument("--misses", type=int, default=0, help="how many misses to print a set")
    given = arguments.parse_args()
    if not DATA.is_dir():
        print("the real data (REAL_DATA_DIR) is not on this machine")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        index = SearchIndex(Path(folder) / "index")
        print(f"{index.rebuild(documents())} records")
        for name, asked in questions(Random(2026), given.sample).items():  # noqa: S311 -- as above
            first, among, reciprocal, missed = measure(index, asked)
            print(
                f"{name:38} {len(asked):5}   first {first:6.1%}   ten {among:6.1%}"
                f"   MRR {reciprocal:.3f}"
            )
            for one in missed[: given.misses]:
                print(f"    {one.text}   ←   {one.wanted}")
        index.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
