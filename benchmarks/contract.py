"""How long a contract of ten pages takes: printed, signed by both, sealed.

    python benchmarks/contract.py [--rights 90] [--rounds 5]

The first round loads fonts and is counted apart.
"""

import argparse
import io
import json
import sys
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: E402 -- the path comes first

from marketplace.documents import papers, typeset  # noqa: E402
from tests.documents import papers_for_tests as facts  # noqa: E402
from tests.documents.signing import files  # noqa: E402


def main() -> None:
    """Measure and print one JSON object; seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rights", type=int, default=90)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rights = [
        papers.Right(
            "invention", f"ZL2022108765{n:02d}", f"液冷方法（{n}）", last_day=date(2042, 7, 21)
        )
        for n in range(options.rights)
    ]
    files.certificates()
    rounds = [_round(rights) for _ in range(options.rounds + 1)]
    best = {step: round(min(each[step] for each in rounds[1:]), 3) for step in rounds[0]}
    first = {step: round(seconds, 3) for step, seconds in rounds[0].items()}
    pdf = typeset.print_paper(facts.contract(rights=rights, bilingual=True))
    pages = int(PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Count"])
    print(json.dumps({"pages": pages, "first": first, "best": best}))


def _round(rights: list[papers.Right]) -> dict[str, float]:
    took = {}
    began = time.perf_counter()
    pdf = typeset.print_paper(facts.contract(rights=rights, bilingual=True))
    took["print"] = time.perf_counter() - began
    began = time.perf_counter()
    for place in ("seller", "buyer"):
        pdf = files.signed(pdf, place)
    took["sign_both"] = time.perf_counter() - began
    began = time.perf_counter()
    files.sealed(pdf)
    took["seal"] = time.perf_counter() - began
    return took


if __name__ == "__main__":
    main()
